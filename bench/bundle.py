"""A bundle of a large case, made and received, beside what the bytes alone cost.

    python bench/bundle.py CASE [--profile joint-team] [--victims 0]

CASE is a folder of make_case.py. *made* is everything from opening the case to the encrypted file: reading, redaction,
writing, the leak gate, signing, encryption. *verified* is everything from that file to the graph, checked: decryption,
every hash and signature, reading, every id. *kept* is writing it down as a partner layer. The floor beside it is
``zipfile`` (deflate 6) and SHA-256 over the same bytes, and reading them back, without any of that. ``--victims N``
marks the first N accounts as victims in a copy of the case's answers, so that the gate has something to look for.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import shutil
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import linkgraph
from linkgraph import sharing
from linkgraph.exchange import bag, keys, receiving
from linkgraph.exchange.bundle import Terms
from linkgraph.model import Role
from linkgraph.sharing import Asked

T = TypeVar("T")


def main() -> None:
    """Measure and print."""
    given = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    given.add_argument("case", type=Path)
    given.add_argument("--profile", default="joint-team")
    given.add_argument("--victims", type=int, default=0)
    options = given.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        run(Path(folder), options.case, options.profile, options.victims)


def run(folder: Path, original: Path, profile: str, victims: int) -> None:
    """Make and receive one bundle."""
    shutil.copytree(original, folder / "case")
    case = linkgraph.open(folder / "case")
    if victims:
        accounts = [
            one["id"] for one in case.graph().entities.slice(0, 50 * victims).to_pylist() if one["kind"] == "Account"
        ]
        for one in accounts[:victims]:
            case.set_role(one, Role.VICTIM, "measured")
    own, other = keys.generate("A", case.agency), keys.generate("B", "Agency B")
    keys.trust(other.card, other.card.words(), folder / "keys")
    keys.trust(own.card, own.card.words(), folder / "keys")
    out = folder / "out.lgb"
    made = timed(
        "made",
        lambda: sharing.make_bundle(
            case, out, Asked(profile), to=["Agency B"], terms=Terms("measured"), own=own, key_folder=folder / "keys"
        ),
    )
    size = out.stat().st_size / 1e6
    print(f"      {made.predicate['entities']:,} entities, {made.predicate['links']:,} links, {size:.0f} MB")
    print(f"      searched for {made.searched_for:,} texts; peak memory {peak():.1f} GiB")

    def verify() -> int:
        with receiving.verified(out, other, [own.card], datetime.now(UTC).date()) as incoming:
            return incoming.extract.links.num_rows if incoming.extract else 0

    timed("verified", verify)
    target = linkgraph.create(folder / "b", agency="Agency B", timezone="UTC")
    timed("kept", lambda: sharing.receive(target, out, other, key_folder=folder / "keys"))
    floor(folder, out, other, own)


def floor(folder: Path, out: Path, other: keys.Own, own: keys.Own) -> None:
    """Time the bytes alone."""
    plain = folder / "plain.zip"
    with out.open("rb") as reader, plain.open("w+b") as writer:
        bag.decrypt(reader, writer, other)
        writer.seek(0)
        bag.unpack(bag.read(writer, [own.card]), folder / "files")
    payload = sorted(path for path in (folder / "files").rglob("*") if path.is_file())

    def pack() -> None:
        with zipfile.ZipFile(folder / "floor.zip", "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
            for path in payload:
                with path.open("rb") as stream:
                    hashlib.file_digest(stream, "sha256")
                archive.write(path, path.name)

    def unpack() -> None:
        with zipfile.ZipFile(folder / "floor.zip") as archive:
            for name in archive.namelist():
                with archive.open(name) as stream:
                    hashlib.file_digest(stream, "sha256")

    size = sum(path.stat().st_size for path in payload)
    print(f"      the files are {size / 1e6:.0f} MB")
    timed("floor: zipped and hashed", pack)
    timed("floor: unzipped and hashed", unpack)


def timed(what: str, act: Callable[[], T]) -> T:
    """Run and print how long it took."""
    start = time.perf_counter()
    found = act()
    print(f"{time.perf_counter() - start:8.1f} s  {what}", flush=True)
    return found


def peak() -> float:
    """Give the most memory of this process so far, in GiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20)


if __name__ == "__main__":
    main()
