"""Every reader under a fuzzer for a moment; ``docs/testing.md`` says how to go on for hours."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest
from subjects import SUBJECTS

TARGET = Path(__file__).with_name("target.py")
SECONDS = int(os.environ.get("LINKGRAPH_FUZZ_SECONDS", "1"))


@pytest.mark.skipif(importlib.util.find_spec("atheris") is None, reason="atheris has no wheel for this machine")
@pytest.mark.parametrize("name", SUBJECTS)
def test_no_bytes_break_a_reader(name, tmp_path):
    options = [f"-max_total_time={SECONDS}", "-max_len=16384", f"-artifact_prefix={tmp_path}/", "-timeout=20"]
    done = subprocess.run(
        [sys.executable, str(TARGET), name, *options], capture_output=True, text=True, errors="replace", check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
