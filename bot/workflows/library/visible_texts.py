"""The texts that can show in an image, read from the graph that a server would get. Pure.

Whatever puts words into a request (a style, a draw, a LoRA's trigger words, a recipe, a default) has done so by then.
So nothing has to be remembered where the words come from.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bot.errors import BindError
from bot.workflows.binding.binding import bind
from bot.workflows.binding.loras import LORAS, read_loras
from bot.workflows.graphs.graph import Graph, live_nodes
from bot.workflows.graphs.parameters import Parameter, Target, chooses_none
from bot.workflows.graphs.reroutes import Wired, settable
from bot.workflows.graphs.sampler_inputs import TEXTS, Sampler, samplers, words
from bot.workflows.manifests.pack import Pack

Origin = Literal["prompt", "negative", "lora", "workflow"]

_GUIDANCE: Final = ("cfg", "guidance_scale")
"""How the inputs begin that say how strongly a sampler follows the prompt and avoids the negative prompt."""
LEAST_GUIDANCE: Final = 1.0
"""Below it the negative prompt shows: the result is negative + guidance * (positive - negative), and at 0 nothing but
the negative prompt (ComfyUI, `comfy/samplers.py`, `cfg_function`).
"""
_TURNED: Final = re.compile(r":\s*-\s*(?:[\d.]|inf)", re.IGNORECASE)
"""A weight below 0, as in `(word:-1)`. In a negative prompt it asks for the word."""
_TEXT_INPUTS: Final = ("text", "string", "prompt", "positive", "negative", "caption", "tags", "wildcard")
"""How the inputs begin that hold words for an encoder, also in nodes that only some programs have."""
_LORA_INPUT: Final = "lora"
_ANYTHING: Final = "x"


@dataclass(frozen=True, slots=True)
class VisibleText:
    """A text that can show in an image, and where it comes from. `workflow`: its author wrote it, not the member."""

    text: str
    origin: Origin


def visible_texts(pack: Pack, values: Mapping[str, object]) -> tuple[VisibleText, ...]:
    """The texts of a request. `values` are complete. Raises `BindError` if they don't fit the pack."""
    graph = bind(pack, values)
    return tuple(dict.fromkeys((*_of_member(pack, values, _Guided(graph)), *_of_author(pack, values, graph))))


def own_texts(pack: Pack) -> tuple[str, ...]:
    """The texts that the workflow itself brings, whatever a member asks for."""
    open_ = [one for one in pack.offered.values() if one.required and one.default is None]
    sample = {one.name: _ANYTHING for one in open_ if one.type == "string" or one.takes_file}
    try:
        graph: Graph = bind(pack, sample)
    except BindError:
        graph = pack.graph
    return tuple(dict.fromkeys(one.text for one in _of_author(pack, sample, graph)))


def _of_member(pack: Pack, values: Mapping[str, object], guided: _Guided) -> Iterator[VisibleText]:
    for name, parameter in pack.offered.items():
        value = values.get(name)
        if not isinstance(value, str) or parameter.takes_file or chooses_none(parameter, value):
            continue
        if _is_free(parameter):
            targets = [target for target in parameter.targets if guided.shows(target, name)]
            origin: Origin = "negative" if guided.avoids(parameter) else "prompt"
            yield from (VisibleText(guided.text_at(target), origin) for target in targets)
        elif any(target.input_name.startswith(_LORA_INPUT) for target in parameter.targets):
            yield VisibleText(value, "lora")
    if LORAS not in pack.parameters:
        loras, _problems = read_loras(str(values.get(LORAS, "")))
        yield from (VisibleText(lora.name, "lora") for lora in loras)


def _of_author(pack: Pack, values: Mapping[str, object], graph: Graph) -> Iterator[VisibleText]:
    """What stands in the graph without a member's doing, around their words too."""
    guided = _Guided(graph)
    given = [parameter for name, parameter in pack.offered.items() if name in values and _is_free(parameter)]
    theirs = {target for parameter in given for target in parameter.targets}
    for parameter in given:
        if parameter.template is not None and any(guided.shows(target, parameter.name) for target in parameter.targets):
            yield VisibleText(parameter.template.replace("{value}", " "), "workflow")
    for target in guided.texts():
        if target not in theirs and guided.shows(target, target.input_name):
            yield VisibleText(guided.text_at(target), "workflow")


def _is_free(parameter: Parameter) -> bool:
    """Whether members type it. What they pick from a list, the workflow's author wrote."""
    return parameter.type == "string" and parameter.choices is None and not parameter.server_choices


class _Guided:
    """A bound graph: which of its texts show, and which only say what to avoid."""

    def __init__(self, graph: Graph) -> None:
        self._graph: Final = Wired(graph)
        self._live: Final = live_nodes(graph)
        found = samplers(self._graph, self._live)
        strong = [one for one in found if self._is_strong(one)]
        weak = [one for one in found if one not in strong]
        self._positive: Final = frozenset(words(self._graph, found, "positive"))
        self._negative: Final = frozenset(words(self._graph, found, "negative"))
        self._shown_negative: Final = frozenset(words(self._graph, weak, "negative"))

    def shows(self, target: Target, name: str) -> bool:
        """Whether the text at this input can show in the image. `name` is what people call it: it counts where no
        sampler is known that gets the text.
        """
        if _TURNED.search(self.text_at(target)) is not None or target in self._positive | self._shown_negative:
            return True
        if target in self._negative:
            return False
        return not _says_negative(name) or self._is_weak_somewhere()

    def avoids(self, parameter: Parameter) -> bool:
        """Whether the parameter is a negative prompt, whatever it is called."""
        targets = frozenset(parameter.targets)
        return not targets & self._positive and (bool(targets & self._negative) or _says_negative(parameter.name))

    def text_at(self, target: Target) -> str:
        """What stands there, "" if that is no text."""
        value = self._graph[target.node_id]["inputs"].get(target.input_name)
        return value if isinstance(value, str) else ""

    def texts(self) -> Iterator[Target]:
        """The inputs of nodes in use that hold words for an encoder."""
        traced = self._positive | self._negative
        for node_id in self._graph:
            for name in self._graph[node_id]["inputs"] if node_id in self._live else ():
                target = Target(node_id, name)
                worded = target in traced or name in TEXTS or name.startswith(_TEXT_INPUTS) or name.endswith("prompt")
                if worded and self.text_at(target).strip():
                    yield target

    def _is_strong(self, sampler: Sampler) -> bool:
        """Whether it avoids what its negative prompt says. One that can't be told may show it."""
        numbers = [number for node_id in sampler.nodes() for number in self._guidance(node_id)]
        return bool(numbers) and all(number is not None and number >= LEAST_GUIDANCE for number in numbers)

    def _guidance(self, node_id: str) -> Iterator[float | None]:
        for name in self._graph[node_id]["inputs"]:
            if name.startswith(_GUIDANCE):
                target = settable(self._graph, node_id, name, (int, float))
                value = None if target is None else self._graph[target.node_id]["inputs"].get(target.input_name)
                yield float(value) if isinstance(value, int | float) else None

    def _is_weak_somewhere(self) -> bool:
        numbers = (number for node_id in self._live for number in self._guidance(node_id))
        return any(number is None or number < LEAST_GUIDANCE for number in numbers)


def _says_negative(name: str) -> bool:
    return name.casefold().startswith("negative")
