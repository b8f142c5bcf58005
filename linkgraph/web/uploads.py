"""Evidence files that were dropped onto the page: kept outside the case until they are imported or let go.

What a file is taken for, and what must be said of it, is what ``linkgraph ingest auto`` says and asks.
"""

from __future__ import annotations

import re
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from threading import Lock

from linkgraph.case import Case
from linkgraph.errors import UsageError
from linkgraph.ingest import KINDS, custody, encoding, mapping, suggest
from linkgraph.ingest.auto import Found, Taken
from linkgraph.ingest.kind import Field, ValueType
from linkgraph.ingest.mapping import Stated
from linkgraph.ingest.readers import delimited
from linkgraph.ingest.recognise import Table, Verdict, table_of
from linkgraph.ingest.saved import merged
from linkgraph.ingest.values import time
from linkgraph.ingest.values.result import Reason
from linkgraph.web.jobs import Report, Result
from linkgraph.web.messages import MappedField, Member, Preview

LIMIT = 64
"""Files that wait at once."""
_LONGEST_NAME = 120
_ROWS = 10
_ORDERS = ("dd/mm/yyyy hh:mm", "mm/dd/yyyy hh:mm", "dd/mm/yyyy", "mm/dd/yyyy")


@dataclass(eq=False)
class Upload:
    """One file that was sent."""

    id: str
    name: str
    """What it was called where it came from."""
    folder: Path
    found: list[Found] = field(default_factory=list)
    """The file, or the files of an archive."""
    kind: str | None = None
    stated: Stated = field(default_factory=Stated)
    taken: bool = False
    """Whether an import of it has begun."""

    @property
    def path(self) -> Path:
        """Where its bytes are."""
        return self.folder / _on_disk(self.name)


