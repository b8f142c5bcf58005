"""Mappings that a case keeps: what was once said of a table holds for every file with the same header.

They lie as TOML in the folder ``mappings`` of the case, each an ordinary mapping file (see
:mod:`linkgraph.ingest.mapping`) whose table ``[applies]`` says which kind it reads and which header
it is for.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from linkgraph.errors import UsageError
from linkgraph.ingest import mapping
from linkgraph.ingest.kind import SourceKind
from linkgraph.ingest.mapping import Stated
from linkgraph.writing import replace_file

FOLDER = "mappings"
_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True)
class Saved:
    """One mapping of a case."""

    path: Path
    kind: str
    header: tuple[str, ...]
    """Column names, folded (:func:`linkgraph.ingest.mapping.fold`); empty: for no file by itself."""
    stated: Stated


def load_all(case: Path) -> tuple[Saved, ...]:
    """Read the mappings of a case folder that apply by themselves, in order of their names.

    Raises:
        UsageError: one of them cannot be read.
    """
    found = [_load(path) for path in sorted((case / FOLDER).glob("*.toml"))]
    return tuple(one for one in found if one is not None)


def save(case: Path, name: str, kind: SourceKind, header: Sequence[str], stated: Stated) -> Saved:
    """Keep a mapping in the case; one that was for the same header gives way to it.

    Args:
        case: the case folder.
        name: what to call it; only letters, digits and ``-`` of it are kept.
        kind: what the file is read as.
        header: its column names as the file has them; empty where it has none.
        stated: what was said of the file.
    """
    folded = tuple(mapping.fold(one) for one in header)
    folder = case / FOLDER
    folder.mkdir(exist_ok=True)
    same = next((one.path for one in load_all(case) if folded and one.header == folded), None)
    path = same or _free(folder, slug(name))
    replace_file(path, to_toml(kind.name, folded, stated).encode())
    return Saved(path, kind.name, folded, stated)


def merged(saved: Stated, stated: Stated) -> Stated:
    """Give what a mapping says, and over it what the analyst states for this import."""
    tables = ("columns", "formats", "aliases")
    over: dict[str, Any] = {name: {**getattr(saved, name), **getattr(stated, name)} for name in tables}
    for one in fields(Stated):
        value = getattr(stated, one.name)
        if one.name not in tables and value != one.default:
            over[one.name] = value
    return replace(saved, **over)


def slug(name: str) -> str:
    """Give a file name that every system takes."""
    text = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:_LONGEST_NAME].strip("-")
    # Names such as con and nul are devices on Windows.
    return f"mapping-{text}" if len(text) < 5 else text


def to_toml(
    kind: str,
    header: Sequence[str],
    stated: Stated,
    notes: Mapping[str, str] | None = None,
    remarks: Sequence[str] = (),
) -> str:
    """Write a mapping file.

    Args:
        kind: what it reads a file as.
        header: folded column names it applies to by itself; empty: none.
        stated: what it says.
        notes: field → what to remark beside its column; a field that has no column becomes a comment.
        remarks: what to say at the top.
    """
    lines = [f"# A mapping for {kind}: which column is which field."]
    lines += [f"# {_comment(remark)}" for remark in remarks]
    for one in fields(Stated):
        value = getattr(stated, one.name)
        if value != one.default and not isinstance(value, Mapping):
            lines.append(f"{one.name} = {_toml(value)}")
    lines.append("\n[columns]")
    notes = notes or {}
    for name, column in stated.columns.items():
        remark = f"  # {_comment(notes[name])}" if name in notes else ""
        lines.append(f"{name} = {_toml(column)}{remark}")
    lines += [f"# {name} = …  {_comment(note)}" for name, note in notes.items() if name not in stated.columns]
    if stated.formats:
        lines.append("\n[formats]")
        lines += [f"{name} = {_toml(form)}" for name, form in stated.formats.items()]
    if stated.aliases:
        lines.append("\n[aliases]")
        lines += [f"{_toml(chosen)} = {_toml(list(others))}" for chosen, others in stated.aliases.items()]
    lines += ["\n[applies]", f"kind = {_toml(kind)}", f"header = {_toml(list(header))}"]
    return "\n".join(lines) + "\n"


def _load(path: Path) -> Saved | None:
    stated = mapping.load(path)
    applies = tomllib.loads(path.read_text("utf-8")).get("applies")
    if applies is None:
        return None
    kind, header = applies.get("kind"), applies.get("header")
    if not isinstance(kind, str) or not isinstance(header, list) or not all(isinstance(one, str) for one in header):
        raise UsageError(f"In the mapping file '{path}', [applies] must have a kind and a header, a list of names.")
    return Saved(path, kind, tuple(header), stated) if header else None


def _free(folder: Path, name: str) -> Path:
    path, number = folder / f"{name}.toml", 2
    while path.exists():
        path, number = folder / f"{name}-{number}.toml", number + 1
    return path


def _toml(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, bool | int):
        return str(value).lower()
    # A JSON string is a TOML basic string, but for DEL, which TOML wants escaped; surrogate pairs it does not know.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0a-\x1f\x7f]", " ", text)
