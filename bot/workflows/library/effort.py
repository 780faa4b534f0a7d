"""How much work a graph is: a first guess, until somebody has measured. Pure."""

import itertools
import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from bot.workflows.binding.loras import LORAS
from bot.workflows.graphs.graph import Graph, live_nodes
from bot.workflows.graphs.parameters import Parameter, chooses_none
from bot.workflows.library.availability import MODEL_FILES
from bot.workflows.manifests.pack import Pack
from bot.workflows.tracing.attached_sizes import longest, worked_on
from bot.workflows.tracing.sizes import largest_size, number_at, source_of

_LOADING_SECONDS: Final = 3.0
_SECONDS_A_STEP: Final = 0.25
"""For a megapixel on a mid-range card. It is wrong for most others, until the first few runs are measured."""
_MOST_PICTURES: Final = 1000
_USUAL_PIXELS: Final = 512 * 512
_FRAME_INPUTS: Final = ("length", "num_frames", "video_frames", "frame_count")
"""The inputs that say how long a video is."""
_REPEATING: Final = re.compile(r"Repeat\w*Batch")
NOTHING_ATTACHED: Final[Mapping[str, int]] = {}


@dataclass(frozen=True, slots=True)
class Effort:
    """`seconds` is a guess; graphs of a `size_class` take about as long, each class half as long again as the one
    below. `models` names the files that are loaded; `pictures` is how many come out at once, each of at most `pixels`,
    in so many sampling `steps` in all. A video has so many `frames`.
    """

    seconds: float
    size_class: int
    models: str
    pictures: int
    pixels: int
    steps: int
    frames: int


def effort(
    graph: Graph, attached: Mapping[str, int] = NOTHING_ATTACHED, lengths: Mapping[str, int] = NOTHING_ATTACHED
) -> Effort:
    """What a bound graph will take. `attached`: the pixels of attached images, and `lengths`: the frames of attached
    videos, by the values that stand for them in the graph.
    """
    live = live_nodes(graph)
    reached = {node_id: graph[node_id] for node_id in graph if node_id in live}
    inputs = [node["inputs"] for node in reached.values()]
    steps = sum(max(1, one) for one in _numbers(reached, ("steps",)))
    pixels = largest_size(reached, worked_on(reached, attached)) or _USUAL_PIXELS
    pictures = max(_numbers(reached, ("batch_size",)), default=1) * math.prod(_repeats(reached))
    frames = max([*_numbers(reached, _FRAME_INPUTS), longest(reached, lengths)]) or 1
    work = max(1, steps) * max(0.01, pixels / 1e6) * max(1, pictures) * max(1, frames)
    models = {value for node in inputs for value in node.values() if isinstance(value, str)}
    return Effort(
        seconds=_LOADING_SECONDS + work * _SECONDS_A_STEP,
        size_class=round(math.log(work, 1.5)),
        models="|".join(sorted(value for value in models if value.endswith(MODEL_FILES))),
        pictures=min(max(1, pictures), _MOST_PICTURES),
        pixels=pixels,
        steps=steps,
        frames=frames,
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


def decides_length(pack: Pack, parameter: Parameter) -> bool:
    """Whether it says how long a video is."""
    lengths = {source_of(pack.graph, *place) for place in itertools.product(pack.graph, _FRAME_INPUTS)}
    return not lengths.isdisjoint(parameter.targets)


def _numbers(graph: Graph, names: Iterable[str]) -> Iterator[int]:
    for node_id, name in itertools.product(graph, names):
        if isinstance(found := number_at(graph, node_id, name), int):
            yield found


def _repeats(graph: Graph) -> Iterator[int]:
    """How many times what a node gets comes out, of those that repeat it."""
    for node_id, node in graph.items():
        amount = number_at(graph, node_id, "amount") if _REPEATING.search(node["class_type"]) else None
        if isinstance(amount, int):
            yield max(1, amount)
