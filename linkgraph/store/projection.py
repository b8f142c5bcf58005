"""What a store must tell so that its graph can be brought to a server step by step."""

from __future__ import annotations

from typing import Protocol

import pyarrow as pa

from linkgraph.store.protocol import GraphStore


class ChangeLog(GraphStore, Protocol):
    """A store that remembers what changed since each of its revisions."""

    def case_id(self) -> str:
        """Random id of the case, 32 hexadecimal digits."""

    def entities_since(self, revision: int) -> pa.Table:
        """Entities touched after ``revision``, as :meth:`entities` gives them."""

    def links_since(self, revision: int) -> pa.Table:
        """Links touched after ``revision``, as :meth:`links` gives them."""

    def removed_since(self, revision: int) -> tuple[list[str], list[str]]:
        """Ids of entities and of links that are gone since ``revision``."""

    def evidence_texts(self, links: pa.ChunkedArray) -> pa.ChunkedArray:
        """The rows behind each of these link ids, in their order, as a server keeps them.

        Of each link a list with one text per source, ``<sha256> 4-9,12``, in order of source.
        """

    def corrected_rows(self) -> dict[str, list[str]]:
        """Rows of each source (SHA-256) that are read as corrected: ``<sha256 of the corrections> 4-9,12``."""
