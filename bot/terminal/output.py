"""The one place where the program writes into a terminal or a pipe: nothing secret, nothing that moves the cursor."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys
from pathlib import Path
from typing import Final, NoReturn, TextIO

from bot.redaction import Redaction, printable

_READER_LEFT: Final = 128 + 13
"""The exit status that a shell reports of a tool that SIGPIPE ended. Python ignores that signal."""
_REDACT: Final = Redaction()


def prepare_output() -> None:
    """Characters that a console or a pipe cannot write (cp1252 on Windows) are spelled out: they are no error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str, end: str = "\n") -> None:
    """Write to standard output. Ends the program where nobody reads it any more (`… | head`)."""
    _write(text, end, sys.stdout)


def complain(text: str) -> None:
    """Write to standard error: what is wrong, and how it goes."""
    _write(text, "\n", sys.stderr)


def leave(text: str, status: int = 1) -> NoReturn:
    """Say why the program ends, and end it."""
    complain(text)
    sys.exit(status)


def _write(text: str, end: str, stream: TextIO) -> None:
    try:
        print(printable(_REDACT(text)), end=end, file=stream, flush=True)
    except OSError as fault:
        # Windows calls a pipe without a reader an invalid argument.
        if fault.errno not in {errno.EPIPE, errno.EINVAL}:
            raise
        _discard(stream)
        sys.exit(_READER_LEFT)


def _discard(stream: TextIO) -> None:
    """What is still in its buffer goes nowhere: Python would complain about it at the end."""
    with contextlib.suppress(OSError, ValueError), Path(os.devnull).open("wb") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())
