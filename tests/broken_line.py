"""A connection to a server that breaks when a test says so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Line:
    """Forwards connections on the loopback interface to a server, and cuts them.

    ``cut_after`` bytes that came back from the server, the connection breaks: by then the server
    has done what it was asked and the asker does not know. The next connection is whole again.
    """

    def __init__(self, server_port: int, cut_after: int | None) -> None:
        self.cuts = 0
        self._left = cut_after
        self._server_port = server_port
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def break_down(self) -> None:
        """Cut every connection and take no new one."""
        self._listener.close()
        for one in self._open:
            _hang_up(one)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                asker, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
                self._open += [asker, server]
                for source, target, counted in ((asker, server, False), (server, asker, True)):
                    threading.Thread(target=self._forward, args=(source, target, counted), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                if counted and self._left is not None:
                    self._left -= len(data)
                    if self._left < 0:
                        self._left = None
                        self.cuts += 1
                        break
                target.sendall(data)
        _hang_up(source)
        _hang_up(target)


def _hang_up(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def line(server_port: int, cut_after: int | None = None) -> Iterator[Line]:
    """Open a line to the server at a port of the loopback interface."""
    opened = Line(server_port, cut_after)
    try:
        yield opened
    finally:
        opened.break_down()
