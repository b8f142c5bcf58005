"""Folders and archives of returns: found, looked at, and imported file by file.

Looking changes nothing: every file is read once, for its digest and its beginning. What is then taken
goes through the same import as a file that is named with its kind.
"""

from __future__ import annotations

import hashlib
import io
import stat
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from linkgraph.errors import LinkgraphError, LockedError, StorageError, UsageError
from linkgraph.ingest import KINDS, archive, bundle, custody, office, planning
from linkgraph.ingest.bundle import Member
from linkgraph.ingest.importing import Imported, Progress, import_file
from linkgraph.ingest.mapping import Stated
from linkgraph.ingest.readers import xlsx
from linkgraph.ingest.recognise import Opened, Recognition, Verdict, recognise
from linkgraph.ingest.saved import Saved
from linkgraph.model import Source
from linkgraph.store.embedded import CaseStore

_SYSTEM_NAMES = frozenset({"thumbs.db", "ehthumbs.db", "desktop.ini", "__macosx", "$recycle.bin"})
_SYSTEM_STARTS = (".", "~$")
_CASE_FILE = "case.toml"
_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Found:
    """One file that was looked at."""

    name: str
    """What it is called as evidence: its own name, or ``archive.zip/member``."""
    path: Path
    """The file, or the archive it is in."""
    recognition: Recognition
    size: int | None = None
    sha256: str | None = None
    """None where it was not read: a link, a system file."""
    member: Member | None = None
    container: str | None = None
    """SHA-256 of the archive it is in."""
    fault: LinkgraphError | None = None
    """Why it could not be looked into: damaged, encrypted, unsafe, unreadable."""

    @property
    def verdict(self) -> Verdict:
        """What can be done with it."""
        return self.recognition.verdict

    def to_json(self) -> dict[str, object]:
        """Give the stable form."""
        known = self.recognition
        preview = known.preview
        return {
            "name": self.name,
            "path": str(self.path),
            "size": self.size,
            "sha256": self.sha256,
            "archive": self.container,
            "verdict": str(known.verdict),
            "why": known.why,
            "kind": known.kind,
            "reader": known.reader,
            "mapping": known.by_mapping,
            "needs": list(known.needs),
            "could_be": list(known.could_be),
            "preview": preview and {"columns": list(preview.columns), "rows": [list(row) for row in preview.rows]},
        }


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of one file that was to be imported."""

    found: Found
    imported: Imported | None
    fault: LinkgraphError | None = None
    """Why it could not be imported."""


@dataclass(frozen=True, slots=True)
class _Looking:
    """What every file is looked at with."""

    stated: Stated
    kind: str | None
    saved: Sequence[Saved]
    sources: dict[str, Source]
    met: dict[str, str] = field(default_factory=dict)
    """SHA-256 → name of the files that were looked at."""


def look(
    paths: Sequence[Path],
    stated: Stated,
    *,
    sources: Sequence[Source] = (),
    mappings: Sequence[Saved] = (),
    kind: str | None = None,
) -> Iterator[Found]:
    """Look at files, folders and zip archives, in order of their names; nothing is written.

    Args:
        paths: what to look at; of a folder all that is in it, links not followed.
        stated: what the analyst says of all of them.
        sources: evidence that the case has: the same bytes are not taken again.
        mappings: those of the case, for tables with their header.
        kind: the kind that is meant where several can claim a file.

    Raises:
        UsageError: a path does not exist.
    """
    looking = _Looking(stated, kind, mappings, {one.sha256: one for one in sources})
    for path in paths:
        if not path.exists():
            raise UsageError(f"There is no file or folder '{path}'.")
    for path in paths:
        if path.is_dir():
            yield from _folder(path, path.name, looking)
        else:
            yield from _file(path, path.name, looking)


def again(found: Found, stated: Stated, *, mappings: Sequence[Saved] = (), kind: str | None = None) -> Found:
    """Look once more at a file, with more said of it.

    Raises:
        StorageError: it can no longer be read.
    """
    path, member = found.path, found.member
    if member is not None:
        known = recognise(
            member.head, found.name, stated, saved=mappings, kind=kind, whole=lambda: _in_memory(path, member)
        )
        return replace(found, recognition=known)
    known = recognise(
        custody.read_head(path), found.name, stated, saved=mappings, kind=kind, whole=lambda: custody.opened(path)
    )
    return replace(found, recognition=_rehearsed(known, path))


def take(
    store: CaseStore,
    case: Path,
    chosen: Sequence[Found],
    *,
    actor: str,
    marking: str,
    progress: Callable[[Progress], None] = lambda _: None,
) -> Iterator[Taken]:
    """Import files that were looked at, one after the other; one that cannot be does not stop the others."""
    bundle.clear(case)
    for found in chosen:
        try:
            yield Taken(found, _import(store, case, found, actor, marking, progress))
        except LockedError:
            raise
        except LinkgraphError as fault:
            yield Taken(found, None, fault)


def _import(
    store: CaseStore,
    case: Path,
    found: Found,
    actor: str,
    marking: str,
    progress: Callable[[Progress], None],
) -> Imported:
    known = found.recognition
    if known.kind is None:
        raise UsageError(f"'{found.name}': {known.why}.")

    def of(path: Path, stated: Stated) -> Imported:
        return import_file(
            store,
            case / "sources",
            KINDS[known.kind or ""],
            path,
            stated,
            actor=actor,
            marking=marking,
            name=found.name,
            progress=progress,
        )

    if found.member is None or found.container is None:
        return of(found.path, known.stated)
    container = {"name": found.path.name, "sha256": found.container, "member": found.member.path}
    with bundle.taken_out(found.path, found.member, case) as file:
        return of(file, replace(known.stated, container=container))


# -- looking -------------------------------------------------------------------------------------


def _folder(folder: Path, within: str, looking: _Looking) -> Iterator[Found]:
    if (folder / _CASE_FILE).is_file():
        yield _left(folder.name, folder, "it is a case folder")
        return
    try:
        entries = sorted(folder.iterdir(), key=lambda one: one.name)
    except OSError as fault:
        yield _faulty(folder, StorageError(f"it cannot be read: {fault.strerror or fault}."))
        return
    for entry in entries:
        fault_of = _not_walked(entry)
        if fault_of is not None:
            yield _left(entry.name, entry, fault_of)
        elif entry.is_dir():
            yield from _folder(entry, f"{within}/{entry.name}", looking)
        else:
            yield from _file(entry, f"{within}/{entry.name}", looking)


def _not_walked(entry: Path) -> str | None:
    """Say why an entry of a folder is passed by; None: it is not."""
    if _is_system(entry.name):
        return "it is hidden or the system's"
    try:
        status = entry.lstat()
    except OSError as fault:
        return f"it cannot be read: {fault.strerror or fault}"
    # A junction of Windows is a folder that leads elsewhere.
    tag = getattr(status, "st_reparse_tag", 0)
    if stat.S_ISLNK(status.st_mode) or (tag and tag == getattr(stat, "IO_REPARSE_TAG_MOUNT_POINT", None)):
        return "it is a link; links are not followed"
    if not stat.S_ISREG(status.st_mode) and not stat.S_ISDIR(status.st_mode):
        return "it is no file"
    return None


def _is_system(name: str) -> bool:
    return name.startswith(_SYSTEM_STARTS) or name.casefold() in _SYSTEM_NAMES


def _file(path: Path, within: str, looking: _Looking) -> Iterator[Found]:
    """Look at a file; ``within`` is its name with the folders that were walked to it."""
    try:
        with path.open("rb") as stream:
            start = stream.read(custody.HEAD_BYTES)
        document = bundle.office_document(path) if archive.is_archive(start) else None
        if archive.is_archive(start) and document is None:
            yield from _archive(path, within, looking)
            return
        if document == bundle.DOCUMENT:
            yield _left(path.name, path, "it is an office document and no workbook: save its tables as CSV")
            return
        known = _recognise(custody.read_head(path), within, looking, lambda: custody.opened(path))
        if known.verdict is Verdict.LEFT:
            yield Found(path.name, path, known, path.stat().st_size)
            return
        size, digest = _digest(path)
    except OSError as fault:
        yield _faulty(path, StorageError(f"it cannot be read: {fault.strerror or fault}."))
        return
    except StorageError as fault:
        yield _faulty(path, fault)
        return
    known = _already(known, digest, path.name, looking)
    yield Found(path.name, path, _rehearsed(known, path), size, digest)


def _rehearsed(known: Recognition, path: Path) -> Recognition:
    """Hold back a file of which more than the beginning shows that it cannot be imported as things are stated."""
    if known.verdict is not Verdict.TAKE or known.kind is None:
        return known
    try:
        planning.rehearse(path, KINDS[known.kind], known.stated, path.name)
    except LinkgraphError as fault:
        return replace(known, verdict=Verdict.NEEDS, why=f"{known.why}, but: {str(fault).rstrip('.')}")
    return known


def _recognise(head: bytes, within: str, looking: _Looking, whole: Opened) -> Recognition:
    return recognise(head, within, looking.stated, saved=looking.saved, kind=looking.kind, whole=whole)


def _archive(path: Path, within: str, looking: _Looking) -> Iterator[Found]:
    """Look at the members of a zip archive; all of them or, where it is not sound, none."""
    try:
        members = list(bundle.look(path))
        _, container = _digest(path)
    except LinkgraphError as fault:
        yield _faulty(path, fault)
        return
    if not members:
        yield _left(path.name, path, "it is an archive without a file in it")
    for member in members:
        yield _member(path, within, member, container, looking)


def _member(path: Path, within: str, member: Member, container: str, looking: _Looking) -> Found:
    name = f"{path.name}/{member.path}"
    if any(_is_system(part) for part in member.path.split("/")):
        known = Recognition(Verdict.LEFT, "it is hidden or the system's")
    elif archive.is_archive(member.head) and not _is_workbook(path, member):
        known = Recognition(Verdict.LEFT, "it is an archive within an archive: unpack it and name it by itself")
    else:
        known = _recognise(member.head, f"{within}/{member.path}", looking, lambda: _in_memory(path, member))
        if known.verdict is not Verdict.LEFT:
            known = _already(known, member.sha256, name, looking)
    return Found(name, path, known, member.size, member.sha256, member, container)


def _is_workbook(path: Path, member: Member) -> bool:
    if member.size > bundle.MAX_IN_MEMORY or not xlsx.Workbook().recognises(member.head):
        return False
    try:
        with _in_memory(path, member) as stream:
            return office.is_workbook(office.entries(stream))
    except LinkgraphError:
        return False


@contextmanager
def _in_memory(path: Path, member: Member) -> Iterator[BinaryIO]:
    with io.BytesIO(bundle.content(path, member)) as stream:
        yield stream


def _already(known: Recognition, sha256: str, name: str, looking: _Looking) -> Recognition:
    """Leave alone what the case has, and what was met before in this look."""
    earlier = looking.sources.get(sha256)
    if earlier is not None and earlier.complete:
        why = f"it was already imported on {earlier.imported_at:%Y-%m-%d %H:%M} UTC as {earlier.kind}"
        return replace(known, verdict=Verdict.LEFT, why=why)
    if sha256 in looking.met:
        return replace(known, verdict=Verdict.LEFT, why=f"it has the same bytes as '{looking.met[sha256]}'")
    looking.met[sha256] = name
    return known


def _digest(path: Path) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_PIECE):
            size += len(piece)
            digest.update(piece)
    return size, digest.hexdigest()


def _faulty(path: Path, fault: LinkgraphError) -> Found:
    return replace(_left(path.name, path, str(fault).rstrip(".")), fault=fault)


def _left(name: str, path: Path, why: str) -> Found:
    return Found(name, path, Recognition(Verdict.LEFT, why))
