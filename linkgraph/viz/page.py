"""The investigator's page: one HTML file that asks nothing of any network.

The browser is told so too: the Content-Security-Policy allows nothing but the one script and the
one style that are in the file, by their hashes (W3C, Content Security Policy Level 3, §2.3.1), and
pictures made by the page itself. Text of the evidence is data for ``JSON.parse``, never markup.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
from importlib.resources import files

from linkgraph.errors import UsageError
from linkgraph.viz.page_model import Model

_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


def render(model: Model) -> str:
    """Give the text of the HTML file, to be written as UTF-8 with line ends as they are.

    Args:
        model: as :func:`linkgraph.viz.page_model.build` makes it.

    Raises:
        UsageError: the page's script was not built.
    """
    script, style = _part("page.js"), _part("page.css")
    policy = (
        f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; img-src data: blob:; "
        "connect-src 'none'; base-uri 'none'; form-action 'none'"
    )
    filled = {
        "POLICY": policy,
        "TITLE": html.escape(f"{model['case']} – linkgraph"),
        "STYLE": style,
        "MODEL": to_json(model),
        "LICENCES": to_json(_part("LICENSES.txt")),
        "SCRIPT": script,
    }
    pieces = _part("template.html").split("@")
    return "".join(filled[piece] if index % 2 else piece for index, piece in enumerate(pieces))


def to_json(value: object) -> str:
    """Write JSON that is harmless inside a script element.

    No character of it can end the element or begin a comment; two slashes never stand together, so that
    an address in the evidence is no address for anything that looks for one in the file.
    """
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    for character, escape in _ESCAPES.items():
        text = text.replace(character, escape)
    # A label from UTF-16 evidence can hold half a surrogate pair, which UTF-8 cannot.
    text = "".join(f"\\u{ord(one):04x}" if "\ud800" <= one <= "\udfff" else one for one in text)
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
