"""Set up linkgraph and run the main job on the sample case: ``python .ci/demo.py [FOLDER]``."""

from __future__ import annotations

import subprocess
import sys

import environment

if __name__ == "__main__":
    environment.ensure("run")
    folder = sys.argv[1] if len(sys.argv) > 1 else "demo"
    sys.exit(subprocess.run([str(environment.command("linkgraph")), "demo", folder], check=False).returncode)
