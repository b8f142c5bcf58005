"""From text rows to typed observations, set at a time.

A column is split into its distinct values and a position per row; Python cleans each distinct
value once, and numpy carries the answers to the rows. A row in which any value was refused goes
to quarantine whole: nothing of it is guessed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ingest import cells
from linkgraph.ingest import links as chart
from linkgraph.ingest.cells import Cell, Options
from linkgraph.ingest.kind import EntityRule, Field, SourceKind, ValueType
from linkgraph.ingest.mapping import ColumnMap
from linkgraph.ingest.readers.rows import LENGTH, LINE, OFFSET, RAW, Rows, Unreadable
from linkgraph.ingest.values import money, time
from linkgraph.ingest.values.result import Reason
from linkgraph.model import Basis, QuarantinedRow
from linkgraph.store.batch import (
    BATCH_ATTRIBUTES,
    BATCH_ENTITIES,
    BATCH_MENTIONS,
    BATCH_ROWS,
    BATCH_STATEMENTS,
    Batch,
)

_Positions = npt.NDArray[np.int32]
_ENTITY_TYPES = frozenset(
    {
        ValueType.HANDLE,
        ValueType.SERVICE,
        ValueType.IP,
        ValueType.DIGEST,
        ValueType.EMAIL,
        ValueType.PHONE,
        ValueType.PAYMENT_ACCOUNT,
        ValueType.RESOURCE,
        ValueType.DEVICE,
        ValueType.CHART_NODE,
    }
)
_SEPARATOR = "\x1f"
_ACCOUNT = "account"
_SERVICE_BITS = 20
_SERVICE_MASK = (1 << _SERVICE_BITS) - 1


@dataclass(frozen=True, slots=True)
class Plan:
    """All that was decided about a file before its rows are typed."""

    kind: SourceKind
    columns: ColumnMap
    options: Options
    zone: ZoneInfo | None
    service: str | None
    """Canonical service stated for the whole file."""
    time_forms: dict[str, time.TimeForm]
    money_form: money.MoneyForm | None
    aliases: dict[str, str]
    account: str | None = None
    """The account that every row is about, where the rows do not name one."""

    def reads(self, name: str) -> bool:
        """Tell whether a field is read from the rows or stated for all of them."""
        return name in self.columns.columns or (name == _ACCOUNT and self.account is not None)


@dataclass(slots=True)
class Typing:
    """Types the batches of one source; remembers the cells it has cleaned."""

    plan: Plan
    source: str
    """SHA-256 of the source."""
    _known: dict[str, _Known] = field(default_factory=dict)
    _entities: dict[str, _Positions] = field(default_factory=dict)
    """Entity rule → position of the entity of each known cell, -1 where it was not shown yet."""
    _scoped: dict[str, dict[int, int]] = field(default_factory=dict)
    """Entity rule → position of the entity of each pair of cell and service."""
    _services: dict[str, int] = field(default_factory=dict)
    _values: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    """Canonical values of the entities of this source, by position."""

    def batch(self, rows: Rows, raw: Callable[[int, int], bytes]) -> Batch:
        """Type one batch. ``raw(offset, length)`` gives bytes of the source; asked in file order."""
        typed = _Rows(self, rows.table)
        quarantined = [_unreadable(self.source, row) for row in rows.unreadable]
        quarantined += typed.quarantined(raw)
        quarantined.sort(key=lambda row: row.line)
        lines = [row.line for row in rows.unreadable]
        if rows.table.num_rows:
            lines.append(pc.max(rows.table[LINE]).as_py())
        return typed.batch(quarantined, max(lines, default=0))

    def known(self, column: Field) -> _Known:
        """Give the cells of a column that were met in this source."""
        if column.name not in self._known:
            self._known[column.name] = _Known(cells.cleaner(column, self.plan.options))
        return self._known[column.name]

    def place(
        self, rule: EntityRule, known: _Known, at: _Positions
    ) -> tuple[_Positions, list[tuple[Cell, str | None]]]:
        """Give the position of each row's entity, and the entities that are new to this source, in order."""
        places = self._entities.get(rule.name, np.empty(0, np.int32))
        if places.size <= len(known.answers):
            # The last place stays -1: it is where the -1 of a row without a cell leads.
            grown = np.full(2 * len(known.answers) + 1, -1, np.int32)
            grown[: places.size] = places
            self._entities[rule.name] = places = grown
        used = np.unique(at[at >= 0])
        new = used[places[used] < 0]
        places[new] = np.arange(new.size, dtype=np.int32) + len(self._values)
        return places[at], [(known.cell(one), None) for one in new.tolist()]

    def place_scoped(
        self, rule: EntityRule, known: _Known, at: _Positions, services: Sequence[str], service_at: _Positions
    ) -> tuple[_Positions, list[tuple[Cell, str | None]]]:
        """As :meth:`place`, for entities that are one only within a service."""
        numbers = np.array([self._services.setdefault(name, len(self._services)) for name in services], np.int64)
        code = np.where(at >= 0, (at.astype(np.int64) << _SERVICE_BITS) | numbers[service_at], -1)
        used, inverse = np.unique(code, return_inverse=True)
        positions = self._scoped.setdefault(rule.name, {-1: -1})
        names = list(self._services)
        new: list[tuple[Cell, str | None]] = []
        first = len(self._values)
        for one in used.tolist():
            if one not in positions:
                positions[one] = first + len(new)
                new.append((known.cell(one >> _SERVICE_BITS), names[one & _SERVICE_MASK]))
        place = np.fromiter((positions[one] for one in used.tolist()), np.int32, used.size)
        return place[inverse], new

    def add(self, values: pa.Array) -> None:
        """Take in the values of entities that were new."""
        self._values = pa.concat_arrays([self._values, values])

    @property
    def values(self) -> pa.Array:
        """Canonical values of the entities of this source, by position."""
        return self._values


