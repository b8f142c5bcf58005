"""Account records: what a platform knows of the holder of an account."""

from __future__ import annotations

from linkgraph.ingest.kind import AttributeRule, EntityRule, Field, LinkRule, SourceKind, ValueType
from linkgraph.model import EntityKind, LinkKind

KIND = SourceKind(
    name="accounts",
    about="account records: e-mail, phone, device, payment account and country that an account was opened with",
    fields=(
        Field(
            "account",
            ValueType.HANDLE,
            (
                "user",
                "username",
                "user_name",
                "handle",
                "screen_name",
                "account_id",
                "user_id",
                "userid",
                "login",
                "token",
            ),
            required=True,
        ),
        Field("service", ValueType.SERVICE, ("platform", "provider", "site", "esp", "app")),
        Field("display_name", ValueType.TEXT, ("displayname", "name", "full_name")),
        Field("email", ValueType.EMAIL, ("e_mail", "mail", "email_address")),
        Field("phone", ValueType.PHONE, ("telephone", "mobile", "phone_number", "msisdn")),
        Field("device", ValueType.DEVICE, ("device_id", "imei", "hardware_id")),
        Field("ip", ValueType.IP, ("registration_ip", "ip_address", "signup_ip", "ipv4")),
        Field("payment_account", ValueType.PAYMENT_ACCOUNT, ("iban", "wallet", "bank_account")),
        Field("country", ValueType.COUNTRY, ("country_code", "nation")),
        Field(
            "time",
            ValueType.TIME,
            ("created_at", "created", "registered", "registered_at", "registration_date"),
        ),
        Field("role", ValueType.ROLE, ()),
    ),
    entities=(
        EntityRule("account", EntityKind.ACCOUNT, "account", service=("service",)),
        EntityRule("email", EntityKind.EMAIL, "email"),
        EntityRule("phone", EntityKind.PHONE, "phone"),
        EntityRule("device", EntityKind.DEVICE, "device"),
        EntityRule("ip", EntityKind.IP_ADDRESS, "ip"),
        EntityRule("payment_account", EntityKind.PAYMENT_ACCOUNT, "payment_account"),
    ),
    links=(
        LinkRule(LinkKind.HOLDS, "account", "email"),
        LinkRule(LinkKind.HOLDS, "account", "phone"),
        LinkRule(LinkKind.HOLDS, "account", "device"),
        LinkRule(LinkKind.HOLDS, "account", "payment_account"),
        LinkRule(LinkKind.USED_IP, "account", "ip"),
    ),
    attributes=(
        AttributeRule("account", "country", "country"),
        AttributeRule("account", "display name", "display_name"),
        AttributeRule("account", "role", "role"),
    ),
    events=False,
)
