"""XML documents into records: streamed, each with its exact bytes, nothing fetched and nothing expanded.

A document type declaration, and with it every entity, is refused before anything of it is used: neither a
bomb of nested entities nor a file or address named in one can do harm (the guards of defusedxml, set on expat
itself because only there a record's place is known). The encoding is what the document declares; places are
counted in its own bytes.

XML lets no reader go on after an error. The records before it stand; the rest is one fault with its place.

Sources: XML 1.0 (fifth edition) §2.8, §4; Namespaces in XML 1.0; OWASP, XML External Entity Prevention.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import BinaryIO, NoReturn
from xml.etree.ElementTree import Element, SubElement
from xml.parsers import expat

from linkgraph.ingest.readers.lines import KEPT_OF_LONG_LINE
from linkgraph.ingest.readers.rows import LENGTH, LINE, OFFSET, Rows, Unreadable, gathered, schema

BLOCK_BYTES = 1 << 18
MAX_RECORD_BYTES = 64 << 20
MAX_RECORD_ELEMENTS = 1_000_000
"""A record with more is passed over without being held; its first bytes are kept."""
MAX_RECORD_DEPTH = 64
MAX_DEPTH = 10_000
"""Of the whole document; beyond it reading ends."""
MAX_TOKEN_BYTES = 8 << 20
"""Of one tag or comment, which the parser must hold whole; beyond it reading ends."""

MAX_NAMES = 100_000
"""Different names of elements and attributes, which the parser remembers; beyond it reading ends."""

_SEPARATOR = "\n"
_CUT_OFF = frozenset(
    expat.errors.codes[message]
    for message in (
        expat.errors.XML_ERROR_NO_ELEMENTS,
        expat.errors.XML_ERROR_UNCLOSED_TOKEN,
        expat.errors.XML_ERROR_PARTIAL_CHAR,
        expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION,
    )
)
_FIRST_TAG = re.compile(r"<(?:[A-Za-z_][\w.-]*:)?([A-Za-z_][\w.-]*)[\s/>]")


@dataclass(frozen=True, slots=True)
class Step:
    """An element that is open around a record."""

    name: str
    """Local name."""
    offset: int
    """Bytes before its tag: tells two elements of one name apart."""


@dataclass(frozen=True, slots=True)
class Record:
    """One element that was asked for, whole."""

    element: Element
    """Named by local names; what is in another namespace than the record is named ``{namespace}name``.
    Attributes with a prefix, and text between children, are left out."""
    namespace: str
    path: tuple[Step, ...]
    """The elements around it, the root first."""
    offset: int
    length: int
    head: bytes
    """Its first bytes."""
    spans: Mapping[Element, tuple[int, int]]
    """Offset and length of the elements inside it that were asked for."""

    def span(self, element: Element) -> tuple[int, int]:
        """Give offset and length of an element inside the record, or of the record where it has none."""
        return self.spans.get(element, (self.offset, self.length))


@dataclass(frozen=True, slots=True)
class Fault:
    """A record, or the rest of a document, that cannot be read."""

    offset: int
    raw: bytes
    """Its first bytes."""
    code: str
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row a record gives."""

    values: Mapping[str, str | None]
    span: tuple[int, int]
    """Offset and length."""


@dataclass(frozen=True, slots=True)
class PassedOver:
    """Something that is no row of its own and is not read."""

    what: str
    """In the plural."""


# -- recognising ---------------------------------------------------------------------------------


def opening(head: bytes) -> str:
    """Give the beginning of a document as text that can be searched; empty where it is no XML."""
    encoding = _wide(head)
    if encoding is not None:
        text = head.decode(encoding, "replace")
    else:
        text = head.removeprefix(b"\xef\xbb\xbf").decode("latin-1")
    text = text.lstrip("\ufeff \t\r\n")
    return text if text.startswith("<") else ""


def root(text: str) -> str:
    """Give the local name of the first element in the beginning of a document; empty where there is none."""
    found = _FIRST_TAG.search(text)
    return found[1] if found else ""


