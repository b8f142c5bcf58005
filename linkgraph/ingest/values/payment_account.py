"""Where money comes from and goes to: bank accounts, cards, wallets, payment services' customers.

Canonical texts: ``iban:DE89…``, ``card:411111…1111``, ``wallet:btc:…``, ``wallet:eth:…``, ``email:…`` (PayPal
and others), ``ref:WHO:…`` (an id that only means something to WHO) and ``account:…`` (an account number as
written). A full card number is never kept: PCI DSS 4.0 §3.5 lets first six and last four digits stand.

Sources: ISO 13616 (IBAN; structures of the SWIFT registry by schwifty), ISO/IEC 7812-1 (card numbers).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import ascii_lowercase

from schwifty import IBAN
from schwifty.exceptions import InvalidChecksumDigits, InvalidCountryCode, InvalidLength, SchwiftyException

from linkgraph.ingest.values import email, service, text, wallet
from linkgraph.ingest.values.device import luhn_digit
from linkgraph.ingest.values.result import Clean, Reason

SCHEMES = ("iban", "card", "btc", "eth", "email", "account")
"""Schemes with rules of their own; any other word names whose reference an id is."""

_MASK = "…"

_CANONICAL = re.compile(r"(iban|card|wallet:btc|wallet:eth|email|account|ref:[^:]+):(.*)", re.IGNORECASE | re.DOTALL)
_BETWEEN = re.compile(r"[\s-]+")
_BLANKS = re.compile(r"\s+")
_CAPITALS = {ord(letter): letter.upper() for letter in ascii_lowercase}
_IBAN_SHAPE = re.compile("[A-Z]{2}[0-9]{2}[A-Z0-9]{11,33}")
_CARD_DIGITS = re.compile("[0-9]{13,19}")
_MASKED = re.compile(r"([0-9]{6})[0-9]{0,2}(?:…|\.{2,9}|[*xX•]{2,9})([0-9]{4})")
_ISSUERS = re.compile(
    "4(?:[0-9]{12}|[0-9]{15}|[0-9]{18})"  # Visa
    "|(?:5[1-5][0-9]{2}|222[1-9]|22[3-9][0-9]|2[3-6][0-9]{2}|27[01][0-9]|2720)[0-9]{12}"  # Mastercard
    "|3[47][0-9]{13}"  # American Express
    "|3(?:0[0-5]|[68][0-9])[0-9]{11}"  # Diners Club
    "|(?:6011|64[4-9][0-9]|65[0-9]{2}|35(?:2[89]|[3-8][0-9]))[0-9]{12}"  # Discover, JCB
    "|62[0-9]{14,17}"  # UnionPay
)


@dataclass(frozen=True, slots=True)
class PaymentAccount:
    """One end of a payment."""

    text: str
    """Canonical, beginning with the scheme."""
    scheme: str
    """``iban``, ``card``, ``btc``, ``eth``, ``email``, ``account``, or ``ref``."""
    country: str | None
    """ISO 3166-1 alpha-2 of an IBAN: where the account is kept. None for all others."""


def clean(raw: str, scheme: str | None = None) -> Clean[PaymentAccount] | Reason:
    """Read one account, card, wallet or customer id.

    Args:
        raw: as written, blanks and hyphens inside do not matter to IBANs and cards.
        scheme: one of :data:`SCHEMES`, or the name of the bank or service whose reference the column
            holds. Otherwise checksum and shape tell, and what has neither is an account number.

    A number in the shape of an IBAN with a wrong checksum is refused: one digit is wrong, and it would be
    somebody else's account. A number in the range of a card issuer with a right check digit is taken
    for a card.
    """
    cell = text.trimmed(raw, "payment-account")
    if isinstance(cell, Reason):
        return cell
    stated, body = scheme.strip().casefold() if scheme is not None else None, cell
    canonical = _CANONICAL.fullmatch(cell)
    if canonical is not None:
        named = canonical[1].lower().removeprefix("wallet:").removeprefix("ref:")
        if stated is not None and stated != named:
            return Reason(
                "payment-account-scheme",
                f"'{_hidden(cell)}' says {text.quoted(named)}, its column says {text.quoted(stated)}.",
            )
        stated, body = named, canonical[2].strip(text.BLANKS)
        if not body:
            return Reason("payment-account-empty", f"'{_hidden(cell)}' has no account.")
    if stated is None:
        return _by_shape(body)
    by_scheme = {
        "iban": _iban,
        "card": _card,
        "btc": _bitcoin,
        "eth": _ethereum,
        "email": _email,
        "account": _free,
    }
    read = by_scheme.get(stated)
    return read(body) if read is not None else _reference(stated, body)


def _by_shape(body: str) -> Clean[PaymentAccount] | Reason:
    bare = _BETWEEN.sub("", body)
    if _IBAN_SHAPE.fullmatch(bare.upper()) and not isinstance(_checked_iban(bare.upper()), InvalidCountryCode):
        return _iban(body)
    if _MASKED.fullmatch(bare) or (_ISSUERS.fullmatch(bare) and luhn_digit(bare[:-1]) == bare[-1]):
        return _card(body)
    if wallet.bitcoin(body) is not None or body.lower().startswith("bc1"):
        return _bitcoin(body)
    if wallet.ethereum(body) is not None:
        return _ethereum(body)
    if "@" in body and isinstance(email.clean(body), Clean):
        return _email(body)
    return _free(body)


def _iban(body: str) -> Clean[PaymentAccount] | Reason:
    bare = _BETWEEN.sub("", body).upper()
    notes: tuple[str, ...] = ()
    read = _checked_iban(bare)
    if isinstance(read, InvalidLength) and re.fullmatch("[A-Z]{3}", bare[-3:]):
        without_currency = _checked_iban(bare[:-3])
        if isinstance(without_currency, IBAN):
            read, notes = without_currency, ("currency behind the IBAN left out",)
    if isinstance(read, IBAN):
        return Clean(PaymentAccount(f"iban:{read}", "iban", str(read.country_code)), notes)
    shown = text.quoted(body)
    if isinstance(read, InvalidChecksumDigits):
        return Reason(
            "iban-checksum",
            f"'{shown}' is an IBAN with a wrong checksum.",
            "A digit or letter is wrong, or the number was made up; correct it where the right one is known.",
        )
    return Reason(
        "iban-length" if isinstance(read, InvalidLength) else "iban-form",
        f"'{shown}' is not an IBAN as its country writes them.",
        "If it is no IBAN, state the scheme of the column, as in 'account'.",
    )


def _checked_iban(bare: str) -> IBAN | SchwiftyException:
    try:
        return IBAN(bare)
    except SchwiftyException as error:
        return error


def _card(body: str) -> Clean[PaymentAccount] | Reason:
    bare = _BETWEEN.sub("", body)
    masked = _MASKED.fullmatch(bare)
    if masked is not None:
        return Clean(PaymentAccount(f"card:{masked[1]}{_MASK}{masked[2]}", "card", None))
    if not _CARD_DIGITS.fullmatch(bare):
        return Reason(
            "card-form",
            f"'{_hidden(body)}' is not a card number, nor one with its first six and last four digits.",
            "The last four digits alone name thousands of cards.",
        )
    if luhn_digit(bare[:-1]) != bare[-1]:
        return Reason("card-check-digit", f"'{_hidden(body)}' is a card number with a wrong check digit.")
    return Clean(
        PaymentAccount(f"card:{bare[:6]}{_MASK}{bare[-4:]}", "card", None),
        ("card number cut to its first six and last four digits; other cards can have the same",),
    )


def _bitcoin(body: str) -> Clean[PaymentAccount] | Reason:
    address = wallet.bitcoin(body)
    if address is None:
        return Reason("wallet-checksum", f"'{_hidden(body)}' is not a Bitcoin address, or a character is wrong.")
    return Clean(PaymentAccount(f"wallet:btc:{address}", "btc", None))


def _ethereum(body: str) -> Clean[PaymentAccount] | Reason:
    address = wallet.ethereum(body)
    if address is None:
        return Reason("wallet-form", f"'{_hidden(body)}' is not an Ethereum address.", "0x and 40 hexadecimal digits.")
    return Clean(PaymentAccount(f"wallet:eth:{address}", "eth", None))


def _email(body: str) -> Clean[PaymentAccount] | Reason:
    address = email.clean(body)
    if isinstance(address, Reason):
        return address
    return Clean(PaymentAccount(f"email:{address.value}", "email", None), address.notes)


def _free(body: str) -> Clean[PaymentAccount] | Reason:
    number = _number(body)
    if isinstance(number, Reason):
        return number
    return _named(f"account:{number}", "account")


def _reference(whose: str, body: str) -> Clean[PaymentAccount] | Reason:
    name, number = service.clean(whose), _number(body)
    if isinstance(name, Reason):
        return name
    if isinstance(number, Reason):
        return number
    return _named(f"ref:{name.value}:{number}", "ref")


def _named(canonical: str, scheme: str) -> Clean[PaymentAccount] | Reason:
    return text.too_long(canonical, "payment-account") or Clean(PaymentAccount(canonical, scheme, None))


def _number(body: str) -> str | Reason:
    """Give an account number without blanks and in capitals, as banks print them; leading zeros stay."""
    number = text.compared(_BLANKS.sub("", text.compared(body))).translate(_CAPITALS)
    if not number:
        return Reason("payment-account-empty", f"'{text.quoted(body)}' has only characters that cannot be seen.")
    return number


def _hidden(body: str) -> str:
    """Quote a cell, hiding the middle of what could be a card number: reasons are logged and shared."""
    return re.sub(r"(?:[0-9][ -]?){13,19}", lambda found: _middle_hidden(found[0]), text.quoted(body))


def _middle_hidden(found: str) -> str:
    digits = re.sub("[ -]", "", found)
    return f"{digits[:6]}{_MASK}{digits[-4:]}"
