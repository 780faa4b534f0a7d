"""`<lora:name:0.8>` in a prompt, as Stable Diffusion programs write it. Pure."""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Final

LORA_TAG: Final = re.compile(r"<lora:([^<>:\n]{1,200})(?::([^<>\n]{0,200}))?>", re.IGNORECASE)
_AROUND: Final = re.compile(
    rf"(?P<comma>[ \t]*,)?(?P<space>[ \t]*){LORA_TAG.pattern}(?=(?P<next>[ \t]*(?:,|$))?(?P<blank>\s|$)?)",
    re.IGNORECASE,
)


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
    loras: list[str] = []
    ignored: list[str] = []

    def taken(tag: re.Match[str]) -> str:
        if tag.end("space") in inert:
            return tag[0]
        name, (weight, _colon, more) = tag[3].strip(), (tag[4] or "").partition(":")
        loras.append(f"{name}:{weight.strip()}" if weight.strip() else name)
        ignored.extend([f"<lora:{name}:…:{more}>"] if more else [])
        if tag["next"] is not None:
            return ""  # The comma after it is enough.
        return (tag["comma"] or "") + ("" if tag["blank"] is not None else tag["space"])

    left = _AROUND.sub(taken, text)
    if not loras:
        return Tagged(text)
    return Tagged(left.strip(" \t,") if left.lstrip().startswith(",") else left.strip(), tuple(loras), tuple(ignored))
