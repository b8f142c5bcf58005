r"""A signed bag: files to hand on, of which no bit can be changed unseen, checkable without linkgraph.

It is a BagIt 1.0 bag (RFC 8493) in a zip of one form (:mod:`linkgraph.exchange.strict_zip`)::

    CHECKING.txt               how to check it with sha256sum and openssl
    bag-info.txt               what the caller says of it; Payload-Oxum
    bagit.txt
    data/…                     the payload
    manifest-sha256.txt        of data/
    signer.pem                 the signer's public key
    statement.dsse.json        signed statement about every other file
    tagmanifest-sha256.txt     of the others but the statement

The statement is an in-toto Statement v1 in a DSSE envelope. Its subjects are all other files of the bag with their
SHA-256 and, where a file is deflated, that of its packed bytes (``annotations.packed_sha256``): so deflate's free bits
are signed too, and a reader inflates nothing that a trusted key did not pack. Its predicate is the caller's.

Stricter than RFC 8493: one hash algorithm, every file listed, none unlisted, no ``fetch.txt``. Two bags of the same
content by the same key are the same bytes (with the same version of zlib; a reader does not depend on it).

A bag names no recipient by itself. Whoever encrypts it to somebody puts the recipients' fingerprints into the
predicate, so that it cannot be passed on as if it had been sent there.

Source: RFC 8493; in-toto Statement v1 and ResourceDescriptor (github.com/in-toto/attestation, spec/v1); DSSE v1.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import pyrage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from linkgraph.errors import IntegrityError, StorageError, UsageError
from linkgraph.exchange import age_header, dsse, strict_zip
from linkgraph.exchange.card import Card
from linkgraph.exchange.keys import Own
from linkgraph.exchange.strict_zip import DEFLATED, Limits, Member, Writer, Written
from linkgraph.store.audit import canonical
from linkgraph.writing import replacing

__all__ = ["Limits", "Opened", "Payload", "decrypt", "encrypt", "read", "unpack", "write"]

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "urn:linkgraph:bag:1"
"""The number is the version of all that this module writes; another one is refused."""
ENVELOPE_TYPE = "application/vnd.in-toto+json"

_CHECKING, _INFO, _BAGIT = "CHECKING.txt", "bag-info.txt", "bagit.txt"
_MANIFEST, _SIGNER, _STATEMENT, _TAGS = (
    "manifest-sha256.txt",
    "signer.pem",
    "statement.dsse.json",
    "tagmanifest-sha256.txt",
)
_TAG_FILES = frozenset({_CHECKING, _INFO, _BAGIT, _MANIFEST, _SIGNER, _STATEMENT, _TAGS})
_DATA = "data/"
_OXUM = "Payload-Oxum"
_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
_LARGEST_TAG_FILE = 16 << 20
_DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
_HOW_TO_CHECK = f"""\
How to check this bag without linkgraph
=======================================

Needed: a shell, sed, base64, sha256sum (on macOS: shasum -a 256) and openssl 3.
Unpack the archive into an empty folder, go into that folder, and run the commands in order.

1. What was signed, and the signature, out of {_STATEMENT}:

    mkdir ../checking
    sed 's/^.*"payload":"\\([^"]*\\)".*$/\\1/' {_STATEMENT} | base64 -d > ../checking/statement.json
    sed 's/^.*"sig":"\\([^"]*\\)".*$/\\1/' {_STATEMENT} | base64 -d > ../checking/signature
    size=$(wc -c < ../checking/statement.json | tr -d ' ')
    printf 'DSSEv1 28 {ENVELOPE_TYPE} %s ' "$size" | cat - ../checking/statement.json > ../checking/signed

2. The signature is that of the key in {_SIGNER}. It has to say: Signature Verified Successfully

    openssl pkeyutl -verify -pubin -inkey {_SIGNER} -rawin -in ../checking/signed -sigfile ../checking/signature

3. Every file is the one that was signed. Each has to say: OK

    subject='"digest":{{"sha256":"[0-9a-f]*"}},"name":"[A-Za-z0-9._/-]*"'
    sed 's/^.*"subject":\\[//' ../checking/statement.json | grep -o "$subject" > ../checking/subjects
    cut -d '"' -f 6,10 ../checking/subjects | sed 's/"/  /' > ../checking/files
    sha256sum -c ../checking/files