def _wide(head: bytes) -> str | None:
    """Give the encoding of a document whose characters have two bytes (XML 1.0, appendix F); else None."""
    if head.startswith((b"\xff\xfe", b"<\0")):
        return "utf-16-le"
    return "utf-16-be" if head.startswith((b"\xfe\xff", b"\0<")) else None


# -- reading -------------------------------------------------------------------------------------


def records(
    stream: BinaryIO,
    names: Collection[str],
    *,
    inside: Collection[str] = (),
    namespace: re.Pattern[str] | None = None,
    block_bytes: int = BLOCK_BYTES,
) -> Iterator[Record | Fault]:
    """Yield the elements of these local names, outermost first, in the order in which they end.

    Args:
        stream: the document's bytes.
        names: local names of the records.
        inside: local names of elements in records whose places are wanted as well.
        namespace: what the whole namespace of a record must match; None takes any.
        block_bytes: how much is read at a time.
    """
    reading = _Reading(frozenset(names), frozenset(inside), namespace)
    more, begun = True, False
    while more:
        block = stream.read(block_bytes)
        more = bool(block)
        begun = begun or more
        fault = reading.feed(block) if begun else None
        yield from reading.take()
        if fault is not None:
            kept = reading.kept(fault.offset)
            while len(kept) < KEPT_OF_LONG_LINE and (block := stream.read(KEPT_OF_LONG_LINE)):
                kept += block
            yield Fault(fault.offset, kept[:KEPT_OF_LONG_LINE], fault.code, fault.reason, fault.hint)
            return


class _StopError(Exception):
    """The document holds what is refused."""

    def __init__(self, code: str, reason: str, hint: str = "") -> None:
        super().__init__(reason)
        self.code, self.reason, self.hint = code, reason, hint


@dataclass(slots=True)
class _Open:
    """A record that is being read."""

    path: tuple[Step, ...]
    offset: int
    namespace: str
    stack: list[Element] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    texts: list[list[str]] = field(default_factory=list)
    spans: dict[Element, tuple[int, int]] = field(default_factory=dict)
    elements: int = 0
    depth: int = 0
    refused: Fault | None = None


