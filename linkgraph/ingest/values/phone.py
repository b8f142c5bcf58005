"""Telephone numbers in E.164 form, by Google's libphonenumber rules; nothing is asked of a network.

Sources: ITU-T E.164 §6 (at most 15 digits), E.123 (how numbers are written), RFC 3966 (``tel:``).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat

from linkgraph.ingest.values import text
from linkgraph.ingest.values.result import Clean, Reason

LONGEST = 80

_WRITTEN = re.compile(r"(?P<number>[+(]?[\d()./\s‐‑‒–−-]+)(?:(?:;?\s*ext[.=]?|x|#)\s*(?P<extension>\d{1,8}))?", re.I)
_NOT_ISO = {"AC": "SH", "TA": "SH"}
"""Ascension and Tristan da Cunha have numbers of their own but no ISO 3166-1 code."""


@dataclass(frozen=True, slots=True)
class Phone:
    """One telephone number."""

    text: str
    """E.164: ``+`` and at most 15 digits."""
    country: str | None
    """ISO 3166-1 alpha-2 that numbers of this form belong to; None where several countries share the code
    and the number does not tell. It says who issued the number, not where the telephone is."""


def clean(raw: str, region: str | None = None) -> Clean[Phone] | Reason:
    """Read one number.

    Args:
        raw: international, with ``+`` or ``00``; or national where ``region`` is given.
        region: ISO 3166-1 alpha-2 of the country whose national numbers the column holds.

    A number of a possible length is accepted; that it is in no range in use is noted.
    """
    cell = text.trimmed(raw, "phone", LONGEST)
    if isinstance(cell, Reason):
        return cell
    shown = text.quoted(cell)
    notes: list[str] = []
    written = _WRITTEN.fullmatch(cell[4:] if cell[:4].lower() == "tel:" else cell)
    if written is None:
        return Reason(
            "phone-form",
            f"'{shown}' is not one telephone number.",
            "Digits with +, blanks, brackets and hyphens; 4.47E+11 was spoilt by a spreadsheet.",
        )
    number = written["number"].strip()
    if region is not None and region not in phonenumbers.SUPPORTED_REGIONS:
        return Reason("phone-region", f"'{text.quoted(region)}' is no region with telephone numbers.", "As in GB.")
    if not number.lstrip("(").startswith("+") and region is None:
        digits = re.sub(r"\D", "", number)
        if not digits.startswith("00"):
            return Reason(
                "phone-region-missing",
                f"'{shown}' does not say which country's number it is.",
                "Write it with + and the country code, or state the region of the column.",
            )
        number = f"+{digits[2:]}"
        notes.append("00 read as the international prefix")
    try:
        read = phonenumbers.parse(number, region)
    except NumberParseException:
        return Reason("phone-form", f"'{shown}' has no country code that is in use, or too many digits.")
    if not phonenumbers.is_possible_number(read):
        return Reason("phone-length", f"'{shown}' has too few or too many digits for a number of +{read.country_code}.")
    canonical = phonenumbers.format_number(read, PhoneNumberFormat.E164)
    if not phonenumbers.is_valid_number(read):
        if _read_again(canonical) != canonical:
            return Reason("phone-zeros", f"'{shown}' has zeros at its beginning of which some may be a prefix.")
        notes.append("in no range of numbers known to be in use")
    if written["extension"]:
        notes.append(f"extension {written['extension']} left out")
    return Clean(Phone(canonical, _country(read)), tuple(notes))


def _read_again(canonical: str) -> str | None:
    """Give what an E.164 number is read as: of more than one zero behind the country code, one is left out."""
    try:
        return phonenumbers.format_number(phonenumbers.parse(canonical), PhoneNumberFormat.E164)
    except NumberParseException:
        return None


def _country(number: PhoneNumber) -> str | None:
    region = phonenumbers.region_code_for_number(number)
    if region is None:
        sharing = phonenumbers.region_codes_for_country_code(number.country_code or 0)
        region = sharing[0] if len(sharing) == 1 else None
    return None if region == "001" else _NOT_ISO.get(region or "", region)
