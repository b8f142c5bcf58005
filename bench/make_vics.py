"""A large synthetic hash set for the benches: ``python bench/make_vics.py FILE HASHES``.

VICS 2.0 as a national set writes it: MD5, SHA-1, SHA-256, now and then a PDQ and a PhotoDNA, about 400
bytes a medium, all random. Seeded.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path

import numpy as np

CONTEXT = "http://github.com/VICSDATAMODEL/ProjectVic/DataModels/2.0.xml/US/$metadata#Media"
_PIECE = 50_000


def write(path: Path, hashes: int, seed: int = 7) -> None:
    """Write a set of ``hashes`` media."""
    source = np.random.default_rng(seed)
    with path.open("w", encoding="ascii", newline="\n") as stream:
        stream.write(f'{{"@odata.context":"{CONTEXT}","value":[')
        for first in range(0, hashes, _PIECE):
            size = min(_PIECE, hashes - first)
            digits = source.bytes(size * 84).hex().upper()
            sizes = source.integers(1_000, 1 << 23, size).tolist()
            categories = source.integers(0, 6, size).tolist()
            chances = source.random(size).tolist()
            stream.writelines(
                _medium(first + at, digits[at * 168 : at * 168 + 168], sizes[at], categories[at], chances[at])
                for at in range(size)
            )
        stream.write("]}\n")


def _medium(number: int, digits: str, size: int, category: int, chance: float) -> str:
    more = f'{{"HashName":"SHA256","HashValue":"{digits[72:136]}"}}'
    if chance < 0.1:
        more += f',{{"HashName":"PDQ","HashValue":"{digits[104:168]}"}}'
    if chance < 0.05:
        likeness = base64.b64encode(bytes.fromhex(digits[:144]) * 2).decode()
        more += f',{{"HashName":"PhotoDNA","HashValue":"{likeness}"}}'
    series = f'"S{category}"' if chance < 0.02 else "null"
    return (
        f'{"," if number else ""}{{"MediaID":{number + 1},"Category":{category},"MD5":"{digits[:32]}",'
        f'"SHA1":"{digits[32:72]}","MediaSize":{size},"DateUpdated":"2023-06-07T02:31:49.8300Z",'
        f'"IsPrecategorized":true,"VictimIdentified":null,"Series":{series},'
        f'"AlternativeHashes":[{more}]}}'
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]), int(sys.argv[2]))
