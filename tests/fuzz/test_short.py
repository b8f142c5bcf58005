"""Every reader under a fuzzer for a moment; ``docs/testing.md`` says how to go on for hours."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from subjects import SUBJECTS

TARGET = Path(__file__).with_name("target.py")
SECONDS = os.environ.get("LINKGRAPH_FUZZ_SECONDS")
# The usual run tries the same inputs every time; who has more time tries others.
# The peak that libFuzzer looks at is inherited from the process that starts it: all of the tests' own.
MEMORY = ["-rss_limit_mb=16384"]
LIMITS = [f"-max_total_time={SECONDS}"] if SECONDS else ["-seed=1", "-runs=300", "-max_total_time=10"]

Done = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Future[Done]]]:
    """Fuzz all of them, as many at a time as there are cores."""
    artifacts = tmp_path_factory.mktemp("found")

    def fuzzed(name: str) -> Done:
        options = [
            *LIMITS,
            *MEMORY,
            "-max_len=16384",
            "-timeout=20",
            f"-artifact_prefix={artifacts}/{name}-",
        ]
        return subprocess.run(
            [sys.executable, str(TARGET), name, *options], capture_output=True, text=True, errors="replace", check=False
        )

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {name: pool.submit(fuzzed, name) for name in SUBJECTS}
        pool.shutdown(cancel_futures=True)


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this machine")
@pytest.mark.parametrize("name", SUBJECTS)
def test_no_bytes_break_a_reader(name: str, runs: dict[str, Future[Done]]) -> None:
    done = runs[name].result()
    assert done.returncode == 0, done.stderr[-3000:]