class Uploads:
    """The files that wait, in a temporary folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._uploads: dict[str, Upload] = {}
        self._lock = Lock()

    def begin(self, name: str) -> Upload:
        """Make room for a file.

        Raises:
            UsageError: too many wait already.
        """
        with self._lock:
            if len(self._uploads) >= LIMIT:
                raise UsageError(f"{LIMIT} files wait already: import them or let them go first.")
            upload = Upload(secrets.token_hex(8), _base(name), self._folder / secrets.token_hex(8))
            upload.folder.mkdir()
            self._uploads[upload.id] = upload
        return upload

    def __iter__(self) -> Iterator[Upload]:
        return iter(list(self._uploads.values()))

    def get(self, upload: str) -> Upload | None:
        """Give a file by its id."""
        return self._uploads.get(upload)

    def drop(self, upload: Upload) -> None:
        """Delete a file."""
        with self._lock:
            self._uploads.pop(upload.id, None)
        shutil.rmtree(upload.folder, ignore_errors=True)


def look(case: Case, upload: Upload) -> None:
    """Look at a file that has just come."""
    upload.found = [replace(one, name=_named(one, upload)) for one in case.recognise([upload.path])]


def look_again(case: Case, upload: Upload, kind: str | None, said: Stated) -> None:
    """Look once more, with more said of the file; what was said before stays unless it is said otherwise.

    Raises:
        UsageError: it cannot be read so, or it is an archive of several files.
    """
    if upload.taken:
        raise UsageError("The file is being imported.")
    if kind is not None and kind not in KINDS:
        raise UsageError(f"'{kind}' is no kind of source; one of: {', '.join(KINDS)}.")
    if len(upload.found) != 1:
        raise UsageError("Several files came in this archive: unpack it and send those that something must be said of.")
    [found] = upload.found
    if found.fault is not None or found.size is None:
        raise UsageError(f"'{upload.name}' cannot be imported: {found.recognition.why}.")
    before = upload.kind or found.recognition.kind
    kind = kind or upload.kind
    # Columns are those of one kind: another begins anew, and so do columns that are all named again.
    base = upload.stated if before is None or kind in (None, before) else Stated()
    stated = merged(replace(base, columns={}) if said.columns else base, said)
    table = _table(found, stated)
    if table is not None:
        _check_columns(table, stated)
    if kind is not None:
        mapping.check_fields(KINDS[kind], stated)
    upload.found = [case.recognise_again(found, stated=stated, kind=kind)]
    upload.kind, upload.stated = kind, stated


def check(upload: Upload) -> list[Found]:
    """Give what can be imported of a file.

    Raises:
        UsageError: nothing can.
    """
    chosen = [one for one in upload.found if one.verdict is Verdict.TAKE]
    if not chosen:
        raise UsageError(f"'{upload.name}' cannot be imported: {upload.found[0].recognition.why}.")
    return chosen


def take(case: Case, upload: Upload, marking: str | None, keep_as: str | None, report: Report) -> Iterator[Taken]:
    """Import what can be imported of a file, keeping in the case what was said of its columns if that is asked for.

    Raises:
        UsageError: nothing can.
    """
    chosen = check(upload)
    if keep_as is not None:
        _keep(case, upload, chosen[0], keep_as)
    yield from case.taking(
        chosen,
        marking=marking,
        progress=lambda at: report(at.bytes_read, at.bytes_total, f"{at.name}: {at.rows:,} rows"),
    )


def outcome(taken: list[Taken]) -> Result:
    """Say what became of the files, as ``linkgraph ingest auto --json`` does."""
    return {
        "files": [
            {
                "name": one.found.name,
                "imported": one.imported.to_json() if one.imported else None,
                "notices": list(one.imported.notices) if one.imported else [],
                "fault": str(one.fault) if one.fault else None,
            }
            for one in taken
        ]
    }


def told(taken: list[Taken]) -> str:
    """Say in a sentence what became of the rows."""
    tallies = [one.imported.tally for one in taken if one.imported]
    read, stored = sum(one.read for one in tallies), sum(one.stored for one in tallies)
    duplicates, quarantined = sum(one.duplicates for one in tallies), sum(one.quarantined for one in tallies)
    return f"{read:,} rows read: {stored:,} stored, {duplicates:,} duplicates, {quarantined:,} quarantined."


def preview(upload: Upload) -> Preview:
    """Say what a file was taken for, how it would be read, and what must still be said of it."""
    if len(upload.found) != 1:
        return _preview_of_archive(upload)
    [found] = upload.found
    known = found.recognition
    table = _table(found, known.stated) if _is_table(found) else None
    kind = known.kind or upload.kind or (known.could_be[0] if len(known.could_be) == 1 else None)
    header: Sequence[str] = table.header if table else ()
    rows: Sequence[Sequence[str | None]] = table.rows[:_ROWS] if table else ()
    if table is None and known.preview is not None:
        header, rows = known.preview.columns, known.preview.rows
    fields, typed, missing = _mapped(table, kind, known.stated) if table and kind else ([], [], None)
    return Preview(
        id=upload.id,
        name=upload.name,
        size=found.size or 0,
        sha256=found.sha256,
        verdict=known.verdict.value,
        why=known.why,
        kind=known.kind or upload.kind,
        reader=known.reader,
        mapping=known.by_mapping,
        header=list(header),
        has_header=table.has_header if table else bool(header),
        rows=[list(row) for row in rows],
        fields=fields,
        typed=typed,
        missing=missing,
        needs=[option.removeprefix("--") for option in known.needs],
        could_be=list(known.could_be),
        kinds={name: one.about for name, one in KINDS.items()},
        members=[],
    )


def _preview_of_archive(upload: Upload) -> Preview:
    takes = sum(one.verdict is Verdict.TAKE for one in upload.found)
    return Preview(
        id=upload.id,
        name=upload.name,
        size=upload.path.stat().st_size,
        sha256=upload.found[0].container if upload.found else None,
        verdict="take" if takes else "left",
        why=f"it is an archive of {len(upload.found)} files, of which {takes} can be imported",
        kind=None,
        reader=None,
        mapping=None,
        header=[],
        has_header=False,
        rows=[],
        fields=[],
        typed=[],
        missing=None,
        needs=[],
        could_be=[],
        kinds={name: one.about for name, one in KINDS.items()},
        members=[
            Member(
                name=one.name,
                verdict=one.verdict.value,
                why=one.recognition.why,
                kind=one.recognition.kind,
                reader=one.recognition.reader,
            )
            for one in upload.found
        ],
    )


def _mapped(table: Table, kind: str, stated: Stated) -> tuple[list[MappedField], list[dict[str, str]], str | None]:
    """Give the fields of a kind with their columns, the first rows as read so, and which field has none yet."""
    source = KINDS[kind]
    suggested = suggest.suggest(source, table)
    columns = {name: suggest.column_of(table, one.column) for name, one in suggested.items()} | dict(stated.columns)
    matched = mapping.match_header(source, table.header, stated) if table.has_header else None
    if matched is not None:
        # The import reads these, whatever is like them.
        columns = dict(matched.columns)
    worth = {one.name for one in suggest.worth_asking(source)}
    fields = [
        MappedField(
            name=one.name,
            type=one.type,
            required=one.required,
            column=columns.get(one.name),
            why=suggested[one.name].why if one.name in suggested else None,
            forms=_forms(one, columns.get(one.name), table) if one.name not in stated.formats else [],
        )
        for one in source.fields
        if one.name in worth or one.name in columns
    ]
    typed = suggest.typed(source, table, replace(stated, columns=columns), _ROWS)
    return fields, typed, suggest.missing(source, columns)


def _forms(one: Field, column: str | int | None, table: Table) -> list[str]:
    """Give the forms to choose from where nothing in a column says whether the day or the month comes first."""
    if one.type is not ValueType.TIME or column is None:
        return []
    values = table.values(column if isinstance(column, str) else table.header[column - 1])
    form = time.recognise(values) if values else None
    if not isinstance(form, Reason) or form.code != "time-ambiguous-order":
        return []
    fits = [known for name in _ORDERS if not isinstance(known := time.form(name), Reason)]
    return [known.name for known in fits if known.pattern.fullmatch(values[0].strip())]


def _keep(case: Case, upload: Upload, found: Found, name: str) -> None:
    table = _table(found, upload.stated)
    if table is None or found.recognition.kind is None or not upload.stated.columns:
        raise UsageError("Only columns that were stated can be kept.")
    stated = replace(upload.stated, header=None if table.has_header else False, account=None, year=None)
    case.keep_mapping(name, found.recognition.kind, table.header if table.has_header else (), stated)


def _is_table(found: Found) -> bool:
    known = found.recognition
    return known.verdict is not Verdict.LEFT and known.reader in (None, delimited.NAME)


def _table(found: Found, stated: Stated) -> Table | None:
    if found.fault is not None:
        return None
    head = found.member.head if found.member else custody.read_head(found.path)
    if custody.media_of(head) is not None:
        return None
    return table_of(encoding.head_as_utf8(head, encoding.decide(head, stated.encoding, found.name)), stated)


def _check_columns(table: Table, stated: Stated) -> None:
    for name, column in stated.columns.items():
        there = column in table.header if isinstance(column, str) else 1 <= column <= len(table.header)
        if not there:
            raise UsageError(f"There is no column {column!r} for '{name}'; the file has: {', '.join(table.header)}.")


def _named(found: Found, upload: Upload) -> str:
    """Call a file of the upload what it was called before it was put on the disk here."""
    return upload.name + found.name.removeprefix(found.path.name)


def _base(name: str) -> str:
    """Give the last part of a name, whichever way its folders are written."""
    return PurePosixPath(name.replace("\\", "/")).name.replace("\0", "") or "evidence"


def _on_disk(name: str) -> str:
    """Give a name that every file system takes."""
    kept = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]', "_", name)
    stem, dot, suffix = kept.rpartition(".")
    stem, suffix = (stem, dot + suffix[:20]) if stem else (kept, "")
    # Devices of Windows are such whatever follows the first point; "_" before makes it a file.
    return "_" + stem.encode()[:_LONGEST_NAME].decode("utf-8", "ignore") + suffix.rstrip(". ")
