"""A case in a folder: what can be done with it, each in one call.

A :class:`Case` holds no lock between calls: every question opens the store for reading and every
change holds it for as long as it takes, so that a notebook and a command line get along.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from linkgraph import findings
from linkgraph import folder as case_folder
from linkgraph import rankings as ranked
from linkgraph.analysis import QUESTIONS, Answered, Question, analyse
from linkgraph.errors import UsageError
from linkgraph.exchange import keys, receipts
from linkgraph.exchange.receipts import Receipt
from linkgraph.exchange.report import Report
from linkgraph.folder import Settings
from linkgraph.garbage import rarely_collected
from linkgraph.graph import Graph
from linkgraph.ingest import KINDS, auto, corrections, saved
from linkgraph.ingest.auto import Found, Taken
from linkgraph.ingest.importing import Imported, Progress, import_file
from linkgraph.ingest.mapping import Stated
from linkgraph.ingest.recognise import Verdict
from linkgraph.ingest.requeue import Requeued, requeue
from linkgraph.ingest.saved import Saved
from linkgraph.material import Material
from linkgraph.model import MARKINGS, Decision, LinkKind, Role, Source
from linkgraph.questions import Questions
from linkgraph.rebuild import Rebuilt, rebuild
from linkgraph.store import audit, roles, same_as
from linkgraph.store.embedded import CaseStore
from linkgraph.store.neo4j import Neo4jServer
from linkgraph.store.neo4j_push import PushReport, push
from linkgraph.store.protocol import Counts, GraphStore
from linkgraph.store.withdraw import withdraw
from linkgraph.verify import HEAD, Check, verify
from linkgraph.viz import page
from linkgraph.viz.page_model import Ranking

EXPORTED = "export"
"""Act in the audit log whose body has the SHA-256 of a file that was written for another tool, and what it shows."""
RENDERED = "render"
"""Act in the audit log whose body has the SHA-256 of a page's file, its page digest, and what the page shows."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What :meth:`Case.verify` found."""

    checks: tuple[Check, ...]
    entries: int
    """Entries of the audit chain."""
    head: str
    """Hash of the newest entry: noted elsewhere with the number of entries, it anchors the chain."""
    root: str
    """Root of the Merkle tree over the entries, RFC 6962."""
    steps_back: tuple[int, ...]
    """Entries at which the clock stands before that of the entry they follow. No fault."""
    anchors: tuple[Receipt, ...] = ()
    """Receipts that it was proved against."""

    @property
    def anchored(self) -> int:
        """Entries up to which a receipt shows that nothing was cut off or changed; 0 where none does."""
        return max((one.entries for one in self.anchors if self.whole), default=0)

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return all(check.fault is None for check in self.checks)


@dataclass(frozen=True, slots=True)
class PageProof:
    """What :meth:`Case.verify_page` found."""

    checked: page.Checked
    made: str | None
    """When the audit log says that this very file was made, UTC; None where it does not know it."""

    @property
    def whole(self) -> bool:
        """Whether the page is as it was made, by this case."""
        return not self.checked.broken and self.made is not None

    def sentence(self) -> str:
        """Say it in a sentence."""
        if self.checked.broken:
            return f"The page is NOT as it was made: {', '.join(self.checked.broken)} changed. Do not rely on it."
        if self.made is None:
            return "The parts of the page fit together, but the audit log of this case does not know the file."
        return f"The page is as this case made it, {self.made}."

    def to_json(self) -> dict[str, object]:
        """Give the stable form."""
        return {
            "whole": self.whole,
            "sha256": self.checked.sha256,
            "page": self.checked.digest,
            "broken": list(self.checked.broken),
            "made": self.made,
        }


