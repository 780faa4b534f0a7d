"""What a member may set in a graph that comes without a manifest: by titles, then by its samplers, then by class.

What could mean several things is never guessed: it is an `Ambiguity`, with the candidates named. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.workflows.graphs import sampler_inputs
from bot.workflows.graphs.graph import Graph, node_title, upstream
from bot.workflows.graphs.input_kinds import kind_of_input
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.parameters import ParameterType, Target
from bot.workflows.graphs.reroutes import Wired, settable
from bot.workflows.manifests.active_nodes import active_nodes
from bot.workflows.manifests.author_titles import is_titled
from bot.workflows.manifests.further_settings import further_settings
from bot.workflows.manifests.given_files import given_files, named_files
from bot.workflows.manifests.prompt_texts import written_texts
from bot.workflows.manifests.targets import Names

_TITLES: Final[Mapping[str, tuple[str, ...]]] = {
    "prompt": ("positive_prompt", "prompt", "positive", "clip_text_encode_(positive_prompt)"),
    "negative": ("negative_prompt", "negative", "clip_text_encode_(negative_prompt)"),
    "seed": ("seed",),
    "width": ("width",),
    "height": ("height",),
    "count": ("count", "batch_size"),
    "steps": ("steps",),
    "cfg": ("cfg",),
    "denoise": ("denoise",),
}
"""Titles (in any case, with spaces or underscores) by which an author names what a node is for."""

_INPUTS: Final[Mapping[str, tuple[str, ...]]] = {
    "prompt": (*sampler_inputs.TEXTS, "value", "string"),
    "negative": (*sampler_inputs.TEXTS, "value", "string"),
    "seed": (*sampler_inputs.SEEDS, "value"),
    "count": ("batch_size", "value"),
}
"""Which inputs of such a node hold it; any other parameter: its own name, or value."""

_NUMBERS: Final = (int, float)
_MOST_CANDIDATES: Final = 15
"""That a person may want to choose from."""
_MOST_PROMPTS: Final = 8
_WRITTEN: Final = frozenset({"prompt", "negative"})
"""What people write, which may be put into a longer text on its way."""


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A parameter that could be several things; `candidates` are targets as a manifest would write them."""

    parameter: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inferred:
    """Where each parameter goes, and what is not clear. `types` are those that the graph's own value does not say."""

    targets: Mapping[str, tuple[Target, ...]]
    ambiguities: tuple[Ambiguity, ...]
    types: Mapping[str, ParameterType] = field(default_factory=dict)


def infer(graph: Graph, info: ObjectInfo | None = None) -> Inferred:
    """Find the parameters of a graph. `info` is a server that knows its nodes: what it says goes before any habit."""
    active = active_nodes(graph, info)
    graph = Wired(graph)
    found = _Found(graph, info)
    titled = _by_title(graph, active)
    samplers = sampler_inputs.samplers(graph, active)
    positive = dict.fromkeys(sampler_inputs.words(graph, samplers, "positive"))
    # A graph may feed the same words to both sides, with the negative one zeroed or ignored.
    negative = dict.fromkeys(one for one in sampler_inputs.words(graph, samplers, "negative") if one not in positive)
    # A title is the author's word, but a plain "Prompt" may stand over the negative one too.
    against = {"prompt": negative}
    for name, titles in _TITLES.items():
        if name != "seed":
            found.take(name, (one for one in _titled(graph, titled, name, titles) if one not in against.get(name, ())))
    _prompts(found, graph, samplers, active, info)
    seeds = _titled(graph, titled, "seed", _TITLES["seed"])
    found.take("seed", [*seeds, *_seeds(graph, samplers, active)])
    _from_samplers(found, graph, samplers)
    files = given_files(graph, active, info)
    for name, one in named_files(files).items():
        found.take(name, [one.target])
        found.types[name] = one.kind
    _sizes(found, graph, active)
    _further(found, further_settings(graph, active, info, frozenset(one.target for one in files)))
    return Inferred(found.targets, tuple(found.ambiguities), found.types)


