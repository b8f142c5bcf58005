"""Which column of an unknown table may be which field: suggestions for a person to decide on.

A column is suggested by its name, where it is like a name of the field, and by its cells, where the
type of the field is told by how its values look. Nothing here decides anything.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from linkgraph.errors import UsageError
from linkgraph.ingest import cells
from linkgraph.ingest.cells import Options
from linkgraph.ingest.kind import Field, SourceKind, ValueType
from linkgraph.ingest.mapping import Stated, fold
from linkgraph.ingest.recognise import Table, looks_like, table_of
from linkgraph.ingest.values import money, time
from linkgraph.ingest.values.result import Reason
from linkgraph.zone import zone

_TOLD_BY_VALUES = frozenset({ValueType.IP, ValueType.EMAIL, ValueType.DIGEST, ValueType.TIME})
_ENOUGH = 0.5
_ALIKE = 0.8
_BY_VALUES = 0.55
_EXAMPLES = 2
_LONGEST_EXAMPLE = 30


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A column that may be a field."""

    column: str
    why: str
    score: float


def suggest(kind: SourceKind, table: Table) -> dict[str, Suggestion]:
    """Give for each field of a kind the column that is most like it; no column twice, no field without one."""
    pairs = [
        (suggestion, at, one)
        for at, one in enumerate(kind.fields)
        for column in table.header
        if (suggestion := _suggestion(kind, one, column, table)) is not None
    ]
    pairs.sort(key=lambda pair: (-pair[0].score, not pair[2].required, pair[1]))
    chosen: dict[str, Suggestion] = {}
    used: set[str] = set()
    for suggestion, _, one in pairs:
        if one.name not in chosen and suggestion.column not in used:
            chosen[one.name] = suggestion
            used.add(suggestion.column)
    return {one.name: chosen[one.name] for one in kind.fields if one.name in chosen}


def worth_asking(kind: SourceKind) -> tuple[Field, ...]:
    """Give the fields of a kind that make entities, links and times; the ones that must be there first."""
    shown = {rule.field for rule in kind.entities} | {name for rule in kind.entities for name in rule.service}
    shown |= {kind.time or "", kind.until or "", "amount", "currency", "role", *kind.any_of}
    asked = [one for one in kind.fields if one.required or one.name in shown]
    return tuple(sorted(asked, key=lambda one: not one.required))


def missing(kind: SourceKind, columns: Mapping[str, str | int]) -> str | None:
    """Say which field must still have a column; None: all have that must."""
    for one in kind.fields:
        if one.required and one.name not in columns:
            return f"'{one.name}' must have a column"
    if kind.any_of and not any(name in columns for name in kind.any_of):
        return f"one of {', '.join(kind.any_of)} must have a column"
    return None


def starter(kind: SourceKind, table: Table) -> tuple[Stated, dict[str, str], list[str]]:
    """Give a mapping to start from: columns that are suggested, a remark on each field, and general remarks."""
    found = suggest(kind, table)
    columns: dict[str, str | int] = {name: column_of(table, one.column) for name, one in found.items()}
    notes = {name: one.why for name, one in found.items()}
    for one in kind.fields:
        if one.name not in columns:
            notes[one.name] = f"{one.type}{', must be there' if one.required else ''}; no column is like it"
    remarks = [f"columns not used: {', '.join(unused)}"] if (unused := _unused(table, found)) else []
    for one in kind.fields:
        if one.type is ValueType.TIME and one.name in found:
            remarks += _time_remarks(one, table.values(found[one.name].column))
    stated = Stated(columns=columns, header=None if table.has_header else False)
    return stated, notes, list(dict.fromkeys(remarks))


def column_of(table: Table, name: str) -> str | int:
    """Give a column as a mapping names it: by its name, by its number where there is no header."""
    return name if table.has_header else table.header.index(name) + 1


def typed(kind: SourceKind, table: Table, stated: Stated, rows: int = 3) -> list[dict[str, str]]:
    """Give the first rows as they would be read: field → canonical value, or why the cell is refused."""
    names = {
        field: column if isinstance(column, str) else table.header[column - 1]
        for field, column in stated.columns.items()
    }
    readers = {field: _Reading(kind.field_named(field), table.values(name), stated) for field, name in names.items()}
    given = []
    for row in table.rows[:rows]:
        by_name = dict(zip(table.header, row, strict=True))
        given.append(
            {field: readers[field](by_name[name]) if by_name[name].strip() else "" for field, name in names.items()}
        )
    return given


# -- how alike -----------------------------------------------------------------------------------