class Case(Questions):
    """One case folder; see :func:`create` and :func:`open_case`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = case_folder.read_settings(folder)

    @property
    def home_zone(self) -> ZoneInfo:
        """Home zone of the case."""
        return ZoneInfo(self.settings.timezone)

    @property
    def agency(self) -> str:
        """Whose case it is."""
        return self.settings.agency

    def reading(self) -> AbstractContextManager[CaseStore]:
        """Open the case store for reading."""
        return case_folder.opened(self.folder)

    @contextmanager
    def writing(self, command: str) -> Iterator[CaseStore]:
        """Hold the case and open its store for writing; ``command`` is what others are told."""
        with case_folder.opened(self.folder, write=command) as store:
            yield store

    def ingest(
        self,
        kind: str,
        paths: Sequence[Path | str],
        *,
        stated: Stated | None = None,
        marking: str | None = None,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> list[Imported]:
        """Import evidence files of one kind, one after the other.

        Args:
            kind: ``accounts``, ``ip-logs``, ``payments``, ``file-hashes``, ``contacts`` or ``links``.
            paths: the files; each is copied into the case before it is read.
            stated: time zone, service, columns and formats that the files do not carry themselves.
            marking: TLP 2.0 marking of the files; the case's default where None.
            progress: called after every batch.

        Raises:
            UsageError: a file cannot be read as things are stated; the files before it are imported.
            LockedError: another process writes to the case.
            StorageError: disk or file failed; what was committed stays.
        """
        return list(self.ingesting(kind, paths, stated=stated, marking=marking, progress=progress))

    def ingesting(
        self,
        kind: str,
        paths: Sequence[Path | str],
        *,
        stated: Stated | None = None,
        marking: str | None = None,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> Iterator[Imported]:
        """Import as :meth:`ingest` does, giving what became of each file when it is done."""
        if kind not in KINDS:
            raise UsageError(f"'{kind}' is no kind of source; one of: {', '.join(KINDS)}.")
        marked = self._marking(marking)
        with self.writing(f"ingest {kind}") as store:
            for path in paths:
                yield import_file(
                    store,
                    self.folder / "sources",
                    KINDS[kind],
                    Path(path),
                    stated or Stated(),
                    actor=case_folder.actor(),
                    marking=marked,
                    progress=progress,
                )

    def _marking(self, stated: str | None) -> str:
        marked = stated or self.settings.marking
        if marked not in MARKINGS:
            raise UsageError(f"'{marked}' is no TLP 2.0 marking; one of: {', '.join(MARKINGS)}.")
        return marked

    def recognise(
        self, paths: Sequence[Path | str], *, stated: Stated | None = None, kind: str | None = None
    ) -> list[Found]:
        """Look at files, folders and zip archives of returns: what each file is, and why. Nothing is changed.

        Args:
            paths: what to look at; of a folder everything in it, links not followed.
            stated: what the files do not say themselves, for all of them.
            kind: the kind that is meant where several can claim a file.

        Raises:
            UsageError: a path does not exist, or a mapping of the case cannot be read.
        """
        if kind is not None and kind not in KINDS:
            raise UsageError(f"'{kind}' is no kind of source; one of: {', '.join(KINDS)}.")
        return list(
            auto.look(
                [Path(path) for path in paths],
                stated or Stated(),
                sources=self.sources(),
                mappings=saved.load_all(self.folder),
                kind=kind,
            )
        )

    def recognise_again(self, found: Found, *, stated: Stated, kind: str | None = None) -> Found:
        """Look once more at a file that :meth:`recognise` found, with more said of it."""
        return auto.again(found, stated, mappings=saved.load_all(self.folder), kind=kind)

    def keep_mapping(self, name: str, kind: str, header: Sequence[str], stated: Stated) -> Saved:
        """Keep a mapping in the case; tables with the same header are then read by it.

        Args:
            name: what to call it.
            kind: what it reads a file as.
            header: column names of the file; empty where it has none: then it applies to no other file.
            stated: which column is which field, forms, zone.
        """
        return saved.save(self.folder, name, KINDS[kind], header, stated)

    def taking(
        self,
        found: Sequence[Found],
        *,
        marking: str | None = None,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> Iterator[Taken]:
        """Import files that :meth:`recognise` found, giving what became of each when it is done.

        A file that cannot be imported is given with the reason and does not stop the others.

        Raises:
            LockedError: another process writes to the case.
        """
        marked = self._marking(marking)
        with self.writing("ingest auto") as store:
            yield from auto.take(
                store, self.folder, found, actor=case_folder.actor(), marking=marked, progress=progress
            )

    def ingest_auto(
        self,
        paths: Sequence[Path | str],
        *,
        stated: Stated | None = None,
        kind: str | None = None,
        marking: str | None = None,
        progress: Callable[[Progress], None] = lambda _: None,
    ) -> list[Taken]:
        """Import all that :meth:`recognise` is sure of in files, folders and zip archives of returns."""
        found = [one for one in self.recognise(paths, stated=stated, kind=kind) if one.verdict is Verdict.TAKE]
        return list(self.taking(found, marking=marking, progress=progress))

    def source(self, named: str) -> Source:
        """Give the source of a SHA-256, the first eight or more digits of one, or a file name.

        Raises:
            UsageError: there is none, or several.
        """
        found = [
            source
            for source in self.sources()
            if source.name == named or (len(named) >= 8 and source.sha256.startswith(named.lower()))
        ]
        if not found:
            raise UsageError(f"No source of the case is called '{named}'; 'linkgraph sources' lists them.")
        if len(found) > 1:
            raise UsageError(f"'{named}' names {len(found)} sources; name one by its SHA-256.")
        return found[0]

    def withdraw(self, named: str, why: str) -> Source:
        """Take one source out whole, with every link that only it carried; give what was taken out.

        The evidence file stays under ``sources/`` and the audit log says who withdrew it and why.
        """
        source = self.source(named)
        with self.writing("withdraw") as store:
            withdraw(store, source.sha256, case_folder.actor(), why)
        findings.forget(self.folder)
        return source

    def set_role(self, selector: str, role: Role | None, why: str, *, second: str | None = None) -> str:
        """Say what part an entity plays in the case, or take that back with None; give its id.

        A victim's or an officer's role goes to all that were accepted as one person with the entity and have none.

        Args:
            selector: the entity.
            role: its part.
            why: the reason, kept in the audit log.
            second: the second person who agrees; needed to take the role of a victim away.

        Raises:
            UsageError: no such entity, no reason, or a victim's role is to be taken by one person alone.
        """
        entity = self.one(selector)
        with self.writing("role") as store:
            roles.decide(store, entity, role, case_folder.actor(), why, second)
        # They may name whom they must not name any more.
        findings.forget(self.folder)
        return entity.id

    def resolve(self, one: str, other: str, decision: Decision | None, why: str) -> tuple[str, str]:
        """Say that two accounts, or two persons, are or are not one person's; give their ids. Nothing is merged.

        Args:
            one: selector of the first.
            other: of the second.
            decision: accepted, rejected, or None to undo what was decided.
            why: the reason, kept in the audit log.

        Raises:
            UsageError: no such entities, no reason, nothing to undo, or the two cannot be one.
        """
        first, second = self.one(one), self.one(other)
        with self.writing("resolve") as store:
            same_as.decide(store, first, second, decision, case_folder.actor(), why)
        return first.id, second.id

    def export_quarantine(self, path: Path | str) -> int:
        """Write the refused rows to a file for correcting, ``.csv`` or ``.jsonl``; give how many there are."""
        rows = self.quarantine()
        corrections.write(Path(path), rows, {one.sha256: one.name for one in self.sources()})
        return len(rows)

    def requeue(self, path: Path | str, why: str) -> list[Requeued]:
        """Take the corrected rows of such a file into the graph, each in the place of the row that was refused.

        The file is kept in the case, the evidence stays as it is, and the audit log says who and why.

        Raises:
            UsageError: there is no reason, or the file corrects what is not in quarantine; nothing was changed.
        """
        with self.writing("requeue") as store:
            return requeue(store, self.folder / "sources", Path(path), actor=case_folder.actor(), why=why)

    def rebuild(self) -> Rebuilt:
        """Make the store again from evidence and audit log, and put it in place where it is proved equal.

        Raises:
            IntegrityError: log or evidence is not whole; nothing was changed.
        """
        return rebuild(self.folder)

    def analyse(
        self, *, fresh: bool = False, starting: Callable[[Question], None] = lambda _: None
    ) -> Iterator[Answered]:
        """Answer all questions, keeping each answer under ``findings/`` and its SHA-256 in the audit log.

        Args:
            fresh: work out also what is known and still holds.
            starting: called before each question that is worked out.

        Raises:
            LockedError: another process writes to the case.
            StorageError: a finding cannot be written; those before it are kept.
        """
        made: dict[str, str] = {}
        try:
            with self.reading() as store, rarely_collected():
                known = findings.known(store.audit_entries())
                material = Material(store, self.home_zone)
                for answered in analyse(
                    material, self.folder, store.changed_at(), known, fresh=fresh, starting=starting
                ):
                    if not answered.reused:
                        made[answered.question.name] = answered.finding.sha256
                    yield answered
        finally:
            if made:
                self.log(findings.LOGGED, {"findings": made})

    def verify(
        self, against: str | Path | Sequence[str | Path] | None = None, *, key_folder: Path | None = None
    ) -> Proof:
        """Prove the case: evidence unchanged, audit chain whole, counts add up.

        Args:
            against: heads that were noted earlier, ``NUMBER:HASH``, or files of receipts that came back for bundles
                of this case; the chain must go on from each.
            key_folder: where the address book is, for receipts; the user's where None.

        Raises:
            UsageError: a head is none, or a receipt cannot be read.
            IntegrityError: a receipt was changed, or is not signed by somebody in the address book.
        """
        given = [against] if isinstance(against, str | Path) else list(against or ())
        heads = [one for one in given if isinstance(one, str) and HEAD.fullmatch(one.strip())]
        known = keys.cards(key_folder) if len(heads) < len(given) else []
        anchors = [_receipt(Path(one), [each.card for each in known]) for one in given if one not in heads]
        own = {each.card.fingerprint for each in known if each.own}
        with self.reading() as store:
            checks = tuple(verify(store, heads, anchors, own))
            chain = list(store.audit_entries())
        return Proof(
            checks,
            len(chain),
            chain[-1].hash if chain else audit.GENESIS,
            audit.tree_root(chain),
            tuple(audit.steps_back(chain)),
            tuple(anchors),
        )

    def push(self, server: Neo4jServer, *, progress: Callable[[int, int], None] | None = None) -> PushReport:
        """Bring the graph on a Neo4j server level with the case: what changed since it was last there.

        Raises:
            UnavailableError: the server is gone; run it again, nothing is lost.
            UsageError: the server holds another case.
        """
        with self.reading() as store:
            return push(store, server, progress=progress)

    def export(
        self,
        form: str,
        path: Path | str,
        *,
        around: str | None = None,
        hops: int = 2,
        links: Collection[LinkKind] | None = None,
        show_victims: bool = False,
    ) -> Report:
        """Write what is selected to a file as :meth:`Questions.export` does, and put that into the audit log."""
        report = super().export(form, path, around=around, hops=hops, links=links, show_victims=show_victims)
        centre = self.one(around).id if around else None
        self.log_export(report, around=centre, hops=hops, links=links, show_victims=show_victims)
        return report

    def log_export(
        self,
        report: Report,
        *,
        around: str | None,
        hops: int,
        links: Collection[LinkKind] | None,
        show_victims: bool,
        partners: bool = False,
    ) -> None:
        """Put what was written for another tool into the audit log; ``around`` is the id of an entity."""
        self.log(
            EXPORTED,
            {
                "format": report.form,
                "sha256": report.sha256,
                "marking": report.marking,
                "entities": report.entities,
                "links": report.links,
                "around": around,
                "hops": hops if around else None,
                "kinds": sorted(links) if links else None,
                "victims": show_victims,
                "partners": partners,
            },
        )

    def rankings(self, store: GraphStore, graph: Graph) -> list[Ranking]:
        """Take the lists from the findings while they hold, where the page is of the whole case."""
        if isinstance(store, CaseStore) and _all_of_it(graph, store.counts()):
            known = findings.known(store.audit_entries())
            wanted = [question for question in QUESTIONS if question.name in {"hubs", "leads"}]
            held = [
                findings.kept(self.folder, one.name, store.changed_at(), one.parameters, known.get(one.name))
                for one in wanted
            ]
            answers = {one.question: (one.headline, one.answer) for one in held if one is not None}
            if len(answers) == len(wanted):
                return ranked.kept(answers)
        return super().rankings(store, graph)

    def log_page(self, made: page.Page) -> None:
        """Put the digests of a page that is handed out, and what it shows, into the audit log."""
        self.log(RENDERED, {"sha256": made.sha256, "page": made.digest, **made.shows})

    def verify_page(self, path: Path | str) -> PageProof:
        """Tell whether a page is as it was made, and whether this case made it.

        Raises:
            UsageError: the file cannot be read, or is no page.
        """
        try:
            checked = page.check(Path(path).read_bytes())
        except OSError as fault:
            raise UsageError(f"'{path}' cannot be read: {fault.strerror or fault}.") from fault
        with self.reading() as store:
            known = [
                entry.ts_utc
                for entry in store.audit_entries()
                if entry.action == RENDERED and json.loads(entry.body)["sha256"] == checked.sha256
            ]
        return PageProof(checked, known[0] if known else None)

    def log(self, action: str, body: dict[str, object]) -> None:
        """Put one act into the audit log, such as a picture that shows victims."""
        with self.writing(action) as store, store.transaction():
            store.log(case_folder.actor(), action, body)


def _receipt(path: Path, cards: Sequence[keys.Card]) -> Receipt:
    try:
        with path.open("rb") as stream:
            # One byte more than a receipt has at the most: reading it refuses that.
            content = stream.read(receipts.LARGEST + 1)
    except OSError as fault:
        raise UsageError(
            f"'{path}' is neither a head of an audit chain, written NUMBER:HASH as 'verify' prints it, nor a receipt "
            f"that can be read: {fault.strerror or fault}."
        ) from fault
    return receipts.read(content, cards)[0]


def _all_of_it(graph: Graph, counts: Counts) -> bool:
    """Tell whether a graph is all that a store holds."""
    return (len(graph), graph.links.num_rows) == (sum(counts.entities.values()), sum(counts.links.values()))


def create(
    path: Path | str,
    *,
    agency: str,
    timezone: str,
    name: str | None = None,
    marking: str = "TLP:AMBER",
    neo4j: str | None = None,
) -> Case:
    """Make a new case folder.

    Args:
        path: the folder; it must be new or empty.
        agency: who runs the case.
        timezone: IANA name of the home zone, for showing local times; never used to read evidence.
        name: of the case; the folder's name where None.
        marking: TLP 2.0 default of its sources.
        neo4j: address of a server that every ingest loads as well.

    Raises:
        UsageError: the folder is in use, or zone or marking do not exist.
    """
    path = Path(path)
    case_folder.create_folder(path, Settings(name or path.resolve().name, agency, timezone, marking, neo4j))
    return Case(path)


def open_case(path: Path | str | None = None) -> Case:
    """Open a case folder: the one named, else ``$LINKGRAPH_CASE``, else the current folder."""
    return Case(case_folder.locate(Path(path) if path is not None else None))