class _Known:
    """The distinct cells of a column met so far in a source, each cleaned once."""

    def __init__(self, clean: cells.Cleaner) -> None:
        self._clean = clean
        self._at: dict[str, int] = {}
        self.answers: list[Cell | Reason] = []

    def meet(self, distinct: Sequence[str]) -> _Positions:
        """Give the number of each of these cells, cleaning those that are new."""
        for text in distinct:
            if text not in self._at:
                self._at[text] = len(self.answers)
                self.answers.append(self._clean(text))
        return np.fromiter((self._at[text] for text in distinct), np.int32, len(distinct))

    def cell(self, number: int) -> Cell:
        """Give a cell that was understood."""
        answer = self.answers[number]
        if isinstance(answer, Reason):
            raise AssertionError("a refused cell is in no row that is kept")
        return answer


@dataclass(frozen=True, slots=True)
class _Column:
    """A cleaned column: the numbers of its distinct cells, and which of them each row has (-1: nothing)."""

    known: _Known
    distinct: _Positions
    at: _Positions

    @property
    def answers(self) -> list[Cell | Reason]:
        """What each distinct cell of this batch was read as."""
        return [self.known.answers[number] for number in self.distinct.tolist()]

    @property
    def number(self) -> _Positions:
        """The number of each row's cell among all known ones, -1 where there is none."""
        return np.append(self.distinct, np.int32(-1))[self.at]

    @property
    def has_ports(self) -> bool:
        """Whether any cell of this batch was an address written with a port."""
        return any(isinstance(answer, Cell) and answer.port is not None for answer in self.answers)

    def texts(self, give: Callable[[Cell], str | None]) -> pa.Array:
        """Give one text per row."""
        distinct = pa.array([None if isinstance(a, Reason) else give(a) for a in self.answers], pa.string())
        return distinct.take(pa.array(self.at, mask=self.at < 0))


