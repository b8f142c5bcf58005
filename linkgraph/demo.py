"""The sample case, from evidence files to the page, as an analyst would do it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from linkgraph.case import Case, create
from linkgraph.errors import UsageError
from linkgraph.ingest.mapping import Stated
from linkgraph.resources import sample_graphs
from linkgraph.writing import replace_file

SAMPLE = "op-lantern"

STEPS: tuple[tuple[str, tuple[str, ...], Stated], ...] = (
    ("accounts", ("returns/accounts.csv",), Stated()),
    ("ip-logs", ("returns/logins.csv", "returns/logins_2.csv"), Stated(timezone="UTC")),
    ("ip-logs", ("access.log",), Stated(service="lanternchat")),
    ("payments", ("statement.sta", "payments.csv"), Stated()),
    ("file-hashes", ("hashes.csv",), Stated()),
    ("contacts", ("messages.csv",), Stated()),
    ("links", ("chart.csv",), Stated(timezone="UTC")),
)
"""What is ingested: kind, files, what the analyst states for them."""


def run(folder: Path, say: Callable[[str], None]) -> Path:
    """Make the sample case in ``folder`` and give the path of its page.

    The evidence is copied to ``folder/evidence``, the case is ``folder/op-lantern``.

    Raises:
        UsageError: the folder is in use.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"'{folder}' exists and is not empty; name a new folder: linkgraph demo FOLDER.")
    evidence = folder / "evidence"
    with sample_graphs() as shipped:
        shutil.copytree(shipped / SAMPLE, evidence)
    case = create(folder / SAMPLE, agency="Agency A", timezone="Europe/London")
    for kind, files, stated in STEPS:
        _ingest(case, kind, [evidence / name for name in files], stated, say)
    counts = case.counts()
    say(
        f"{sum(counts.entities.values()):,} entities and {sum(counts.links.values()):,} links "
        f"from {counts.sources} sources; {counts.quarantined} rows in quarantine, none lost."
    )
    leads = case.leads(top=3).to_json()
    say("Look first at: " + ", ".join(f"{lead['label']} ({lead['score']})" for lead in leads) + ".")
    page = folder / f"{SAMPLE}.html"
    replace_file(page, case.render().content)
    return page


def _ingest(case: Case, kind: str, files: list[Path], stated: Stated, say: Callable[[str], None]) -> None:
    for done in case.ingesting(kind, files, stated=stated):
        tally = done.tally
        say(
            f"{kind:12} {done.name:16} {tally.read:>6,} read = {tally.stored:,} stored + "
            f"{tally.duplicates:,} duplicates + {tally.quarantined:,} quarantined"
        )
