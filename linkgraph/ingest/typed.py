"""From text rows to typed observations, set at a time.

Each distinct cell of a column is cleaned once, in Python, and has a number; numpy carries what it was
read as to the rows. A row in which any value was refused goes to quarantine whole: nothing of it is guessed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from linkgraph.ingest import cells
from linkgraph.ingest import links as chart
from linkgraph.ingest.cells import Cell, Options
from linkgraph.ingest.content import ContentKey, Words
from linkgraph.ingest.kind import EntityRule, Field, SourceKind, ValueType
from linkgraph.ingest.known import Known, Numbers
from linkgraph.ingest.mapping import ColumnMap
from linkgraph.ingest.readers.rows import LENGTH, LINE, OFFSET, RAW, Rows, Unreadable
from linkgraph.ingest.values import money, time
from linkgraph.ingest.values.money import Money
from linkgraph.ingest.values.result import Reason
from linkgraph.model import Basis, QuarantinedRow, entity_id
from linkgraph.store.batch import (
    BATCH_ATTRIBUTES,
    BATCH_ENTITIES,
    BATCH_MENTIONS,
    BATCH_ROWS,
    BATCH_STATEMENTS,
    Batch,
    Precision,
)

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
_ACCOUNT, _PORT = "account", "port"
_REMEMBERED, _REMEMBERED_IF_NEW = 2_000_000, 100_000
"""Entities after which a source's memory of them starts anew, and those after which it does where most that
a batch shows is new: a list of millions of digests, each seen once, gains nothing from being remembered."""


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


class Typing:
    """Types the batches of one source; remembers the cells it has cleaned and the entities it has shown."""

    def __init__(self, plan: Plan, source: str, secret: bytes) -> None:
        """Begin a source by its SHA-256; ``secret`` is the case's, see :mod:`linkgraph.ingest.content`."""
        self.plan = plan
        self.source = source
        self.content = ContentKey(secret, plan.kind.name)
        self._forget()

    def _forget(self) -> None:
        self._known: dict[str, Known[Cell]] = {}
        self._money: Known[Money] | None = None
        self._places: dict[str, dict[str | None, Numbers]] = {}
        """Entity rule → service → position of the entity of each cell, −1 where it was not shown yet."""
        self.shown = 0
        """Entities shown so far: positions count them."""
        self._adds: dict[str, Words] = {}
        self._mostly_new = False

    def batch(self, rows: Rows, raw: Callable[[int, int], bytes]) -> Batch:
        """Type one batch. ``raw(offset, length)`` gives bytes of the source; asked in file order."""
        if self._mostly_new or max([self.shown, *(len(one.answers) for one in self._known.values())]) > _REMEMBERED:
            self._forget()
        typed = _Rows(self, rows.table)
        quarantined = [_unreadable(self.source, row) for row in rows.unreadable]
        quarantined += typed.quarantined(raw)
        quarantined.sort(key=lambda row: row.line)
        lines = [row.line for row in rows.unreadable]
        if rows.table.num_rows:
            lines.append(pc.max(rows.table[LINE]).as_py())
        batch = typed.batch(quarantined, max(lines, default=0))
        uses = batch.mentions.num_rows or batch.attributes.num_rows
        self._mostly_new = self.shown > _REMEMBERED_IF_NEW and 2 * batch.entities.num_rows > uses
        return batch.worked_out()

    def known(self, column: Field) -> Known[Cell]:
        """Give the cells of a column that were met in this source."""
        if column.name not in self._known:
            aliases = self.plan.aliases if column.type in _ENTITY_TYPES else {}
            clean = cells.cleaner(column, self.plan.options)
            self._known[column.name] = Known(
                lambda text: clean(aliases.get(text, text)), partial(self._cells_add, column.name)
            )
        return self._known[column.name]

    def known_money(self) -> Known[Money]:
        """Give the amounts that were met in this source."""
        if self._money is None:
            form = self.plan.money_form
            if form is None:
                raise AssertionError("a money column is typed only after its form was recognised")

            def clean(text: str) -> Money | Reason:
                answer = money.clean(text, form=form, currency=None)
                return answer if isinstance(answer, Reason) else answer.value

            self._money = Known(clean, self._amounts_add)
        return self._money

    def place(
        self, rule: EntityRule, known: Known[Cell], at: Numbers, service: str | None
    ) -> tuple[Numbers, list[Cell]]:
        """Give the position of each row's entity within one service, and the cells that are new to the source."""
        by_service = self._places.setdefault(rule.name, {})
        places = by_service.get(service, np.empty(0, np.int32))
        if places.size <= len(known.answers):
            # The last place stays -1: it is where the -1 of a row without a cell leads.
            grown = np.full(2 * len(known.answers) + 1, -1, np.int32)
            grown[: places.size] = places
            by_service[service] = places = grown
        met = np.zeros(places.size, np.bool_)
        met[at] = True
        met[-1] = False
        new = np.flatnonzero(met & (places < 0))
        places[new] = np.arange(new.size, dtype=np.int32) + np.int32(self.shown)
        self.shown += new.size
        return places[at], [known.answer(number) for number in new.tolist()]

    def entities_add(self, rule: EntityRule, first: int, ids: Sequence[str]) -> None:
        """Note what entities that are new add to the content of a row; ``first`` is the position of the first."""
        adds = self._adds.get(rule.name, np.zeros((0, 4), np.uint64))
        grown = np.zeros((first + len(ids), 4), np.uint64)
        grown[: len(adds)] = adds
        grown[first:] = self.content.texts(f"entity {rule.name}", ids)
        self._adds[rule.name] = grown

    def adds(self, rule: EntityRule, places: Numbers) -> Words:
        """Give what the entity at each of these positions adds, (n, 4)."""
        return _taken(self._adds.get(rule.name, np.zeros((0, 4), np.uint64)), places)

    def _cells_add(self, name: str, answers: Sequence[Cell | Reason | None]) -> Words:
        texts = [answer.value if isinstance(answer, Cell) else "" for answer in answers]
        return self.content.texts(f"field {name}", texts)

    def _amounts_add(self, answers: Sequence[Money | Reason | None]) -> Words:
        texts = [f"{answer.amount.normalize():f}" if isinstance(answer, Money) else "" for answer in answers]
        return self.content.texts("amount", texts)


