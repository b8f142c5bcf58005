"""Workbooks written part by part, so that tests can write what no spreadsheet would."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATED = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

PLAIN, DATE_TIME, DATE, CLOCK, PADDED, ELAPSED, OWN_DATE = range(7)
"""Styles of cells that the writer declares."""
_STYLES = (
    f'<styleSheet xmlns="{MAIN}"><numFmts count="4">'
    '<numFmt numFmtId="164" formatCode="0000000000"/><numFmt numFmtId="165" formatCode="[h]:mm:ss"/>'
    '<numFmt numFmtId="166" formatCode="[$-407]d\\.\\ mmmm\\ yyyy;@"/>'
    '<numFmt numFmtId="167" formatCode="&quot;day &quot;0.00"/></numFmts>'
    '<cellStyleXfs count="1"><xf numFmtId="14"/></cellStyleXfs><cellXfs count="8">'
    + "".join(f'<xf numFmtId="{number}"/>' for number in (0, 22, 14, 20, 164, 165, 166, 167))
    + "</cellXfs></styleSheet>"
)


@dataclass(frozen=True)
class Raw:
    """A cell as XML: attributes beside its place, and what is in it."""

    attributes: str
    content: str


def number(text: str, style: int = PLAIN) -> Raw:
    return Raw(f's="{style}"', f"<v>{text}</v>")


def error(text: str) -> Raw:
    return Raw('t="e"', f"<f>A1/0</f><v>{text}</v>")


def formula(text: str, value: str) -> Raw:
    return Raw('t="str"', f"<f>{escape(text)}</f><v>{escape(value)}</v>")


Rows = Sequence[Sequence["str | Raw | None"]]


def workbook(
    sheets: Mapping[str, Rows],
    *,
    hidden: Sequence[str] = (),
    from_1904: bool = False,
    more: Mapping[str, bytes] | None = None,
    edit: Mapping[str, bytes] | None = None,
) -> bytes:
    """Write a workbook: texts shared, everything else as it is given.

    Args:
        sheets: name → rows; an empty row is not written at all.
        hidden: names of sheets that are.
        from_1904: count days from 1904.
        more: further parts.
        edit: parts to write instead of the right ones.
    """
    shared: dict[str, int] = {}
    parts = {
        "[Content_Types].xml": b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
        "xl/workbook.xml": _contents(sheets, hidden, from_1904),
        "xl/_rels/workbook.xml.rels": _relationships(sheets),
        "xl/styles.xml": _STYLES.encode(),
    }
    for at, rows in enumerate(sheets.values(), start=1):
        parts[f"xl/worksheets/sheet{at}.xml"] = _sheet(rows, shared)
    texts = "".join(f'<si><t xml:space="preserve">{escape(text)}</t></si>' for text in shared)
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{MAIN}">{texts}</sst>'.encode()
    return packed({**parts, **(more or {}), **(edit or {})})


def packed(parts: Mapping[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            # A fixed time makes equal parts equal bytes.
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, part)
    return content.getvalue()


def write(path: Path, sheets: Mapping[str, Rows], **options: object) -> Path:
    path.write_bytes(workbook(sheets, **options))  # type: ignore[arg-type]
    return path


def _contents(sheets: Mapping[str, Rows], hidden: Sequence[str], from_1904: bool) -> bytes:
    listed = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{at}" r:id="rId{at}"{_state(name in hidden)}/>'
        for at, name in enumerate(sheets, start=1)
    )
    start = '<workbookPr date1904="1"/>' if from_1904 else "<workbookPr/>"
    return f'<workbook xmlns="{MAIN}" xmlns:r="{RELATED}">{start}<sheets>{listed}</sheets></workbook>'.encode()


def _relationships(sheets: Mapping[str, Rows]) -> bytes:
    listed = "".join(
        f'<Relationship Id="rId{at}" Type="{RELATED}/worksheet" Target="worksheets/sheet{at}.xml"/>'
        for at in range(1, len(sheets) + 1)
    )
    return f'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{listed}</Relationships>'.encode()


def _sheet(rows: Rows, shared: dict[str, int]) -> bytes:
    written = []
    for row, cells in enumerate(rows, start=1):
        parts = []
        for at, cell in enumerate(cells):
            place = f"{_letters(at)}{row}"
            if isinstance(cell, Raw):
                parts.append(f'<c r="{place}" {cell.attributes}>{cell.content}</c>')
            elif cell is not None:
                parts.append(f'<c r="{place}" t="s"><v>{shared.setdefault(cell, len(shared))}</v></c>')
        if parts:
            written.append(f'<row r="{row}">{"".join(parts)}</row>')
    return f'<worksheet xmlns="{MAIN}"><sheetData>{"".join(written)}</sheetData></worksheet>'.encode()


def _letters(at: int) -> str:
    text = ""
    at += 1
    while at:
        at, rest = divmod(at - 1, 26)
        text = chr(65 + rest) + text
    return text


def _state(is_hidden: bool) -> str:
    return ' state="hidden"' if is_hidden else ""
