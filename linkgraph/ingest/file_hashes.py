"""Shared files, by digest only: which account had or sent which file. Content is never taken.

A row may give several digests of one file. The strongest one of them stands for the file; the others
are joined to it by ``SAME_FILE``, so that a file known by its MD5 here and by its SHA-1 there is one.
"""

from __future__ import annotations

from itertools import combinations

import pyarrow as pa

from linkgraph.ingest.kind import AttributeRule, EntityRule, Field, LinkRule, SourceKind, ValueType
from linkgraph.model import EntityKind, LinkKind

DIGESTS = ("digest", "sha512", "sha256", "sha1", "md5", "pdq")
"""Fields that hold a digest, the one that stands for the file first."""

FILE_NAME = "file name"
"""Field of names that were asked for. No column of a table is called so once folded: a table's stay unread."""

DIGEST_FIELDS = (
    Field("digest", ValueType.DIGEST, ("hash", "file_hash", "hash_value", "checksum")),
    Field("sha512", ValueType.DIGEST, ("sha_512",), algorithm="sha512"),
    Field("sha256", ValueType.DIGEST, ("sha_256",), algorithm="sha256"),
    Field("sha1", ValueType.DIGEST, ("sha_1",), algorithm="sha1"),
    Field("md5", ValueType.DIGEST, ("md_5", "md5_hash"), algorithm="md5"),
    Field("pdq", ValueType.DIGEST, ("pdq_hash",), algorithm="pdq"),
)
DIGEST_ENTITIES = tuple(EntityRule(name, EntityKind.FILE_HASH, name) for name in DIGESTS)
SAME_FILE_LINKS = tuple(LinkRule(LinkKind.SAME_FILE, first, second) for first, second in combinations(DIGESTS, 2))
SHARED_FILE_LINKS = tuple(
    LinkRule(LinkKind.SHARED_FILE, "account", name, unless=DIGESTS[:at]) for at, name in enumerate(DIGESTS)
)


def _from_hash_list(rows: pa.Table) -> pa.Table:
    # File names can name a child or an offender and prove nothing: they stay in the source.
    return rows.drop_columns([name for name in ("name",) if name in rows.column_names])


def _from_ncmec_hashes(rows: pa.Table) -> pa.Table:
    # The reader's columns are named as the fields are.
    return rows


def _from_vics(rows: pa.Table) -> pa.Table:
    return rows.rename_columns([{"file_name": FILE_NAME}.get(name, name) for name in rows.column_names])


KIND = SourceKind(
    name="file-hashes",
    about="digests of shared files (MD5, SHA-1, SHA-256, SHA-512, PDQ), with the account that had them where known",
    fields=(
        Field(
            "account",
            ValueType.HANDLE,
            ("user", "username", "user_name", "handle", "uploader", "user_id", "owner"),
        ),
        Field("service", ValueType.SERVICE, ("platform", "provider", "site", "esp", "app")),
        *DIGEST_FIELDS,
        Field("time", ValueType.TIME, ("timestamp", "date", "datetime", "uploaded_at", "shared_at", "seen_at")),
        Field("event", ValueType.TEXT, ("action", "type")),
        Field("size", ValueType.NUMBER, ("file_size", "bytes")),
        Field("quality", ValueType.NUMBER, ("pdq_quality",)),
        Field("category", ValueType.TEXT, ("classification",)),
        Field("series", ValueType.TEXT, ("series_name",)),
        Field("entry", ValueType.TEXT),
        Field("listed", ValueType.TEXT),
        Field("withdrawn", ValueType.TEXT),
        Field("victim_identified", ValueType.TEXT),
        Field("offender_identified", ValueType.TEXT),
        Field("distributed", ValueType.TEXT),
        Field("case", ValueType.TEXT),
        Field(FILE_NAME, ValueType.TEXT),
    ),
    entities=(EntityRule("account", EntityKind.ACCOUNT, "account", service=("service",)), *DIGEST_ENTITIES),
    links=(*SHARED_FILE_LINKS, *SAME_FILE_LINKS),
    attributes=(
        AttributeRule("pdq", "quality", "quality"),
        *(AttributeRule(name, "category", "category") for name in DIGESTS),
        *(AttributeRule(name, "series", "series") for name in DIGESTS),
        *(AttributeRule(name, "listed", "listed") for name in DIGESTS),
        *(AttributeRule(name, "withdrawn", "withdrawn") for name in DIGESTS),
        *(AttributeRule(name, "file name", FILE_NAME) for name in DIGESTS),
    ),
    any_of=DIGESTS,
    readers={"hash-list": _from_hash_list, "ncmec-hashes": _from_ncmec_hashes, "vics": _from_vics},
    forms={"ncmec-hashes": {"time": "iso-offset"}},
)
