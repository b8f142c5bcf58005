"""What requests say and what answers have, exactly: the page's ``data.ts`` and ``backend.ts``, seen from here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from linkgraph.model import Decision, Role
from linkgraph.web.passing import Filters

NODES_AT_ONCE = 1000
"""Entities that one answer carries at most: more than is ever drawn."""

Node = Annotated[int, Field(ge=0, le=2**31 - 1)]
Limit = Annotated[int, Field(ge=1, le=NODES_AT_ONCE)]
Text = Annotated[str, Field(max_length=1000)]
Why = Annotated[str, Field(min_length=1, max_length=10_000)]


class _Said(BaseModel):
    """A request's body: what is not known is refused."""

    model_config = ConfigDict(extra="forbid")


# -- requests ------------------------------------------------------------------------------------


class _OfSnapshot(_Said):
    snapshot: int
    """Number of the state of the case that node numbers are of."""


class _WithKnown(_OfSnapshot):
    known: list[Node] = []
    """Entities that the page has: their columns are not sent again, their links to the new ones are."""


class SearchFor(_OfSnapshot):
    """A part of a name, value or id."""

    text: Text
    limit: Limit = 30


class EntitiesOf(_WithKnown):
    """Entities by number."""

    nodes: Annotated[list[Node], Field(max_length=NODES_AT_ONCE)]


class ExpandFrom(_WithKnown):
    """An entity whose strongest neighbours are wanted."""

    node: Node
    limit: Limit = 50


class CommunityOf(_WithKnown):
    """A community whose strongest members are wanted, by its position in the model."""

    community: Node
    limit: Limit = 400


class PathBetween(_WithKnown):
    """Two entities, and the kinds of links that are switched off."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    start: Node = Field(alias="from")
    end: Node = Field(alias="to")
    link_kinds_off: list[int] = []


class ObservationsOf(_OfSnapshot):
    """An entity whose rows are wanted."""

    node: Node


class OverviewUnder(_WithKnown):
    """Filters that communities are to be counted under."""

    filters: Filters = Filters()


class RunQuery(_Said):
    """Parameters of a named query; the others take their defaults."""

    parameters: dict[str, str | int | float | bool] = {}


class DecideSame(_Said):
    """What was decided about two entities, by id; null takes a decision back."""

    a: Text
    b: Text
    decision: Decision | None
    why: Why


class SetRole(_Said):
    """The part an entity plays, by its id; null takes that back."""

    id: Text
    role: Role | None
    why: Why
    second: Text | None = None
    """The second person who agrees; needed to take the role of a victim away."""


class MakePage(_Said):
    """Which page is to be made."""

    show_victims: bool = False
    around: Text | None = None
    """Selector of an entity: only what is near it is on the page."""
    hops: Annotated[int, Field(ge=1, le=10)] = 2


class LookAgain(_Said):
    """More that is said of an uploaded file; null: as it was."""

    kind: Text | None = None
    columns: dict[Text, str | int] = {}
    """Field → name of its column, or its number from 1 where there is no header."""
    formats: dict[Text, Text] = {}
    timezone: Text | None = None
    service: Text | None = None
    account: Text | None = None
    encoding: Text | None = None
    delimiter: Text | None = None
    header: bool | None = None
    region: Text | None = None
    year: Annotated[int, Field(ge=1970, le=2200)] | None = None


class IngestAs(_Said):
    """How an uploaded file is to be imported."""

    marking: Text | None = None
    """TLP 2.0; the case's default where null."""
    keep_as: Annotated[str, Field(max_length=60)] | None = None
    """Name under which the columns that were stated are kept, for tables with the same header."""


# -- answers -------------------------------------------------------------------------------------


class Fault(BaseModel):
    """Why a request was refused, in one sentence."""

    detail: str
    snapshot: int | None = None
    """Where an older state was asked for: the newest."""


class JobState(BaseModel):
    """How far a job is."""

    id: str
    what: str
    state: Literal["running", "done", "failed"]
    done: int
    total: int
    sentence: str
    result: dict[str, object] | None


class ExplorerState(BaseModel):
    """``Explorer`` of data.ts."""

    read_only: bool
    queries: bool
    snapshot: int


class Status(BaseModel):
    """Where the explorer stands."""

    case: str
    snapshot: int
    read_only: bool
    queries: bool
    jobs: list[JobState]


class Hit(BaseModel):
    """An entity that was found."""

    node: int
    name: str
    kind: int


class Hits(BaseModel):
    """What a search found: how many in all, and the strongest of them."""

    snapshot: int
    total: int
    hits: list[Hit]


Statement = tuple[str, str, str, int, int]
Rows = tuple[int, str, int, int]


