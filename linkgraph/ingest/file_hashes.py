"""Shared files, by digest only: which account had or sent which file. Content is never taken."""

from __future__ import annotations

import pyarrow as pa

from linkgraph.ingest.kind import EntityRule, Field, LinkRule, SourceKind, ValueType
from linkgraph.model import EntityKind, LinkKind


def _from_hash_list(rows: pa.Table) -> pa.Table:
    # File names can name a child or an offender and prove nothing: they stay in the source.
    return rows.drop_columns([name for name in ("name",) if name in rows.column_names])


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
        Field(
            "digest",
            ValueType.DIGEST,
            (
                "hash",
                "sha256",
                "sha_256",
                "sha1",
                "sha_1",
                "md5",
                "sha512",
                "sha_512",
                "pdq",
                "file_hash",
                "checksum",
            ),
            required=True,
        ),
        Field("time", ValueType.TIME, ("timestamp", "date", "datetime", "uploaded_at", "shared_at", "seen_at")),
        Field("event", ValueType.TEXT, ("action", "type")),
        Field("size", ValueType.NUMBER, ("file_size", "bytes")),
    ),
    entities=(
        EntityRule("account", EntityKind.ACCOUNT, "account", service=("service",)),
        EntityRule("file", EntityKind.FILE_HASH, "digest"),
    ),
    links=(LinkRule(LinkKind.SHARED_FILE, "account", "file"),),
    readers={"hash-list": _from_hash_list},
)
