"""Run every check and test: ``python .ci/test.py [pytest arguments]``.

Lint, format and types first, then the tests with a real Neo4j and a real Chromium. What the
machine lacks is installed where that can be done (Neo4j's jars by Maven, Chromium by apt); where
not, the tests that need it say so and are skipped.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

import environment

T = TypeVar("T")

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "msedge", "chrome")
_MOST_PROCESSES = 4
"""Each may hold a browser or a server: beyond these a laptop has no memory for them."""


def main() -> int:
    """Run the checks, then the tests; give the exit status of the first that failed."""
    spent: list[tuple[str, float]] = []
    timed("environment", spent, lambda: environment.ensure("dev"))
    timed("Chromium", spent, ensure_chromium)
    timed("Neo4j jars", spent, ensure_neo4j)
    for name, arguments in (
        ("ruff check", ["ruff", "check", "."]),
        ("ruff format", ["ruff", "format", "--check", "."]),
        ("mypy", ["mypy"]),
    ):
        status = timed(name, spent, lambda arguments=arguments: run(arguments))
        if status:
            print(f"{name} failed.", flush=True)
            return status
    for name, seconds in spent:
        print(f"{seconds:8.1f} s  {name}", flush=True)
    return run(["pytest", f"--numprocesses={min(os.cpu_count() or 1, _MOST_PROCESSES)}", *sys.argv[1:]])


def timed(name: str, spent: list[tuple[str, float]], act: Callable[[], T]) -> T:
    """Run something and note how long it took."""
    start = time.monotonic()
    result = act()
    spent.append((name, time.monotonic() - start))
    return result


def run(arguments: Sequence[str]) -> int:
    """Run a module of the environment in the project's folder."""
    return subprocess.run([str(environment.python()), "-m", *arguments], cwd=environment.ROOT, check=False).returncode


def ensure_chromium() -> None:
    """Install Debian's Chromium where no browser of its family is found and that can be done."""
    if os.environ.get("LINKGRAPH_CHROMIUM") or any(map(shutil.which, _CHROMIUM)):
        return
    may_install = shutil.which("apt-get") and getattr(os, "geteuid", lambda: 1)() == 0
    if not may_install:
        print("No Chromium was found: the browser tests will be skipped.", flush=True)
        return
    quiet = {"stdout": subprocess.DEVNULL, "env": os.environ | {"DEBIAN_FRONTEND": "noninteractive"}}
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
    subprocess.run(["apt-get", "install", "-y", "-qq", "chromium"], check=False, **quiet)


def ensure_neo4j() -> None:
    """Fetch Neo4j's jars into the cache, where Java and Maven are."""
    if shutil.which("java") and shutil.which("mvn"):
        server = environment.ROOT / ".ci" / "neo4j_server.py"
        subprocess.run([str(environment.python()), str(server), "--fetch"], check=True)
    else:
        print("No Java or no Maven was found: the Neo4j tests will be skipped.", flush=True)


if __name__ == "__main__":
    sys.exit(main())
