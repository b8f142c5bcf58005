"""Known files: digests of operating systems, games and stock pictures, which strangers share by the million.

Nothing of such a list is part of the graph. It only says of files that other evidence shows that they
are known; a link through one connects nothing, and says on whose word.
"""

from __future__ import annotations

import pyarrow as pa

from linkgraph.ingest.file_hashes import DIGEST_ENTITIES, DIGEST_FIELDS, DIGESTS
from linkgraph.ingest.kind import AttributeRule, Field, SourceKind, ValueType
from linkgraph.store.grades import KNOWN_FILE


def _from_nsrl(rows: pa.Table) -> pa.Table:
    # The readers' columns are named as the fields are.
    return rows


KIND = SourceKind(
    name="known-files",
    about="digests that never link because everybody may have the file: NSRL RDS and the agency's own lists",
    fields=(*DIGEST_FIELDS, Field("set_name", ValueType.TEXT, ("set", "list", "product"))),
    entities=DIGEST_ENTITIES,
    links=(),
    attributes=tuple(AttributeRule(name, KNOWN_FILE, "set_name", constant="list of known files") for name in DIGESTS),
    events=False,
    time=None,
    any_of=DIGESTS,
    shows=False,
    headerless=("digest",),
    readers={"nsrl": _from_nsrl, "nsrl-v2": _from_nsrl},
)
