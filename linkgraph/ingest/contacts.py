"""Contacts: who wrote to whom, and when. What was written is never taken."""

from __future__ import annotations

from linkgraph.ingest.kind import EntityRule, Field, LinkRule, SourceKind, ValueType
from linkgraph.model import EntityKind, LinkKind

KIND = SourceKind(
    name="contacts",
    about="who wrote to whom: messages, calls, invitations (never their content)",
    fields=(
        Field("sender", ValueType.HANDLE, ("from", "source", "author", "caller", "from_user", "sender_id"), True),
        Field(
            "receiver",
            ValueType.HANDLE,
            ("to", "target", "recipient", "callee", "to_user", "receiver_id", "recipient_id"),
            True,
        ),
        Field("service", ValueType.SERVICE, ("platform", "provider", "site", "esp", "app")),
        Field("receiver_service", ValueType.SERVICE, ("to_service", "recipient_service")),
        Field("time", ValueType.TIME, ("timestamp", "date", "datetime", "sent_at", "sent")),
        Field("event", ValueType.TEXT, ("type", "action")),
    ),
    entities=(
        EntityRule("sender", EntityKind.ACCOUNT, "sender", service=("service",)),
        EntityRule("receiver", EntityKind.ACCOUNT, "receiver", service=("receiver_service", "service")),
    ),
    links=(LinkRule(LinkKind.CONTACTED, "sender", "receiver"),),
)
