"""Asking an analyst, file by file, what to import and what the columns of an unknown table are."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

import typer

from linkgraph.case import Case
from linkgraph.cli.output import say, visible
from linkgraph.errors import UsageError
from linkgraph.ingest import KINDS, custody, encoding, suggest
from linkgraph.ingest.auto import Found
from linkgraph.ingest.kind import SourceKind
from linkgraph.ingest.mapping import Stated
from linkgraph.ingest.recognise import Table, Verdict, table_of
from linkgraph.ingest.saved import merged
from linkgraph.ingest.suggest import Suggestion
from linkgraph.ingest.values import time
from linkgraph.ingest.values.result import Reason
from linkgraph.zone import zone

_SKIP = "-"
_ORDERS = {"d": "dd/mm/yyyy hh:mm", "m": "mm/dd/yyyy hh:mm"}
_DAY_ORDERS = {"d": "dd/mm/yyyy", "m": "mm/dd/yyyy"}
_LONGEST_CELL = 40
_STATED = {
    "--timezone": "Zone",
    "--year": "Year of the first line",
    "--account": "Account that is the subject",
    "--service": "Service of the accounts",
    "--encoding": "Encoding, as in cp1252 or utf-16,",
}
"""Options that can be asked for, and the words to ask with."""


def can_ask() -> bool:
    """Tell whether somebody sits at a terminal."""
    return sys.stdin is not None and sys.stdin.isatty()


def choose(case: Case, found: Sequence[Found], stated: Stated) -> tuple[list[Found], list[Found]]:
    """Ask for each file that could be imported; give those to import, and all as they were found in the end."""
    chosen: list[Found] = []
    final: list[Found] = []
    every = False
    for one in found:
        settled = one if one.verdict in (Verdict.TAKE, Verdict.LEFT) else _settled(case, one, stated)
        final.append(settled)
        if settled.verdict is not Verdict.TAKE:
            continue
        answer = "y" if every else _ask_import(settled)
        every = every or answer == "a"
        if answer != "n":
            chosen.append(settled)
    return chosen, final


def _ask_import(found: Found) -> str:
    known = found.recognition
    by = f", by the mapping '{known.by_mapping}'" if known.by_mapping else ""
    return _one_of(f"Import '{found.name}' as {known.kind}{by}? [y]es, [n]o, [a]ll from here on", "yna", "y")


def _settled(case: Case, found: Found, stated: Stated) -> Found:
    """Ask for what a file needs, until it can be imported or the analyst passes on."""
    say(f"'{found.name}': {found.recognition.why}.")
    known = found.recognition
    if known.verdict is Verdict.UNKNOWN:
        # A mapping that was kept for a file before may be for this one too.
        again = case.recognise_again(found, stated=stated)
        if again.verdict is not Verdict.UNKNOWN:
            return _with_needs(case, again, again.recognition.kind)
        return _guided(case, found, stated)
    if known.verdict is Verdict.UNDECIDED:
        kind = _ask_kind(known.could_be)
        if kind is None:
            return found
        again = case.recognise_again(found, stated=stated, kind=kind)
        return _with_needs(case, again, kind)
    return _with_needs(case, found, known.kind)


def _with_needs(case: Case, found: Found, kind: str | None) -> Found:
    """Ask for what must be stated of a file, as long as asking leads on."""
    asked: set[str] = set()
    while found.verdict is Verdict.NEEDS:
        due = [option for option in found.recognition.needs if option in _STATED and option not in asked]
        if not due:
            break
        asked.add(due[0])
        stated = _ask_stated(due[0], found)
        if stated is None:
            return found
        found = case.recognise_again(found, stated=stated, kind=kind or found.recognition.kind)
    if found.verdict is not Verdict.TAKE:
        say(f"'{found.name}' is left alone: {found.recognition.why}.")
    return found


def _ask_stated(option: str, found: Found) -> Stated | None:
    """Ask for one option; give all that is stated of the file with it, None to leave the file alone."""
    name = option.removeprefix("--")
    known = found.recognition.stated
    if name == "timezone":
        answer = _ask_zone(f"Zone in which the times of '{found.name}' were written")
        return None if answer is None else replace(known, timezone=answer)
    while True:
        text = _ask(f"{_STATED[option]} of '{found.name}' ({_SKIP} to leave the file alone)", _SKIP)
        if text == _SKIP:
            return None
        if name == "account":
            return replace(known, account=text)
        if name == "service":
            return replace(known, service=text)
        if name == "encoding":
            return replace(known, encoding=text)
        if text.isascii() and text.isdigit() and len(text) == 4:
            return replace(known, year=int(text))


def _ask_zone(question: str) -> str | None:
    while True:
        name = _ask(f"{question}, as in Europe/London or UTC ({_SKIP} to leave the file alone)", _SKIP)
        if name == _SKIP:
            return None
        try:
            zone(name)
        except UsageError as fault:
            say(str(fault))
        else:
            return name


def _ask_kind(kinds: Sequence[str]) -> str | None:
    for at, name in enumerate(kinds, start=1):
        say(f"  {at}  {name}: {KINDS[name].about}")
    while True:
        text = _ask(f"Which kind is it: number or name ({_SKIP} to leave the file alone)", _SKIP)
        if text == _SKIP:
            return None
        if text in kinds:
            return text
        if text.isascii() and text.isdigit() and 1 <= int(text) <= len(kinds):
            return kinds[int(text) - 1]


# -- the guided mapping --------------------------------------------------------------------------


def _guided(case: Case, found: Found, stated: Stated) -> Found:
    """Ask which column is which field, keep the answer in the case, and look again."""
    table = _table(found, stated)
    if table is None:
        return found
    _show(table)
    kind = _ask_kind(tuple(KINDS))
    if kind is None:
        return found
    columns = _ask_columns(KINDS[kind], table)
    if columns is None:
        return found
    mapped = Stated(
        columns=columns,
        header=None if table.has_header else False,
        delimiter=stated.delimiter,
        encoding=stated.encoding,
    )
    mapped = _ask_times(KINDS[kind], table, mapped, stated)
    _show_typed(KINDS[kind], table, merged(mapped, stated))
    if _one_of("Read it so? [y]es, [n]o: leave the file alone", "yn", "y") == "n":
        return found
    name = _ask("Name of the mapping", PurePosixPath(found.name).stem)
    kept = case.keep_mapping(name, kind, table.header if table.has_header else (), mapped)
    if table.has_header:
        say(f"Kept as '{kept.path}': tables with the same header are read by it from now on.")
        return case.recognise_again(found, stated=stated)
    say(f"Kept as '{kept.path}'; the file has no header, so name it with --mapping for the next such file.")
    return case.recognise_again(found, stated=merged(mapped, stated), kind=kind)


def _table(found: Found, stated: Stated) -> Table | None:
    head = found.member.head if found.member else custody.read_head(found.path)
    return table_of(encoding.head_as_utf8(head, encoding.decide(head, stated.encoding, found.name)), stated)


def _show(table: Table) -> None:
    for at, name in enumerate(table.header, start=1):
        examples = ", ".join(value[:_LONGEST_CELL] for value in table.values(name)[:3])
        say(f"  {at}  {name if table.has_header else ''}  ({examples})")


def _ask_columns(kind: SourceKind, table: Table) -> dict[str, str | int] | None:
    """Ask for the column of each field; None where the analyst gives up."""
    suggested = suggest.suggest(kind, table)
    while True:
        columns: dict[str, str | int] = {}
        for one in suggest.worth_asking(kind):
            needed = ", must be there" if one.required else ""
            at = _ask_column(f"{one.name} ({one.type}{needed})", table, suggested.get(one.name))
            if at is not None:
                columns[one.name] = suggest.column_of(table, table.header[at])
        # What is not worth a question is taken where a column is called just so.
        for name, one_suggested in suggested.items():
            column = suggest.column_of(table, one_suggested.column)
            if name not in columns and column not in columns.values() and one_suggested.score >= 1:
                columns[name] = column
        missing = suggest.missing(kind, columns)
        if missing is None:
            return columns
        say(f"Not yet: {missing}.")
        if _one_of("Once more? [y]es, [n]o: leave the file alone", "yn", "y") == "n":
            return None


def _ask_column(what: str, table: Table, suggestion: Suggestion | None) -> int | None:
    default = _SKIP
    if suggestion is not None:
        default = str(table.header.index(suggestion.column) + 1)
        what += f"; {default} '{suggestion.column}': {suggestion.why}"
    while True:
        text = _ask(f"Column of {what} ({_SKIP} for none)", default)
        if text == _SKIP:
            return None
        if text.isascii() and text.isdigit() and 1 <= int(text) <= len(table.header):
            return int(text) - 1


def _ask_times(kind: SourceKind, table: Table, mapped: Stated, stated: Stated) -> Stated:
    """Ask for what the columns of times leave open: day or month first, and the zone."""
    formats = dict(mapped.formats)
    timezone = stated.timezone
    for one in kind.fields:
        column = mapped.columns.get(one.name)
        if one.type != "time" or column is None:
            continue
        name = column if isinstance(column, str) else table.header[column - 1]
        form = time.recognise(table.values(name))
        if isinstance(form, Reason) and form.code == "time-ambiguous-order":
            order = _one_of(f"{form.text} [d]ay or [m]onth first", "dm", None)
            form = next(
                found
                for orders in (_ORDERS, _DAY_ORDERS)
                if not isinstance(found := time.form(orders[order]), Reason)
                and found.pattern.fullmatch(table.values(name)[0].strip())
            )
            formats[one.name] = form.name
        if isinstance(form, Reason):
            say(f"{form.text} {form.hint}")
            pattern = _ask("Form of these times, as in %d.%m.%Y %H:%M", _SKIP)
            stated_form = time.form(pattern) if pattern != _SKIP else form
            if isinstance(stated_form, Reason):
                say(f"{stated_form.text} {stated_form.hint}")
                continue
            form = stated_form
            formats[one.name] = form.name
        if not form.has_offset and not form.date_only and timezone is None:
            timezone = _ask_zone(f"The times in '{name}' carry no offset from UTC; zone in which they were written")
    return replace(mapped, formats=formats, timezone=timezone if stated.timezone is None else None)


def _show_typed(kind: SourceKind, table: Table, stated: Stated) -> None:
    for at, row in enumerate(suggest.typed(kind, table, stated), start=1):
        say(f"  row {at}: " + "; ".join(f"{field} {value}" for field, value in row.items() if value))


# -- prompts -------------------------------------------------------------------------------------


def _ask(question: str, default: str) -> str:
    return str(typer.prompt(visible(question), default=default, err=True)).strip()


def _one_of(question: str, letters: str, default: str | None) -> str:
    while True:
        answer = str(typer.prompt(visible(question), default=default, err=True)).strip().lower()[:1]
        if answer and answer in letters:
            return answer