class EntityColumns(BaseModel):
    """``Entities`` of data.ts."""

    id: list[str]
    node: list[int]
    kind: list[int]
    label: list[str]
    value: list[str | None]
    country: list[int]
    country_words: list[int]
    role: list[int]
    masked: list[str | None]
    first: list[int | None]
    last: list[int | None]
    community: list[int]
    strength: list[float]
    degree: list[int]
    x: list[float]
    y: list[float]
    statements: list[list[Statement]]


class LinkColumns(BaseModel):
    """``Links`` of data.ts; in a fragment source and target are node numbers."""

    id: list[str]
    kind: list[int]
    source: list[int]
    target: list[int]
    count: list[int]
    weight: list[float | None]
    first: list[int | None]
    last: list[int | None]
    grade: list[str | None]
    amounts: list[dict[str, str] | None]
    evidence: list[list[Rows]]


class Fragment(BaseModel):
    """More of the graph."""

    country_words: list[str]
    """What ``country_words`` of its entities are positions in."""
    entities: EntityColumns
    links: LinkColumns


class FragmentAnswer(Fragment):
    """More of the graph, of which state."""

    snapshot: int


class Model(BaseModel):
    """``Model`` of data.ts, format 2."""

    model_config = ConfigDict(extra="allow")

    format: Literal[2]
    case: str
    entities: EntityColumns
    links: LinkColumns
    explorer: ExplorerState


class Expansion(BaseModel):
    """The strongest neighbours of an entity, and how many more there are."""

    snapshot: int
    fragment: Fragment
    nodes: list[int]
    left: int


class Route(BaseModel):
    """A shortest path; nulls where there is none."""

    snapshot: int
    fragment: Fragment | None
    nodes: list[int] | None
    links: list[str] | None


class ObservationRow(BaseModel):
    """``Observation`` of backend.ts; ``node`` is the other end."""

    first: int
    last: int
    offset: int | None
    link_kind: int = Field(alias="linkKind")
    outgoing: bool
    other: str
    node: int
    source: int
    row: int


class ObservationRows(BaseModel):
    """``Observations`` of backend.ts."""

    snapshot: int
    rows: list[ObservationRow]
    total: int
    untimed: int


class Bundle(BaseModel):
    """A line between two communities."""

    a: int
    b: int
    links: int
    crossing: bool


class Overview(BaseModel):
    """``Overview`` of backend.ts, with the strongest entities that pass."""

    snapshot: int
    sizes: list[int]
    entities: int
    links: int
    bundles: list[Bundle]
    bundles_cut: int
    fragment: Fragment


class QueryParameter(BaseModel):
    """A parameter of a named query; its default says its type."""

    name: str
    default: str | int | float | bool


class NamedQuery(BaseModel):
    """A named query."""

    name: str
    description: str
    parameters: list[QueryParameter]
    columns: list[str]


class QueryRows(BaseModel):
    """What a query gave."""

    columns: list[str]
    rows: list[list[object]]


class IdentitiesAnswer(BaseModel):
    """Pairs that may be one person's, as ``linkgraph identities --json`` has them, and what was decided.

    While they are being worked out ``candidates`` is null and ``job`` says which job to wait for.
    """

    snapshot: int
    candidates: list[dict[str, object]] | None
    decided: list[dict[str, object]]
    job: str | None


class Begun(BaseModel):
    """A job that was begun."""

    job: str


class Changed(BaseModel):
    """A change that is in the case; ``job`` makes the picture anew where the change is to be seen in it."""

    job: str | None
    snapshot: int


class MappedField(BaseModel):
    """A field that a column can be read as."""

    name: str
    type: str
    required: bool
    column: str | int | None
    """What is stated, or else suggested, for it."""
    why: str | None
    """Why that column is suggested."""
    forms: list[str]
    """Where the cells leave open whether the day or the month comes first: the two forms to choose from."""


class Member(BaseModel):
    """A file in an uploaded archive."""

    name: str
    verdict: str
    why: str
    kind: str | None
    reader: str | None


class Preview(BaseModel):
    """What an uploaded file was taken for."""

    id: str
    name: str
    size: int
    sha256: str | None
    verdict: Literal["take", "needs", "undecided", "unknown", "left"]
    why: str
    kind: str | None
    reader: str | None
    mapping: str | None
    header: list[str]
    """Columns of the table, whatever they will be read as; empty where it is none."""
    has_header: bool
    rows: list[list[str | None]]
    """The first rows, as the file has them; as long as ``header`` each."""
    fields: list[MappedField]
    """Fields of the kind that it is, or would be, read as."""
    typed: list[dict[str, str]]
    """The first rows as they would be read: field → value, or why it is refused."""
    missing: str | None
    """Which field must still have a column."""
    needs: list[str]
    """Options that must be stated before it can be imported, as in ``timezone``."""
    could_be: list[str]
    kinds: dict[str, str]
    """Every kind of source and what it is."""
    members: list[Member]
