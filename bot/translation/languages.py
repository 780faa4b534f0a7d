"""The languages that have a catalogue, and which of them a member or a server reads.

`catalogues/CODE/LC_MESSAGES/darkroom.po` is what translators edit. The bot reads the `.mo` beside it, which `make
translations` writes.
"""

import functools
import gettext
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CATALOGUES: Final = Path(__file__).parent / "catalogues"
DOMAIN: Final = "darkroom"
"""The name of the catalogues' files."""


@dataclass(frozen=True, slots=True, eq=False)
class Language:
    """`code` is its catalogue's, like "pt_BR". `locales` are Discord's names for it (Reference, Locales)."""

    code: str
    texts: gettext.NullTranslations
    locales: tuple[str, ...] = ()


_LOCALES: Final[Mapping[str, tuple[str, ...]]] = {
    "de": ("de",),
    "fr": ("fr",),
    "es": ("es-ES", "es-419"),
    "pt_BR": ("pt-BR",),
    "ja": ("ja",),
    "ko": ("ko",),
}
ENGLISH: Final = Language("en", gettext.NullTranslations(), ("en-US", "en-GB"))
_BY_NAME: Final[Mapping[str, str]] = {code.partition("_")[0]: code for code in _LOCALES}
_MOST_ACCEPTED: Final = 20
_QUALITY: Final = re.compile(r"q=([01](?:\.\d{0,3})?)")
_CODES: Final[Mapping[str, str]] = {locale: code for code, locales in _LOCALES.items() for locale in locales}


def languages() -> tuple[Language, ...]:
    """Those beside English."""
    return tuple(map(_read, _LOCALES))


def language_of(locale: object) -> Language:
    """The language of a reader with this Discord locale; English if it has no catalogue or is not known."""
    return language_called(_CODES.get(str(locale)))


def language_called(code: str | None) -> Language:
    """The language with this code, as the ledger keeps it; English if it is None or unknown."""
    return _read(code) if code in _LOCALES else ENGLISH


def language_preferred(accepted: str) -> Language:
    """The language that a browser prefers, by its `Accept-Language` header (RFC 9110, 12.5.4); English if it names none
    that has a catalogue.
    """
    wanted: list[tuple[float, str]] = []
    for entry in accepted.split(",")[:_MOST_ACCEPTED]:
        tag, _, parameter = entry.strip().partition(";")
        found = _QUALITY.fullmatch(parameter.strip())
        wanted.append((float(found.group(1)) if found else 1.0, tag.strip().lower()))
    for quality, tag in sorted(wanted, key=lambda one: -one[0]):
        name = tag.partition("-")[0]
        if quality and name == "en":
            return ENGLISH
        if quality and (code := _BY_NAME.get(name)) is not None:
            return _read(code)
    return ENGLISH


@functools.cache
def _read(code: str) -> Language:
    with (CATALOGUES / code / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as catalogue:
        return Language(code, gettext.GNUTranslations(catalogue), _LOCALES[code])
