"""What people on Discord read goes through here, by gettext's conventions: `_`, `ngettext`, and `N_` for constants.

English is what stands in the code. Whoever answers somebody says in whose language, around the answer:

    with speaking(translations):
        await tell(interaction, _("The queue is empty."))
"""

from __future__ import annotations

import contextlib
import gettext
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Final

_ENGLISH: Final = gettext.NullTranslations()
_spoken: ContextVar[gettext.NullTranslations] = ContextVar("spoken", default=_ENGLISH)


def _(text: str) -> str:
    """The text in the language that is spoken here. Names to fill in come afterwards: `_("Hello {name}").format(…)`."""
    return _spoken.get().gettext(text)


def ngettext(one: str, many: str, count: int) -> str:
    """The form that goes with `count`, in which `{count}` may still have to be filled in."""
    return _spoken.get().ngettext(one, many, count)


def N_(text: str) -> str:  # noqa: N802 - gettext's name for it
    """The text as it is, marked for translators: a constant that `_` translates where it is said."""
    return text


@contextlib.contextmanager
def speaking(translations: gettext.NullTranslations) -> Iterator[None]:
    """Within this, and in tasks that are started in it, people are spoken to in this language."""
    before = _spoken.set(translations)
    try:
        yield
    finally:
        _spoken.reset(before)