class _Found:
    """Parameters as they are found: the first way to find one is the one that counts."""

    def __init__(self, graph: Graph, info: ObjectInfo | None) -> None:
        self.targets: dict[str, tuple[Target, ...]] = {}
        self.ambiguities: list[Ambiguity] = []
        self.types: dict[str, ParameterType] = {}
        self._graph = graph
        self._info = info
        self._taken: set[Target] = set()

    def take(self, name: str, targets: Iterable[Target]) -> None:
        """All of these are the parameter: they are set together. An input is the first parameter it is found as."""
        unique = self.free(targets)
        if unique and name not in self.targets:
            self.targets[name] = unique
            self._taken.update(unique)

    def choose(self, name: str, targets: Iterable[Target]) -> None:
        """These are the parameter if they hold the same now; if not, it is not clear which of them is meant."""
        unique = self.free(targets)
        # A text that its author left empty, beside one that is not, is meant to stay so.
        unique = tuple(one for one in unique if self.value(one) != "") or unique
        if len({repr(self.value(one)) for one in unique}) <= 1:
            self.take(name, unique)
        elif name not in self.targets:
            self.doubt(name, unique)

    def doubt(self, name: str, targets: Iterable[Target]) -> None:
        """It is not clear which of these is the parameter."""
        names = Names(self._graph)
        candidates = tuple(names.written(one) for one in list(targets)[:_MOST_CANDIDATES])
        self.ambiguities.append(Ambiguity(name, candidates))

    def free(self, targets: Iterable[Target]) -> tuple[Target, ...]:
        """Those of the targets that are no parameter yet."""
        return tuple(one for one in dict.fromkeys(targets) if one not in self._taken)

    def value(self, target: Target) -> object:
        return self._graph[target.node_id]["inputs"][target.input_name]


def _by_title(graph: Graph, active: frozenset[str]) -> dict[str, list[str]]:
    """The active nodes by what they are called, as `_TITLES` writes it."""
    found: dict[str, list[str]] = {}
    for node_id in graph:
        if node_id in active:
            title = node_title(graph, node_id).strip().casefold().replace(" ", "_")
            found.setdefault(title, []).append(node_id)
    return found


def _titled(graph: Wired, titled: Mapping[str, list[str]], name: str, titles: tuple[str, ...]) -> list[Target]:
    """Targets in the nodes whose title says what they are for; the first title that any node has counts."""
    names = _INPUTS.get(name, (name, "value"))
    for title in titles:
        named = [
            Target(node_id, input_name)
            for node_id in titled.get(title, ())
            for input_name in names
            if input_name in graph[node_id]["inputs"]
        ]
        if name in _WRITTEN:
            targets = list(written_texts(graph, named))
        else:
            settings = (settable(graph, one.node_id, one.input_name, _NUMBERS) for one in named)
            targets = [one for one in settings if one is not None]
        if targets:
            return targets
    return []


def _prompts(
    found: _Found,
    graph: Wired,
    samplers: tuple[sampler_inputs.Sampler, ...],
    active: frozenset[str],
    info: ObjectInfo | None,
) -> None:
    """What people write, and what should not be seen; without a sampler, the texts that a node takes as prompts."""
    negative = written_texts(graph, sampler_inputs.encoded(graph, samplers, "negative"))
    positive = written_texts(graph, sampler_inputs.encoded(graph, samplers, "positive"))
    if "prompt" not in found.targets:
        wanted = found.free(positive) or found.free(written_texts(graph, _asked(graph, active, info)))
        against = set(negative) - set(positive)
        _name_prompts(found, graph, samplers, [one for one in wanted if one not in against], info)
    found.choose("negative", (one for one in negative if one not in positive))


def _asked(graph: Wired, active: frozenset[str], info: ObjectInfo | None) -> list[Target]:
    """The texts of nodes that take a prompt, whatever they do with it."""
    return [
        Target(node_id, name)
        for node_id in graph
        if node_id in active
        for name in sampler_inputs.TEXTS
        if name in graph[node_id]["inputs"]
        and (
            "TextEncode" in graph[node_id]["class_type"]
            or (info is not None and kind_of_input(info, graph[node_id]["class_type"], name) == "prompt")
        )
    ]


def _name_prompts(
    found: _Found,
    graph: Wired,
    samplers: tuple[sampler_inputs.Sampler, ...],
    texts: list[Target],
    info: ObjectInfo | None,
) -> None:
    """One prompt where all texts are one; several where their author tells them apart by titles; else it is not clear
    which is meant.
    """
    texts = [one for one in texts if found.value(one) != ""] or texts
    groups: dict[object, list[Target]] = {}
    for one in texts:
        encoder = one.input_name in sampler_inputs.TEXTS and one.input_name != "prompt"
        groups.setdefault(one.node_id if encoder else one, []).append(one)
    by_value: dict[str, list[Target]] = {}
    for group in groups.values():
        by_value.setdefault(repr([found.value(one) for one in group][-1]), []).extend(group)
    parts = list(by_value.values())
    if len(parts) <= 1 or _one_after_another(graph, samplers, len(parts)):
        found.take("prompt", texts)
        return
    titles = {node_title(graph, part[0].node_id) for part in parts}
    apart = len(titles) == len(parts) and all(is_titled(graph, part[0].node_id, info) for part in parts)
    if not apart or len(parts) > _MOST_PROMPTS:
        found.doubt("prompt", texts)
        return
    for number, part in enumerate(parts, start=1):
        found.take("prompt" if number == 1 else f"prompt_{number}", part)


