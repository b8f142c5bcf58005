"""Reports and returns that tell several things at once: who, by which address, with which file.

What hotlines and platforms send about a person is one document: account, contact data, captures of
addresses, digests of files. Its reader gives one row for each thing it says; a row has the account and
whatever belongs together. Files in delimited form are read as the kind they are mostly about.
"""

from __future__ import annotations

import pyarrow as pa

from linkgraph.ingest.file_hashes import (
    DIGEST_ENTITIES,
    DIGEST_FIELDS,
    DIGESTS,
    SAME_FILE_LINKS,
    SHARED_FILE_LINKS,
)
from linkgraph.ingest.kind import AttributeRule, EntityRule, Field, LinkRule, SourceKind, ValueType
from linkgraph.model import EntityKind, LinkKind


def _from_cybertip_json(rows: pa.Table) -> pa.Table:
    # The reader's columns are named as the fields are.
    return rows


def _from_page(rows: pa.Table) -> pa.Table:
    # As with CyberTips: pages of Meta and Google.
    return rows


def _from_cybertip_xml(rows: pa.Table) -> pa.Table:
    # The reader's columns are named as the fields are.
    return rows


KIND = SourceKind(
    name="reports",
    about="hotline reports and platform returns that tell accounts, contact data, addresses and file digests at once",
    fields=(
        Field("account", ValueType.HANDLE),
        Field("service", ValueType.SERVICE),
        Field("display_name", ValueType.TEXT),
        Field("email", ValueType.EMAIL),
        Field("phone", ValueType.PHONE),
        Field("device", ValueType.DEVICE),
        Field("ip", ValueType.IP),
        Field("recipient", ValueType.HANDLE),
        *DIGEST_FIELDS,
        Field("time", ValueType.TIME),
        Field("until", ValueType.TIME),
        Field("ip_country", ValueType.COUNTRY),
        Field("country", ValueType.COUNTRY),
        Field("role", ValueType.ROLE),
        Field("port", ValueType.NUMBER),
        Field("event", ValueType.TEXT),
        Field("report", ValueType.TEXT),
        Field("note", ValueType.TEXT),
        Field("quality", ValueType.NUMBER),
        Field("category", ValueType.TEXT),
    ),
    entities=(
        EntityRule("account", EntityKind.ACCOUNT, "account", service=("service",)),
        EntityRule("recipient", EntityKind.ACCOUNT, "recipient", service=("service",)),
        EntityRule("email", EntityKind.EMAIL, "email"),
        EntityRule("phone", EntityKind.PHONE, "phone"),
        EntityRule("device", EntityKind.DEVICE, "device"),
        EntityRule("ip", EntityKind.IP_ADDRESS, "ip"),
        *DIGEST_ENTITIES,
    ),
    links=(
        LinkRule(LinkKind.HOLDS, "account", "email"),
        LinkRule(LinkKind.HOLDS, "account", "phone"),
        LinkRule(LinkKind.HOLDS, "account", "device"),
        LinkRule(LinkKind.USED_IP, "account", "ip"),
        LinkRule(LinkKind.CONTACTED, "account", "recipient"),
        *SHARED_FILE_LINKS,
        *SAME_FILE_LINKS,
    ),
    attributes=(
        AttributeRule("account", "country", "country"),
        AttributeRule("account", "display name", "display_name"),
        AttributeRule("account", "role", "role"),
        # A victim without an account is known by these alone.
        AttributeRule("email", "role", "role"),
        AttributeRule("phone", "role", "role"),
        AttributeRule("device", "role", "role"),
        AttributeRule("ip", "country", "ip_country"),
        AttributeRule("pdq", "quality", "quality"),
        *(AttributeRule(name, "category", "category") for name in DIGESTS),
    ),
    until="until",
    readers={
        "cybertip-json": _from_cybertip_json,
        "cybertip-xml": _from_cybertip_xml,
        "google-html": _from_page,
        "meta-html": _from_page,
    },
    forms={"cybertip-json": {"time": "iso-offset"}, "cybertip-xml": {"time": "iso-offset"}},
)
