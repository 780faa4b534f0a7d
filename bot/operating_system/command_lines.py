"""Splits command lines from the settings into words. Pure."""

import re
import shlex
from typing import Final

_WINDOWS_PATH: Final = re.compile(r"""(?:^|[\s"'=])(?:[A-Za-z]:\\|\\\\)""")
"""A drive letter or a network share. A shell's escape never follows a drive letter and colon."""


def split_command(text: str, platform: str) -> tuple[str, ...]:
    """The words of a command line on `platform` (as in `sys.platform`). Raises `ValueError` for an unclosed quote.

    On Windows a backslash belongs to a path; on other systems it is the shell's escape. A Windows path keeps its
    backslashes on every system, because the settings may have been written on another machine.
    """
    words = shlex.shlex(text, posix=True, punctuation_chars=False)
    words.whitespace_split = True
    words.commenters = ""
    if platform == "win32" or _WINDOWS_PATH.search(text):
        words.escape = ""
    try:
        return tuple(words)
    except ValueError:
        raise ValueError("a quotation mark is not closed") from None
