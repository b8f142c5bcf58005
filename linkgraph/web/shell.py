"""The page that the server gives: the same script as in a file, with nothing of the case in it."""

from __future__ import annotations

import re

from starlette.responses import HTMLResponse, Response

from linkgraph.viz import page

_META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')
_NOT_FRAMED = "frame-ancestors 'none'"


def shell() -> Response:
    """Give the page, with a policy under which it can ask this server and nobody else.

    Raises:
        UsageError: the page's script was not built.
    """
    text = page.shell()
    stated = _META.search(text)
    policy = stated[1] if stated else "default-src 'none'"
    if _NOT_FRAMED in policy:
        # Browsers take this from a header alone, and complain of it anywhere else.
        text = text.replace(f"; {_NOT_FRAMED}", "", 1)
    else:
        policy = f"{policy}; {_NOT_FRAMED}"
    return HTMLResponse(text, headers={"content-security-policy": policy})
