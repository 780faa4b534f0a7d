"""The command that old InvokeAI kept in its images: `"a prompt [not this]" -s 50 -S 123 -W 512 -C 7.5 -A k_lms`."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from bot.workflows.imports.foreign.named_values import recipe_of
from bot.workflows.imports.recipe import Recipe

_MOST_TEXT: Final = 100_000
_FLAGS: Final = {
    "-s": "steps",
    "-S": "seed",
    "-W": "width",
    "-H": "height",
    "-C": "cfg",
    "-A": "sampler",
    "-f": "strength",
}


def read(texts: Mapping[str, str]) -> Recipe:
    """By keyword in small letters."""
    command = texts.get("dream", "")[:_MOST_TEXT]
    quoted, closed, flags = command[1:].rpartition('"')
    if not command.startswith('"') or not closed:
        return Recipe()
    words = flags.split()
    values = {_FLAGS[name]: value for name, value in pairwise(words) if name in _FLAGS}
    prompt, negative = parted(quoted)
    return recipe_of({**values, "prompt": prompt, "negative": negative}, "InvokeAI")


def parted(prompt: str) -> tuple[str, str]:
    """The prompt, and what stood in brackets in it: that is what the image should not have."""
    wanted, unwanted = [], []
    for number, part in enumerate(prompt.split("[")):
        inside, closed, after = part.partition("]")
        if number and closed:
            unwanted.append(inside.strip(" ,"))
            wanted.append(after)
        else:
            wanted.append(part if not number else f"[{part}")
    return "".join(wanted).strip(" ,"), ", ".join(filter(None, unwanted))
