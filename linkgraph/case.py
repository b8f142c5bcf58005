"""A case in a folder: what can be done with it, each in one call.

A :class:`Case` holds no lock between calls: every question opens the store for reading and every
change holds it for as long as it takes, so that a notebook and a command line get along.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from linkgraph import folder as case_folder
from linkgraph.errors import UsageError
from linkgraph.folder import MARKINGS, Settings
from linkgraph.ingest import KINDS
from linkgraph.ingest.importing import Imported, Progress, import_file
from linkgraph.ingest.mapping import Stated
from linkgraph.model import Role, Source
from linkgraph.questions import Questions
from linkgraph.store import roles
from linkgraph.store.embedded import CaseStore
from linkgraph.store.neo4j import Neo4jServer
from linkgraph.store.neo4j_push import PushReport, push
from linkgraph.store.protocol import GraphStore
from linkgraph.store.withdraw import withdraw
from linkgraph.verify import Check, head, verify


@dataclass(frozen=True, slots=True)
class Proof:
    """What :meth:`Case.verify` found."""

    checks: tuple[Check, ...]
    entries: int
    """Entries of the audit chain."""
    head: str
    """Hash of the newest entry: noted elsewhere, it anchors the chain."""

    @property
    def whole(self) -> bool:
        """Whether nothing is wrong."""
        return all(check.fault is None for check in self.checks)


class Case(Questions):
    """One case folder; see :func:`create` and :func:`open_case`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.settings = case_folder.read_settings(folder)

    def reading(self) -> AbstractContextManager[GraphStore]:
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
        marked = marking or self.settings.marking
        if marked not in MARKINGS:
            raise UsageError(f"'{marked}' is no TLP 2.0 marking; one of: {', '.join(MARKINGS)}.")
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
        return source

    def set_role(self, selector: str, role: Role | None, why: str, *, second: str | None = None) -> str:
        """Say what part an entity plays in the case, or take that back with None; give its id.

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
        return entity.id

    def verify(self) -> Proof:
        """Prove the case: evidence unchanged, audit chain whole, counts add up."""
        with case_folder.opened(self.folder) as store:
            checks = tuple(verify(store))
            entries, newest = head(store)
        return Proof(checks, entries, newest)

    def push(self, server: Neo4jServer, *, progress: Callable[[int, int], None] | None = None) -> PushReport:
        """Bring the graph on a Neo4j server level with the case: what changed since it was last there.

        Raises:
            UnavailableError: the server is gone; run it again, nothing is lost.
            UsageError: the server holds another case.
        """
        with case_folder.opened(self.folder) as store:
            return push(store, server, progress=progress)

    def log(self, action: str, body: dict[str, object]) -> None:
        """Put one act into the audit log, such as a picture that shows victims."""
        with self.writing(action) as store, store.transaction():
            store.log(case_folder.actor(), action, body)


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