def _one_after_another(graph: Wired, samplers: tuple[sampler_inputs.Sampler, ...], texts: int) -> bool:
    """Whether there are as many samplers as texts, each going on from the one before: a refiner repeats the prompt."""
    if len(samplers) != texts:
        return False
    ids = [one.node_id for one in samplers]
    before = [upstream(graph, [link[0]]) if link else frozenset() for link in map(_start(graph), samplers)]
    return sum(1 for seen in before if not seen.intersection(ids)) == 1


def _start(graph: Wired) -> Callable[[sampler_inputs.Sampler], tuple[str, int] | None]:
    return lambda sampler: sampler_inputs.feeding(graph, sampler, "latent_image", "latent", "samples")


def _seeds(graph: Wired, samplers: tuple[sampler_inputs.Sampler, ...], active: frozenset[str]) -> list[Target]:
    """Every seed: the samplers' own, and those of whatever else draws by chance."""
    found = [target for one in samplers for target in sampler_inputs.seeds(graph, one)]
    others = (
        settable(graph, node_id, name, (int,))
        for node_id in graph
        if node_id in active
        for name in graph[node_id]["inputs"]
        if name.rpartition(".")[2] in sampler_inputs.SEEDS
    )
    return [*found, *(target for target in others if target is not None)]


def _from_samplers(found: _Found, graph: Wired, samplers: tuple[sampler_inputs.Sampler, ...]) -> None:
    latents = [sampler_inputs.latent(graph, one) for one in samplers]
    for name, key in (("width", "width"), ("height", "height"), ("count", "batch_size"), ("length", "length")):
        found.choose(name, (one.size[key] for one in latents if key in one.size))
    if not any(sampler_inputs.partial(one) for one in samplers):
        found.choose("steps", _settings(graph, samplers, "steps"))
    found.choose("cfg", _settings(graph, samplers, "cfg"))
    repainting = [one for one, latent in zip(samplers, latents, strict=True) if latent.picture]
    found.choose("denoise", _settings(graph, repainting, "denoise"))
    checkpoints, loras = sampler_inputs.models(graph, samplers)
    found.choose("checkpoint", checkpoints)
    for number, target in enumerate(loras, start=1):
        end = "" if len(loras) == 1 else f"_{number}"
        found.take(f"lora{end}", [target])
        strengths = (settable(graph, target.node_id, one, _NUMBERS) for one in ("strength_model", "strength_clip"))
        found.take(f"lora_strength{end}", [one for one in strengths if one is not None])


def _settings(graph: Wired, samplers: Iterable[sampler_inputs.Sampler], name: str) -> list[Target]:
    return [target for one in samplers if (target := sampler_inputs.setting(graph, one, name)) is not None]


def _sizes(found: _Found, graph: Wired, active: frozenset[str]) -> None:
    """A size that no sampler's latent has: where one node has it, or all that have one have the same."""
    if found.targets.keys() & {"width", "height"} or any(one.parameter == "width" for one in found.ambiguities):
        return
    sized = [one for one in graph if one in active and {"width", "height"} <= graph[one]["inputs"].keys()]
    both = {
        name: [target for one in sized if (target := settable(graph, one, name, (int,))) is not None]
        for name in ("width", "height")
    }
    if all(len({found.value(one) for one in targets}) == 1 for targets in both.values()):
        for name, targets in both.items():
            found.take(name, targets)


def _further(found: _Found, settings: Iterable[tuple[str, tuple[Target, ...]]]) -> None:
    """What is called the same and holds the same is set together; what is only called the same gets a number."""
    unclear = {one.parameter for one in found.ambiguities}
    together: dict[tuple[str, object], list[Target]] = {}
    for wanted, targets in settings:
        for target in found.free(targets):
            together.setdefault((wanted, found.value(target)), []).append(target)
    for (wanted, _), free in together.items():
        name, number = wanted, 1
        while name in found.targets or name in unclear:
            number += 1
            name = f"{wanted}_{number}"
        found.take(name, free)
