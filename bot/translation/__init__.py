"""The languages that the bot speaks on Discord."""

from bot.translation.languages import ENGLISH, Language, language_called, language_of, language_preferred, languages
from bot.translation.marks import N_, _, ngettext, speaking, spoken
from bot.translation.numbers import localized, shown_decimal, shown_number, shown_percent
from bot.translation.punctuation import ended, in_quotes, listed

__all__ = [
    "ENGLISH",
    "N_",
    "Language",
    "_",
    "ended",
    "in_quotes",
    "language_called",
    "language_of",
    "language_preferred",
    "languages",
    "listed",
    "localized",
    "ngettext",
    "shown_decimal",
    "shown_number",
    "shown_percent",
    "speaking",
    "spoken",
]
