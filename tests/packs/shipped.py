"""The packs that ship, and values for them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

import pytest

from bot.workflows import ObjectInfo, Pack, Parameter
from bot.workflows.graphs.parameters import MAX_TEXT
from bot.workflows.library.library import Library
from bot.workflows.manifests.pack import load_packs

FOLDER: Final = Path(__file__).parents[2] / "workflows"
PACKS, FAULTS = load_packs(FOLDER)
PICTURE: Final = "example.png"

each_pack = pytest.mark.parametrize("pack", [pytest.param(pack, id=name) for name, pack in PACKS.items()])


def known_to(info: ObjectInfo) -> Library:
    """A library of the shipped packs after one server has said what it has."""
    library = Library(FOLDER)
    library.reload()
    library.learn("http://127.0.0.1:8188", info)
    return library


def needed(pack: Pack) -> dict[str, object]:
    """The least that a member must give."""
    return {
        parameter.name: PICTURE if parameter.type == "image" else "a lighthouse"
        for parameter in pack.offered.values()
        if parameter.required
    }


def edges(pack: Pack) -> Iterator[Mapping[str, object]]:
    """Values at every end of every range, one choice after the other, and the longest text."""
    for parameter in pack.offered.values():
        for value in _edges(parameter):
            yield needed(pack) | {parameter.name: value}
    for bound in ("min", "max"):
        limits = {parameter.name: getattr(parameter, bound) for parameter in pack.offered.values()}
        yield needed(pack) | {name: limit for name, limit in limits.items() if limit is not None}


def _edges(parameter: Parameter) -> Iterator[object]:
    if parameter.type in {"integer", "number"}:
        yield from (bound for bound in (parameter.min, parameter.max) if bound is not None)
    elif parameter.choices is not None:
        yield from parameter.choices
    elif parameter.type == "string" and not parameter.server_choices:
        yield "x" * MAX_TEXT
        yield '{value} "quoted" \\ \n 猫 🐈'
