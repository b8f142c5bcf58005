"""Gephi itself, where Java is here: what it finds in a file, and GraphML's schema, which comes with it."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

_LAUNCHER = Path(__file__).resolve().parents[2] / ".ci" / "gephi.py"


def launcher() -> ModuleType:
    """Give ``.ci/gephi.py``; skips the test, with the reason, where Gephi cannot be had."""
    if "gephi_launcher" not in sys.modules:
        spec = importlib.util.spec_from_file_location("gephi_launcher", _LAUNCHER)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules["gephi_launcher"] = module
    reason = sys.modules["gephi_launcher"].missing()
    if reason:
        pytest.skip(f"no Gephi: {reason}")
    return sys.modules["gephi_launcher"]


def opened(path: Path) -> dict[str, object]:
    """Open a file with Gephi."""
    return launcher().opened(path)
