"""What a member may set in a graph that comes without a manifest: by titles, then by its samplers, then by class.

What could mean several things is never guessed: it is an `Ambiguity`, with the candidates named. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.workflows.graphs import sampler_inputs
from bot.workflows.graphs.graph import Graph, live_nodes, node_title
from bot.workflows.graphs.parameters import Target
from bot.workflows.graphs.reroutes import Wired, settable, source, texts_behind
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

_PICTURE_LOADERS: Final = ("LoadImage", "LoadImageMask")
"""What takes a picture from a server's input folder, which is where a member's is uploaded to."""


@dataclass(frozen=True, slots=True)
class Ambiguity:
    """A parameter that could be several things; `candidates` are targets as a manifest would write them."""

    parameter: str
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inferred:
    """Where each parameter goes, and what is not clear."""

    targets: Mapping[str, tuple[Target, ...]]
    ambiguities: tuple[Ambiguity, ...]


def infer(graph: Graph) -> Inferred:
    """Find the parameters of a graph."""
    live = live_nodes(graph)
    graph = Wired(graph)
    found = _Found(graph)
    titled = _by_title(graph, live)
    samplers = sampler_inputs.samplers(graph, live)
    positive = dict.fromkeys(sampler_inputs.words(graph, samplers, "positive"))
    # A graph may feed the same words to both sides, with the negative one zeroed or ignored.
    negative = dict.fromkeys(one for one in sampler_inputs.words(graph, samplers, "negative") if one not in positive)
    # A title is the author's word, but a plain "Prompt" may stand over the negative one too.
    against = {"prompt": negative}
    for name, titles in _TITLES.items():
        found.take(name, (one for one in _titled(graph, titled, name, titles) if one not in against.get(name, ())))
    found.choose("prompt", positive)
    found.choose("negative", negative)
    _from_samplers(found, graph, samplers)
    if not samplers:
        _from_classes(found, graph, live)
    _images(found, graph, live)
    return Inferred(found.targets, tuple(found.ambiguities))


class _Found:
    """Parameters as they are found: the first way to find one is the one that counts."""

    def __init__(self, graph: Graph) -> None:
        self.targets: dict[str, tuple[Target, ...]] = {}
        self.ambiguities: list[Ambiguity] = []
        self._graph = graph
        self._taken: set[Target] = set()

    def take(self, name: str, targets: Iterable[Target]) -> None:
        """All of these are the parameter: they are set together. An input is the first parameter it is found as."""
        unique = tuple(one for one in dict.fromkeys(targets) if one not in self._taken)
        if unique and name not in self.targets:
            self.targets[name] = unique
            self._taken.update(unique)

    def choose(self, name: str, targets: Iterable[Target]) -> None:
        """These are the parameter if they hold the same now; if not, it is not clear which of them is meant."""
        unique = tuple(one for one in dict.fromkeys(targets) if one not in self._taken)
        # A text that its author left empty, beside one that is not, is meant to stay so.
        unique = tuple(one for one in unique if self._value(one) != "") or unique
        if len({repr(self._value(one)) for one in unique}) <= 1:
            self.take(name, unique)
        elif name not in self.targets:
            names = Names(self._graph)
            candidates = tuple(names.written(one) for one in unique[:_MOST_CANDIDATES])
            self.ambiguities.append(Ambiguity(name, candidates))

    def _value(self, target: Target) -> object:
        return self._graph[target.node_id]["inputs"][target.input_name]


def _by_title(graph: Graph, live: frozenset[str]) -> dict[str, list[str]]:
    """The live nodes by what they are called, as `_TITLES` writes it."""
    found: dict[str, list[str]] = {}
    for node_id in graph:
        if node_id in live:
            title = node_title(graph, node_id).strip().casefold().replace(" ", "_")
            found.setdefault(title, []).append(node_id)
    return found


def _titled(graph: Wired, titled: Mapping[str, list[str]], name: str, titles: tuple[str, ...]) -> list[Target]:
    """Targets in the nodes whose title says what they are for; the first title that any node has counts."""
    names = _INPUTS.get(name, (name, "value"))
    kinds: tuple[type, ...] = (str,) if name in {"prompt", "negative"} else _NUMBERS
    for title in titles:
        targets = [
            target
            for node_id in titled.get(title, ())
            for input_name in names
            if input_name in graph[node_id]["inputs"]
            and (target := settable(graph, node_id, input_name, kinds)) is not None
        ]
        if targets:
            return targets
    return []


def _from_samplers(found: _Found, graph: Wired, samplers: tuple[sampler_inputs.Sampler, ...]) -> None:
    found.take("seed", (target for one in samplers for target in sampler_inputs.seeds(graph, one)))
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
        found.take("lora" if len(loras) == 1 else f"lora_{number}", [target])


def _settings(graph: Wired, samplers: Iterable[sampler_inputs.Sampler], name: str) -> list[Target]:
    return [target for one in samplers if (target := sampler_inputs.setting(graph, one, name)) is not None]


def _from_classes(found: _Found, graph: Wired, live: frozenset[str]) -> None:
    """No sampler: a lone text encoder is the prompt, a lone seed the seed."""
    encoders = [node_id for node_id in graph if node_id in live and "TextEncode" in graph[node_id]["class_type"]]
    found.choose(
        "prompt",
        (
            target
            for node_id in encoders
            for name in sampler_inputs.TEXTS
            if name in graph[node_id]["inputs"]
            for target in texts_behind(graph, node_id, name)
        ),
    )
    seeds = (
        settable(graph, node_id, name, (int,))
        for node_id in graph
        if node_id in live
        for name in sampler_inputs.SEEDS
        if name in graph[node_id]["inputs"]
    )
    found.take("seed", (target for target in seeds if target is not None))


def _images(found: _Found, graph: Wired, live: frozenset[str]) -> None:
    """Pictures that a member gives: each LoadImage; one of which only the mask is used is a mask."""
    used = {link for node_id in live for value in graph[node_id]["inputs"].values() if (link := source(graph, value))}
    loaders = [
        node_id
        for node_id in graph
        if node_id in live
        and graph[node_id]["class_type"] in _PICTURE_LOADERS
        and isinstance(graph[node_id]["inputs"].get("image"), str)
    ]
    masks = {
        node_id: None
        for node_id in loaders
        if graph[node_id]["class_type"] == "LoadImageMask" or ((node_id, 0) not in used and (node_id, 1) in used)
    }
    for name, nodes in (("image", [n for n in loaders if n not in masks]), ("mask", masks)):
        for number, node_id in enumerate(nodes, start=1):
            found.take(name if number == 1 else f"{name}_{number}", [Target(node_id, "image")])
