"""What people read for the type of an option."""

from collections.abc import Mapping
from typing import Final

from bot.translation import N_, _
from bot.workflows import ParameterType

_WORDS: Final[Mapping[ParameterType, str]] = {
    "string": N_("text"),
    "integer": N_("whole number"),
    "number": N_("number"),
    "boolean": N_("true or false"),
    "image": N_("image"),
    "video": N_("video"),
    "audio": N_("audio file"),
}


def type_word(type_: ParameterType) -> str:
    """The type in a word or two."""
    return _(_WORDS[type_])
