"""Devices: telephones by IMEI, network cards by MAC address, others by the identifier a service states.

Sources: 3GPP TS 23.003 §6.2 and Annex B (IMEI and its Luhn digit), IEEE 802-2014 §8 (MAC addresses and their
local bit).
"""

from __future__ import annotations

import re

from linkgraph.ingest.values import text
from linkgraph.ingest.values.result import Clean, Reason

TYPES = ("imei", "mac", "device")
"""Types a column can state."""

_PREFIX = re.compile(r"(imei|mac|device):", re.IGNORECASE)
_BETWEEN = re.compile(r"[\s./-]")
_DIGITS = re.compile("[0-9]+")
_MAC = re.compile(r"[0-9a-f]{2}([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}")
_BARE_MAC = re.compile("[0-9a-f]{12}")


def clean(raw: str, type: str | None = None) -> Clean[str] | Reason:
    """Read one device identifier: ``imei:…``, ``mac:…`` or ``device:…``.

    Args:
        raw: the identifier; blanks, dots, hyphens and slashes inside an IMEI do not matter.
        type: one of :data:`TYPES` where the column states it. Otherwise the form tells: 15 digits with
            a right check digit are an IMEI, six pairs of hexadecimal digits a MAC address, and
            anything else stays the text it is.
    """
    cell = text.trimmed(raw, "device")
    if isinstance(cell, Reason):
        return cell
    shown = text.quoted(cell)
    if type is not None and type not in TYPES:
        return Reason("device-type", f"'{text.quoted(type)}' is no type of device.", f"Known: {', '.join(TYPES)}.")
    stated, body = type, text.compared(cell)
    prefix = _PREFIX.match(body)
    if prefix is not None:
        if type is not None and prefix[1] != type:
            return Reason("device-type", f"'{shown}' says {prefix[1]}, its column says {type}.")
        stated, body = prefix[1], body[prefix.end() :].strip()
    bare = _BETWEEN.sub("", body)
    if stated == "imei" or (stated is None and re.fullmatch("[0-9]{15}", bare) and luhn_digit(bare[:-1]) == bare[-1]):
        return _imei(bare, shown)
    if stated == "mac" or (stated is None and _MAC.fullmatch(body)):
        return _mac(body, shown)
    if not body:
        return Reason("device-empty", f"'{shown}' has no identifier.")
    return text.too_long(f"device:{body}", "device") or Clean(f"device:{body}")


def luhn_digit(digits: str) -> str:
    """Give the check digit that belongs behind ``digits`` (ISO/IEC 7812-1 Annex B)."""
    doubled = (int(digit) * 2 for digit in digits[::-2])
    total = sum(number // 10 + number % 10 for number in doubled) + sum(map(int, digits[-2::-2]))
    return str(-total % 10)


def _imei(digits: str, shown: str) -> Clean[str] | Reason:
    if not _DIGITS.fullmatch(digits) or not 14 <= len(digits) <= 16:
        return Reason("device-imei", f"'{shown}' is not an IMEI.", "An IMEI has 15 digits; it identifies a telephone.")
    body = digits[:14]
    if not body.strip(body[0]):
        return Reason("device-filler", f"'{shown}' is a filler, not the IMEI of one telephone.")
    if len(digits) == 15 and digits[14] != luhn_digit(body):
        return Reason(
            "device-imei-check-digit",
            f"'{shown}' has a wrong check digit: {luhn_digit(body)} would be right.",
            "One of its digits may be mistyped.",
        )
    said = {14: "check digit added", 16: "software version left out, check digit added"}.get(len(digits))
    return Clean(f"imei:{body}{luhn_digit(body)}", (said,) if said else ())


def _mac(body: str, shown: str) -> Clean[str] | Reason:
    digits = re.sub("[:.-]", "", body)
    if not (_MAC.fullmatch(body) or _BARE_MAC.fullmatch(body)):
        return Reason("device-mac", f"'{shown}' is not a MAC address.", "As in 3c:52:82:0a:1b:2c.")
    if digits in {"0" * 12, "f" * 12}:
        return Reason("device-filler", f"'{shown}' is the address of no device or of all.")
    first = int(digits[:2], 16)
    if first & 1:
        return Reason("device-mac", f"'{shown}' is the address of a group of devices, not of one.")
    notes = ("set by software: telephones change such addresses from network to network",) if first & 2 else ()
    return Clean("mac:" + ":".join(digits[at : at + 2] for at in range(0, 12, 2)), notes)
