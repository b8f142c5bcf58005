"""The project's own environment in ``.venv``: pinned packages with hashes, and linkgraph itself.

Needs Python 3.11 or newer and nothing else; Node.js for the page's build comes as a Python package.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
LOCKS = ROOT / ".ci" / "lock"


def python() -> Path:
    """Give the interpreter of the environment."""
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def command(name: str) -> Path:
    """Give a command of the environment."""
    return VENV / (f"Scripts/{name}.exe" if os.name == "nt" else f"bin/{name}")


def ensure(lock: str) -> None:
    """Make or bring up to date the environment with the packages of one lock file."""
    if sys.version_info < (3, 11):
        sys.exit("linkgraph needs Python 3.11 or newer; this is " + sys.version.split()[0])
    if not python().exists():
        print(f"Making the environment in {VENV.name}/ …", flush=True)
        try:
            venv.create(VENV, with_pip=True)
        except subprocess.CalledProcessError:
            sys.exit("Python cannot make environments here: on Debian and Ubuntu, apt install python3-venv.")
    wanted = LOCKS / f"{lock}.txt"
    done = VENV / f"installed-{lock}"
    state = hashlib.sha256(wanted.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()
    if not (done.exists() and done.read_text("utf-8") == state):
        print("Installing the pinned packages …", flush=True)
        _pip("install", "--require-hashes", "--requirement", str(wanted))
        done.write_text(state, "utf-8")
    print("Installing linkgraph (builds the page's script where its parts changed) …", flush=True)
    _pip("install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT))


def _pip(*arguments: str) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-input"]
    done = subprocess.run([str(python()), "-m", "pip", *arguments, *quiet], check=False)
    if done.returncode:
        sys.exit("The packages could not be installed; the lines above say why.")
