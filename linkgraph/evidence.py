"""Rows of evidence written shortly: ``4-9,12`` for rows 4 to 9 and 12."""

from __future__ import annotations

from collections.abc import Iterable

from linkgraph.model import Evidence


def ranges(evidence: Iterable[Evidence]) -> dict[str, str]:
    """Give the rows of each source, in order, neighbours joined: SHA-256 → ``4-9,12``."""
    rows: dict[str, list[int]] = {}
    for one in evidence:
        rows.setdefault(one.source, []).append(one.row)
    return {source: join(sorted(set(numbers))) for source, numbers in sorted(rows.items())}


def records(evidence: Iterable[Evidence]) -> list[dict[str, object]]:
    """Give rows in the stable form; ``corrected_by`` is there only where a row is read as it was corrected."""
    return [
        {"source": one.source, "row": one.row} | ({"corrected_by": one.corrected_by} if one.corrected_by else {})
        for one in evidence
    ]


def join(rows: Iterable[int]) -> str:
    """Write ascending row numbers, neighbours joined."""
    pieces: list[list[int]] = []
    for row in rows:
        if pieces and row == pieces[-1][1] + 1:
            pieces[-1][1] = row
        else:
            pieces.append([row, row])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in pieces)


def split(text: str) -> list[int]:
    """Read what :func:`join` wrote."""
    rows: list[int] = []
    for piece in filter(None, text.split(",")):
        first, _, last = piece.partition("-")
        rows.extend(range(int(first), int(last or first) + 1))
    return rows


def spans(text: str) -> list[tuple[int, int]]:
    """Read what :func:`join` wrote as first and last rows; a hostile range costs no memory so."""
    found = []
    for piece in filter(None, text.split(",")):
        first, _, last = piece.partition("-")
        found.append((int(first), int(last or first)))
    return found


def union(texts: Iterable[str]) -> str:
    """Write the rows that any of some texts has, each once and ascending."""
    merged: list[list[int]] = []
    for first, last in sorted(span for text in texts for span in spans(text)):
        if merged and first <= merged[-1][1] + 1:
            merged[-1][1] = max(merged[-1][1], last)
        else:
            merged.append([first, last])
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in merged)
