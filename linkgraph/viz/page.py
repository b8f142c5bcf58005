"""The investigator's page: one HTML file that asks nothing of any network.

The browser is told so too: the Content-Security-Policy allows nothing but the one script and the
one style that are in the file, by their hashes (W3C, Content Security Policy Level 3, §2.3.1), and
pictures made by the page itself. The model is JSON, deflated (RFC 1951) and written as base64: text of the
evidence is data for ``JSON.parse``, never markup, and no address in it looks like one in the file.

The page carries a *seal*: the SHA-256 of each of its parts, and the *page digest* over these.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files

from linkgraph.errors import UsageError
from linkgraph.viz.page_model import Model

LARGEST = 5_000_000
"""Bytes that a page is to have at most."""
PARTS = ("style", "script", "licences", "model")
"""Parts that the seal is over, in its order."""
_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_ASKS_NOBODY = "connect-src 'none'"
_ASKS_ITS_SERVER = "connect-src 'self'"


@dataclass(frozen=True, slots=True)
class Page:
    """A page, ready to be written as UTF-8 with line ends as they are."""

    text: str = field(repr=False)
    digest: str
    """The page digest."""
    shows: Mapping[str, object] = field(default_factory=dict)
    """What it was asked for: ``victims`` shown or not, ``around`` which entity (id) and how many ``hops``, only
    which kinds of ``links``; null where not asked."""

    @property
    def content(self) -> bytes:
        """The bytes of the file."""
        return self.text.encode()

    @property
    def sha256(self) -> str:
        """SHA-256 of the file."""
        return hashlib.sha256(self.content).hexdigest()


def render(model: Model) -> Page:
    """Give the page of a model.

    Args:
        model: as :func:`linkgraph.viz.page_model.build` makes it.

    Raises:
        UsageError: the page's script was not built.
    """
    return _filled(pack(model), _ASKS_NOBODY, f"{model['case']} – linkgraph", sealed=True)


def shell() -> str:
    """Give the page without a model, for a server that is asked for it."""
    return _filled("", _ASKS_ITS_SERVER, "linkgraph", sealed=False).text


def pack(model: Model) -> str:
    """Write a model as the page carries it; the same model gives the same text on one version of zlib."""
    text = json.dumps(model, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return base64.b64encode(deflate.compress(text.encode()) + deflate.flush()).decode()


def unpack(text: str) -> Model:
    """Read a model as the page carries it."""
    found: Model = json.loads(zlib.decompress(base64.b64decode(text), -zlib.MAX_WBITS))
    return found


@dataclass(frozen=True, slots=True)
class Checked:
    """What became of a page since it was made."""

    digest: str
    """The page digest as the page says it; empty where it says none."""
    sha256: str
    """SHA-256 of the file as it is."""
    broken: tuple[str, ...]
    """Parts that are not as they were made."""


def check(content: bytes) -> Checked:
    """Work out the seal of a page again, as the page itself does.

    Raises:
        UsageError: the file is no page of linkgraph.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    text = content.decode("utf-8", "surrogateescape")
    found = {
        name: re.search(rf"<{tag}[^>]* id=\"{mark}\">(.*?)</{tag}>", text, re.DOTALL)
        for name, tag, mark in (
            ("style", "style", "__________cytoscape_stylesheet"),
            ("script", "script", "script"),
            ("licences", "script", "licences"),
            ("model", "script", "model"),
            ("seal", "script", "seal"),
        )
    }
    if found["seal"] is None:
        raise UsageError("The file is no page of linkgraph, or its seal is gone.")
    try:
        sealed: dict[str, str] = json.loads(found["seal"][1])
    except ValueError:
        return Checked("", sha256, ("seal",))
    digests = {
        name: hashlib.sha256(part[1].encode("utf-8", "surrogateescape")).hexdigest() if (part := found[name]) else ""
        for name in PARTS
    }
    broken = [name for name in PARTS if digests[name] != sealed.get(name)]
    if _page_digest(digests) != sealed.get("page"):
        broken.append("page")
    return Checked(str(sealed.get("page", "")), sha256, tuple(broken))


def _filled(model: str, connections: str, title: str, *, sealed: bool) -> Page:
    parts = {
        "style": _part("page.css"),
        "script": _part("page.js"),
        "licences": to_json(_part("LICENSES.txt")),
        "model": model,
    }
    policy = (
        f"default-src 'none'; script-src '{_hash(parts['script'])}'; style-src '{_hash(parts['style'])}'; "
        f"img-src data: blob:; {connections}; base-uri 'none'; form-action 'none'"
    )
    digests = {name: hashlib.sha256(text.encode()).hexdigest() for name, text in parts.items()}
    digest = _page_digest(digests)
    filled = {
        "POLICY": policy,
        "TITLE": html.escape(title),
        "STYLE": parts["style"],
        "MODEL": parts["model"],
        "LICENCES": parts["licences"],
        "SEAL": to_json({**digests, "page": digest}) if sealed else "",
        "SCRIPT": parts["script"],
    }
    pieces = _part("template.html").split("@")
    text = "".join(filled[piece] if index % 2 else piece for index, piece in enumerate(pieces))
    return Page(text, digest)


def _page_digest(digests: dict[str, str]) -> str:
    return hashlib.sha256("\n".join(digests[name] for name in PARTS).encode()).hexdigest()


def to_json(value: object) -> str:
    """Write JSON that is harmless inside a script element: nothing in it can end the element or begin a comment."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    # Evidence in UTF-16 can hold half a surrogate pair, which UTF-8 cannot.
    text = "".join(f"\\u{ord(one):04x}" if "\ud800" <= one <= "\udfff" else one for one in text)
    # What looks for addresses in the file is to find none.
    return text.replace("//", "\\u002f\\u002f")


def _hash(content: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()


def _part(name: str) -> str:
    part = files("linkgraph.viz") / "static" / name
    if not part.is_file():
        raise UsageError(
            "The page's script is not built: install linkgraph again, "
            "or run 'python linkgraph/viz/page/hatch_build.py' in a checkout."
        )
    return part.read_bytes().decode()
