"""Findings: answers of a case that are kept, and found again while they are those of the case as it is.

A finding is ``findings/<question>.json`` in the case folder: the question, its parameters, the state of the
case it was worked out from (the number of the newest audit entry that changed the graph), and the answer. The
audit log has its SHA-256. A finding of another state, or with other parameters, is worked out again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from linkgraph import __version__
from linkgraph.store.audit import Entry
from linkgraph.writing import replace_file

FOLDER = "findings"
LOGGED = "analyze"
"""Act in the audit log whose body has the SHA-256 of findings by question."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer that is kept."""

    question: str
    revision: int
    """Audit entry of the newest change of the graph it was worked out from."""
    parameters: Mapping[str, object]
    headline: str
    """The answer in a sentence or two."""
    sha256: str
    """Of the file."""
    path: Path
    answer: Any
    """The stable form, as ``--json`` of the question's own command prints it."""


def keep(
    case: Path, question: str, revision: int, parameters: Mapping[str, object], headline: str, answer: object
) -> Finding:
    """Write an answer into the case folder; the same answer gives the same bytes.

    Raises:
        StorageError: it cannot be written; an earlier finding is as it was.
    """
    (case / FOLDER).mkdir(exist_ok=True)
    record = {
        "question": question,
        "linkgraph": __version__,
        "revision": revision,
        "parameters": dict(parameters),
        "headline": headline,
        "answer": answer,
    }
    content = json.dumps(record, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"
    path = _path(case, question)
    replace_file(path, content)
    return Finding(question, revision, parameters, headline, hashlib.sha256(content).hexdigest(), path, answer)


def kept(
    case: Path, question: str, revision: int, parameters: Mapping[str, object], sha256: str | None
) -> Finding | None:
    """Give the finding of a state of the case; None where there is none that this version would give again.

    ``sha256`` is that of the file as the audit log has it; another file is not trusted, nor read.
    """
    path = _path(case, question)
    try:
        content = path.read_bytes()
    except OSError:
        return None
    if hashlib.sha256(content).hexdigest() != sha256:
        return None
    record = json.loads(content)
    same = (record["linkgraph"], record["revision"], record["parameters"]) == (
        __version__,
        revision,
        json.loads(json.dumps(dict(parameters))),
    )
    if not same:
        return None
    return Finding(question, revision, parameters, record["headline"], sha256, path, record["answer"])


def known(entries: Iterable[Entry]) -> dict[str, str]:
    """Give the SHA-256 of each question's newest finding, as the audit log has it."""
    newest: dict[str, str] = {}
    for entry in entries:
        if entry.action == LOGGED:
            newest |= json.loads(entry.body)["findings"]
    return newest


def forget(case: Path) -> None:
    """Delete all findings: what they were worked out from is no more."""
    for path in (case / FOLDER).glob("*.json"):
        path.unlink()


def _path(case: Path, question: str) -> Path:
    return case / FOLDER / f"{question}.json"
