"""One run of the explorer: listen, hold the case, make the first picture, answer until it is stopped."""

from __future__ import annotations

import secrets
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from linkgraph.errors import UsageError
from linkgraph.questions import Questions
from linkgraph.store.neo4j import Neo4jServer
from linkgraph.web.app import UPLOAD_LIMIT, application
from linkgraph.web.explorer import Explorer

HOST = "127.0.0.1"
_PATIENCE = 120
"""Seconds that an import has to come to the end of its batch when the server is stopped."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where one run is reached."""

    socket: socket.socket
    token: str

    @property
    def port(self) -> int:
        """The port that is listened to."""
        return int(self.socket.getsockname()[1])

    @property
    def origin(self) -> str:
        """The address without the token: this may be told to anybody."""
        return f"http://{HOST}:{self.port}"

    @property
    def url(self) -> str:
        """What to open. The token is in the fragment, which a browser does not send."""
        return f"{self.origin}/#{self.token}"


@contextmanager
def listening(port: int = 0) -> Iterator[Address]:
    """Listen on this machine's own address alone; 0: on any free port.

    Raises:
        UsageError: the port is taken.
    """
    # Said to be TCP in so many words, or asyncio leaves Nagle's algorithm on and small answers wait 40 ms.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        # On Windows others could listen on the same port as well unless told not to.
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
        except (OSError, OverflowError) as fault:
            raise UsageError(f"Port {port} cannot be listened to ({fault}): name another with --port.") from fault
        yield Address(listener, secrets.token_urlsafe(32))


@contextmanager
def explored(case: Questions, server: Neo4jServer | None) -> Iterator[Explorer]:
    """Begin to explore a case; when the block ends, end all jobs and delete what was sent."""
    with tempfile.TemporaryDirectory(prefix="linkgraph-explore-", ignore_cleanup_errors=True) as folder:
        explorer = Explorer(case, server, Path(folder))
        try:
            yield explorer
        finally:
            explorer.jobs.stop(_PATIENCE)


def serve(
    explorer: Explorer,
    address: Address,
    *,
    ready: Callable[[], None],
    upload_limit: int = UPLOAD_LIMIT,
    stop: threading.Event | None = None,
) -> None:
    """Answer requests until Ctrl+C, or until ``stop`` is set.

    Args:
        explorer: what is answered from.
        address: where.
        ready: called when requests are answered.
        upload_limit: bytes of one file of evidence that are taken.
        stop: ends it from another thread.
    """
    app = application(explorer, port=address.port, token=address.token, upload_limit=upload_limit)
    server = _Server(
        uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=3,
        ),
        ready,
        stop,
    )
    try:
        server.run(sockets=[address.socket])
    except KeyboardInterrupt:
        # The way to stop it, and no fault.
        return


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None], stop: threading.Event | None) -> None:
        super().__init__(config)
        self._ready, self._stop = ready, stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._ready()

    async def on_tick(self, counter: int) -> bool:
        if self._stop is not None and self._stop.is_set():
            self.should_exit = True
        return await super().on_tick(counter)