4. No file is here that was not signed. It has to say: number of files: OK

    count=$(($(wc -l < ../checking/files) + 1))
    test "$(find . ! -type d | wc -l)" -eq "$count" || (echo "number of files: CHANGED"; false)
    echo "number of files: OK, $count"

5. The payload alone, as in every BagIt bag:

    sha256sum -c manifest-sha256.txt

6. Whose key it is. The first command has to print the "signing_key" of the sender's card (a file that ends in
   .lgcard), and the second, run on that card, the "keyid" in {_STATEMENT}. Compare the words of the card
   with the sender by telephone.

    openssl pkey -pubin -in {_SIGNER} -outform DER | tail -c 32 | od -A n -t x1 -v | tr -d ' \\n'
    sha256sum CARD.lgcard
""".encode("ascii")


@dataclass(frozen=True, slots=True)
class Payload:
    """One file of the payload: bytes, and SHA-256 in hexadecimal."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A bag that was verified whole. It reads from the stream it was opened on, as long as that is open."""

    card: Card
    """Who signed it."""
    predicate: Mapping[str, Any]
    info: Mapping[str, str]
    """What ``bag-info.txt`` says, but for Payload-Oxum."""
    files: Mapping[str, Payload]
    """By name within ``data/``, in order."""
    sha256: str
    """Of the whole archive, in hexadecimal."""
    _stream: BinaryIO = field(repr=False)
    _members: Mapping[str, Member] = field(repr=False)

    def open(self, name: str) -> BinaryIO:
        """Open one file of the payload for reading, front to back.

        Its hash is compared once more at its end: an archive that was changed on the disk meanwhile is an
        IntegrityError there.

        Raises:
            UsageError: there is no file of that name.
        """
        if name not in self.files:
            raise UsageError(f"There is no '{name}' in the bag; it has: {', '.join(self.files)}.")
        return io.BufferedReader(_Content(self._stream, self._members[name], self.files[name].sha256))


def write(
    stream: BinaryIO,
    files: Mapping[str, Path | bytes],
    info: Mapping[str, str],
    predicate: Mapping[str, Any],
    own: Own,
    *,
    approved: Callable[[], None] = lambda: None,
) -> str:
    """Write a signed bag.

    Args:
        stream: written front to back, never sought in.
        files: the payload by its name within ``data/``: names of the characters ``A-Z a-z 0-9 . _ / -``. A file is
            read in pieces.
        info: for ``bag-info.txt``, by label; one line each.
        predicate: what the signature says besides the hashes: JSON values.
        own: whose key signs.
        approved: called when all files are packed, before anything is signed; what it raises ends the writing.

    Returns:
        The SHA-256 of the archive in hexadecimal.

    Raises:
        UsageError: a name or an entry of ``info`` cannot stand in a bag, or the bag would be too large.
        StorageError: a file cannot be read, or changed while it was read.
    """
    if not files:
        raise UsageError("There is nothing to put into the bag; name a file.")
    payload = {_DATA + name: files[name] for name in sorted(files)}
    if fault := strict_zip.clash(payload):
        raise UsageError(f"The files cannot be in one bag: {fault}; rename one.")
    sizes = {name: _size(content) for name, content in payload.items()}
    first = {
        _CHECKING: _HOW_TO_CHECK,
        _INFO: _info(info, sum(sizes.values()), len(sizes)),
        _BAGIT: _DECLARATION,
    }
    archive = Writer(stream)
    written = {name: archive.add(name, content, deflate=False) for name, content in first.items()}
    packed: dict[str, Written] = {}
    for name, content in payload.items():
        packed[name] = archive.add(name, content)
        if packed[name].size != sizes[name]:
            raise StorageError(f"'{name}' changed while it was read; try again.")
    last = {_MANIFEST: _manifest({name: one.sha256 for name, one in packed.items()}), _SIGNER: _pem(own.card)}
    written |= {name: archive.add(name, content, deflate=False) for name, content in last.items()}
    hashes = {name: one.sha256 for name, one in written.items()}
    tags = _manifest(hashes)
    subjects = {name: _subject(name, digest) for name, digest in (hashes | {_TAGS: _sha256(tags)}).items()}
    subjects |= {name: _subject(name, one.sha256, one) for name, one in packed.items()}
    statement = canonical(
        {
            "_type": STATEMENT_TYPE,
            "subject": [subjects[name] for name in sorted(subjects)],
            "predicateType": PREDICATE_TYPE,
            "predicate": dict(predicate),
        }
    )
    approved()
    envelope = dsse.sign(statement.encode(), ENVELOPE_TYPE, own)
    if len(envelope) > _LARGEST_TAG_FILE:
        raise UsageError("What is to be signed besides the files is too long; put it into a file of the bag.")
    archive.add(_STATEMENT, envelope, deflate=False)
    archive.add(_TAGS, tags, deflate=False)
    return archive.close()


