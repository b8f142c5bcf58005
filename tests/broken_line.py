"""A connection to a server that breaks when a test says so."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress


class Line:
    """Forwards connections on the loopback interface to a server, and cuts them.

    ``cut_after`` bytes that came back from the server, the connection breaks: by then the server
    has done what it was asked and the asker does not know. The next connection is whole again, until
    the next of ``cut_after``: each is counted from the cut before. A negative number counts what
    goes to the server, which then has half a request.
    """

    def __init__(self, server_port: int, cut_after: Iterable[int]) -> None:
        self.cuts = 0
        self.passed = {"to": 0, "from": 0}
        """Bytes that went to the server and came from it."""
        self._counting = threading.Lock()
        self.cut_after(cut_after)
        self._server_port = server_port
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut_after(self, numbers: Iterable[int]) -> None:
        """Begin to count now."""
        with self._counting:
            self._waiting = iter(numbers)
            self._left = next(self._waiting, None)

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
                for source, target, way in ((asker, server, "to"), (server, asker, "from")):
                    threading.Thread(target=self._forward, args=(source, target, way), daemon=True).start()

    def _forward(self, source: socket.socket, target: socket.socket, way: str) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                kept = self._until_cut(len(data), way)
                target.sendall(data[:kept])
                if kept is not None:
                    break
        _hang_up(source)
        _hang_up(target)

    def _until_cut(self, size: int, way: str) -> int | None:
        """Count bytes on their way; give how many of them still pass, None where all do."""
        with self._counting:
            self.passed[way] += size
            if self._left is None or (self._left < 0) != (way == "to"):
                return None
            left = abs(self._left) - size
            if left > 0:
                self._left = left if way == "from" else -left
                return None
            self.cuts += 1
            self._left = next(self._waiting, None)
            return size + left


def _hang_up(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def line(server_port: int, *cut_after: int) -> Iterator[Line]:
    """Open a line to the server at a port of the loopback interface."""
    opened = Line(server_port, cut_after)
    try:
        yield opened
    finally:
        opened.break_down()
