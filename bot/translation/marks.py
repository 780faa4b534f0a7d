"""What people on Discord read goes through here, by gettext's conventions: `_`, `ngettext`, and `N_` for constants.

The code holds the English text. Code that answers a person sets that person's language around the answer:

    with speaking(language):
        await tell(interaction, _("The queue is empty."))
"""

import contextlib
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final

from bot.translation.languages import ENGLISH, Language

_spoken: Final[ContextVar[Language]] = ContextVar("spoken", default=ENGLISH)


def _(text: str) -> str:
    """The text in the current language. Values are filled in afterwards: `_("Hello {name}").format(…)`."""
    # gettext would return the catalogue's header.
    return _spoken.get().texts.gettext(text) if text else ""


def ngettext(one: str, many: str, count: int) -> str:
    """The plural form for `count`. The caller fills in `{count}`."""
    return _spoken.get().texts.ngettext(one, many, count)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """The text unchanged, marked for translators: a constant that `_` translates where it is used."""
    return text


def spoken() -> Language:
    """The current language."""
    return _spoken.get()


@contextlib.contextmanager
def speaking(language: Language) -> Iterator[None]:
    """Make this the current language within the block and in tasks that start there."""
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)
