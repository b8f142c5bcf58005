"""What partners handed on: layers beside the case's own evidence, read-only, each withdrawn whole.

A layer is ``partners/<id>/`` in the case folder::

    original            the signed bag as it was decrypted, or the file that was imported
    layer.json          who handed it on, when it came, how it is marked
    entities.parquet    the graph of it, schemas of linkgraph.exchange.extract
    links.parquet
    said.parquet

Nothing of a layer is ever in the case store, so nothing of it is taken for evidence of one's own. The audit log has
the SHA-256 of the original and of all the rest; a layer that differs from it is not read.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import secrets
import shutil
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow.parquet as pq

from linkgraph.errors import IntegrityError, StorageError, UsageError
from linkgraph.exchange import jsonl
from linkgraph.exchange.extract import HANDED_ENTITIES, HANDED_LINKS, Extract
from linkgraph.store.audit import Entry
from linkgraph.store.protocol import SAID
from linkgraph.writing import making_folder

FOLDER = "partners"
RECEIVED, IMPORTED, WITHDRAWN = "partner.receive", "partner.import", "partner.withdraw"
"""Acts in the audit log by which a layer comes, and goes."""

_ID_LENGTH = 16
_GONE = ".gone-"
_REMAINS = re.compile(r"\.gone-[0-9a-f]{16}-[0-9a-f]{8}|\.[0-9a-f]{16}\.[0-9a-f]{8}")
"""Folders of a layer that was being deleted, or written, when that was cut off."""
_SCHEMAS = {"entities": HANDED_ENTITIES, "links": HANDED_LINKS, "said": SAID}


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer, as ``layer.json`` says it."""

    id: str
    """The first 16 digits of the SHA-256 of the original."""
    original: str
    """SHA-256 of the original."""
    form: str
    """``bundle``, or the format that was imported."""
    agency: str
    """Who handed it on."""
    signed_by: str
    """Fingerprint of the key; empty where it was not signed."""
    case: str
    """Name of the partner's case."""
    marking: str
    """The strictest of anything in it."""
    came: str
    """When, UTC."""
    expires: str | None
    """The last day it may be kept, where its sender set one."""
    entities: int
    links: int
    pseudonyms: int
    """Entities whose id does not follow from their value: they go under another name."""
    commitments: list[dict[str, object]]
    """Roots over rows of the sender's sources (:mod:`linkgraph.disclosure`)."""

    def expired(self, today: date) -> bool:
        """Tell whether its sender does not want it kept any longer."""
        return self.expires is not None and today > date.fromisoformat(self.expires)


def add(
    case: Path, extract: Extract, original: BinaryIO, facts: Mapping[str, Any], there: Container[str]
) -> tuple[Layer, str]:
    """Keep a layer; give it with the SHA-256 over its files, for the audit log.

    Args:
        case: the case folder.
        extract: what was handed on, already held against the rules (:mod:`linkgraph.exchange.checking`).
        original: the file it came as, from its beginning.
        facts: fields of :class:`Layer` that do not follow from the others.
        there: ids of the layers that stand, by the audit log (:func:`standing`).

    Raises:
        UsageError: it is there already.
        StorageError: it cannot be written; nothing is left behind.
    """
    digest = hashlib.sha256()
    while piece := original.read(1 << 20):
        digest.update(piece)
    original.seek(0)
    layer = Layer(
        id=id_of(digest.hexdigest()),
        original=digest.hexdigest(),
        case=extract.case,
        marking=extract.marking,
        came=datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        entities=extract.entities.num_rows,
        links=extract.links.num_rows,
        **facts,
    )
    place = case / FOLDER / layer.id
    if layer.id in there:
        raise UsageError(f"This was received already: layer {layer.id}. Nothing was changed.")
    # What the log does not have was cut off before it was written down, or could not be deleted.
    discard(case, layer.id)
    try:
        place.parent.mkdir(exist_ok=True)
    except OSError as fault:
        raise StorageError(f"'{place.parent}' could not be made: {fault.strerror or fault}.") from fault
    with making_folder(place) as folder:
        with (folder / "original").open("xb") as copy:
            shutil.copyfileobj(original, copy)
        for name in _SCHEMAS:
            pq.write_table(getattr(extract, name), folder / f"{name}.parquet", compression="zstd")
        # What is no table: the head and the sources, as JSON lines write them.
        bare = {name: getattr(extract, name).slice(0, 0) for name in _SCHEMAS}
        head = io.BytesIO()
        jsonl.write(
            head, Extract(extract.case, extract.agency, **bare, sources=extract.sources, corrected=extract.corrected)
        )
        (folder / "sources.jsonl").write_bytes(head.getvalue())
        (folder / "layer.json").write_text(json.dumps(asdict(layer), indent=1, ensure_ascii=False) + "\n", "utf-8")
    return layer, _digest(place)