class _Rows:
    """One batch on its way from text to types."""

    def __init__(self, typing: Typing, table: pa.Table) -> None:
        self._typing = typing
        self._plan = typing.plan
        self._table = table
        self._size = table.num_rows
        self._refused: dict[int, tuple[str, Reason]] = {}
        """Row → the first column that was refused, in order of the fields."""
        self._columns: dict[str, _Column] = {}
        self._times: dict[str, time.TimeColumn] = {}
        self._money: pa.Array | None = None
        self._money_currency: pa.Array | None = None
        for candidate in self._plan.kind.fields:
            if self._size and self._plan.reads(candidate.name):
                self._read(candidate)
        self._kept = np.ones(self._size, np.bool_)
        self._kept[list(self._refused)] = False

    # -- columns ---------------------------------------------------------------------------------

    def _read(self, column: Field) -> None:
        texts = self._texts(column)
        if column.required:
            for row in np.flatnonzero(texts.is_null().to_numpy(zero_copy_only=False)).tolist():
                self._refuse(row, column, Reason("missing", f"There is no {column.name} in this row."))
        if column.type is ValueType.TIME:
            read = time.clean_column(texts, form=self._plan.time_forms[column.name], zone=self._plan.zone)
            for row, reason in read.refused:
                self._refuse(row, column, reason)
            self._times[column.name] = read
        elif column.type is ValueType.MONEY:
            self._read_money(column, texts)
        else:
            distinct, at = _encode(texts)
            known = self._typing.known(column)
            read_column = _Column(known, known.meet(distinct), at)
            self._columns[column.name] = read_column
            self._refuse_cells(column, read_column.answers, at)

    def _texts(self, column: Field) -> pa.Array:
        """Give the cells of a field: trimmed, null where empty, aliases applied."""
        stated = column.name not in self._plan.columns.columns
        if stated:
            raw = pa.array([self._plan.account], pa.string()).take(pa.array(np.zeros(self._size, np.int32)))
        else:
            raw = self._table[self._plan.columns.columns[column.name]].combine_chunks()
        texts = pc.utf8_trim_whitespace(raw)
        texts = pc.if_else(pc.equal(texts, ""), None, texts)
        if column.type in _ENTITY_TYPES and self._plan.aliases:
            distinct, at = _encode(texts)
            renamed = pa.array([self._plan.aliases.get(text, text) for text in distinct], pa.string())
            texts = renamed.take(pa.array(at, mask=at < 0))
        if column.type is ValueType.CHART_NODE:
            texts = self._with_stated_kind(column, texts)
        return texts

    def _with_stated_kind(self, column: Field, texts: pa.Array) -> pa.Array:
        """Join a chart node with the kind of entity it is said to be."""
        stated = self._plan.columns.columns.get(f"{column.name}_kind")
        ends = self._plan.columns.columns.get("kind")
        kinds: list[str | None] = [None] * self._size
        if stated:
            kinds = [kind or None for kind in self._table[stated].to_pylist()]
        if ends:
            end = 0 if column.name == "source" else 1
            for row, word in enumerate(self._table[ends].to_pylist()):
                implied = chart.ENDS.get(cells.link_kind(word))
                if kinds[row] is None and implied:
                    kinds[row] = implied[end]
        joined = [
            None if text is None else cells.chart_key(kind, text)
            for kind, text in zip(kinds, texts.to_pylist(), strict=True)
        ]
        return pa.array(joined, pa.string())

    def _read_money(self, column: Field, texts: pa.Array) -> None:
        form = self._plan.money_form
        if form is None:
            raise AssertionError("a money column is typed only after its form was recognised")
        distinct, at = _encode(texts)
        answers = [money.clean(text, form=form, currency=None) for text in distinct]
        self._refuse_cells(column, answers, at)
        place = pa.array(at, mask=at < 0)
        clean = [None if isinstance(answer, Reason) else answer.value for answer in answers]
        amounts = pa.array([a.amount if a else None for a in clean], pa.decimal128(38, 18))
        self._money = amounts.take(place)
        self._money_currency = pa.array([a.currency or None if a else None for a in clean], pa.string()).take(place)

    def _refuse_cells(self, column: Field, answers: Sequence[object], at: _Positions) -> None:
        bad = np.array([isinstance(answer, Reason) for answer in answers] + [False], np.bool_)
        if not bad.any():
            return
        for row in np.flatnonzero(bad[at]).tolist():
            reason = answers[at[row]]
            if isinstance(reason, Reason):
                self._refuse(row, column, reason)

    def _refuse(self, row: int, column: Field, reason: Reason) -> None:
        if row not in self._refused:
            self._refused[row] = (self._plan.columns.columns.get(column.name, column.name), reason)

    # -- the batch -------------------------------------------------------------------------------

    def quarantined(self, raw: Callable[[int, int], bytes]) -> list[QuarantinedRow]:
        """Give the refused rows with their bytes."""
        lines, offsets, lengths = (self._table[name].to_numpy() for name in (LINE, OFFSET, LENGTH))
        cells_of = self._table[RAW] if RAW in self._table.column_names else None
        return [
            QuarantinedRow(
                self._typing.source,
                int(lines[row]),
                int(offsets[row]),
                column,
                reason.code,
                reason.text,
                reason.hint,
                raw(int(offsets[row]), int(lengths[row])) if cells_of is None else cells_of[row].as_py(),
            )
            for row, (column, reason) in sorted(self._refused.items())
        ]

    def batch(self, quarantined: list[QuarantinedRow], last_line: int) -> Batch:
        """Give the rows that were not refused as a batch."""
        if not self._size:
            return _empty(len(self._typing.values), quarantined, last_line)
        lines = self._table[LINE].combine_chunks()
        entities: list[pa.Table] = []
        places: dict[str, _Positions] = {}
        said: list[pa.Table] = []
        first = len(self._typing.values)
        for rule in self._plan.kind.entities:
            if rule.field in self._columns:
                places[rule.name], new = self._placed(rule)
                table, facts = _new_entities(rule, new, len(self._typing.values))
                self._typing.add(table["value"].combine_chunks())
                entities.append(table)
                said.append(facts)
        mentions = [_mentions(lines, at, self._kept) for at in places.values()]
        statements = self._statements(lines, places)
        said += self._attributes(lines, places)
        return Batch(
            first_entity=first,
            entities=_concat(entities, BATCH_ENTITIES),
            rows=self._rows(lines, places).filter(pa.array(self._kept)),
            statements=_concat(statements, BATCH_STATEMENTS),
            mentions=_concat(mentions, BATCH_MENTIONS),
            attributes=_concat(said, BATCH_ATTRIBUTES),
            last_line=last_line,
            quarantined=quarantined,
        )

    def _placed(self, rule: EntityRule) -> tuple[_Positions, list[tuple[Cell, str | None]]]:
        """Give the position of each row's entity of a rule, and those that are new to the source."""
        column = self._columns[rule.field]
        at = np.where(self._kept, column.number, np.int32(-1))
        if not rule.service:
            return self._typing.place(rule, column.known, at)
        services, service_at = self._services(rule)
        return self._typing.place_scoped(rule, column.known, at, services, service_at)

    def _services(self, rule: EntityRule) -> tuple[list[str], _Positions]:
        """Give the services that scope an entity's identity, and which one each row has."""
        stated = self._plan.service or cells.UNSTATED_SERVICE
        for name in rule.service:
            if name in self._columns:
                column = self._columns[name]
                names = [answer.value if isinstance(answer, Cell) else "" for answer in column.answers]
                return [*names, stated], np.where(column.at >= 0, column.at, np.int32(len(names)))
        return [stated], np.zeros(self._size, np.int32)

    def _statements(self, lines: pa.Array, places: dict[str, _Positions]) -> list[pa.Table]:
        statements = []
        for rule in self._plan.kind.links:
            if rule.source not in places or rule.target not in places:
                continue
            source, target = places[rule.source], places[rule.target]
            stated = (source >= 0) & (target >= 0)
            for stronger in rule.unless:
                if stronger in places:
                    stated &= places[stronger] < 0
            at = np.flatnonzero(stated)
            kinds: pa.Array = pa.array([str(rule.kind)] * 1, pa.string()).take(pa.array(np.zeros(at.size, np.int32)))
            if rule.kind_field in self._columns:
                words = self._columns[rule.kind_field].texts(lambda cell: cell.value).take(pa.array(at))
                kinds = pa.array([str(cells.link_kind(word)) for word in words.to_pylist()], pa.string())
            statements.append(
                pa.table(
                    {
                        "row": lines.take(pa.array(at)),
                        "kind": kinds,
                        "source": pa.array(source[at], pa.int32()),
                        "target": pa.array(target[at], pa.int32()),
                    },
                    schema=BATCH_STATEMENTS,
                )
            )
        return statements

    def _attributes(self, lines: pa.Array, places: dict[str, _Positions]) -> list[pa.Table]:
        said = []
        for rule in self._plan.kind.attributes:
            if rule.entity not in places or rule.field not in self._columns:
                continue
            column = self._columns[rule.field]
            at = np.flatnonzero((places[rule.entity] >= 0) & (column.at >= 0) & self._kept)
            taken = pa.array(at)
            constant = np.zeros(at.size, np.int32)
            said.append(
                pa.table(
                    {
                        "row": lines.take(taken),
                        "entity": pa.array(places[rule.entity][at], pa.int32()),
                        "name": pa.array([rule.name]).take(pa.array(constant)),
                        "value": column.texts(lambda cell: cell.value).take(taken),
                        "basis": pa.array([str(Basis.STATED)]).take(pa.array(constant)),
                        "origin": pa.nulls(at.size, pa.string()),
                    },
                    schema=BATCH_ATTRIBUTES,
                )
            )
        return said

    def _rows(self, lines: pa.Array, places: dict[str, _Positions]) -> pa.Table:
        kind = self._plan.kind
        first = last = pa.nulls(self._size, pa.timestamp("us", tz="UTC"))
        offset: pa.Array = pa.nulls(self._size, pa.int32())
        status: pa.Array = pa.nulls(self._size, pa.string())
        if kind.time in self._times:
            read = self._times[kind.time]
            first, last, offset, status = (
                read.first,
                read.last,
                read.utc_offset,
                read.status.cast(pa.string()),
            )
        if kind.until in self._times:
            last = pc.coalesce(self._times[kind.until].last, last)
        weight: pa.Array = pa.nulls(self._size, pa.float64())
        if "weight" in self._columns:
            weight = self._columns["weight"].texts(lambda cell: cell.value).cast(pa.float64())
        currency: pa.Array = pa.nulls(self._size, pa.string())
        if "currency" in self._columns:
            currency = self._columns["currency"].texts(lambda cell: cell.value)
        if self._money_currency is not None:
            currency = pc.coalesce(currency, self._money_currency)
        amount = self._money if self._money is not None else pa.nulls(self._size, pa.decimal128(38, 18))
        detail = self._detail()
        event: pa.Array = pa.array(np.full(self._size, kind.events))
        if kind.event_id in self._columns:
            event = pc.and_(event, pa.array(self._columns[kind.event_id].at < 0))
        values = self._typing.values
        # Every entity of the kind has its place in the text, shown or not, so that a return with
        # fewer columns says the same of the same event.
        identity = [
            pa.scalar(kind.name),
            *(
                values.take(pa.array(places[rule.name], mask=places[rule.name] < 0))
                if rule.name in places
                else pa.nulls(self._size, pa.string())
                for rule in kind.entities
            ),
            first.cast(pa.int64()).cast(pa.string()),
            last.cast(pa.int64()).cast(pa.string()),
            amount.cast(pa.string()),
            currency,
            weight.cast(pa.string()),
            detail,
        ]
        return pa.table(
            {
                "row": lines,
                "byte_offset": self._table[OFFSET].combine_chunks(),
                "byte_length": self._table[LENGTH].combine_chunks(),
                "identity": pc.binary_join_element_wise(*identity, _SEPARATOR, null_handling="replace"),
                "is_event": pc.and_(event, first.is_valid()),
                "first_seen": first,
                "last_seen": last,
                "utc_offset": offset,
                "zone_status": status,
                "weight": weight,
                "amount": amount,
                "currency": currency,
                "detail": detail,
            },
            schema=BATCH_ROWS,
        )

    def _detail(self) -> pa.Array:
        """Give the fields that are neither entity, time nor amount as one JSON object per row."""
        used = {rule.field for rule in self._plan.kind.entities} | {"currency", "weight"}
        used |= {name for rule in self._plan.kind.entities for name in rule.service}
        parts = [
            column.texts(partial(_member, json.dumps(name)))
            for name, column in self._columns.items()
            if name not in used
        ]
        if "port" not in self._columns:
            written = [column for column in self._columns.values() if column.has_ports]
            parts += [column.texts(_port) for column in written[:1]]
        if not parts:
            return pa.nulls(self._size, pa.string())
        # Arrow's null_handling="skip" gives fewer rows than it was given where all parts are null.
        joined = pc.utf8_rtrim(pc.binary_join_element_wise(*parts, "", null_handling="replace"), ",")
        filled = pc.binary_join_element_wise("{", joined, "}", "")
        return pc.if_else(pc.equal(joined, ""), None, filled)