@dataclass(frozen=True, slots=True)
class _Column:
    """A cleaned column: the known cells, and which of them each row has (−1: nothing)."""

    known: Known[Cell]
    at: Numbers

    def texts(self, give: Callable[[Cell], str | None]) -> pa.DictionaryArray:
        """Give one text per row."""
        return self.known.texts(self.at, give)

    @property
    def adds(self) -> Words:
        """What each row's cell adds to its content, (n, 4)."""
        return _taken(self.known.adds, self.at)


@dataclass(slots=True)
class _Amounts:
    """The money column of a batch."""

    amount: pa.Array
    currency: pa.Array
    adds: Words


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
        self._money: _Amounts | None = None
        for candidate in self._plan.kind.fields:
            if self._size and self._plan.reads(candidate.name):
                self._read(candidate)
        self._kept = np.ones(self._size, np.bool_)
        self._kept[list(self._refused)] = False

    # -- columns ---------------------------------------------------------------------------------

    def _read(self, column: Field) -> None:
        texts = self._texts(column)
        if column.type is ValueType.TIME:
            read = time.clean_column(texts, form=self._plan.time_forms[column.name], zone=self._plan.zone)
            self._times[column.name] = read
            for row, reason in read.refused:
                self._refuse(row, column, reason)
            refused = {row for row, _ in read.refused}
            missing = [row for row in np.flatnonzero(_nulls(read.first)).tolist() if row not in refused]
        elif column.type is ValueType.MONEY:
            amounts = self._typing.known_money()
            at = self._met(column, amounts, texts)
            self._money = _amounts_of(self._typing.content, amounts, at)
            missing = np.flatnonzero(at < 0).tolist()
        else:
            known = self._typing.known(column)
            at = self._met(column, known, texts)
            self._columns[column.name] = _Column(known, at)
            missing = np.flatnonzero(at < 0).tolist() if column.required else []
        if column.required:
            for row in missing:
                self._refuse(row, column, Reason("missing", f"There is no {column.name} in this row."))

    def _met(self, column: Field, known: Known[Cell] | Known[Money], texts: pa.Array) -> Numbers:
        """Give the number of each row's cell; rows whose cell was refused are."""
        at = known.meet(texts)
        if known.refused.any():
            bad = np.append(known.refused, False)
            for row in np.flatnonzero(bad[at]).tolist():
                reason = known.answers[at[row]]
                if isinstance(reason, Reason):
                    self._refuse(row, column, reason)
        return at

    def _texts(self, column: Field) -> pa.Array:
        """Give the cells of a field as the file has them."""
        if column.name not in self._plan.columns.columns:
            return pa.array([self._plan.account], pa.string()).take(pa.array(np.zeros(self._size, np.int32)))
        texts = self._table[self._plan.columns.columns[column.name]].combine_chunks()
        return self._with_stated_kind(column, texts) if column.type is ValueType.CHART_NODE else texts

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
        aliases = self._plan.aliases
        joined = [
            cells.chart_key(kind, aliases.get(bare, bare)) if text is not None and (bare := text.strip()) else None
            for kind, text in zip(kinds, texts.to_pylist(), strict=True)
        ]
        return pa.array(joined, pa.string())

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
        first = self._typing.shown
        entities: list[pa.Table] = []
        places: dict[str, Numbers] = {}
        said: list[pa.Table] = []
        for rule in self._plan.kind.entities:
            if rule.field in self._columns:
                places[rule.name], tables, facts = self._placed(rule)
                entities += tables
                said += facts
        # Rows that are kept are counted anew, from 0.
        number = np.cumsum(self._kept, dtype=np.int32) - np.int32(1)
        statements = self._statements(number, places)
        mentions = [_mentions(number, at) for at in places.values()] if self._plan.kind.shows else []
        said += self._attributes(places)
        rows = self._rows(places) if self._size else BATCH_ROWS.empty_table()
        return Batch(
            first_entity=first,
            entities=_concat(entities, BATCH_ENTITIES),
            rows=rows if self._kept.all() else rows.filter(pa.array(self._kept)),
            statements=_concat(statements, BATCH_STATEMENTS),
            mentions=_concat(mentions, BATCH_MENTIONS),
            attributes=_concat(said, BATCH_ATTRIBUTES),
            last_line=last_line,
            quarantined=quarantined,
        )

    def _placed(self, rule: EntityRule) -> tuple[Numbers, list[pa.Table], list[pa.Table]]:
        """Give the position of each row's entity of a rule, and the entities that are new with their countries."""
        column = self._columns[rule.field]
        at = np.where(self._kept, column.at, np.int32(-1))
        if not rule.service:
            places, new = self._typing.place(rule, column.known, at, None)
            table, facts = self._new(rule, new, None)
            return places, [table], [facts]
        places = np.full(self._size, -1, np.int32)
        tables, said = [], []
        for service, rows in self._services(rule, at):
            places[rows], new = self._typing.place(rule, column.known, at[rows], service)
            table, facts = self._new(rule, new, service)
            tables.append(table)
            said.append(facts)
        return places, tables, said

    def _services(self, rule: EntityRule, at: Numbers) -> list[tuple[str, npt.NDArray[np.int64] | slice]]:
        """Give each service that scopes an entity's identity, and the rows that have it."""
        stated = self._plan.service or cells.UNSTATED_SERVICE
        column = next((self._columns[name] for name in rule.service if name in self._columns), None)
        if column is None:
            return [(stated, slice(None))]
        shown = np.flatnonzero(at >= 0)
        if not shown.size:
            return []
        order = shown[np.argsort(column.at[shown], kind="stable")]
        numbers = column.at[order]
        starts = np.flatnonzero(np.diff(numbers, prepend=np.int32(-2)))
        rows: dict[str, list[npt.NDArray[np.int64]]] = {}
        for start, stop in zip(starts.tolist(), [*starts[1:].tolist(), order.size], strict=True):
            number = int(numbers[start])
            name = stated if number < 0 else column.known.answer(number).value
            rows.setdefault(name, []).append(order[start:stop])
        return [(name, np.sort(np.concatenate(parts))) for name, parts in rows.items()]

    def _new(self, rule: EntityRule, new: Sequence[Cell], scope: str | None) -> tuple[pa.Table, pa.Table]:
        """Give entities as a table, and the countries that follow from their values."""
        first = self._typing.shown - len(new)
        kinds = [str(rule.kind or cell.kind) for cell in new]
        values = [f"{scope}:{cell.value}" if scope else cell.value for cell in new]
        ids = [_id(kind, value) for kind, value in zip(kinds, values, strict=True)]
        self._typing.entities_add(rule, first, ids)
        table = pa.table(
            {
                "id": pa.array(ids, pa.string()),
                "kind": pa.array(kinds, pa.string()),
                "value": pa.array(values, pa.string()),
                "label": pa.array([cells.account_label(cell.label, scope) for cell in new], pa.string()),
                "grade": pa.array([cell.grade for cell in new], pa.string()),
            },
            schema=BATCH_ENTITIES,
        )
        facts = [
            (None, number, "country", cell.country, cell.basis, cell.origin)
            for number, cell in enumerate(new, start=first)
            if cell.country
        ]
        return table, _table(facts, BATCH_ATTRIBUTES)

    def _statements(self, number: Numbers, places: dict[str, Numbers]) -> list[pa.Table]:
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
            kinds: pa.Array = _constant(str(rule.kind), at.size)
            if rule.kind_field in self._columns:
                column = self._columns[rule.kind_field]
                words = column.texts(lambda cell: str(cells.link_kind(cell.value))).take(pa.array(at))
                kinds = words.cast(pa.string()).fill_null(str(rule.kind)).dictionary_encode()
            statements.append(
                pa.table(
                    {
                        "at": pa.array(number[at], pa.int32()),
                        "kind": kinds,
                        "source": pa.array(source[at], pa.int32()),
                        "target": pa.array(target[at], pa.int32()),
                    },
                    schema=BATCH_STATEMENTS,
                )
            )
        return statements

    def _attributes(self, places: dict[str, Numbers]) -> list[pa.Table]:
        said = []
        for rule in self._plan.kind.attributes:
            column = self._columns.get(rule.field)
            if rule.entity not in places or (column is None and rule.constant is None):
                continue
            shown = (places[rule.entity] >= 0) & self._kept
            if rule.constant is None and column is not None:
                shown &= column.at >= 0
            taken = pa.array(np.flatnonzero(shown))
            value = _constant(rule.constant or "", self._size) if column is None else column.texts(_value)
            said.append(
                pa.table(
                    {
                        "row": self._table[LINE].take(taken),
                        "entity": pa.array(places[rule.entity][shown], pa.int32()),
                        "name": _constant(rule.name, len(taken)).cast(pa.string()),
                        "value": value.take(taken).cast(pa.string()).fill_null(rule.constant or ""),
                        "basis": _constant(str(Basis.STATED), len(taken)).cast(pa.string()),
                        "origin": pa.nulls(len(taken), pa.string()),
                    },
                    schema=BATCH_ATTRIBUTES,
                )
            )
        return said

    def _rows(self, places: dict[str, Numbers]) -> pa.Table:
        kind = self._plan.kind
        moment = pa.timestamp("us", tz="UTC")
        first = last = pa.nulls(self._size, moment)
        offset: pa.Array = pa.nulls(self._size, pa.int32())
        status: pa.Array = pa.nulls(self._size, pa.int8())
        if kind.time in self._times:
            read = self._times[kind.time]
            first, last, offset, status = read.first, read.last, read.utc_offset, read.status.indices.cast(pa.int8())
        if kind.until in self._times:
            last = pc.coalesce(self._times[kind.until].last, last)
        weight: pa.Array = pa.nulls(self._size, pa.float64())
        if "weight" in self._columns:
            weight = self._columns["weight"].texts(lambda cell: cell.value).cast(pa.string()).cast(pa.float64())
        currency: pa.Array = pa.nulls(self._size, pa.string())
        if "currency" in self._columns:
            currency = self._columns["currency"].texts(lambda cell: cell.value).cast(pa.string())
        amount: pa.Array = pa.nulls(self._size, pa.decimal128(38, 18))
        if self._money is not None:
            amount, currency = self._money.amount, pc.coalesce(currency, self._money.currency)
        details = self._details()
        event = np.full(self._size, kind.events) & ~_nulls(first)
        if kind.event_id in self._columns:
            event &= self._columns[kind.event_id].at < 0
        high, low = self._content(places, first, last, currency, details)
        return pa.table(
            {
                "row": self._table[LINE].combine_chunks(),
                "byte_offset": self._table[OFFSET].combine_chunks(),
                "byte_length": self._table[LENGTH].combine_chunks(),
                "content_high": pa.array(high),
                "content_low": pa.array(low),
                "is_event": pa.array(event),
                "first_seen": first,
                "last_seen": last,
                "utc_offset": offset,
                "zone_status": status,
                "weight": weight,
                "amount": amount,
                "currency": currency,
                "detail": self._detail(details),
                "precision": pa.array(self._precision(first, last, details)),
            },
            schema=BATCH_ROWS,
        )

    def _content(
        self,
        places: dict[str, Numbers],
        first: pa.Array,
        last: pa.Array,
        currency: pa.Array,
        details: dict[str, pa.DictionaryArray],
    ) -> tuple[Words, Words]:
        """Give the key of what each row says.

        Every field has its part in it, shown or not, so that a return with fewer columns says the same
        of the same event.
        """
        content = self._typing.content
        total = np.zeros((self._size, 4), np.uint64)
        for rule in self._plan.kind.entities:
            if rule.name in places:
                total += self._typing.adds(rule, places[rule.name])
        start, end = (times.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False) for times in (first, last))
        for name, micros, known in (("first", start, ~_nulls(first)), ("length", end - start, end != start)):
            if known.any():
                content.add_numbers(total, name, micros, known)
        if self._money is not None:
            total += self._money.adds
        if currency.null_count < self._size:
            total += _distinct_adds(content, "currency", currency.dictionary_encode())
        if "weight" in self._columns:
            total += self._columns["weight"].adds
        event_id = self._plan.kind.event_id
        identified = self._columns[event_id].at >= 0 if event_id in self._columns else np.zeros(self._size, np.bool_)
        for name, texts in details.items():
            column = self._columns.get(name)
            adds = _distinct_adds(content, f"field {name}", texts) if column is None else column.adds
            if name != event_id:
                # Two messages about one transaction word the rest of it in their own ways.
                adds[identified] = 0
            total += adds
        return content.finished(total)

    def _precision(
        self, first: pa.Array, last: pa.Array, details: dict[str, pa.DictionaryArray]
    ) -> npt.NDArray[np.int8]:
        """Give how exactly each row places what it says in time, as :class:`Precision`."""
        known = ~_nulls(first)
        start, end = (times.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False) for times in (first, last))
        precision = np.where(start == end, Precision.EXACT, Precision.INTERVAL).astype(np.int8)
        if _PORT in details:
            precision[~_nulls(details[_PORT]) & (start == end)] = Precision.PORT
        precision[~known] = Precision.NONE
        return precision

    def _details(self) -> dict[str, pa.DictionaryArray]:
        """Give the texts of the fields that are neither entity, time nor amount, null where a row has none."""
        used = {rule.field for rule in self._plan.kind.entities} | {"currency", "weight"}
        used |= {name for rule in self._plan.kind.entities for name in rule.service}
        details = {name: column.texts(_value) for name, column in self._columns.items() if name not in used}
        if _PORT not in details:
            addresses = [self._columns[one.name] for one in self._plan.kind.fields if self._has_ports(one)]
            if addresses:
                details[_PORT] = addresses[0].texts(lambda cell: None if cell.port is None else str(cell.port))
        return details

    def _has_ports(self, column: Field) -> bool:
        """Tell whether a column has addresses written with a port."""
        if column.type is not ValueType.IP or column.name not in self._columns:
            return False
        known = self._columns[column.name].known
        return any(isinstance(answer, Cell) and answer.port is not None for answer in known.answers)

    def _detail(self, details: dict[str, pa.DictionaryArray]) -> pa.DictionaryArray:
        """Give the details as one JSON object per row; each distinct one is written once."""
        if not details:
            return pa.nulls(self._size, pa.string()).dictionary_encode()
        code = np.zeros(self._size, np.int64)
        for texts in details.values():
            at = texts.indices.fill_null(-1).to_numpy(zero_copy_only=False)
            width = len(texts.dictionary) + 1
            if code.size and int(code.max()) >= (1 << 62) // width:
                code = np.unique(code, return_inverse=True)[1]
            code = code * width + at + 1
        _, example, inverse = np.unique(code, return_index=True, return_inverse=True)
        taken = pa.array(example)
        columns = {name: texts.take(taken).cast(pa.string()).to_pylist() for name, texts in details.items()}
        written = [
            json.dumps(
                {name: texts[at] for name, texts in columns.items() if texts[at] is not None}, separators=(",", ":")
            )
            for at in range(example.size)
        ]
        return pa.DictionaryArray.from_arrays(
            pa.array(inverse.astype(np.int32)), pa.array([text if text != "{}" else None for text in written])
        )