def id_of(original: str) -> str:
    """Give the id of the layer that an original makes, by its SHA-256."""
    return original[:_ID_LENGTH]


def discard(case: Path, layer: str) -> None:
    """Delete all files of a layer, by its id, and what was left of others.

    Raises:
        StorageError: not all of it can be deleted; nothing of what is left is read as a layer.
    """
    place = case / FOLDER / layer
    if place.parent.is_dir():
        for path in place.parent.iterdir():
            if _REMAINS.fullmatch(path.name):
                # Of what cannot be deleted this time either, verify tells.
                shutil.rmtree(path, ignore_errors=True)
    if not place.exists():
        return
    gone = place.with_name(f"{_GONE}{layer}-{secrets.token_hex(4)}")
    try:
        place.replace(gone)
        shutil.rmtree(gone)
    except OSError as fault:
        left = gone if gone.exists() else place
        raise StorageError(
            f"Not all files of the layer {layer} could be deleted ({fault.strerror or fault}); it is no layer of the "
            f"case any more. Close what has its files open and delete '{left}'."
        ) from fault


def left_over(case: Path, there: Container[str]) -> list[str]:
    """Give the names of what lies among the layers and is none of those that stand."""
    place = case / FOLDER
    return sorted(path.name for path in place.iterdir() if path.name not in there) if place.is_dir() else []


def standing(entries: Iterable[Entry]) -> dict[str, tuple[str, str]]:
    """Give the layers that came and were not withdrawn, by the audit log: id → SHA-256 over the files, who received."""
    found: dict[str, tuple[str, str]] = {}
    for entry in entries:
        if entry.action in {RECEIVED, IMPORTED}:
            body = json.loads(entry.body)
            found[body["layer"]] = (body["files"], entry.actor)
        elif entry.action == WITHDRAWN:
            found.pop(json.loads(entry.body)["layer"], None)
    return found


def listed(case: Path, entries: Iterable[Entry]) -> list[Layer]:
    """Give the layers of a case, in order of coming.

    Raises:
        IntegrityError: one is gone, or not as it was when it came.
    """
    found = [described(case, name, files) for name, (files, _) in standing(entries).items()]
    return sorted(found, key=lambda layer: (layer.came, layer.id))


def described(case: Path, layer: str, files: str) -> Layer:
    """Give one layer.

    Args:
        case: the case folder.
        layer: its id.
        files: SHA-256 over its files, as the audit log has it.

    Raises:
        IntegrityError: it is gone, or not as it was when it came.
    """
    # What was changed is not even taken apart.
    if fault := fault_of(case, layer, files):
        raise _not_as_it_came(layer, fault)
    try:
        return Layer(**json.loads((case / FOLDER / layer / "layer.json").read_text("utf-8")))
    except (OSError, ValueError, TypeError) as reason:
        raise _not_as_it_came(layer, f"the partner layer {layer} cannot be read") from reason


def read(case: Path, layer: Layer, files: str) -> Extract:
    """Give the graph of a layer.

    Args:
        case: the case folder.
        layer: which.
        files: SHA-256 over its files, as the audit log has it.

    Raises:
        IntegrityError: it is not as it was when it came.
    """
    if fault := fault_of(case, layer.id, files):
        raise _not_as_it_came(layer.id, fault)
    place = case / FOLDER / layer.id
    with (place / "sources.jsonl").open("rb") as stream:
        bare = jsonl.read(stream)
    tables = {name: pq.read_table(place / f"{name}.parquet").cast(schema) for name, schema in _SCHEMAS.items()}
    return Extract(bare.case, layer.agency, **tables, sources=bare.sources, corrected=bare.corrected)


def fault_of(case: Path, layer: str, files: str) -> str | None:
    """Tell in a sentence's worth what is wrong with the files of a layer; None where they are as they came."""
    place = case / FOLDER / layer
    if not place.is_dir():
        return f"the partner layer {layer} is gone from {FOLDER}/"
    if _digest(place) != files:
        return f"the partner layer {layer} is not as it was when it came"
    return None


def _not_as_it_came(layer: str, fault: str) -> IntegrityError:
    return IntegrityError(
        f"{fault[0].upper()}{fault[1:]}: 'linkgraph partners withdraw {layer}' takes it out; then receive it again."
    )


def _digest(folder: Path) -> str:
    """Give the SHA-256 of the files' ``sha256sum`` lines in order of their names."""
    lines = [f"{_sha256(path)}  {path.name}\n" for path in sorted(_files(folder))]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file())


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
