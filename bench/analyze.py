"""All questions of cases of growing size, seconds for each, and a plot of how they grow.

    python bench/analyze.py [ENTITIES …]     # default 10000 31623 100000 316228 1000000

Makes each case (bench/make_case.py), asks it everything as ``linkgraph analyze --fresh`` does, in a process of its
own, and prints the seconds of each question and the peak of resident memory. Draws docs/img/growth.svg: seconds
against entities, both axes logarithmic, beside a line that grows as n log n does.
"""

from __future__ import annotations

import json
import math
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

import linkgraph

SIZES = (10_000, 31_623, 100_000, 316_228, 1_000_000)
PLOT = Path(__file__).resolve().parent.parent / "docs" / "img" / "growth.svg"
_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _RIGHT = 760, 480, 60, 50, 170
_COLOURS = ("#1b6ca8", "#b3541e", "#2e7d32", "#7b1fa2", "#ad1457", "#00796b", "#5d4037", "#455a64")
_DASHES = ("", "6 3", "2 3")


def measure(folder: Path) -> dict[str, float]:
    """Ask a case everything; give the seconds of each question, of all, and the peak memory in GiB."""
    peak, stop = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not stop.wait(0.1):
            peak = max(peak, psutil.Process().memory_info().rss)

    watcher = threading.Thread(target=watch)
    watcher.start()
    seconds: dict[str, float] = {}
    case = linkgraph.open(folder)
    begun = last = time.perf_counter()
    try:
        for answered in case.analyse(fresh=True):
            now = time.perf_counter()
            seconds[answered.question.name] = now - last
            last = now
    finally:
        stop.set()
        watcher.join()
    return seconds | {"all": time.perf_counter() - begun, "GiB": peak / 2**30}


def plot(found: dict[int, dict[str, float]]) -> str:
    """Give an SVG of seconds against entities."""
    sizes = sorted(found)
    names = [name for name in found[sizes[-1]] if name != "GiB"]
    reference = [
        (size, found[sizes[0]]["all"] * size * math.log(size) / (sizes[0] * math.log(sizes[0]))) for size in sizes
    ]
    values = [reference[-1][1]] + [max(found[size][name], 1e-3) for size in sizes for name in names]
    low, high = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    first, last = math.log10(sizes[0]), math.log10(sizes[-1])

    def x(size: float) -> float:
        return _LEFT + (math.log10(size) - first) / max(last - first, 1e-9) * (_WIDTH - _LEFT - _RIGHT)

    def y(value: float) -> float:
        return 20 + (high - math.log10(max(value, 1e-3))) / (high - low) * (_HEIGHT - 20 - _BOTTOM)

    def line(points: list[tuple[float, float]], style: str) -> str:
        return f'<polyline fill="none" points="{" ".join(f"{x(a):.1f},{y(b):.1f}" for a, b in points)}" {style}/>'

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="white"/>',
    ]
    for power in range(low, high + 1):
        parts.append(line([(sizes[0], 10.0**power), (sizes[-1], 10.0**power)], 'stroke="#ddd"'))
        parts.append(f'<text x="{_LEFT - 6}" y="{y(10.0**power) + 4:.1f}" text-anchor="end">{10.0**power:g} s</text>')
    parts += [f'<text x="{x(size):.1f}" y="{_HEIGHT - 28}" text-anchor="middle">{size:,}</text>' for size in sizes]
    parts.append(f'<text x="{(_LEFT + _WIDTH - _RIGHT) / 2}" y="{_HEIGHT - 8}" text-anchor="middle">entities</text>')
    parts.append(line(reference, 'stroke="#000" stroke-dasharray="1 4" stroke-width="2"'))
    ends = [(y(reference[-1][1]), "n log n", "#000")]
    for number, name in enumerate(names):
        colour, dash = _COLOURS[number % len(_COLOURS)], _DASHES[number // len(_COLOURS) % len(_DASHES)]
        width = 3 if name == "all" else 1.5
        style = f'stroke="{colour}" stroke-width="{width}" stroke-dasharray="{dash}"'
        parts.append(line([(size, found[size].get(name, math.nan)) for size in sizes if name in found[size]], style))
        ends.append((y(found[sizes[-1]][name]), f"{name} {found[sizes[-1]][name]:.1f} s", colour))
    below = 0.0
    for height, label, colour in sorted(ends):
        below = max(height, below + 14)
        parts.append(f'<text x="{_WIDTH - _RIGHT + 8}" y="{below + 4:.1f}" fill="{colour}">{label}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def main() -> None:
    """Make and ask the cases."""
    if sys.argv[1:2] == ["--case"]:
        print(json.dumps(measure(Path(sys.argv[2]))))
        return
    sizes = [int(one) for one in sys.argv[1:]] or list(SIZES)
    found: dict[int, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as temporary:
        for size in sizes:
            folder = Path(temporary) / str(size)
            made = subprocess.run(
                [sys.executable, str(Path(__file__).with_name("make_case.py")), str(folder), str(size)],
                check=True,
                capture_output=True,
                text=True,
            )
            print(made.stdout.strip(), flush=True)
            asked = subprocess.run(
                [sys.executable, __file__, "--case", str(folder)], check=True, stdout=subprocess.PIPE, text=True
            )
            found[size] = json.loads(asked.stdout)
            for name, value in found[size].items():
                print(f"  {name:14} {value:9.2f}" + ("" if name == "GiB" else " s"), flush=True)
    PLOT.write_text(plot(found), "utf-8")


if __name__ == "__main__":
    main()
