"""From evidence files to typed observations: readers, value cleaners, mappings and source kinds."""

from linkgraph.ingest import (
    accounts,
    contacts,
    file_hashes,
    ip_logs,
    known_addresses,
    known_files,
    links,
    payments,
    reports,
)
from linkgraph.ingest.kind import SourceKind

KINDS: dict[str, SourceKind] = {
    kind.name: kind
    for kind in (
        accounts.KIND,
        ip_logs.KIND,
        payments.KIND,
        file_hashes.KIND,
        contacts.KIND,
        links.KIND,
        reports.KIND,
        known_files.KIND,
        known_addresses.KIND,
    )
}
"""Every kind of source an analyst can name."""
