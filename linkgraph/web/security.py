"""Who may ask: only the page that this very run of the server has opened, in a browser on this machine.

Any page of the web can make a browser send requests to 127.0.0.1, and a name of its own can be made to lead there
(DNS rebinding). So a request is refused whose ``Host`` is not this server by number or as localhost, whose ``Origin``
or ``Sec-Fetch-Site`` (W3C, Fetch Metadata Request Headers) is another's, or that does not carry the token. The token
is new in each run and stands in the fragment of the page's address, which a browser never sends: the page's script
puts it into the ``Authorization`` header. No cookie is set or read, no CORS header allows anybody anything.
"""

from __future__ import annotations

import hmac
import json
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SHELL = "/"
OPEN = frozenset({SHELL, "/favicon.ico"})
"""What is answered without a token: there is nothing of the case in it."""
UPLOADS = "/api/uploads"
JSON_LIMIT = 1_000_000
"""Bytes of a request's body, but for an upload."""

POLICY = b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
_HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cache-control", b"no-store"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
)


@dataclass(frozen=True, slots=True)
class _Refusal:
    status: int
    sentence: str


class Guard:
    """ASGI middleware, the outermost: looks at every request before anything else does."""

    def __init__(self, app: ASGIApp, *, port: int, token: str, upload_limit: int) -> None:
        self._app = app
        self._hosts = frozenset({f"127.0.0.1:{port}".encode(), f"localhost:{port}".encode()})
        self._authorization = f"Bearer {token}".encode()
        self._upload_limit = upload_limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or start and stop with the server."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            # There are no web sockets here; closing before accepting is answered with 403.
            await send({"type": "websocket.close", "code": 1008})
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = list(message.get("headers", ()))
                stated = {name.lower() for name, _ in own}
                policy = [] if b"content-security-policy" in stated else [(b"content-security-policy", POLICY)]
                message = {**message, "headers": own + list(_HEADERS) + policy}
            await send(message)

        limit = self._upload_limit if scope["path"] == UPLOADS else JSON_LIMIT
        refusal = self._refusal(scope, limit)
        if refusal is not None:
            await _refuse(refusal, with_headers)
            return
        await self._app(scope, _limited(receive, limit), with_headers)

    def _refusal(self, scope: Scope, limit: int) -> _Refusal | None:
        sent: dict[bytes, list[bytes]] = {}
        for name, value in scope["headers"]:
            sent.setdefault(name.lower(), []).append(value)
        [host] = sent[b"host"] if len(sent.get(b"host", ())) == 1 else [b""]
        if host not in self._hosts:
            return _Refusal(421, "This server answers as 127.0.0.1 or localhost with its own port only.")
        if any(origin != b"http://" + host for origin in sent.get(b"origin", ())):
            return _Refusal(403, "Requests of other pages are not answered.")
        if any(site not in (b"same-origin", b"none") for site in sent.get(b"sec-fetch-site", ())):
            return _Refusal(403, "Requests of other pages are not answered.")
        if scope["path"] not in OPEN:
            given = sent.get(b"authorization", ())
            if len(given) != 1 or not hmac.compare_digest(given[0], self._authorization):
                return _Refusal(401, "The token is missing or not that of this run: open the address that was printed.")
        length = b"".join(sent.get(b"content-length", ()))
        if length.isdigit() and int(length) > limit:
            return _Refusal(413, _too_large(limit))
        return None


def _limited(receive: Receive, limit: int) -> Receive:
    """Stop reading where a body is larger than its limit, whatever length it was said to have."""
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > limit:
            raise HTTPException(413, _too_large(limit))
        return message

    return limited


def _too_large(limit: int) -> str:
    return f"The request is larger than the {limit:,} bytes that are taken."


async def _refuse(refusal: _Refusal, send: Send) -> None:
    body = json.dumps({"detail": refusal.sentence}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if refusal.status == 401:
        headers.append((b"www-authenticate", b"Bearer"))
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