def _suggestion(kind: SourceKind, one: Field, column: str, table: Table) -> Suggestion | None:
    values = table.values(column)
    told = one.type in _TOLD_BY_VALUES
    fits = told and _fits(one, values)
    if told and values and not fits:
        return None
    named = _name_score(one, column) if table.has_header else 0.0
    examples = ", ".join(f"'{value[:_LONGEST_EXAMPLE]}'" for value in values[:_EXAMPLES])
    # The second time of a row, or a digest of another kind, is not told from the first by its looks.
    alone = fits and one.name in {kind.time, "ip", "email", "digest", *_by_length(one)}
    score = max(named, _BY_VALUES if alone else 0.0) + (0.3 if fits and named else 0.0)
    if one.type not in _TOLD_BY_VALUES and any(looks_like(other, values) for other in _TOLD_BY_VALUES):
        score -= 0.4
    if score < _ENOUGH:
        return None
    why = " and ".join(
        [*([f"its name is like {one.name}"] if named >= _ENOUGH else []), *([f"{examples} fit"] if fits else [])]
    )
    return Suggestion(column, why or f"as in {examples}", score)


def _by_length(one: Field) -> tuple[str, ...]:
    """A digest field that its length tells; a PDQ is as long as a SHA-256."""
    return (one.name,) if one.algorithm not in (None, "pdq") else ()


def _fits(one: Field, values: Sequence[str]) -> bool:
    if one.type is ValueType.TIME:
        # Day or month first may be open, and it is a time all the same.
        form = time.recognise(values) if values else Reason("time-empty", "")
        return not isinstance(form, Reason) or form.code in ("time-ambiguous-order", "time-mixed-order")
    clean = cells.cleaner(one, Options())
    return bool(values) and sum(not isinstance(clean(value), Reason) for value in values) * 2 > len(values)


def _name_score(one: Field, column: str) -> float:
    folded = fold(column)
    words = set(folded.split("_"))
    best = 0.0
    for alias in (one.name, *one.aliases):
        if alias == folded:
            return 1.0
        if set(alias.split("_")) <= words:
            best = max(best, 0.7)
        ratio = SequenceMatcher(None, alias, folded).ratio()
        if ratio >= _ALIKE:
            best = max(best, 0.6 * ratio)
    return best


def _unused(table: Table, found: Mapping[str, Suggestion]) -> list[str]:
    used = {one.column for one in found.values()}
    return [name for name in table.header if name not in used]


def _time_remarks(one: Field, values: Sequence[str]) -> list[str]:
    form = time.recognise(values)
    if isinstance(form, Reason):
        return [f'{form.text} State it under [formats]: {one.name} = "dd/mm/yyyy hh:mm"']
    if not form.has_offset and not form.date_only:
        return ['its times carry no offset from UTC: state the zone, as in timezone = "Europe/London"']
    return []


# -- as it would be read -------------------------------------------------------------------------


class _Reading:
    """Reads cells of one field, for show."""

    def __init__(self, one: Field, values: Sequence[str], stated: Stated) -> None:
        self._one = one
        self._zone = zone(stated.timezone) if stated.timezone else None
        self._clean = None
        self._time: time.TimeForm | Reason | None = None
        self._money: money.MoneyForm | Reason | None = None
        form = stated.formats.get(one.name)
        if one.type is ValueType.TIME:
            self._time = time.form(form) if form else time.recognise(values)
        elif one.type is ValueType.MONEY:
            self._money = money.form(form) if form else money.recognise(values)
        else:
            self._clean = cells.cleaner(one, Options(stated.region, stated.service, form))

    def __call__(self, raw: str) -> str:
        if self._clean is not None:
            text = cells.chart_key(None, raw) if self._one.type is ValueType.CHART_NODE else raw
            answer = self._clean(text)
            return _refused(answer) if isinstance(answer, Reason) else answer.value
        if self._money is not None:
            if isinstance(self._money, Reason):
                return _refused(self._money)
            amount = money.clean(raw, form=self._money, currency=None)
            return _refused(amount) if isinstance(amount, Reason) else str(amount.value.amount)
        if self._time is None or isinstance(self._time, Reason):
            return _refused(self._time) if self._time else raw
        moment = time.clean(raw, form=self._time, zone=self._zone)
        return _refused(moment) if isinstance(moment, Reason) else moment.value.first.isoformat().replace("+00:00", "Z")


def _refused(reason: Reason) -> str:
    return f"refused: {reason.text}"


def read_table(text: bytes, stated: Stated, name: str) -> Table:
    """See a table in the beginning of a text.

    Raises:
        UsageError: it is none.
    """
    table = table_of(text, stated)
    if table is None or not table.rows:
        raise UsageError(f"'{name}' is no table with rows: a mapping says which column of a table is which field.")
    return table
