r"""An officer's own keys, and the address book of cards that are believed.

A key is two secrets: an Ed25519 key (RFC 8032) that signs and an age X25519 identity that opens what was
encrypted to it (age-encryption.org/v1). They lie in one file of the key folder, wrapped by a passphrase with
age's scrypt, together with the public half, the card (:mod:`linkgraph.exchange.card`).

A card is believed for one of two reasons: its words were compared with its owner by voice, or it replaces a card
that is believed and carries that card's signature. Such a replacement needs no words only if it is for the same name
and agency and the first of its kind: whoever steals a key may not become somebody else with it, nor fork it.
A key that is reported lost takes its whole family with it, the cards that it replaced and those that replaced it.

The key folder::

    own/<fingerprint>.lgkey        card and wrapped secrets of an own key
    trusted/<fingerprint>.lgcard   cards that are believed, replaced ones too: they verify what they signed
    lost/<fingerprint>.…           what is not believed any more; it outranks the other two

Every format has a version and an unknown one is refused, so that other algorithms (post-quantum recipients) can come.
Whoever can write into the key folder can pin cards: it is as safe as the account of the operating system.
"""

from __future__ import annotations

import base64
import json
import os
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pyrage
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from linkgraph.errors import IntegrityError, UsageError
from linkgraph.exchange import card as card_form
from linkgraph.exchange.card import Card, Replaced, read_card, replaces
from linkgraph.store.audit import canonical
from linkgraph.writing import replace_file

__all__ = [
    "Card",
    "Known",
    "Own",
    "cards",
    "find",
    "generate",
    "keep",
    "key_folder",
    "known_cards",
    "own_card",
    "read_card",
    "replaces",
    "report_lost",
    "trust",
    "unlock",
]

FORMAT, VERSION, ENDING = "linkgraph-key", 1, ".lgkey"
SHORTEST_PASSPHRASE = 8
"""Characters. scrypt at age's cost makes a guess take about a second of one core."""
SHORTEST_PREFIX = 8
"""Digits of a fingerprint that name a card."""
_MOST_KEY_BYTES = 1 << 15
"""Of the file of an own key: a card of 16 KiB at the most, and less than 1 KiB of wrapped secrets."""


@dataclass(frozen=True, slots=True)
class Own:
    """A key that is unlocked. Its secrets are never shown or written in the clear."""

    card: Card
    signing_key: Ed25519PrivateKey = field(repr=False)
    identity: pyrage.x25519.Identity = field(repr=False)

    def sign(self, message: bytes) -> bytes:
        """Sign a message; 64 bytes."""
        return self.signing_key.sign(message)


@dataclass(frozen=True, slots=True)
class _Book:
    """What lies in the key folder, by fingerprint."""

    own: Mapping[str, Card]
    others: Mapping[str, Card]
    lost: Mapping[str, Card]
    fallen: Mapping[str, Card]
    """Cards that lie among the own or the trusted ones and whose key, or that of a card of their family, is lost."""


@dataclass(frozen=True, slots=True)
class Known:
    """A card of the key folder."""

    card: Card
    own: bool
    replaced_by: str | None
    """Fingerprint of the card that took its place: it still verifies, nothing is encrypted to it."""

    def to_json(self) -> dict[str, object]:
        """Give what ``keys list --json`` prints."""
        return self.card.to_json() | {"own": self.own, "replaced_by": self.replaced_by}


def key_folder() -> Path:
    """Give the key folder: ``$LINKGRAPH_KEYS``, else ``keys`` in the user's folder of this program."""
    stated = os.environ.get("LINKGRAPH_KEYS")
    return Path(stated) if stated else Path(typer.get_app_dir("linkgraph")) / "keys"


def generate(name: str, agency: str, *, replaces: Own | None = None, made: datetime | None = None) -> Own:
    """Make a key in memory; :func:`keep` puts it into the key folder.

    Args:
        name: the officer, as colleagues know them; at most 100 characters, none invisible.
        agency: likewise.
        replaces: the key that this one takes the place of; it signs the new card.
        made: with a zone; now where not given. Kept to the second, in UTC.

    Raises:
        UsageError: name or agency cannot stand on a card.
    """
    for text, what in ((name, "name"), (agency, "agency")):
        if fault := card_form.text_fault(text):
            raise UsageError(f"The {what} {fault}; give another.")
    signing_key, identity = Ed25519PrivateKey.generate(), pyrage.x25519.Identity.generate()
    card = Card(
        name=name,
        agency=agency,
        signing_key=signing_key.public_key().public_bytes_raw().hex(),
        recipient=str(identity.to_public()),
        made=(made or datetime.now(UTC)).astimezone(UTC).strftime(card_form.TIME),
        replaces=None,
        signature="",
    )
    if replaces is not None:
        older = replaces.card.fingerprint
        said = replaces.sign(card_form.said_by_the_older(card, older))
        card = replace(card, replaces=Replaced(older, said.hex()))
    card = replace(card, signature=signing_key.sign(card_form.said_by_itself(card)).hex())
    return Own(card, signing_key, identity)


