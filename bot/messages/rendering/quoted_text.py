"""Make text by people and workflows safe to quote in a message."""

import re
from collections.abc import Iterable
from typing import Final

from bot.discord_limits import CONTENT
from bot.ledger import Job
from bot.workflows.styles.style import STYLE

PROMPT_SHOWN: Final = 700
"""Characters of the prompt; escaping can double them."""
_TEXT_SHOWN: Final = 900
"""Characters of all texts quoted in one message."""
_UNSEEN: Final = re.compile(r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069]")
"""What turns the direction of all text behind it, up to the end of the line, and what no screen shows."""
_MARKDOWN: Final = re.compile(r"[\\*_~`|<\[]|^[>#-]")


def shown_prompt(prompt_text: str, limit: int = PROMPT_SHOWN) -> str:
    """A prompt, safe to quote: on one line, without Markdown or mentions, shortened to `limit`."""
    line = plain_line(prompt_text)
    return _escape(line if len(line) <= limit else line[: limit - 1].rstrip() + "…")


def plain_line(text: str) -> str:
    """A text on one line, without characters that nobody sees or that turn what follows around. Not escaped."""
    return " ".join(_UNSEEN.sub("", text).split())


def words_of(job: Job, title: str) -> str:
    """The name of a job: its prompt, or its workflow's title if it has none. Not escaped."""
    given = job.values.get("prompt")
    return given if isinstance(given, str) and given.strip() else title


def style_of(job: Job) -> str | None:
    """The name of the style that a member chose, or None. Not escaped."""
    style = (job.given or {}).get(STYLE)
    # Without a style, `style` is a parameter of the workflow's own.
    return style if isinstance(style, str) and STYLE not in job.values else None


def shown_value(value: object) -> str:
    """A value, safe to show to members: only the last part of a path, and shortened."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    text = text.replace("\\", "/").rsplit("/", 1)[-1]
    return f"`{text[:80].replace('`', '')}`"


def split_texts(texts: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split texts into those short enough for the message and those to send as files."""
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
    """As many whole lines as fit a message, with "…" at the end if some are missing."""
    text = "\n".join(lines)
    return text if len(text) <= CONTENT else text[: CONTENT - 2].rsplit("\n", 1)[0] + "\n…"


def as_block(text: str) -> str:
    """A text word for word, in a code block, where Markdown, mentions and links have no effect."""
    # Break up pairs of backticks, not triples: two broken triples could form a new triple between them.
    inert = text.strip().replace("``", "`\N{ZERO WIDTH SPACE}`")
    return f"```\n{inert}\n```"


def _escape(text: str) -> str:
    # A backslash disables Markdown and <@id>, a zero-width space disables @everyone.
    return _MARKDOWN.sub(r"\\\g<0>", text).replace("@", "@\N{ZERO WIDTH SPACE}")
