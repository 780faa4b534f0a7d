"""What people on Discord read goes through here, by gettext's conventions: `_`, `ngettext`, and `N_` for constants.

The code holds the English text. Code that answers a person sets that person's language around the answer:

    with speaking(translations):
        await tell(interaction, _("The queue is empty."))
"""

import contextlib
import gettext
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final

_ENGLISH: Final = gettext.NullTranslations()
_spoken: ContextVar[gettext.NullTranslations] = ContextVar("spoken", default=_ENGLISH)


def _(text: str) -> str:
    """The text in the current language. Values are filled in afterwards: `_("Hello {name}").format(…)`."""
    return _spoken.get().gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """The plural form for `count`. The caller fills in `{count}`."""
    return _spoken.get().ngettext(one, many, count)


def N_(text: str) -> str:  # noqa: N802 - gettext's own name
    """The text unchanged, marked for translators: a constant that `_` translates where it is used."""
    return text


@contextlib.contextmanager
def speaking(translations: gettext.NullTranslations) -> Iterator[None]:
    """Make this the current language within the block and in tasks that start there."""
    before = _spoken.set(translations)
    try:
        yield
    finally:
        _spoken.reset(before)
