"""How much work a graph is: a first guess, until somebody has measured. Pure."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.workflows.binding.loras import LORAS
from bot.workflows.graphs.graph import Graph, live_nodes
from bot.workflows.graphs.parameters import chooses_none
from bot.workflows.library.availability import MODEL_FILES
from bot.workflows.manifests.pack import Pack

_LOADING_SECONDS: Final = 3.0
_SECONDS_A_STEP: Final = 0.25
"""A megapixel on a middling card. Wrong for most; the first few runs say better."""
_MOST_PICTURES: Final = 1000


@dataclass(frozen=True, slots=True)
class Effort:
    """`seconds` is a guess; graphs of a `size_class` take about as long, each class half as long again as the one
    below. `models` names the files that are loaded; `pictures` is how many come out at once, each of at most `pixels`,
    in so many sampling `steps` in all.
    """

    seconds: float
    size_class: int
    models: str
    pictures: int
    pixels: int
    steps: int


def effort(graph: Graph) -> Effort:
    """What a bound graph will take."""
    live = live_nodes(graph)
    inputs = [graph[node_id]["inputs"] for node_id in graph if node_id in live]
    steps = sum(max(1, one) for node in inputs for one in _numbers(node.get("steps")))
    pixels = max(
        (
            width * height
            for node in inputs
            for width in _numbers(node.get("width"))
            for height in _numbers(node.get("height"))
        ),
        default=512 * 512,
    )
    pictures = max((one for node in inputs for one in _numbers(node.get("batch_size"))), default=1)
    frames = max((one for node in inputs for one in _numbers(node.get("length"))), default=1)
    work = max(1, steps) * max(0.01, pixels / 1e6) * max(1, pictures) * max(1, frames)
    models = {value for node in inputs for value in node.values() if isinstance(value, str)}
    return Effort(
        seconds=_LOADING_SECONDS + work * _SECONDS_A_STEP,
        size_class=round(math.log(work, 1.5)),
        models="|".join(sorted(value for value in models if value.endswith(MODEL_FILES))),
        pictures=min(max(1, pictures), _MOST_PICTURES),
        pixels=pixels,
        steps=steps,
    )


def needs(pack: Pack, values: Mapping[str, object]) -> str:
    """What a member chose from a server's own lists, in one line that `Library.offers` reads; "" if nothing."""
    chosen = {name: value for name, value in sorted(values.items()) if _of_a_server(pack, name, value)}
    return json.dumps([pack.name, chosen], separators=(",", ":")) if chosen else ""


def _of_a_server(pack: Pack, name: str, value: object) -> bool:
    parameter = pack.offered.get(name)
    if parameter is None:
        return name == LORAS
    return parameter.server_choices and not chooses_none(parameter, value)


def _numbers(value: object) -> Iterator[int]:
    if isinstance(value, int) and not isinstance(value, bool):
        yield value