def keep(own: Own, passphrase: str, folder: Path | None = None) -> Path:
    """Write a key into the key folder, wrapped by a passphrase, whole or not at all.

    Raises:
        UsageError: the passphrase is too short.
        StorageError: it cannot be written.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise UsageError(f"A passphrase needs {SHORTEST_PASSPHRASE} characters or more; take four words or more.")
    secret = {"signing_key": own.signing_key.private_bytes_raw().hex(), "identity": str(own.identity)}
    wrapped = pyrage.passphrase.encrypt(canonical(secret).encode(), _typed(passphrase))
    record = {
        "format": FORMAT,
        "version": VERSION,
        "card": json.loads(own.card.content()),
        "wrapped": base64.b64encode(wrapped).decode(),
    }
    path = _place(folder, "own") / (own.card.fingerprint + ENDING)
    replace_file(path, canonical(record).encode())
    # On Windows this says nothing: there the folder's own access list holds.
    path.chmod(0o600)
    return path


def unlock(passphrase: str, name: str | None = None, folder: Path | None = None) -> Own:
    """Open an own key.

    Args:
        passphrase: the one it was kept with.
        name: name, agency or fingerprint (8 digits or more); not needed where there is one key.
        folder: the key folder.

    Raises:
        UsageError: there is no such key, or the passphrase does not open it.
        IntegrityError: what is in the file does not belong to its card.
    """
    card = own_card(name, folder)
    path = _place(folder, "own") / (card.fingerprint + ENDING)
    _, wrapped = _key_file(path)
    try:
        secret = json.loads(pyrage.passphrase.decrypt(wrapped, _typed(passphrase)))
    except (pyrage.DecryptError, ValueError, OSError) as fault:
        raise UsageError(
            f"The key of {card.name} could not be opened: the passphrase is not that of this key, type it again, "
            f"or '{path}' is damaged."
        ) from fault
    signing_key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(secret["signing_key"]))
    identity = pyrage.x25519.Identity.from_str(secret["identity"])
    public = (signing_key.public_key().public_bytes_raw().hex(), str(identity.to_public()))
    if public != (card.signing_key, card.recipient):
        raise IntegrityError(f"'{path}' holds another key than its card says; take the file from a backup.")
    return Own(card, signing_key, identity)


def own_card(name: str | None = None, folder: Path | None = None) -> Card:
    """Give the card of an own key, the one that is not replaced where no name is given.

    Raises:
        UsageError: there is none, or more than one that fits.
    """
    own = [one for one in cards(folder) if one.own]
    if not own:
        raise UsageError("There is no key of your own yet; make one with 'linkgraph keys new'.")
    if name is None:
        current = [one for one in own if one.replaced_by is None]
        if len(current) == 1:
            return current[0].card
        raise UsageError(f"You have {len(current)} keys; name one: {_shown(current)}.")
    return _one(own, name, "key of your own").card


def trust(card: Card, words: str | None = None, folder: Path | None = None) -> Known:
    """Pin a card in the address book.

    Args:
        card: from :func:`read_card`.
        words: the eight words that its owner read out. Not needed for a card that replaces a believed one of the same
            name and agency and carries its signature, unless a key of this officer was lost since.
        folder: the key folder.

    Raises:
        UsageError: words are needed.
        IntegrityError: the words are not the card's, its key or one that took its place was reported lost, or the key
            it says to replace did not sign it.
    """
    if words is not None and _spoken(words) != card.words():
        raise IntegrityError(
            f"The words given are not those of the card of {card.name}: it is another card than the one whose words "
            "were read out; do not use it, and have it sent again another way."
        )
    book = _read(folder)
    known = {one.card.fingerprint: one for one in _listed(book)}
    fingerprint = card.fingerprint
    if fingerprint in known:
        return known[fingerprint]
    if fingerprint in book.lost or fingerprint in book.fallen:
        raise IntegrityError(f"The card of {card.name} was reported lost; ask for the card of a new key.")
    if any(replaces(later, card) for later in book.lost.values()):
        raise IntegrityError(
            f"The card of {card.name} was replaced by one that was reported lost; ask for the card of a new key."
        )
    earlier = {**book.others, **book.own, **book.lost}.get(card.replaces.fingerprint) if card.replaces else None
    if earlier is not None and not replaces(card, earlier):
        raise IntegrityError(
            f"The card of {card.name} says that it replaces {earlier.fingerprint[:16]}, but that key did not "
            "sign it; do not use it, and ask its owner by telephone."
        )
    older = None if earlier is None else known.get(earlier.fingerprint)
    if words is None and not (older is not None and _follows(card, older, book.lost)):
        raise UsageError(
            f"Compare the words of this card with {card.name} by telephone and give them: "
            "'linkgraph keys trust CARD --words \"…\"'."
        )
    for one in book.fallen.values():
        # Else the new card would fall with them.
        _put_away(one, folder)
    replace_file(_place(folder, "trusted") / (fingerprint + card_form.ENDING), card.content())
    return Known(card, own=False, replaced_by=None)


def report_lost(name: str, folder: Path | None = None) -> list[Card]:
    """Believe a card no more: nothing is encrypted to it and nothing it signed is accepted.

    Its whole family goes with it: cards that replaced it, because a thief could have made them, and cards that it
    replaced, because keys of one officer are lost together, and nobody may go on with the older one. Its owner makes a
    new key, and its words are compared again.

    Args:
        name: as for :func:`find`; a replaced card by its fingerprint.
        folder: the key folder.

    Returns:
        The cards that are not believed any more.

    Raises:
        UsageError: not exactly one card fits.
    """
    book = _read(folder)
    known = _listed(book)
    named = _one(known, name, "card").card
    gone = _family({named.fingerprint: named}, {one.card.fingerprint: one.card for one in known})
    for one in {**gone, **book.fallen}.values():
        _put_away(one, folder)
    return list(gone.values())


def cards(folder: Path | None = None) -> list[Known]:
    """Give every believed card, own ones first, by name, agency and time.

    Raises:
        IntegrityError: a file of the key folder was changed.
    """
    return _listed(_read(folder))


def known_cards(folder: Path | None = None) -> list[Card]:
    """Give every card whose signatures are accepted: pinned and own ones, replaced ones too."""
    return [one.card for one in cards(folder)]


def find(name: str, folder: Path | None = None) -> Card:
    """Give the one card that something can be encrypted to.

    Args:
        name: the officer's name or agency in any letter case, or the fingerprint's first 8 digits or more.
        folder: the key folder.

    Raises:
        UsageError: none fits, more than one does, or the card was replaced.
    """
    found = _one(cards(folder), name, "card in your address book")
    if found.replaced_by is not None:
        raise UsageError(
            f"The card {found.card.fingerprint[:16]} of {found.card.name} was replaced; use {found.replaced_by[:16]}."
        )
    return found.card


def _read(folder: Path | None) -> _Book:
    """Read the key folder.

    A card that a lost one replaced is not believed, nor is its family, wherever its file lies: the machine may have
    stopped while a loss was written down.
    """
    own = {card.fingerprint: card for card in (_key_file(path)[0] for path in _files(folder, "own", ENDING))}
    lost, others = _card_files(folder, "lost"), _card_files(folder, "trusted")
    present = {fingerprint: card for fingerprint, card in (others | own).items() if fingerprint not in lost}
    doubtful = {}
    for later in lost.values():
        card = present.get(later.replaces.fingerprint) if later.replaces else None
        if card is not None and replaces(later, card):
            doubtful[card.fingerprint] = card
    fallen = _family(doubtful, present)
    fallen |= {fingerprint: card for fingerprint, card in (others | own).items() if fingerprint in lost}
    return _Book(own, others, lost, fallen)


def _listed(book: _Book) -> list[Known]:
    every = {
        fingerprint: card for fingerprint, card in {**book.others, **book.own}.items() if fingerprint not in book.fallen
    }
    replaced = _successors(every)
    listed = [Known(card, fingerprint in book.own, replaced.get(fingerprint)) for fingerprint, card in every.items()]
    return sorted(listed, key=lambda one: (not one.own, one.card.name, one.card.agency, one.card.made))


def _family(some: Mapping[str, Card], every: Mapping[str, Card]) -> dict[str, Card]:
    """Give cards with all that are bound to them by signed replacements, older and newer, over any number of steps."""
    neighbours: dict[str, list[Card]] = {fingerprint: [] for fingerprint in every}
    for fingerprint, card in every.items():
        older = every.get(card.replaces.fingerprint) if card.replaces else None
        if card.replaces and older is not None and replaces(card, older):
            neighbours[fingerprint].append(older)
            neighbours[card.replaces.fingerprint].append(card)
    found = dict(some)
    waiting = list(some)
    while waiting:
        for card in neighbours[waiting.pop()]:
            if card.fingerprint not in found:
                found[card.fingerprint] = card
                waiting.append(card.fingerprint)
    return found


def _put_away(card: Card, folder: Path | None) -> None:
    """Move a card to the lost ones, with the file of its key where it is an own one."""
    lost = _place(folder, "lost")
    replace_file(lost / (card.fingerprint + card_form.ENDING), card.content())
    kept = _place(folder, "own") / (card.fingerprint + ENDING)
    if kept.exists():
        kept.replace(lost / kept.name)
    (_place(folder, "trusted") / (card.fingerprint + card_form.ENDING)).unlink(missing_ok=True)


def _one(listed: Sequence[Known], name: str, what: str) -> Known:
    wanted = name.strip().casefold()
    found = []
    if len(wanted) >= SHORTEST_PREFIX and re.fullmatch(r"[0-9a-f]+", wanted):
        found = [one for one in listed if one.card.fingerprint.startswith(wanted)]
    if not found:
        named = [one for one in listed if wanted in (one.card.name.casefold(), one.card.agency.casefold())]
        # Under a name the card of today is meant; older ones are named by their fingerprint.
        found = [one for one in named if one.replaced_by is None]
    if len(found) == 1:
        return found[0]
    if found:
        raise UsageError(f"'{name}' is the name of {len(found)} cards; give the fingerprint of one: {_shown(found)}.")
    raise UsageError(f"'{name}' is no {what}; 'linkgraph keys list' shows all.")


def _shown(listed: Iterable[Known]) -> str:
    return ", ".join(f"{one.card.fingerprint[:16]} ({one.card.name}, {one.card.agency})" for one in listed)


def _successors(every: Mapping[str, Card]) -> dict[str, str]:
    """Give, by fingerprint of a replaced card, that of the earliest card which validly took its place."""
    found: dict[str, str] = {}
    for card in sorted(every.values(), key=lambda one: (one.made, one.fingerprint)):
        older = every.get(card.replaces.fingerprint) if card.replaces else None
        if older is not None and replaces(card, older):
            found.setdefault(older.fingerprint, card.fingerprint)
    return found


def _follows(card: Card, older: Known, lost: Mapping[str, Card]) -> bool:
    """Tell whether a signed replacement may be believed without words.

    Not where a key of the same officer was lost that is no older than the one that signed: it may have followed that
    one by a card that was never seen here.
    """
    officer = (older.card.name, older.card.agency)
    since = any((one.name, one.agency) == officer and one.made >= older.card.made for one in lost.values())
    return (card.name, card.agency) == officer and older.replaced_by is None and not since


def _key_file(path: Path) -> tuple[Card, bytes]:
    """Give the card of an own key's file and its wrapped secrets."""
    try:
        with path.open("rb") as stream:
            content = stream.read(_MOST_KEY_BYTES + 1)
        if len(content) > _MOST_KEY_BYTES:
            raise ValueError("too long")
        record = json.loads(content)
        version, wrapped = record["version"], base64.b64decode(record["wrapped"], validate=True)
        fitting = record["format"] == FORMAT
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise IntegrityError(f"'{path}' is damaged; take the file from a backup.") from fault
    if version != VERSION:
        raise IntegrityError(
            f"'{path}' is of version {version!r:.20}, this linkgraph reads {VERSION}; get a newer linkgraph."
        )
    card = card_form.from_record(record.get("card"))
    if not fitting or card.fingerprint != path.name.removesuffix(ENDING):
        raise IntegrityError(f"'{path}' is damaged; take the file from a backup.")
    return card, wrapped


