"""What people and workflows wrote, as it may stand in a message."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from bot.discord_limits import CONTENT
from bot.ledger import Job

PROMPT_SHOWN: Final = 700
"""Characters of the prompt; escaping can double them."""
_TEXT_SHOWN: Final = 900
"""Characters of all texts that stand in a message."""
_MARKDOWN: Final = re.compile(r"[\\*_~`|<\[]|^[>#-]")


def shown_prompt(prompt_text: str, limit: int = PROMPT_SHOWN) -> str:
    """A prompt as it may stand in a message: one line, no Markdown, no mentions, not too long."""
    line = " ".join(prompt_text.split())
    return _escape(line if len(line) <= limit else line[: limit - 1].rstrip() + "…")


def words_of(job: Job, title: str) -> str:
    """What a job is called: its prompt, or the title of its workflow where it has none. Not escaped."""
    given = job.values.get("prompt")
    return given if isinstance(given, str) and given.strip() else title


def shown_value(value: object) -> str:
    """A value as a member may see it: the last part of a path, and not too much of it."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    text = text.replace("\\", "/").rsplit("/", 1)[-1]
    return f"`{text[:80].replace('`', '')}`"


def split_texts(texts: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Texts that are short enough to stand in the message, and those that go as files."""
    shown: list[str] = []
    long: list[str] = []
    room = _TEXT_SHOWN
    for text in texts:
        size = len(as_block(text))
        if size <= room:
            room -= size
            shown.append(text)
        else:
            long.append(text)
    return tuple(shown), tuple(long)


def as_many_as_fit(lines: Iterable[str]) -> str:
    """Whole lines that fit a message; where some do not, it ends with a mark."""
    text = "\n".join(lines)
    return text if len(text) <= CONTENT else text[: CONTENT - 2].rsplit("\n", 1)[0] + "\n…"


def as_block(text: str) -> str:
    """A text word for word: in a code block nothing is Markdown, a mention or a link."""
    # Pairs, not triples: between two triples that were broken up a new one would stand.
    inert = text.strip().replace("``", "`\N{ZERO WIDTH SPACE}`")
    return f"```\n{inert}\n```"


def _escape(text: str) -> str:
    # A backslash takes the magic out of Markdown and of <@id>, a zero-width space out of @everyone.
    return _MARKDOWN.sub(r"\\\g<0>", text).replace("@", "@\N{ZERO WIDTH SPACE}")