def _empty(first: int, quarantined: list[QuarantinedRow], last_line: int) -> Batch:
    """Give a batch in which no line was a row."""
    return Batch(
        first_entity=first,
        entities=BATCH_ENTITIES.empty_table(),
        rows=BATCH_ROWS.empty_table(),
        statements=BATCH_STATEMENTS.empty_table(),
        mentions=BATCH_MENTIONS.empty_table(),
        attributes=BATCH_ATTRIBUTES.empty_table(),
        last_line=last_line,
        quarantined=quarantined,
    )


def _new_entities(rule: EntityRule, new: Sequence[tuple[Cell, str | None]], first: int) -> tuple[pa.Table, pa.Table]:
    """Give entities as a table, and the countries that follow from their values."""
    table = pa.table(
        {
            "kind": pa.array([rule.kind or cell.kind for cell, _ in new], pa.string()),
            "value": pa.array([f"{scope}:{cell.value}" if scope else cell.value for cell, scope in new], pa.string()),
            "label": pa.array([cells.account_label(cell.label, scope) for cell, scope in new], pa.string()),
            "grade": pa.array([cell.grade for cell, _ in new], pa.string()),
        },
        schema=BATCH_ENTITIES,
    )
    facts = [
        (None, number, "country", cell.country, cell.basis, cell.origin)
        for number, (cell, _) in enumerate(new, start=first)
        if cell.country
    ]
    return table, _table(facts, BATCH_ATTRIBUTES)


