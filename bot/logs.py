"""What goes to the log, and in which form. Every line about a job carries the job's id."""

from __future__ import annotations

import contextlib
import json
import logging
import time
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final

_JOB: Final[ContextVar[str | None]] = ContextVar("job", default=None)
"""Of the task that writes: set once where a job's work begins, it reaches everything that is called from there."""


@contextlib.contextmanager
def about(job_id: str) -> Iterator[None]:
    """What is logged meanwhile, here and in tasks that begin here, is about this job."""
    token = _JOB.set(job_id)
    try:
        yield
    finally:
        _JOB.reset(token)


class _Lines(logging.Formatter):
    """Text: the job's id follows where the message does not name it."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        job_id = _JOB.get()
        return line if job_id is None or job_id in line else f"{line} [job {job_id}]"


class _JsonLines(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if (job_id := _JOB.get()) is not None:
            line["job"] = job_id
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def start_logging(level: int, form: str) -> None:
    """Log to standard error, as text or as JSON lines."""
    handler = logging.StreamHandler()
    text = _Lines("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
    handler.setFormatter(_JsonLines() if form == "json" else text)
    logging.basicConfig(level=level, handlers=[handler])
    # At INFO it lists its own parts at each upgrade.
    logging.getLogger("alembic").setLevel(max(level, logging.WARNING))
