"""Puts the operator's settings file, `.env`, into the environment, and names the lines that can't be read."""

import io
import logging
import re
from pathlib import Path
from typing import Final

from dotenv import load_dotenv
from dotenv.parser import parse_stream

_BLANK_LINES: Final = re.compile(r"(?:[^\S\n]*\n)*")


def load_env(text: str, path: Path) -> tuple[str, ...]:
    """Put the file's settings into the environment, where that has none of them. Returns what `explain_unreadable`
    says.
    """
    # python-dotenv logs that it skips a line, but not what to do about that.
    logging.getLogger("dotenv").setLevel(logging.ERROR)
    load_dotenv(stream=io.StringIO(text))
    return explain_unreadable(text, path)


def explain_unreadable(text: str, path: Path) -> tuple[str, ...]:
    """A sentence for the operator about each line of the file that python-dotenv skips, like `NAME: value`, and about
    each setting that is there more than once. A value may be a password, so the sentences have only numbers of lines.
    """
    skipped: list[int] = []
    set_in: dict[str, dict[int, str | None]] = {}
    for one in parse_stream(io.StringIO(text)):
        blank = _BLANK_LINES.match(one.original.string)
        line = one.original.line + (0 if blank is None else blank[0].count("\n"))
        if one.error:
            skipped.append(line)
        elif one.key is not None:
            set_in.setdefault(one.key, {})[line] = one.value
    unreadable = (
        f"Line {line} of {path} can't be read, so it is ignored. Write it as NAME=value, with a quotation mark at both "
        "ends of the value or none."
        for line in skipped
    )
    repeated = (
        f"{name} is set {len(lines)} times in {path}, and line {max(lines)} counts. Remove the others."
        for name, lines in set_in.items()
        if len({*lines.values()}) > 1
    )
    return (*unreadable, *repeated)
