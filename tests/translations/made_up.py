"""A language that is made up: each letter of a translated text is a mathematical sans-serif one. What still has plain
letters was not translated, or is a name or a value.
"""

import gettext
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from bot.translation import Language, languages
from bot.translation.languages import DOMAIN
from tests.translations.code_texts import texts

_LETTERS: Final = {ord("A") + number: 0x1D5A0 + number for number in range(26)} | {
    ord("a") + number: 0x1D5BA + number for number in range(26)
}
_BACK: Final = {made_up: plain for plain, made_up in _LETTERS.items()}
_PLACEHOLDER: Final = re.compile(r"(\{\w*(?:[:!][^}]*)?\})")
_READ: Final = frozenset({"content", "label", "placeholder", "title", "description", "text"})
"""The keys of what people read. Names and values are the same in every language."""
_UNTRANSLATED: Final = re.compile(
    r"^> .*$|```.*?```|`[^`\n]*`|<[^<>\n]*>|https?://\S+|\d+(?:st|nd|rd|th)\b", re.DOTALL | re.MULTILINE
)
"""Quoted prompts, code, mentions, times and links; English ordinals, which translators replace by numbers."""
_WORDS: Final = re.compile(r"[A-Za-z][A-Za-z'’_]+")


class _MadeUp(gettext.NullTranslations):
    def gettext(self, message: str) -> str:
        return _in_it(message)

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return _in_it(msgid1 if n == 1 else msgid2)


MADE_UP: Final = Language("xx", _MadeUp())
"""For tests without a bot. It also translates what nobody marked, as long as it is looked up."""


def write_catalogues(folder: Path) -> None:
    """The catalogues of all languages in this one."""
    made = Catalog("de", DOMAIN, project="Darkroom")
    for text in texts():
        made.add(text, _in_it(text) if isinstance(text, str) else tuple(map(_in_it, text)))
    for language in languages():
        place = folder / language.code / "LC_MESSAGES"
        place.mkdir(parents=True)
        with (place / f"{DOMAIN}.mo").open("wb") as file:
            write_mo(file, made)


def _in_it(text: str) -> str:
    parts = _PLACEHOLDER.split(text)
    return "".join(part if number % 2 else part.translate(_LETTERS) for number, part in enumerate(parts))


def reader(note: Callable[[str], None]) -> Callable[[Any], Any]:
    """Turns what the bot sends back into English. Whatever in it was not in the made-up language is noted."""

    def read(value: Any, key: str = "") -> Any:  # noqa: ANN401 - JSON
        match value:
            case dict():
                # The descriptions of commands are English; other languages stand beside them.
                commands = "description_localizations" in value
                return {name: one if commands else read(one, _read_as(name, key)) for name, one in value.items()}
            case list():
                return [read(one, key) for one in value]
            case str():
                for text in left_in(value) if key in _READ else ():
                    note(text)
                return value.translate(_BACK)
        return value

    return read


def _read_as(name: str, within: str) -> str:
    """The key of a value. What is suggested while somebody types is shown by its name."""
    return "label" if (within, name) == ("choices", "name") else name


def left_in(text: str) -> Iterator[str]:
    """The words of a message that are in no other language than English."""
    yield from _WORDS.findall(_UNTRANSLATED.sub(" ", text))