def read(stream: BinaryIO, cards: Iterable[Card], limits: Limits | None = None) -> Opened:
    """Verify a bag, all of it, and give what is in it. Nothing is written.

    The order is: headers, signature, packed bytes, and only then content, so that nothing is inflated that a trusted
    key did not sign.

    Args:
        stream: one that can be sought in and holds nothing but the bag.
        cards: those whose signatures are accepted (:func:`linkgraph.exchange.keys.known_cards`).
        limits: what is taken at the most.

    Raises:
        IntegrityError: the first thing that is wrong with it.
    """
    members = {member.name: member for member in strict_zip.members(stream, limits or Limits())}
    _check_names(members)
    tags = {name: _tag_file(stream, members[name]) for name in sorted(_TAG_FILES)}
    signed = dsse.verify(tags[_STATEMENT], cards, payload_type=ENVELOPE_TYPE)
    subjects, predicate = _statement(signed.payload)
    _check_packed(stream, members, subjects)
    files = {}
    for name, member in members.items():
        if name == _STATEMENT:
            continue
        digest = hashlib.sha256()
        for piece in strict_zip.pieces(stream, member):
            digest.update(piece)
        if digest.hexdigest() != subjects[name].sha256:
            raise _changed(name)
        if name.startswith(_DATA):
            files[name] = Payload(member.size, digest.hexdigest())
    info = _read_info(tags[_INFO], sum(one.size for one in files.values()), len(files))
    hashes = {name: one.sha256 for name, one in subjects.items() if name in tags and name != _TAGS}
    expected = {
        _BAGIT: _DECLARATION,
        _MANIFEST: _manifest({name: one.sha256 for name, one in files.items()}),
        _SIGNER: _pem(signed.card),
        _TAGS: _manifest(hashes),
    }
    for name, content in expected.items():
        if tags[name] != content:
            raise _changed(name)
    return Opened(
        card=signed.card,
        predicate=MappingProxyType(predicate),
        info=MappingProxyType(info),
        files=MappingProxyType({name.removeprefix(_DATA): one for name, one in files.items()}),
        sha256=_sha256_of(stream),
        _stream=stream,
        _members={name.removeprefix(_DATA): members[name] for name in files},
    )