class _Reading:
    """A document on its way through the parser."""

    def __init__(self, names: frozenset[str], inside: frozenset[str], namespace: re.Pattern[str] | None) -> None:
        self._names, self._inside, self._namespace = names, inside, namespace
        self._window = bytearray()
        self._base = 0
        """Bytes of the document before the window."""
        self._encoding: str | None = None
        self._path: list[Step] = []
        self._open: _Open | None = None
        self._ready: list[Record | Fault] = []
        self._first = b""
        parser = expat.ParserCreate(namespace_separator=_SEPARATOR)
        parser.buffer_text = True
        parser.buffer_size = 1 << 16
        parser.StartDoctypeDeclHandler = self._doctype
        parser.EntityDeclHandler = self._entity
        parser.UnparsedEntityDeclHandler = self._entity
        parser.ExternalEntityRefHandler = self._entity
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self._parser = parser

    def take(self) -> list[Record | Fault]:
        """Give what was finished since the last call."""
        ready, self._ready = self._ready, []
        return ready

    def kept(self, offset: int) -> bytes:
        """Give the bytes at hand from an offset on, a few of them at most."""
        at = max(offset - self._base, 0)
        return bytes(self._window[at : at + KEPT_OF_LONG_LINE])

    def feed(self, block: bytes) -> Fault | None:
        """Read on; an empty block is the end. Gives why reading cannot go on."""
        if len(self._first) < 2:
            self._first += block[:2]
            self._encoding = _wide(self._first)
        self._window += block
        try:
            self._parser.Parse(block, not block)
        except _StopError as stop:
            return self._rest(stop.code, stop.reason, stop.hint)
        except expat.ExpatError as error:
            return self._broken(error, at_end=not block)
        except (ValueError, LookupError) as error:
            # The encoding that the document declares: unknown to Python, or of several bytes a character.
            return self._rest("xml-encoding", f"The document declares an encoding that cannot be read ({error}).")
        end = self._base + len(self._window)
        at = self._parser.CurrentByteIndex
        if block and end - at > MAX_TOKEN_BYTES:
            return self._rest("xml-token-too-long", f"A tag or comment is longer than {MAX_TOKEN_BYTES} bytes.")
        if len(self._parser.intern) > MAX_NAMES:
            return self._rest(
                "xml-names", f"The document has more than {MAX_NAMES:,} names of elements and attributes."
            )
        opened = self._open
        if opened is not None and opened.refused is None:
            if end - opened.offset > MAX_RECORD_BYTES:
                self._refuse("xml-record-too-long", f"The record is longer than {MAX_RECORD_BYTES} bytes.")
            else:
                at = min(at, opened.offset)
        del self._window[: max(at - self._base, 0)]
        self._base = max(at, self._base)
        return None

    # -- what the parser calls -------------------------------------------------------------------

    def _doctype(self, *_: object) -> NoReturn:
        raise _StopError(
            "xml-doctype",
            "The document has a document type declaration, which could name other files or grow without end.",
            "No format read here has one: ask where the file comes from.",
        )

    def _entity(self, *_: object) -> NoReturn:
        raise _StopError("xml-entity", "The document declares an entity, which is never expanded.")

    def _start(self, full: str, attributes: dict[str, str]) -> None:
        namespace, _, name = full.rpartition(_SEPARATOR)
        opened = self._open
        if opened is not None:
            self._inner(opened, namespace, name, attributes)
            return
        offset = self._parser.CurrentByteIndex
        if name in self._names and (self._namespace is None or self._namespace.fullmatch(namespace)):
            self._open = opened = _Open(tuple(self._path), offset, namespace)
            self._inner(opened, namespace, name, attributes)
            return
        if len(self._path) >= MAX_DEPTH:
            raise _StopError("xml-too-deep", f"Elements are nested more than {MAX_DEPTH} deep.")
        self._path.append(Step(name, offset))

    def _inner(self, opened: _Open, namespace: str, name: str, attributes: dict[str, str]) -> None:
        opened.depth += 1
        opened.elements += 1
        if opened.depth + len(self._path) > MAX_DEPTH:
            raise _StopError("xml-too-deep", f"Elements are nested more than {MAX_DEPTH} deep.")
        if opened.refused is not None:
            return
        if opened.depth > MAX_RECORD_DEPTH:
            self._refuse("xml-record-too-deep", f"The record is nested more than {MAX_RECORD_DEPTH} deep.")
            return
        if opened.elements > MAX_RECORD_ELEMENTS:
            self._refuse("xml-record-too-long", f"The record has more than {MAX_RECORD_ELEMENTS:,} elements.")
            return
        tag = name if namespace == opened.namespace else f"{{{namespace}}}{name}"
        plain = {key: value for key, value in attributes.items() if _SEPARATOR not in key} if attributes else {}
        element = SubElement(opened.stack[-1], tag, plain) if opened.stack else Element(tag, plain)
        opened.stack.append(element)
        opened.starts.append(self._parser.CurrentByteIndex if name in self._inside else -1)
        opened.texts.append([])

    def _text(self, text: str) -> None:
        opened = self._open
        if opened is not None and opened.refused is None and not len(opened.stack[-1]):
            opened.texts[-1].append(text)

    def _end(self, _: str) -> None:
        opened = self._open
        if opened is None:
            self._path.pop()
            return
        opened.depth -= 1
        if opened.refused is not None:
            if opened.depth == 0:
                length = self._tag_end(is_bare=False) - opened.offset
                self._ready.append(replace(opened.refused, raw=opened.refused.raw[:length]))
                self._open = None
            return
        element, start = opened.stack.pop(), opened.starts.pop()
        element.text = "".join(opened.texts.pop())
        is_bare = not element.text and not len(element)
        if opened.depth == 0:
            self._finish(opened, element, self._tag_end(is_bare=is_bare) - opened.offset)
        elif start >= 0:
            opened.spans[element] = (start, self._tag_end(is_bare=is_bare) - start)

    # -- places ----------------------------------------------------------------------------------

    def _finish(self, opened: _Open, element: Element, length: int) -> None:
        self._open = None
        if length > MAX_RECORD_BYTES:
            reason = f"The record is longer than {MAX_RECORD_BYTES} bytes."
            self._ready.append(Fault(opened.offset, self.kept(opened.offset), "xml-record-too-long", reason))
            return
        head = self.kept(opened.offset)[:length]
        self._ready.append(Record(element, opened.namespace, opened.path, opened.offset, length, head, opened.spans))

    def _tag_end(self, *, is_bare: bool) -> int:
        """Give the offset behind the tag that ends the element being read.

        The parser says where an end tag begins, and where an empty element's one tag ends; which of the two
        it was, the bytes tell, of an element without text and children.
        """
        at = self._parser.CurrentByteIndex
        inside = at - self._base
        encoding = self._encoding or "ascii"
        mark, closing = ">".encode(encoding), "/>".encode(encoding)
        if is_bare and self._window.startswith(closing, inside - len(closing)):
            return at
        # An end tag has no quoted text: its first ">" ends it.
        found = self._window.index(mark, inside)
        while (found - inside) % len(mark):
            found = self._window.index(mark, found + 1)
        return self._base + found + len(mark)

    def _refuse(self, code: str, reason: str) -> None:
        opened = self._open
        if opened is None:
            raise AssertionError("a record is refused while it is open")
        opened.refused = Fault(
            opened.offset,
            self.kept(opened.offset),
            code,
            f"{reason} Its first {KEPT_OF_LONG_LINE} bytes are kept here.",
        )
        opened.stack.clear()
        opened.starts.clear()
        opened.texts.clear()
        opened.spans.clear()

    def _broken(self, error: expat.ExpatError, *, at_end: bool) -> Fault:
        if at_end and error.code in _CUT_OFF:
            reason = "The document ends before its elements are closed: what stood behind this place is missing."
            return self._rest("xml-cut-off", reason, "Ask for the file again.")
        if error.code == expat.errors.codes[expat.errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT]:
            reason = "Something stands behind the end of the document: one file holds one XML document."
            return self._rest("xml-junk", reason, "Where it is a second document, put it into a file of its own.")
        why = expat.ErrorString(error.code) or "not well-formed"
        return self._rest(
            "xml-broken",
            f"The document is damaged here ({why}); XML cannot be read beyond an error.",
            "The rest of the file was not read: ask for it again.",
        )

    def _rest(self, code: str, reason: str, hint: str = "") -> Fault:
        """Give the rest of the document as a fault: from the unfinished record on, or from this place."""
        opened = self._open
        offset = max(self._parser.CurrentByteIndex, self._base)
        if opened is not None and opened.refused is not None:
            self._ready.append(opened.refused)
        elif opened is not None:
            offset = opened.offset
        if opened is None or opened.refused is not None:
            # Where the error is inside a tag, the tag is part of what was not read.
            read = bytes(self._window[: offset - self._base])
            mark, closing = (sign.encode(self._encoding or "ascii") for sign in "<>")
            offset = self._base + at if (at := read.rfind(mark)) > read.rfind(closing) else offset
        return Fault(offset, b"", code, reason, hint)


# -- rows ----------------------------------------------------------------------------------------


def numbered(items: Iterable[Row | Fault | PassedOver], columns: tuple[str, ...], batch_rows: int) -> Iterator[Rows]:
    """Number rows and faults in their order and yield them in batches."""
    return gathered(_numbered(items), schema(columns), batch_rows)


def _numbered(items: Iterable[Row | Fault | PassedOver]) -> Iterator[dict[str, object] | Unreadable | str]:
    number = 0
    for item in items:
        if isinstance(item, PassedOver):
            yield item.what
            continue
        number += 1
        if isinstance(item, Fault):
            yield Unreadable(number, item.offset, item.raw, "", item.code, item.reason, item.hint)
        else:
            offset, length = item.span
            yield {**item.values, LINE: number, OFFSET: offset, LENGTH: length}


def text(element: Element | None, path: str = "") -> str | None:
    """Give the text of a child by its path, or of the element itself; None where there is none.

    The path goes down the first child of each name: that is what these formats have, and ElementTree takes ten
    times as long for a path that may branch.
    """
    for name in path.split("/") if path else ():
        element = None if element is None else element.find(name)
    said = (element.text or "").strip() if element is not None else ""
    return said or None
