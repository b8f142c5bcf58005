"""A case that one process holds for as long as it runs, and goes on answering from while it changes it.

The store is open once. A reader gets a cursor of that connection in a transaction of its own: it sees the case as it
was when it began, whatever is being imported meanwhile (multi-version concurrency). One writer at a time gets the
held store itself.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from linkgraph import folder as case_folder
from linkgraph.case import Case
from linkgraph.errors import LockedError, UsageError
from linkgraph.store.embedded import CaseStore

_MEMORY = "1GB"
"""What the engine may hold beside the graph: a case of a million entities is read as fast as with all there is."""


class ReadOnlyError(UsageError):
    """The case is held for reading only."""


class HeldCase(Case):
    """A case whose store stays open; every method of :class:`~linkgraph.case.Case` works as it does there."""

    def __init__(self, folder: Path, store: CaseStore, *, read_only: bool) -> None:
        super().__init__(folder)
        self.read_only = read_only
        self._store = store
        self._writer = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[CaseStore]:
        """Give the case as it is now, unchanged for as long as the block takes."""
        connection = self._store.connection.cursor()
        try:
            # The zone is the one setting that a cursor does not take over.
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute("BEGIN TRANSACTION READ ONLY")
            yield CaseStore(connection, self.folder)
        finally:
            # Closing ends the transaction.
            connection.close()

    @contextmanager
    def writing(self, command: str) -> Iterator[CaseStore]:
        """Give the held store to one writer.

        Raises:
            LockedError: it has another.
            ReadOnlyError: the case is held for reading only.
        """
        if self.read_only:
            raise ReadOnlyError(
                f"The explorer was started with --read-only: '{command}' would change the case. "
                "Start it without that option."
            )
        if not self._writer.acquire(blocking=False):
            raise LockedError("The explorer is changing the case already: wait until that is done, then do it again.")
        try:
            yield self._store
        finally:
            # An import may have made the engine hold less, and a withdrawal more.
            _hold(self._store)
            self._writer.release()


@contextmanager
def held(folder: Path, address: str, *, read_only: bool) -> Iterator[HeldCase]:
    """Hold a case: for changing, so that no other process may open it; or for reading, as others may too.

    Raises:
        LockedError: another process holds it.
    """
    with case_folder.opened(folder, write=None if read_only else f"{case_folder.EXPLORING}{address}") as store:
        _hold(store)
        yield HeldCase(folder, store, read_only=read_only)


def _hold(store: CaseStore) -> None:
    store.run(f"SET memory_limit = '{_MEMORY}'")
