"""How long the explorer takes to answer: the latencies of each kind of request over a real connection.

    python bench/explore.py [ENTITIES …]          # default 100000
    python bench/explore.py --case FOLDER

Makes each case (bench/make_case.py), explores it read-only in a process of its own, and asks it 200 requests of each
kind, one after the other, about entities drawn at random (seeded; half of them among the thousand strongest). Prints
the seconds until the first picture, the server's memory, and for each kind the median, the 95th percentile and the
worst in milliseconds, from sending a request to having read its answer.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import psutil

REQUESTS = 200


def requests(model: dict, random: np.random.Generator) -> Iterator[tuple[str, Callable[[], dict[str, object]]]]:
    """Give each kind of request and how one is made up."""
    n = model["totals"]["entities"]
    strongest = model["entities"]["node"][:1000]
    labels = model["entities"]["label"]
    communities, kinds = len(model["communities"]), len(model["link_kinds"])
    first, last = model["time"]

    def node() -> int:
        return int(random.choice(strongest)) if random.random() < 0.5 else int(random.integers(n))

    def some(values: list) -> list[int]:
        return [int(random.integers(len(values)))] if values else []

    def filters() -> dict[str, object]:
        begin, end = sorted(random.integers(first, last, 2).tolist())
        return {"kinds_off": some(model["kinds"]), "countries_off": some(model["countries"]), "from": begin, "to": end}

    yield "search", lambda: {"text": str(random.choice(labels))[: int(random.integers(2, 9))], "limit": 30}
    yield "entities", lambda: {"nodes": [node() for _ in range(50)]}
    yield "expand", lambda: {"node": node(), "limit": 50, "known": strongest}
    yield "community", lambda: {"community": int(random.integers(communities)), "limit": 400}
    yield "path", lambda: {"from": node(), "to": node()}
    yield "path, kinds off", lambda: {"from": node(), "to": node(), "link_kinds_off": [kinds - 1]}
    yield "observations", lambda: {"node": node()}
    yield "overview", lambda: {"filters": filters(), "known": strongest}
    yield "overview, sources off", lambda: {"filters": {"sources_off": some(model["sources"])}, "known": strongest}


def measure(folder: Path) -> None:
    """Explore a case and ask it."""
    begun = time.perf_counter()
    command = [sys.executable, "-m", "linkgraph", "explore", "--no-browser", "--read-only", "--case", str(folder)]
    with subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, encoding="utf-8", env=os.environ | {"COLUMNS": "300"}
    ) as server:
        try:
            assert server.stderr is not None
            found = None
            while found is None:
                line = server.stderr.readline()
                if not line:
                    sys.exit("The explorer did not start.")
                found = re.search(r"http://(127\.0\.0\.1:\d+)/#(\S+)", line)
            ready = time.perf_counter() - begun
            _ask(http.client.HTTPConnection(found[1], timeout=600), found[2], ready, psutil.Process(server.pid))
        finally:
            server.terminate()


def _ask(connection: http.client.HTTPConnection, token: str, ready: float, server: psutil.Process) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def asked(method: str, path: str, body: dict[str, object] | None = None) -> tuple[float, bytes]:
        sent = None if body is None else json.dumps(body)
        start = time.perf_counter()
        connection.request(method, f"/api/{path}", sent, headers)
        answer = connection.getresponse()
        content = answer.read()
        seconds = time.perf_counter() - start
        assert answer.status == 200, content
        return seconds, content

    seconds, content = asked("GET", "model")
    model = json.loads(content)
    totals = model["totals"]
    print(
        f"{totals['entities']:,} entities, {totals['links']:,} links: first answer after {ready:.1f} s, "
        f"model {len(content) / 1e6:.2f} MB in {1000 * seconds:.0f} ms, {server.memory_info().rss / 2**30:.2f} GiB",
        flush=True,
    )
    print(f"  {'milliseconds':22} {'first':>8} {'median':>8} {'95 %':>8} {'worst':>8} {'KB':>8}")
    for name, made in requests(model, np.random.default_rng(7)):
        taken, size = [], 0
        for _ in range(REQUESTS + 1):
            seconds, content = asked("POST", name.partition(",")[0], {"snapshot": 1} | made())
            taken.append(1000 * seconds)
            size += len(content)
        # The first of a kind may prepare something for all that follow.
        rest = np.array(taken[1:])
        print(
            f"  {name:22} {taken[0]:8.1f} {np.median(rest):8.1f} {np.percentile(rest, 95):8.1f} {rest.max():8.1f} "
            f"{size / len(taken) / 1000:8.1f}",
            flush=True,
        )


def main() -> None:
    """Make and ask the cases."""
    if sys.argv[1:2] == ["--case"]:
        measure(Path(sys.argv[2]))
        return
    for size in [int(one) for one in sys.argv[1:]] or [100_000]:
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary) / str(size)
            make = [sys.executable, str(Path(__file__).with_name("make_case.py")), str(folder), str(size)]
            subprocess.run(make, check=True, stdout=subprocess.DEVNULL)
            measure(folder)


if __name__ == "__main__":
    main()
