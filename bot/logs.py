"""What is logged, and in which form. Every line about a job carries the job's id; no line carries a secret, nor what a
member wrote.
"""

import contextlib
import json
import logging
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import Final, TextIO

from bot.redaction import MembersWords, Redaction, printable
from bot.version import VERSION

log = logging.getLogger(__name__)

_JOB: Final[ContextVar[str | None]] = ContextVar("job", default=None)
"""The job of the running task. It is set once, where work on a job begins, and everything called from there sees it."""
_WORDS: Final[ContextVar[MembersWords | None]] = ContextVar("words", default=None)
"""What the member wrote whose request the running task works on. Errors quote it."""
_CONTINUED: Final = "\n    | "
"""Goes before each further line of a record, so that no text in it can pass for a record of its own."""


@contextlib.contextmanager
def about(job_id: str, texts: Iterable[str] = ()) -> Iterator[None]:
    """Mark everything logged within, also by tasks that start here, as being about this job. The `texts` of its owner
    are in none of it.
    """
    token, hidden = _JOB.set(job_id), _WORDS.set(MembersWords(texts))
    try:
        yield
    finally:
        _WORDS.reset(hidden)
        _JOB.reset(token)


def hide_words(texts: Iterable[str]) -> None:
    """From here on, these texts are in no line that the running task logs."""
    _WORDS.set(MembersWords(texts))


def _without_words(text: str) -> str:
    words = _WORDS.get()
    return text if words is None else words(text)


class _Lines(logging.Formatter):
    """Text lines, with the job's id at the end if the message does not name it."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s", "%H:%M:%S")
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        line = printable(self._redact(_without_words(super().format(record)))).replace("\n", _CONTINUED)
        job_id = _JOB.get()
        return line if job_id is None or job_id in line else f"{line} [job {job_id}]"


class _JsonLines(logging.Formatter):
    """One JSON object per line."""

    def __init__(self, redact: Redaction) -> None:
        super().__init__()
        self._redact = redact

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname,
            "logger": record.name,
            "message": self._clean(record.getMessage()),
        }
        if (job_id := _JOB.get()) is not None:
            line["job"] = job_id
        if record.exc_info:
            line["exception"] = self._clean(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)

    def _clean(self, text: str) -> str:
        return printable(self._redact(_without_words(text)))


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """Name the place of a record that cannot be formatted. `logging` itself would print its arguments."""
        with contextlib.suppress(OSError, ValueError):
            print(f"could not log a line of {record.name}:{record.lineno}", file=sys.stderr)  # noqa: T201


def start_logging(level: int, form: str, secrets: Iterable[str] = ()) -> None:
    """Log to standard error, as text or JSON lines: the bot's and libraries' lines, warnings and uncaught exceptions.
    The first line names the version.

    `secrets` are masked wherever they appear. DEBUG applies to the bot's own lines only: at that level libraries log
    all that they send and receive, including prompts and tokens.
    """
    redact = Redaction(secrets)
    handler = _Handler()
    handler.setFormatter(_JsonLines(redact) if form == "json" else _Lines(redact))
    logging.basicConfig(level=max(level, logging.INFO), handlers=[handler])
    logging.getLogger("bot").setLevel(level)
    # At INFO it logs its own internals at each upgrade.
    logging.getLogger("alembic").setLevel(max(level, logging.WARNING))
    logging.captureWarnings(capture=True)
    _log_what_nobody_caught()
    log.info("Darkroom %s", VERSION)


def _log_what_nobody_caught() -> None:
    """Python would print uncaught exceptions unmasked, and their text may hold secrets."""

    def log_exception(kind: type[BaseException], fault: BaseException, _: object) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            log.critical("ended by an uncaught exception", exc_info=fault)

    def log_in_thread(told: threading.ExceptHookArgs) -> None:
        log.error("a thread ended by an uncaught exception", exc_info=told.exc_value)

    # In quotes: only type checkers know the name.
    def log_unraisable(told: "sys.UnraisableHookArgs") -> None:
        where = getattr(told.object, "__qualname__", type(told.object).__name__)
        log.error("an exception in %s, where none can be raised", where, exc_info=told.exc_value)

    sys.excepthook = log_exception
    threading.excepthook = log_in_thread
    sys.unraisablehook = log_unraisable
