"""A coverage-guided fuzzing target per reader: ``python tests/fuzz/target.py READER [libFuzzer options] [FILE…]``.

Whatever the bytes are, a reader gives rows and unreadable lines in order, each with its place, or refuses
the file in one sentence; anything else is a fault, and libFuzzer writes down the bytes that led to it. Small
files of the format are where it starts from. Without options it goes on until it is stopped; with files, it
reads those and ends.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

TESTS = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS), str(TESTS.parent)]

with atheris.instrument_imports(
    include=["linkgraph.ingest.readers", "linkgraph.ingest.tabular", "linkgraph.ingest.forms"]
):
    from subjects import SUBJECTS


def main(name: str, options: list[str]) -> None:
    """Fuzz one reader."""
    subject = SUBJECTS[name]

    def try_bytes(content: bytes) -> None:
        subject.read(content, batch_rows=7)

    # What is found on the way is written here too: not among the fixtures.
    with tempfile.TemporaryDirectory() as folder:
        for number, seed in enumerate(subject.seeds):
            (Path(folder) / f"seed-{number}").write_bytes(seed)
        corpus = [] if any(not one.startswith("-") for one in options) else [folder]
        atheris.Setup([sys.argv[0], *options, *corpus], try_bytes)
        atheris.Fuzz()


if __name__ == "__main__":
    if sys.argv[1:2] == [] or sys.argv[1] not in SUBJECTS:
        sys.exit(f"Name one of: {', '.join(SUBJECTS)}.")
    main(sys.argv[1], sys.argv[2:])
