"""Puts the operator's settings file, `.env`, into the environment, and names the lines that can't be read."""

import io
import logging
import re
from pathlib import Path

from dotenv import load_dotenv
from dotenv.parser import parse_stream


def load_env(text: str, path: Path) -> tuple[str, ...]:
    """Put the file's settings into the environment, where that has none of them. Returns what `explain_unreadable`
    says.
    """
    # python-dotenv logs that it skips a line, but not what to do about that.
    logging.getLogger("dotenv").setLevel(logging.ERROR)
    load_dotenv(stream=io.StringIO(text))
    return explain_unreadable(text, path)


def explain_unreadable(text: str, path: Path) -> tuple[str, ...]:
    """A sentence for the operator about each line of the file that python-dotenv skips, like `NAME: value`. The line
    itself may hold a password, so the sentence has only its number.
    """
    lines = [
        one.original.line + len(skipped[0].splitlines())
        for one in parse_stream(io.StringIO(text))
        if one.error and (skipped := re.match(r"(?:[^\S\n]*\n)*", one.original.string))
    ]
    return tuple(
        f"Line {line} of {path} can't be read, so it is ignored. Write it as NAME=value, with a quotation mark at both "
        "ends of the value or none."
        for line in lines
    )
