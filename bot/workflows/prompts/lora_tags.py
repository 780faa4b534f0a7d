"""`<lora:name:0.8>` in a prompt, as Stable Diffusion programs write it. Pure."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Final

from bot.workflows.quoted_lists import in_list

LORA_TAG: Final = re.compile(r"<lora:([^<>:\n]{1,200})(?::([^<>\n]{0,200}))?>", re.IGNORECASE)
_SPACES: Final = " \t"


@dataclass(frozen=True, slots=True)
class Tagged:
    """A prompt without its tags. `loras` are as the option `lora` takes them; `ignored` is what the tags say besides:
    weights for the text encoder or for single blocks, which the loader nodes don't have.
    """

    text: str
    loras: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


def take_lora_tags(text: str, inert: Container[int] = frozenset()) -> Tagged:
    """Take the tags out of a prompt, except those that begin at an `inert` position."""
    kept: list[str] = []
    loras: list[str] = []
    ignored: list[str] = []
    position = 0
    for tag in LORA_TAG.finditer(text):
        if tag.start() in inert:
            continue
        name, (weight, _colon, more) = tag[1].strip(), (tag[2] or "").partition(":")
        loras.append(f"{in_list(name)}:{weight.strip()}" if weight.strip() else in_list(name))
        ignored += [f"<lora:{name}:…:{more}>"] if more else []
        kept.append(_before(text[position : tag.start()], text[tag.end() : tag.end() + 10]))
        position = tag.end()
    if not loras:
        return Tagged(text)
    left = "".join([*kept, text[position:]]).strip()
    return Tagged(left.strip(", ") if left.startswith(",") else left, tuple(loras), tuple(ignored))


def _before(text: str, following: str) -> str:
    """What stays of the text before a tag: not a space too many, and of two commas only the one behind it."""
    bare = text.rstrip(_SPACES)
    after = following.lstrip(_SPACES)
    if not after or after.startswith(","):
        return bare.removesuffix(",").rstrip(_SPACES) if bare.endswith(",") else bare
    return bare if following[:1].isspace() else text
