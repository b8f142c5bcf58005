"""Amounts of money: exact decimals with their sign and, where the evidence names one, a currency.

``1,234`` is a thousand in London and a little over one in Berlin. Which sign is the decimal one is
decided once, from the whole column; a cell that can be read two ways where the column does not say
which is refused. The grammar is this module's own: ``Decimal`` would also take ``1_000``, ``NaN``,
``1e400`` and digits of other scripts.

Source of the currency codes: ISO 4217:2015, list one (2026) and what list three has of the years since 1980.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from linkgraph.ingest.values.result import Clean, Reason
from linkgraph.ingest.values.text import quoted

MAX_DECIMALS, MAX_INTEGER_DIGITS = 18, 20
"""What decimal(38, 18) holds: enough for a wei and for the gross product of the world in any currency."""

CRYPTO = frozenset({"BTC", "ETH"})
"""Coins that a currency column may name; ISO 4217 has none of them."""

_LONGEST = 80


@dataclass(frozen=True, slots=True)
class MoneyForm:
    """How a column writes its amounts."""

    decimal: str
    """The decimal sign, ``.`` or ``,``; empty where the column has both: then a cell that can be read
    two ways is refused."""

    @property
    def name(self) -> str:
        """The form as a mapping states it."""
        return {".": "1,234.56", ",": "1.234,56"}.get(self.decimal, "mixed")


@dataclass(frozen=True, slots=True)
class Money:
    """An amount, in units of its currency."""

    amount: Decimal
    currency: str
    """ISO 4217; empty where the evidence names none: such amounts are never added to others."""


_FORMS = {form.name: form for form in (MoneyForm("."), MoneyForm(","), MoneyForm(""))}


def form(name: str) -> MoneyForm | Reason:
    """Give the form a mapping states: ``1,234.56`` or ``1.234,56``."""
    known = _FORMS.get(name.strip())
    if known is not None:
        return known
    return Reason("money-form-unknown", f"'{quoted(name)}' is no form of amounts.", f"Use one of: {', '.join(_FORMS)}.")


# -- the grammar ---------------------------------------------------------------------------------

_SPACES = " \u00a0\u2009\u202f"
_DOLLARS_AND_PESOS = """
USD ARS AUD BBD BMD BND BSD BZD CAD CLP COP CUP DOP FJD GYD HKD JMD KYD LRD MXN NAD NZD SBD SGD SRD TTD
TWD UYU XCD
"""
_SYMBOLS = {
    "€": ("EUR",),
    "£": ("GBP",),
    "US$": ("USD",),
    "A$": ("AUD",),
    "C$": ("CAD",),
    "NZ$": ("NZD",),
    "HK$": ("HKD",),
    "S$": ("SGD",),
    "R$": ("BRL",),
    "₹": ("INR",),
    "₽": ("RUB",),
    "₴": ("UAH",),
    "₺": ("TRY",),
    "₩": ("KRW",),
    "₫": ("VND",),
    "₱": ("PHP",),
    "₪": ("ILS",),
    "฿": ("THB",),
    "₦": ("NGN",),
    "₵": ("GHS",),
    "₸": ("KZT",),
    "₾": ("GEL",),
    "zł": ("PLN",),
    "Kč": ("CZK",),
    "¥": ("JPY", "CNY"),
    "kr": ("SEK", "NOK", "DKK", "ISK"),
    "$": tuple(_DOLLARS_AND_PESOS.split()),
}
"""The currencies a symbol may stand for; it names one only where there is one."""

_CURRENCY = rf"[A-Za-z]{{3}}|{'|'.join(re.escape(symbol) for symbol in sorted(_SYMBOLS, key=len, reverse=True))}"
_SIGN = "[+\u2212-]"
_AMOUNT = re.compile(
    rf"(?P<open>\()?[{_SPACES}]*(?P<sign>{_SIGN})?[{_SPACES}]*(?P<before>{_CURRENCY})?[{_SPACES}]*"
    rf"(?P<inner>{_SIGN})?[{_SPACES}]*"
    rf"(?P<number>[0-9][0-9.,'’{_SPACES}]*|[.,][0-9]+)"
    rf"(?P<trailing>[\u2212-])?[{_SPACES}]*(?P<after>{_CURRENCY})?[{_SPACES}]*(?P<close>\))?"
)
_WHOLE = re.compile(rf"[0-9]+|[1-9][0-9]{{0,2}}(?:(?P<mark>[.,'’{_SPACES}])[0-9]{{3}}(?:(?P=mark)[0-9]{{3}})*)")
_LAKH = re.compile(r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}")


@dataclass(frozen=True, slots=True)
class _Written:
    number: str
    negative: bool
    currency: str


def recognise(values: Sequence[str]) -> MoneyForm | Reason:
    """Decide which sign is the decimal one from the amounts of a column.

    Args:
        values: a sample of the column; empty cells do not count.

    An amount that can be read one way only (``12,50``) decides for all. Where no amount has a sign
    there is nothing to decide and ``1,234.56`` is given; where all that have one can be read two ways
    (``1,234``) a Reason is.
    """
    points = commas = 0
    unsure = None
    for value in values:
        written = _written(value)
        if written is None:
            continue
        with_point, with_comma = (_reading(written.number, decimal) for decimal in ".,")
        if with_point is not None and with_comma is None:
            points += 1
        elif with_comma is not None and with_point is None:
            commas += 1
        elif with_point != with_comma:
            unsure = unsure or value
    if points and commas:
        return MoneyForm("")
    if not points and not commas and unsure is not None:
        return Reason(
            "money-ambiguous",
            f"Nothing in the column says whether '{quoted(unsure.strip())}' has decimals or thousands.",
            "State the form in the mapping: '1,234.56' or '1.234,56'.",
        )
    return MoneyForm("," if commas else ".")


def clean(raw: str, *, form: MoneyForm, currency: str | None) -> Clean[Money] | Reason:
    """Read one amount as its column writes it.

    Args:
        raw: the cell: digits 0-9, with a sign before or after or parentheses for a negative amount, and
            a currency code or symbol before or after.
        form: which sign is the decimal one.
        currency: ISO 4217 code stated beside the cell; the cell must not contradict it.

    A symbol that several currencies use ($, ¥, kr) names none; that is noted.
    """
    shown = quoted(raw.strip())
    written = _written(raw)
    if written is None:
        return Reason("money-form", f"'{shown}' is not an amount of money.", "Digits 0-9, as in -1234.50 EUR.")
    if form.decimal:
        amount = _reading(written.number, form.decimal)
    else:
        amounts = {reading for decimal in ".," if (reading := _reading(written.number, decimal)) is not None}
        if len(amounts) > 1:
            return Reason(
                "money-ambiguous",
                f"'{shown}' has decimals or thousands: the column writes both ways.",
                "Write the amount without a sign for thousands.",
            )
        amount = amounts.pop() if amounts else None
    if amount is None:
        return Reason("money-form", f"'{shown}' is not an amount written as {form.name}.")
    whole, _, part = amount.partition(".")
    if len(part) > MAX_DECIMALS or len(whole) > MAX_INTEGER_DIGITS:
        return Reason(
            "money-too-long",
            f"'{shown}' has more than {MAX_INTEGER_DIGITS} digits or {MAX_DECIMALS} decimals.",
        )
    unit = _unit(written.currency, currency, shown)
    if isinstance(unit, Reason):
        return unit
    value = Decimal(amount)
    if written.negative and value:
        value = value.copy_negate()
    notes: tuple[str, ...] = ()
    if written.currency and not unit:
        notes = (f"'{written.currency}' is the sign of several currencies: unknown",)
    return Clean(Money(value, unit), notes)


def is_currency(code: str) -> bool:
    """Tell whether a code is a currency of ISO 4217, of today or withdrawn since 1980."""
    return code in _CODES


def _written(raw: str) -> _Written | None:
    """Take an amount apart; None where it is none."""
    text = raw.strip(f"\t{_SPACES}")
    match = _AMOUNT.fullmatch(text) if len(text) <= _LONGEST else None
    if match is None:
        return None
    signs = [sign for sign in match.group("sign", "inner", "trailing") if sign]
    currencies = [unit for unit in match.group("before", "after") if unit]
    parentheses = bool(match["open"])
    if parentheses != bool(match["close"]) or len(signs) + parentheses > 1 or len(currencies) > 1:
        return None
    negative = parentheses or bool(signs and signs[0] != "+")
    return _Written(match["number"].rstrip(_SPACES), negative, currencies[0] if currencies else "")


def _reading(number: str, decimal: str) -> str | None:
    """Give the number this decimal sign makes, with a point and without leading zeros; None where none."""
    whole, _, part = number.partition(decimal)
    if part and not re.fullmatch("[0-9]+", part):
        return None
    if whole and not _WHOLE.fullmatch(whole) and not _LAKH.fullmatch(whole):
        return None
    if decimal in whole or not (whole or part):
        return None
    digits = re.sub("[^0-9]", "", whole).lstrip("0") or "0"
    return f"{digits}.{part}" if part else digits


def _unit(named: str, stated: str | None, shown: str) -> str | Reason:
    """Give the currency from what the cell names and what is stated beside it; empty where neither says."""
    if stated is not None and not is_currency(stated):
        return Reason("money-currency", f"'{quoted(stated)}' is no currency code of ISO 4217.")
    possible = _SYMBOLS.get(named) or ((named.upper(),) if named else ())
    if named and not any(is_currency(code) for code in possible):
        return Reason("money-currency", f"'{shown}' names a currency that ISO 4217 does not have.")
    if stated is not None:
        if possible and stated not in possible:
            return Reason("money-currency-conflict", f"'{shown}' is not an amount in {stated}.")
        return stated
    return possible[0] if len(possible) == 1 else ""


_CODES_IN_USE = """
AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD
CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS
GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD
KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK
NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP
STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST
XAD XAF XAG XAU XBA XBB XBC XBD XCD XCG XDR XOF XPD XPF XPT XSU XTS XUA XXX YER ZAR ZMW ZWG
"""
_CODES_WITHDRAWN = """
ADP AFA ANG AOK AON AOR ARA ARP ATS AZM BEF BGL BRB BRC BRE BRN BRR BYB BYR CSD CSK CUC CYP DDM DEM ECS
EEK ESP FIM FRF GHC GRD GWP HRD HRK IEP ITL LTL LUF LVL MGF MLF MRO MTL MXP MZM NIC NLG PEI PES PLZ PTE
ROL RUR SDD SDP SIT SKK SLL SRG STD SUR TJR TMM TPE TRL UAK UGS USS UYP VEB VEF XEU YDD YUD YUM YUN ZAL
ZMK ZRN ZRZ ZWD ZWL ZWR
"""
"""Since 1980: old returns and statements name them."""

_CODES = frozenset(_CODES_IN_USE.split()) | frozenset(_CODES_WITHDRAWN.split())
