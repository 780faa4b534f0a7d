"""Finding a file or a choice by what a person types of its name. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from bot.workflows.graphs.file_names import folded

_ENDING: Final = re.compile(r"\.(safetensors|ckpt|pth?|bin|gguf|sft)$", re.IGNORECASE)


def short_name(name: str) -> str:
    """A file's name without its folder and the ending of a model file."""
    return _ENDING.sub("", folded(name).rpartition("/")[2]) or name


def search(names: Iterable[str], typed: str) -> list[str]:
    """The names that contain what was typed, in any case and with any separators. Exact matches come first, then names
    that begin with it.
    """
    wanted = _plain(typed)
    ranked = [(rank, name) for name in names if (rank := _rank(name, wanted)) is not None]
    return [name for _rank_of_it, name in sorted(ranked, key=lambda one: one[0])]


def matches(names: Iterable[str], typed: str) -> list[str]:
    """The names that somebody may mean: one if it is clear which, otherwise all that contain what was typed."""
    known, wanted = [*names], _plain(typed)
    if typed in known:
        return [typed]
    for exact in (
        [name for name in known if _plain(name) == wanted],
        [name for name in known if "/" in wanted and _plain(_ENDING.sub("", name)) == wanted],
        [name for name in known if _plain(short_name(name)) == wanted],
    ):
        if exact:
            return exact
    return search(known, typed) if wanted else []


def _rank(name: str, wanted: str) -> int | None:
    whole, short = _plain(name), _plain(short_name(name))
    if wanted in {whole, short}:
        return 0
    if short.startswith(wanted):
        return 1
    return 2 if wanted in short else 3 if wanted in whole else None


def _plain(text: str) -> str:
    """The text for comparing: `film grain` finds `Film_Grain`, and `DPM++ 2M` finds `dpmpp_2m`."""
    return re.sub(r"[\s_-]+", " ", folded(text).strip().casefold().replace("+", "p"))
