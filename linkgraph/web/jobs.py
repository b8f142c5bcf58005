"""Work that takes longer than a request may: done in threads, looked after by number."""

from __future__ import annotations

import logging
import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from linkgraph.errors import LinkgraphError

Result = dict[str, object]
CHANGING = frozenset({"ingest", "page"})
"""Jobs that may write to the case."""
KEPT = 100
"""Jobs that are remembered; the oldest finished ones are forgotten first."""

_log = logging.getLogger(__name__)


class StoppedError(Exception):
    """The server is stopping: a job ends where nothing is half done."""


@dataclass(eq=False)
class Job:
    """One piece of work."""

    what: str
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    state: Literal["running", "done", "failed"] = "running"
    done: int = 0
    total: int = 0
    """In whatever the work is counted in; 0: not known."""
    sentence: str = ""
    result: Result | None = None
    ended: threading.Event = field(default_factory=threading.Event, repr=False)


Report = Callable[[int, int, str], None]
"""Told how far a job is: done, total, in words. Raises :class:`StoppedError` where it shall go no further."""


class Jobs:
    """All jobs of a run."""

    def __init__(self) -> None:
        self._jobs: dict[str, Job] = {}
        self._lock = threading.Lock()
        self._stopping = threading.Event()

    def start(self, what: str, work: Callable[[Report], Result | None]) -> Job:
        """Begin with a piece of work in a thread of its own."""
        job = Job(what)

        def report(done: int, total: int, sentence: str) -> None:
            job.done, job.total, job.sentence = done, total, sentence
            if self._stopping.is_set():
                raise StoppedError

        def run() -> None:
            try:
                job.result = work(report)
                job.state = "done"
            except LinkgraphError as fault:
                job.sentence, job.state = str(fault), "failed"
            except StoppedError:
                job.sentence, job.state = "The explorer was stopped; what was acknowledged is safe.", "failed"
            except Exception:
                _log.exception("the job '%s' failed", what)
                job.sentence, job.state = "It failed for a reason that is printed where the explorer runs.", "failed"
            finally:
                job.ended.set()

        thread = threading.Thread(target=run, name=f"linkgraph {what}", daemon=True)
        with self._lock:
            finished = [one.id for one in self._jobs.values() if one.state != "running"]
            for old in finished[: max(0, len(self._jobs) - KEPT + 1)]:
                del self._jobs[old]
            self._jobs[job.id] = job
        thread.start()
        return job

    def all(self) -> list[Job]:
        """Give the jobs, oldest first."""
        with self._lock:
            return list(self._jobs.values())

    def get(self, job: str) -> Job | None:
        """Give a job by its id."""
        return self._jobs.get(job)

    def running(self, what: str) -> Job | None:
        """Give a job of this kind that is not done."""
        return next((job for job in self.all() if job.what == what and job.state == "running"), None)

    @property
    def stopping(self) -> bool:
        """Whether nothing more is to be begun."""
        return self._stopping.is_set()

    def stop(self, patience: float) -> None:
        """Have all jobs end; wait, at most so many seconds each, for those that change the case to be safe."""
        self._stopping.set()
        for job in self.all():
            if job.what in CHANGING and job.state == "running":
                job.ended.wait(patience)
