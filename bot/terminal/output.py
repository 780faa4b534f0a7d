"""The one place that writes to the terminal or a pipe. It masks secrets and spells out control characters."""

import contextlib
import errno
import io
import os
import sys
from pathlib import Path
from typing import Final, NoReturn, TextIO

from bot.redaction import Redaction, printable

_READER_LEFT: Final = 128 + 13
"""The exit status that a shell reports for a tool ended by SIGPIPE. Python itself ignores that signal."""
_REDACT: Final = Redaction()


def prepare_output() -> None:
    """Spell out characters that a console or a pipe cannot write (cp1252 on Windows), instead of failing."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str, end: str = "\n") -> None:
    """Write to standard output. Ends the program if nothing reads it any more (`… | head`)."""
    _write(text, end, sys.stdout)


def complain(text: str) -> None:
    """Write a fault or progress to standard error."""
    _write(text, "\n", sys.stderr)


def leave(text: str, status: int = 1) -> NoReturn:
    """Say why the program ends, and end it."""
    complain(text)
    sys.exit(status)


def _write(text: str, end: str, stream: TextIO) -> None:
    try:
        print(printable(_REDACT(text)), end=end, file=stream, flush=True)
    except OSError as fault:
        # Windows reports a pipe without a reader as an invalid argument.
        if fault.errno not in {errno.EPIPE, errno.EINVAL}:
            raise
        _discard(stream)
        sys.exit(_READER_LEFT)


def _discard(stream: TextIO) -> None:
    """Send what is left in the buffer nowhere, because Python would report an error when it exits."""
    with contextlib.suppress(OSError, ValueError), Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())
