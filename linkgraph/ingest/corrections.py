r"""Files of refused rows for an analyst to correct: CSV for a spreadsheet, or JSON lines.

Columns: ``source`` (SHA-256), ``file``, ``line``, ``column``, ``code``, ``reason``, ``hint``, ``raw`` and an
empty ``corrected``, into which the analyst writes the whole row as it should have been. Rows whose
``corrected`` stays empty stay as they are; of the other columns only ``source`` and ``line`` are read back.

JSON lines have the exact bytes beside the text, ``raw_base64``; bytes that are no UTF-8 stand in ``raw`` as
``\xff``. In CSV a cell that a spreadsheet would take for a formula (it begins with ``=``, ``+``, ``-``, ``@``, a
tabulator or a line end) has an apostrophe before it; in ``corrected`` an apostrophe before one of these is taken
off again. CSV is UTF-8 with a byte order mark, for which Excel looks; read back with ``,``, ``;`` or tabulator.

Source: OWASP, "CSV Injection".
"""

from __future__ import annotations

import base64
import csv
import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from linkgraph.errors import UsageError
from linkgraph.model import QuarantinedRow
from linkgraph.writing import replace_file

COLUMNS = ("source", "file", "line", "column", "code", "reason", "hint", "raw", "corrected")
FORMS = (".csv", ".jsonl")

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")
_CELL_LIMIT = 1 << 24


@dataclass(frozen=True, slots=True)
class Correction:
    """What one refused row is to be read as."""

    source: str
    """SHA-256, 64 digits."""
    line: int
    text: str


def write(path: Path, rows: Iterable[QuarantinedRow], names: Mapping[str, str]) -> None:
    """Write refused rows to a new file whose suffix says its form; ``names`` are the sources' by SHA-256.

    Raises:
        UsageError: the suffix is neither ``.csv`` nor ``.jsonl``.
    """
    suffix = path.suffix.casefold()
    if suffix not in FORMS:
        raise UsageError(f"'{path}' must end in {' or '.join(FORMS)}: the suffix says how the rows are written.")
    records = [_record(row, names.get(row.source, "")) for row in rows]
    if suffix == ".csv":
        out = io.StringIO(newline="")
        table = csv.writer(out)
        table.writerow(COLUMNS)
        table.writerows([_harmless(record[name]) for name in COLUMNS] for record, _ in records)
        replace_file(path, out.getvalue().encode("utf-8-sig"))
    else:
        lines = [
            json.dumps(record | {"corrected": None, "raw_base64": base64.b64encode(raw).decode()}) + "\n"
            for record, raw in records
        ]
        replace_file(path, "".join(lines).encode())


def read(path: Path, name: str) -> list[Correction]:
    """Read the corrected rows of a file, in order of source and line.

    Raises:
        UsageError: it is no such file, corrects nothing, or corrects a row twice.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise UsageError(f"'{name}' is not UTF-8: save it as CSV UTF-8.") from fault
    found: dict[tuple[str, int], Correction] = {}
    for number, record in enumerate(_records(text, name), start=1):
        corrected = record.get("corrected")
        if not isinstance(corrected, str) or not corrected.strip():
            continue
        source, line = str(record.get("source") or "").strip().lower(), str(record.get("line") or "").strip()
        if not (line.isascii() and line.isdigit()) or len(source) != 64:
            raise UsageError(f"Record {number} of '{name}' does not say which source and line it corrects.")
        if (source, int(line)) in found:
            raise UsageError(f"'{name}' corrects line {line} of {source[:12]} twice.")
        found[source, int(line)] = Correction(source, int(line), corrected)
    if not found:
        raise UsageError(f"'{name}' corrects nothing: write the whole row as it should be into its column 'corrected'.")
    return [found[key] for key in sorted(found)]


def _record(row: QuarantinedRow, name: str) -> tuple[dict[str, object], bytes]:
    raw = row.raw or b""
    return {
        "source": row.source,
        "file": name,
        "line": row.line,
        "column": row.column,
        "code": row.code,
        "reason": row.reason,
        "hint": row.hint,
        "raw": raw.decode("utf-8", "backslashreplace").replace("\0", "\\x00"),
        "corrected": "",
    }, raw


def _records(text: str, name: str) -> list[dict[str, object]]:
    if text.lstrip().startswith("{"):
        try:
            records = [json.loads(line) for line in text.split("\n") if line.strip()]
        except ValueError as fault:
            raise UsageError(f"'{name}' has a line that is no JSON: {fault}.") from fault
        if not all(isinstance(record, dict) for record in records):
            raise UsageError(f"'{name}' has a line that is no JSON object.")
        return records
    first = text.partition("\n")[0]
    delimiter = max(",;\t", key=first.count)
    before = csv.field_size_limit(_CELL_LIMIT)
    try:
        rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
        if not {"source", "line", "corrected"} <= {*(rows.fieldnames or ())}:
            raise UsageError(f"'{name}' is no file of 'linkgraph quarantine --export': it has no column 'corrected'.")
        return [row | {"corrected": _meant(row["corrected"])} for row in rows]
    except csv.Error as fault:
        raise UsageError(f"'{name}' cannot be read as CSV: {fault}.") from fault
    finally:
        csv.field_size_limit(before)


def _harmless(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value


def _meant(cell: str | None) -> str | None:
    return cell[1:] if cell and cell[0] == "'" and cell[1:].startswith(_FORMULA) else cell
