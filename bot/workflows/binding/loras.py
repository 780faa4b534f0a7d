"""The LoRAs that a member adds to a job: `detail:0.8, film grain`, from the text to loader nodes in its graph. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Final

from bot.errors import Problem
from bot.workflows.graphs.file_names import find, folded
from bot.workflows.graphs.graph import Graph, Node
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.parameters import Target
from bot.workflows.loras.loader_nodes import LORA_INPUT, Lora, LoraPlace, lora_places, with_loras
from bot.workflows.manifests.pack import Pack
from bot.workflows.quoted_lists import in_list, split_list, split_quoted
from bot.workflows.safety.admission import Given

LORAS: Final = "loras"
"""A job's value of this name lists the LoRAs to add, unless the pack has a parameter that is called so."""
LORA: Final = "lora"
"""The option through which members give them."""
MOST_LORAS: Final = 8
"""Each costs memory and loading time on the ComfyUI server."""
LARGEST_WEIGHT: Final = 10.0
"""Images fall apart far below that; the nodes themselves accept 100."""


def read_loras(text: str) -> tuple[tuple[Lora, ...], tuple[Problem, ...]]:
    """What `detail:0.8, "ink, fine"` lists, and what is wrong with it. A weight that is not given is 1."""
    loras: list[Lora] = []
    problems: list[Problem] = []
    for entry in split_list(text):
        name, written = _parted(entry)
        if written is None:
            loras.append(Lora(name))
            continue
        weight = _number(written)
        if weight is None or not name.strip():
            problems.append(Problem(LORA, "bad_weight", entry))
        elif abs(weight) > LARGEST_WEIGHT:
            over = weight > 0
            problems.append(
                Problem(LORA, "too_large" if over else "too_small", weight, LARGEST_WEIGHT if over else -LARGEST_WEIGHT)
            )
        else:
            loras.append(Lora(name.strip(), weight))
    if len(loras) > MOST_LORAS:
        problems.append(Problem(LORA, "too_many", len(loras), MOST_LORAS))
    return tuple(loras), tuple(problems)


def write_loras(loras: Iterable[Lora]) -> str:
    """The text that `read_loras` reads back."""
    names = ((in_list(lora.name), lora.weight) for lora in loras)
    return ", ".join(name if weight == 1 else f"{name}:{weight:g}" for name, weight in names)


def places_in(pack: Pack, info: ObjectInfo | None = None) -> tuple[LoraPlace, ...]:
    """Where LoRAs that members add go in this pack's graph; empty if it takes none."""
    if LORAS in pack.parameters or not pack.loras.allowed:
        return ()
    return lora_places(pack.graph, pack.loras.after, info)


def lora_choices(pack: Pack, infos: Iterable[ObjectInfo]) -> tuple[str, ...]:
    """The LoRAs that members can add to this pack, as the first server that has each spells it."""
    found: dict[str, str] = {}
    for info in infos:
        for name in _listed(info, places_in(pack, info)) or ():
            # Nobody could type a name that has a comma and quotes.
            if pack.loras.admits(name) and read_loras(write_loras([Lora(name)])) == ((Lora(name),), ()):
                found.setdefault(folded(name), name)
    return tuple(found.values())


def offers_loras(pack: Pack, values: Mapping[str, object], info: ObjectInfo) -> bool:
    """Whether a server has every LoRA that these values add."""
    if LORAS not in values or LORAS in pack.parameters:
        return True
    listed = _listed(info, places_in(pack, info))
    loras, _problems = read_loras(str(values[LORAS]))
    return listed is not None and all(find(lora.name, listed) is not None for lora in loras)


def add_loras(
    pack: Pack, graph: Graph, text: object, info: ObjectInfo | None
) -> tuple[dict[str, Node], dict[Target, Given], tuple[Problem, ...]]:
    """The bound graph with loaders for the LoRAs in `text`, the inputs that hold their names, and all problems."""
    loras, problems = (
        read_loras(text) if isinstance(text, str) else ((), (Problem(LORA, "wrong_type", text, "string"),))
    )
    places = places_in(pack, info)
    if not places:
        return dict(graph), {}, (Problem(LORA, "no_place"),)
    # A server that doesn't know the loader says so itself when it gets the graph.
    listed = None if info is None else _listed(info, places)
    allowed = None if listed is None else tuple(name for name in listed if pack.loras.admits(name))
    fitted: list[Lora] = []
    for lora in loras:
        index = None if allowed is None else find(lora.name, allowed)
        if not pack.loras.admits(lora.name) or (allowed is not None and index is None):
            problems = (*problems, Problem(LORA, "not_a_choice", lora.name, allowed or (pack.loras.folder,)))
        else:
            fitted.append(lora if allowed is None or index is None else Lora(allowed[index], lora.weight))
    result, added = with_loras(graph, places, fitted)
    return result, {Target(node_id, LORA_INPUT): Given("member", LORA) for node_id in added}, problems


def _listed(info: ObjectInfo, places: Iterable[LoraPlace]) -> tuple[str, ...] | None:
    """The LoRAs that a server lists for the loaders of all places; None if it doesn't say."""
    specs = [info.input(loader, LORA_INPUT) for loader in {place.loader for place in places}]
    lists = [spec.choices for spec in specs if spec is not None and spec.choices is not None]
    if not lists or len(lists) < len(specs):
        return None
    return tuple(name for name in lists[0] if all(name in names for names in lists))


def _parted(entry: str) -> tuple[str, str | None]:
    """The name in an entry, and its weight as it is written."""
    quoted = split_quoted(entry)
    if quoted is not None and (not quoted[1] or quoted[1].startswith(":")):
        return quoted[0], quoted[1][1:] if quoted[1] else None
    name, colon, written = entry.rpartition(":")
    return (name, written) if colon else (entry, None)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
