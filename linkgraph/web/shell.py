"""The page that the server gives: the same script as in a file, with nothing of the case in it."""

from __future__ import annotations

import re

from starlette.responses import HTMLResponse, Response

from linkgraph.viz import page

_META = re.compile(r'<meta http-equiv="Content-Security-Policy" content="([^"]*)">')


def shell() -> Response:
    """Give the page, with a policy under which it can ask this server and nobody else, and stand in no frame.

    Raises:
        UsageError: the page's script was not built.
    """
    text = page.shell()
    stated = _META.search(text)
    policy = stated[1] if stated else "default-src 'none'"
    # Browsers take this from a header alone.
    return HTMLResponse(text, headers={"content-security-policy": f"{policy}; frame-ancestors 'none'"})
