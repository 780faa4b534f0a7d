"""Quotation marks, lists and the ends of sentences, as each language writes them. Pure."""

from collections.abc import Iterable

from bot.translation.marks import _


def in_quotes(text: str) -> str:
    """A name or somebody's words as part of a sentence."""
    return _("“{text}”").format(text=text)


def listed(parts: Iterable[str]) -> str:
    """Several things as part of a sentence."""
    return _("{one}, {other}").format(one="", other="").join(parts)


def ended(sentence: str, reason: str | None = None) -> str:
    """A sentence with its end: a colon and the reason, or a full stop."""
    if reason:
        return _("{sentence}: {reason}").format(sentence=sentence, reason=reason)
    return _("{sentence}.").format(sentence=sentence)
