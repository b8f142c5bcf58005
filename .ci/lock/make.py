"""Write the lock files anew from pyproject.toml: ``python .ci/lock/make.py`` (needs uv).

The files pin every package with its hashes for every platform and name no host.
"""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Compile ``run`` (linkgraph and its build) and ``dev`` (with the tests)."""
    project = tomllib.loads((HERE.parent.parent / "pyproject.toml").read_text("utf-8"))
    run = project["project"]["dependencies"] + project["build-system"]["requires"] + ["editables"]
    for name, wanted in (("run", run), ("dev", run + project["dependency-groups"]["dev"])):
        options = ["--universal", "--python-version", "3.11", "--generate-hashes", "--no-emit-index-url"]
        silent = ["--no-header", "--no-annotate", "--no-emit-find-links", "--quiet"]
        subprocess.run(
            ["uv", "pip", "compile", "-", *options, *silent, "--output-file", str(HERE / f"{name}.txt")],
            input="\n".join(wanted),
            text=True,
            check=True,
        )


if __name__ == "__main__":
    main()
