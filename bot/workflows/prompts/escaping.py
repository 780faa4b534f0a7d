"""Writes a text as a prompt that means exactly this text, so that it can be read once more. Pure."""

from __future__ import annotations

import re
from collections.abc import Container
from typing import Final

from bot.errors import BindError
from bot.workflows.prompts.lora_tags import LORA_TAG, take_lora_tags
from bot.workflows.prompts.template import OPTION_BEGINS, OPTION_DASH, TOKEN, parse
from bot.workflows.prompts.trailing_options import peel_options

_SIGN: Final = re.compile(
    rf"(?<!\\)(\\*)([{{}}|]|<(?=[Ll][Oo][Rr][Aa]:)|__)|{OPTION_BEGINS}(\\*)({OPTION_DASH}(?=[A-Za-z]))",
)


def escape(text: str, *, loras: bool = True) -> str:
    """The text as a prompt. It stays as it is where nothing in it would be read as syntax.

    Without `loras`, LoRA tags stay tags: prompts in files of other programs have them when all else is drawn.
    """
    if loras:
        return text if _is_plain(text) else _escaped(text)
    if _is_plain(LORA_TAG.sub(" ", text)):
        return text
    parts, position = [], 0
    for tag in LORA_TAG.finditer(text):
        parts += [_escaped(text[position : tag.start()]), tag[0]]
        position = tag.end()
    return "".join([*parts, _escaped(text[position:])])


def escape_unknown(text: str, wildcards: Container[str]) -> str:
    """The prompt with every wildcard as text that is not among these, which are in lower case."""
    parts, position = [], 0
    for token in TOKEN.finditer(text):
        if token["wildcard"] and len(token["slashes"]) % 2 == 0 and token["wildcard"].casefold() not in wildcards:
            begin = token.end("slashes")
            parts += [text[position:begin], "\\"]
            position = begin
    return "".join([*parts, text[position:]])


def _escaped(text: str) -> str:
    return _SIGN.sub(lambda sign: "\\" * (2 * len(sign[1] or sign[3] or "") + 1) + (sign[2] or sign[4]), text)


def _is_plain(text: str) -> bool:
    peeled = peel_options(text)
    if peeled.flags or peeled.problems or take_lora_tags(text).loras:
        return False
    try:
        return "".join(piece if isinstance(piece, str) else "" for piece in parse(text)) == text
    except BindError:
        return False