def _amounts_of(content: ContentKey, known: Known[Money], at: Numbers) -> _Amounts:
    """Give the amounts of a batch from the known ones."""
    distinct, inverse = np.unique(at, return_inverse=True)
    answers = [known.answers[number] if number >= 0 else None for number in distinct.tolist()]
    clean = [answer if isinstance(answer, Money) else None for answer in answers]
    amounts = pa.array([one.amount if one else None for one in clean], pa.decimal128(38, 18))
    currencies = pa.array([one.currency or None if one else None for one in clean], pa.string())
    place = pa.array(inverse)
    return _Amounts(amounts.take(place), currencies.take(place), _taken(known.adds, at))


def _taken(adds: Words, at: Numbers) -> Words:
    """Give what each row's value adds; nothing where it has none (−1)."""
    nothing = at < 0
    if not nothing.any():
        return adds[at]
    taken = np.zeros((at.size, 4), np.uint64)
    taken[~nothing] = adds[at[~nothing]]
    return taken


def _distinct_adds(content: ContentKey, field: str, texts: pa.DictionaryArray) -> Words:
    adds = content.texts(field, texts.dictionary.to_pylist())
    return _taken(adds, texts.indices.fill_null(-1).to_numpy(zero_copy_only=False))


def _id(kind: str, value: str) -> str:
    return entity_id(kind, value)  # type: ignore[arg-type]  # a StrEnum's text serves


def _value(cell: Cell) -> str:
    return cell.value


def _nulls(values: pa.Array) -> npt.NDArray[np.bool_]:
    return np.asarray(values.is_null().to_numpy(zero_copy_only=False), np.bool_)


def _constant(text: str, size: int) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(size, np.int32)), pa.array([text]))


def _mentions(number: Numbers, at: Numbers) -> pa.Table:
    shown = np.flatnonzero(at >= 0)
    return pa.table(
        {"at": pa.array(number[shown], pa.int32()), "entity": pa.array(at[shown], pa.int32())}, schema=BATCH_MENTIONS
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
