"""Numbers as each language writes them."""

from collections.abc import Mapping
from typing import Final

from bot.translation.marks import spoken

_SIGNS: Final[Mapping[str, tuple[str, str]]] = {
    "de": (".", ","),
    "es": (".", ","),
    "fr": ("\N{NARROW NO-BREAK SPACE}", ","),
    "pt_BR": (".", ","),
}
"""What separates thousands and what begins the decimals, where it is not as in English (Unicode CLDR)."""
_BEFORE_PERCENT: Final[Mapping[str, str]] = {
    "de": "\N{NO-BREAK SPACE}",
    "es": "\N{NO-BREAK SPACE}",
    "fr": "\N{NARROW NO-BREAK SPACE}",
}
"""What stands between a number and the percent sign, where something does (Unicode CLDR)."""


def shown_number(value: float, decimals: int = 0) -> str:
    """The number in the current language."""
    return localized(f"{value:,.{decimals}f}")


def shown_decimal(value: float) -> str:
    """The number with as many decimals as it needs, in the current language."""
    return localized(f"{value:g}")


def shown_percent(fraction: float) -> str:
    """The share, rounded down so that only the whole is 100%, in the current language."""
    return f"{int(fraction * 100)}{_BEFORE_PERCENT.get(spoken().code, '')}%"


def localized(number: str) -> str:
    """A number that is written as in English, like 1,234.5, as the current language writes it."""
    thousands, point = _SIGNS.get(spoken().code, (",", "."))
    return number.translate({ord(","): thousands, ord("."): point})