def _member(name: str, cell: Cell) -> str:
    """Write one member of a JSON object, with the comma that follows it."""
    return f"{name}:{json.dumps(cell.value)},"


def _port(cell: Cell) -> str | None:
    """Write the port of an address as :func:`_member` writes a field."""
    return None if cell.port is None else f'"port":"{cell.port}",'


def _encode(texts: pa.Array) -> tuple[list[str], _Positions]:
    """Split a column into its distinct texts and the position per row, -1 where there is none."""
    encoded = texts.dictionary_encode()
    at = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32)
    return encoded.dictionary.to_pylist(), at


def _mentions(lines: pa.Array, at: _Positions, kept: npt.NDArray[np.bool_]) -> pa.Table:
    shown = np.flatnonzero((at >= 0) & kept)
    return pa.table(
        {"row": lines.take(pa.array(shown)), "entity": pa.array(at[shown], pa.int32())}, schema=BATCH_MENTIONS
    )


def _concat(tables: Sequence[pa.Table], schema: pa.Schema) -> pa.Table:
    return pa.concat_tables([schema.empty_table(), *tables])


def _table(rows: Sequence[tuple[object, ...]], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True) if rows else [()] * len(schema)
    return pa.table(
        [pa.array(list(column), kind.type) for column, kind in zip(columns, schema, strict=True)],
        schema=schema,
    )


def _unreadable(source: str, row: Unreadable) -> QuarantinedRow:
    return QuarantinedRow(source, row.line, row.offset, row.column, row.code, row.reason, row.hint, row.raw)