def _card_files(folder: Path | None, name: str) -> dict[str, Card]:
    """Give the cards that lie in a part of the key folder, by fingerprint."""
    # What is lost has to stay so: nobody is told to remove its card.
    way_out = "put the card of that name there again" if name == "lost" else "remove it and trust the card again"
    found = {}
    for path in _files(folder, name, card_form.ENDING):
        try:
            card = read_card(card_form.file_content(path))
        except IntegrityError as fault:
            raise IntegrityError(f"'{path}' cannot be read; {way_out}. {fault}") from fault
        if card.fingerprint != path.name.removesuffix(card_form.ENDING):
            raise IntegrityError(f"'{path}' holds another card than its name says; {way_out}.")
        found[card.fingerprint] = card
    return found


def _place(folder: Path | None, name: str) -> Path:
    place = (folder or key_folder()) / name
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def _files(folder: Path | None, name: str, ending: str) -> list[Path]:
    place = (folder or key_folder()) / name
    # A name with a dot before it is a file that was being written when the power went.
    return sorted(path for path in place.glob(f"*{ending}") if not path.name.startswith("."))


def _typed(passphrase: str) -> str:
    """Keyboards differ in how they compose letters; the passphrase is the same."""
    return unicodedata.normalize("NFC", passphrase)


def _spoken(words: str) -> str:
    return " ".join(re.findall(r"[a-z]+", words.casefold()))