def unpack(opened: Opened, folder: Path) -> list[Path]:
    """Write the payload of a verified bag into a folder that is empty or not there yet.

    Raises:
        UsageError: something is in the folder.
        StorageError: a file cannot be written.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"'{folder}' is not empty; name a folder that is not there yet.")
    written = []
    for name in opened.files:
        path = folder.joinpath(*name.split("/"))
        path.parent.mkdir(parents=True, exist_ok=True)
        with opened.open(name) as content, replacing(path) as target:
            while piece := content.read(1 << 20):
                target.write(piece)
        written.append(path)
    return written


def encrypt(reader: BinaryIO, writer: BinaryIO, recipients: Sequence[Card]) -> None:
    """Encrypt a bag to its recipients, in pieces; ``age`` decrypts it as well.

    Raises:
        UsageError: there is no recipient, or there are too many.
        StorageError: it cannot be read or written.
    """
    keys = age_header.recipients(recipients)
    source, target = _Watched(reader), _Watched(writer)
    try:
        pyrage.encrypt_io(source, target, keys)
    except (pyrage.EncryptError, OSError) as fault:
        raise (
            source.storage_fault()
            or target.storage_fault()
            or StorageError(f"The bag could not be encrypted: {fault}.")
        ) from fault


def decrypt(reader: BinaryIO, writer: BinaryIO, own: Own) -> None:
    """Decrypt a bag, in pieces. What was written is worth nothing if this raises: write beside, then take it.

    Raises:
        IntegrityError: it is not encrypted to this key, or was changed or cut off.
        StorageError: it cannot be read or written.
    """
    source, target = _Watched(reader), _Watched(writer)
    closed = IntegrityError(
        f"The file cannot be opened with the key of {own.card.name}: it is not encrypted to it, or it was changed "
        "or cut off on the way; have it sent again to the card of today."
    )
    try:
        if not age_header.is_sound(source.ahead(age_header.LONGEST)):
            raise closed
        pyrage.decrypt_io(source, target, [own.identity])
    except (pyrage.DecryptError, OSError) as fault:
        raise (source.storage_fault() or target.storage_fault() or closed) from fault


@dataclass(frozen=True, slots=True)
class _Subject:
    """What the statement says of one file."""

    sha256: str
    packed_sha256: str | None


class _Content(io.RawIOBase):
    """The content of one member as a stream, its hash compared at its end."""

    def __init__(self, stream: BinaryIO, member: Member, sha256: str) -> None:
        self._pieces = strict_zip.pieces(stream, member)
        self._left = b""
        self._digest = hashlib.sha256()
        self._name, self._sha256 = member.name, sha256

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - whatever can be written into, as io.RawIOBase has it
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                if self._digest.hexdigest() != self._sha256:
                    raise _changed(self._name)
                return 0
            self._digest.update(piece)
            self._left = piece
        taken = min(len(buffer), len(self._left))
        buffer[:taken], self._left = self._left[:taken], self._left[taken:]
        return taken


class _Watched:
    """A stream that remembers why it failed: age's library turns every reason into one of its own."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._ahead = b""
        self._fault: OSError | None = None

    def ahead(self, size: int) -> bytes:
        """Give the first bytes, or all where there are fewer; reading begins with them all the same."""
        while len(self._ahead) < size and (piece := self._read(size - len(self._ahead))):
            self._ahead += piece
        return self._ahead

    def read(self, size: int = -1) -> bytes:
        if not self._ahead:
            return self._read(size)
        end = len(self._ahead) if size < 0 else size
        piece, self._ahead = self._ahead[:end], self._ahead[end:]
        return piece + self._read(size) if size < 0 else piece

    def _read(self, size: int) -> bytes:
        try:
            return self._stream.read(size)
        except OSError as fault:
            self._fault = fault
            raise

    def write(self, content: bytes) -> int:
        try:
            return self._stream.write(content)
        except OSError as fault:
            self._fault = fault
            raise

    def flush(self) -> None:
        try:
            self._stream.flush()
        except OSError as fault:
            self._fault = fault
            raise

    def storage_fault(self) -> StorageError | None:
        if self._fault is None:
            return None
        return StorageError(f"The bag could not be read or written: {self._fault.strerror or self._fault}.")


def _size(content: Path | bytes) -> int:
    if isinstance(content, bytes):
        return len(content)
    try:
        return content.stat().st_size
    except OSError as fault:
        raise StorageError(f"'{content}' could not be read: {fault.strerror or fault}.") from fault


def _info(info: Mapping[str, str], size: int, count: int) -> bytes:
    lines = {}
    for label, value in info.items():
        if not _LABEL.fullmatch(label) or label.lower() == _OXUM.lower():
            raise UsageError(f"'{label}' cannot be a label of {_INFO}; use letters, digits and '-'.")
        if not value or value != value.strip() or any(unicodedata.category(char)[0] in "CZ" for char in _inner(value)):
            raise UsageError(f"What is said of '{label}' has to be one line without invisible characters; shorten it.")
        if label.lower() in lines:
            raise UsageError(f"'{label}' is there twice; name it once.")
        lines[label.lower()] = f"{label}: {value}\n"
    lines[_OXUM.lower()] = f"{_OXUM}: {size}.{count}\n"
    return "".join(lines[label] for label in sorted(lines)).encode()


def _inner(value: str) -> str:
    return value.replace(" ", "")


