"""A real Neo4j Community server for tests and benches, without a container.

The jars come from Maven Central into a cache outside the checkout; the server runs on ephemeral
ports of the loopback interface in a folder of its own and is stopped by its process id.
"""

from __future__ import annotations

import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from neo4j import GraphDatabase
from neo4j.exceptions import DriverError, Neo4jError

POM = Path(__file__).resolve().parent / "neo4j-server" / "pom.xml"
USER = "neo4j"
_START_SECONDS = 120
_STOP_SECONDS = 30


@dataclass(slots=True)
class Server:
    """A running server."""

    uri: str
    user: str
    password: str
    home: Path
    heap: str
    process: subprocess.Popen[bytes]

    def kill(self) -> None:
        """End it as a power cut would: what it had not written to its log is lost."""
        self.process.kill()
        self.process.wait()

    def start_again(self) -> None:
        """Start it on the same folder and port, and wait until it answers."""
        self.process = _start(self.home, self.heap)
        _wait(self.process, self.home, self._answers)

    def _answers(self) -> None:
        with GraphDatabase.driver(self.uri, auth=(self.user, self.password)) as driver:
            driver.execute_query("RETURN 1")


def cache() -> Path:
    """Give the folder the jars are kept in: ``$LINKGRAPH_CACHE``, else the user's cache folder."""
    stated = os.environ.get("LINKGRAPH_CACHE")
    if stated:
        return Path(stated)
    if os.name == "nt":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "linkgraph" / "cache"
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "linkgraph"


def missing() -> str | None:
    """Say what keeps a server from being started here; None where nothing does."""
    if shutil.which("java") is None:
        return "there is no java on this machine"
    if not _jars().is_dir() and shutil.which("mvn") is None:
        return "there is no mvn on this machine to fetch Neo4j's jars"
    return None


def fetch() -> Path:
    """Give the folder of the jars, fetched with Maven where they are not there yet."""
    jars = _jars()
    if jars.is_dir():
        return jars
    jars.parent.mkdir(parents=True, exist_ok=True)
    # Fetched beside and renamed when whole, so that a cut download is never taken for the jars.
    with tempfile.TemporaryDirectory(dir=jars.parent) as temporary:
        fresh = Path(temporary) / "jars"
        subprocess.run(
            [
                shutil.which("mvn") or "mvn",
                "--quiet",
                "--batch-mode",
                "--file",
                str(POM),
                "dependency:copy-dependencies",
                f"-DoutputDirectory={fresh}",
            ],
            check=True,
            stdin=subprocess.DEVNULL,
        )
        fresh.rename(jars)
    return jars


@contextmanager
def running(heap: str = "1g") -> Iterator[Server]:
    """Start a server with an empty database, and stop it at the end."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as temporary:
        home = Path(temporary)
        port = _free_port()
        _configure(home, port)
        uri = f"bolt://127.0.0.1:{port}"
        server = Server(uri, USER, secrets.token_urlsafe(16), home, heap, _start(home, heap))
        try:
            _wait(server.process, home, lambda: _first_password(uri, server.password))
            yield server
        finally:
            stop(server.process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop a server by its process id."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _jars() -> Path:
    return cache() / "neo4j-5.26.30"


def _configure(home: Path, port: int) -> None:
    (home / "conf").mkdir()
    (home / "logs").mkdir()
    (home / "conf" / "neo4j.conf").write_text(
        "server.default_listen_address=127.0.0.1\n"
        f"server.bolt.listen_address=127.0.0.1:{port}\n"
        "server.http.enabled=false\n"
        "server.https.enabled=false\n"
        "server.memory.pagecache.size=256m\n"
        "dbms.usage_report.enabled=false\n",
        "utf-8",
    )


def _start(home: Path, heap: str) -> subprocess.Popen[bytes]:
    with (home / "output.txt").open("ab") as output:
        return subprocess.Popen(
            [
                shutil.which("java") or "java",
                f"-Xmx{heap}",
                "-XX:+UseParallelGC",
                "-cp",
                str(fetch() / "*"),
                "org.neo4j.server.CommunityEntryPoint",
                f"--home-dir={home}",
                f"--config-dir={home / 'conf'}",
            ],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )


def _first_password(uri: str, password: str) -> None:
    """Change the password every new server has."""
    with GraphDatabase.driver(uri, auth=(USER, "neo4j")) as driver:
        driver.execute_query(
            "ALTER CURRENT USER SET PASSWORD FROM 'neo4j' TO $password", password=password, database_="system"
        )


def _wait(process: subprocess.Popen[bytes], home: Path, ask: Callable[[], None]) -> None:
    """Ask until the server answers."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            return ask()
        except (Neo4jError, DriverError, OSError) as fault:
            if process.poll() is not None or time.monotonic() > deadline:
                output = (home / "output.txt").read_text("utf-8", "replace")[-2000:]
                raise RuntimeError(f"Neo4j did not start: {fault}\n{output}") from fault
            time.sleep(0.5)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    print(f"Neo4j's jars are in {fetch()}")
    if "--fetch" in sys.argv[1:]:
        sys.exit(0)
    with running() as server:
        print(f"{server.uri} {server.user} {server.password} (Ctrl-C stops it)", flush=True)
        try:
            server.process.wait()
        except KeyboardInterrupt:
            sys.exit(0)
