"""How far an import is and what came of it, told on stderr."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from linkgraph.cli.output import say
from linkgraph.ingest import importing
from linkgraph.ingest.importing import Imported


def tell(imported: Imported) -> None:
    """Say what an analyst should know of how a file was read."""
    if imported.already:
        say(f"'{imported.name}' was already imported on {imported.already:%Y-%m-%d %H:%M} UTC; nothing changed.")
    if imported.resumed:
        say(f"'{imported.name}': the import that was cut off is complete.")
    for notice in imported.notices:
        say(f"'{imported.name}': {notice}.")
    if imported.unused:
        say(f"'{imported.name}': columns not read: {', '.join(imported.unused)}.")


@contextmanager
def shown() -> Iterator[Callable[[importing.Progress], None]]:
    """Show a bar with rows/s on stderr, where a person watches."""
    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        _Rate(),
        TimeRemainingColumn(),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    tasks: dict[str, TaskID] = {}

    def report(progress: importing.Progress) -> None:
        if progress.name not in tasks:
            tasks[progress.name] = bar.add_task(progress.name, total=progress.bytes_total, rows=0)
        bar.update(tasks[progress.name], completed=progress.bytes_read, rows=progress.rows)

    with bar:
        yield report


class _Rate(ProgressColumn):
    """Rows so far and rows per second."""

    def render(self, task: Task) -> Text:
        rows = int(task.fields.get("rows", 0))
        rate = f", {rows / task.elapsed:,.0f} rows/s" if task.elapsed else ""
        return Text(f"{rows:,} rows{rate}")