def _read_info(content: bytes, size: int, count: int) -> dict[str, str]:
    """Read ``bag-info.txt`` and hold it against its one form."""
    try:
        lines = content.decode().split("\n")[:-1]
        info = dict(line.split(": ", 1) for line in lines)
        info.pop(_OXUM, None)
        same = _info(info, size, count) == content
    except (ValueError, UsageError) as fault:
        raise _changed(_INFO) from fault
    if not same:
        raise _changed(_INFO)
    return info


def _manifest(hashes: Mapping[str, str]) -> bytes:
    return "".join(f"{hashes[name]}  {name}\n" for name in sorted(hashes)).encode()


def _pem(card: Card) -> bytes:
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(card.signing_key))
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _subject(name: str, sha256: str, packed: Written | None = None) -> dict[str, object]:
    found: dict[str, object] = {"name": name, "digest": {"sha256": sha256}}
    if packed is not None and packed.packed_sha256 != sha256:
        found["annotations"] = {"packed_sha256": packed.packed_sha256}
    return found


def _check_names(members: Mapping[str, Member]) -> None:
    if missing := sorted(_TAG_FILES - members.keys()):
        raise IntegrityError(f"The bag has no '{missing[0]}'; have it sent again.")
    for name, member in members.items():
        if name in _TAG_FILES:
            if member.method == DEFLATED or member.size > _LARGEST_TAG_FILE:
                raise IntegrityError(f"The bag's '{name}' is deflated or too long; have it sent again.")
        elif not name.startswith(_DATA):
            raise IntegrityError(f"The bag has a file that belongs in none, '{name}'; have it sent again.")


def _tag_file(stream: BinaryIO, member: Member) -> bytes:
    return b"".join(strict_zip.pieces(stream, member))


def _statement(payload: bytes) -> tuple[dict[str, _Subject], dict[str, Any]]:
    """Read what was signed; that it is signed does not say that its author's program was sound."""
    try:
        record = json.loads(payload)
        kind, version = record["_type"], record["predicateType"]
        subjects = {}
        if kind == STATEMENT_TYPE and version == PREDICATE_TYPE:
            for one in record["subject"]:
                packed = one["annotations"]["packed_sha256"] if "annotations" in one else None
                name, digest = one["name"], one["digest"]["sha256"]
                if not all(isinstance(text, str) for text in (name, digest, packed or "")):
                    raise TypeError(one)
                subjects[name] = _Subject(digest, packed)
            predicate = record["predicate"]
            if canonical(record).encode() != payload or len(subjects) != len(record["subject"]):
                raise ValueError(kind)
            if not isinstance(predicate, dict):
                raise TypeError(predicate)
    except (ValueError, KeyError, TypeError, RecursionError) as fault:
        raise IntegrityError(f"What '{_STATEMENT}' signs cannot be read; have the bag sent again.") from fault
    if kind != STATEMENT_TYPE or version != PREDICATE_TYPE:
        raise IntegrityError(
            f"The bag is of another version than this linkgraph reads ({version!r:.60}, not '{PREDICATE_TYPE}'); "
            "get a newer linkgraph."
        )
    return subjects, predicate


def _check_packed(stream: BinaryIO, members: Mapping[str, Member], subjects: Mapping[str, _Subject]) -> None:
    """Hold the files that are there, as they are packed, against those that were signed."""
    for name in sorted(members.keys() | subjects.keys(), key=str):
        if name == _STATEMENT:
            continue
        if name not in members:
            raise IntegrityError(f"'{name:.200}' was signed and is not in the bag; have it sent again.")
        if name not in subjects:
            raise IntegrityError(f"'{name}' is in the bag and was not signed; have it sent again.")
        member, said = members[name], subjects[name]
        deflated = said.packed_sha256 is not None
        digest = hashlib.sha256()
        for piece in strict_zip.packed_pieces(stream, member):
            digest.update(piece)
        if deflated != (member.method == DEFLATED) or digest.hexdigest() != (said.packed_sha256 or said.sha256):
            raise _changed(name)


def _changed(name: str) -> IntegrityError:
    return IntegrityError(f"'{name}' in the bag is not what was signed; have the bag sent again.")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _sha256_of(stream: BinaryIO) -> str:
    digest = hashlib.sha256()
    stream.seek(0)
    while piece := stream.read(1 << 20):
        digest.update(piece)
    return digest.hexdigest()
