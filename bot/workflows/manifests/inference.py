"""What a member may set in a graph that comes without a manifest: by titles, then by its samplers, then by class.

What could mean several things is never guessed: it is an `Ambiguity`, with the candidates named. Pure.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.workflows.graphs import sampler_inputs
from bot.workflows.graphs.graph import Graph, node_title
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.parameters import ParameterType, Target
from bot.workflows.graphs.reroutes import Wired, settable
from bot.workflows.manifests.found_parameters import Ambiguity, Found
from bot.workflows.manifests.inferred_prompts import find_prompts
from bot.workflows.tracing.active_nodes import active_nodes
from bot.workflows.tracing.further_settings import further_settings
from bot.workflows.tracing.given_files import given_files, named_files
from bot.workflows.tracing.prompt_texts import written_texts

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
_FRAMES: Final = ("video_frames", "num_frames", "frames_number")
"""What nodes call the length of a video that do not call it so."""
_WRITTEN: Final = frozenset({"prompt", "negative"})
"""What people write, which may be put into a longer text on its way."""


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
    found = Found(graph)
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
    find_prompts(found, graph, samplers, active, info)
    seeds = _titled(graph, titled, "seed", _TITLES["seed"])
    found.take("seed", [*seeds, *_seeds(graph, samplers, active)])
    _from_samplers(found, graph, samplers)
    files = given_files(graph, active, info)
    for name, one in named_files(files).items():
        found.take(name, [one.target])
        found.types[name] = one.kind
    _sizes(found, graph, active)
    if "length" not in found.targets:
        found.choose("length", _held(graph, active, _FRAMES))
    _further(found, further_settings(graph, active, info, frozenset(one.target for one in files)))
    return Inferred(found.targets, tuple(found.ambiguities), found.types)


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


def _from_samplers(found: Found, graph: Wired, samplers: tuple[sampler_inputs.Sampler, ...]) -> None:
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


def _held(graph: Wired, active: frozenset[str], names: Iterable[str]) -> list[Target]:
    """Whole numbers in inputs of these names, wherever those are."""
    places = [(one, name) for one in graph if one in active for name in names if name in graph[one]["inputs"]]
    return [target for one, name in places if (target := settable(graph, one, name, (int,))) is not None]


def _settings(graph: Wired, samplers: Iterable[sampler_inputs.Sampler], name: str) -> list[Target]:
    return [target for one in samplers if (target := sampler_inputs.setting(graph, one, name)) is not None]


def _sizes(found: Found, graph: Wired, active: frozenset[str]) -> None:
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


def _further(found: Found, settings: Iterable[tuple[str, tuple[Target, ...]]]) -> None:
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
