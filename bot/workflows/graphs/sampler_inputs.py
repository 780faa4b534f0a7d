"""Walking a graph back from its samplers: where the words, the seed, the size and the models come from.

By the names and shapes of inputs, not by a list of classes: custom nodes follow the same habits. Pure.
"""

from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bot.workflows.graphs.graph import Node
from bot.workflows.graphs.model_files import belongs_to_workflow
from bot.workflows.graphs.parameters import Target
from bot.workflows.graphs.reroutes import FARTHEST, Wired, as_link, settable, source, texts_behind

Side = Literal["positive", "negative"]

SEEDS: Final = ("seed", "noise_seed")
TEXTS: Final = (
    *("text", "prompt", "text_g", "text_l", "clip_l", "clip_g", "t5xxl", "llama", "tags", "caption"),
    *("user_prompt", "bert", "mt5xl", "qwen25_7b"),
)
CHECKPOINTS: Final = ("ckpt_name", "unet_name", "model_name")
_LATENTS: Final = ("latent_image", "latent", "samples")
_PASSED_ON: Final = (*_LATENTS, "latents", "samples_to", "samples1", "video_latent")
_PICTURES: Final = ("pixels", "image")
_STARTS: Final = (*_PICTURES, "audio", "video")
_CONDITIONING: Final = ("conditioning", "cond")
_SIZES: Final = ("width", "height", "batch_size", "length")


@dataclass(frozen=True, slots=True)
class Sampler:
    """A node that denoises, told by what goes into it.

    `beside` are the nodes that other samplers have built in: what guides it and what plans its steps.
    """

    node_id: str
    node: Node
    beside: tuple[str, ...]

    def nodes(self) -> tuple[str, ...]:
        return (self.node_id, *self.beside)


def samplers(graph: Wired, among: frozenset[str]) -> tuple[Sampler, ...]:
    """The samplers among these nodes: they take a latent or an image, conditioning or a guider, and noise or steps."""
    found = []
    for node_id in graph:
        inputs = graph[node_id]["inputs"]
        guided = any(as_link(inputs.get(name)) for name in ("guider", "positive", "conditioning"))
        noisy = [name for name in (*SEEDS, "noise", "sigmas", "steps") if name in inputs]
        latent = any(as_link(inputs.get(name)) for name in _LATENTS)
        # Upscalers and detailers take an image and have the whole sampler built in.
        repainting = any(as_link(inputs.get(name)) for name in _PICTURES) and "steps" in inputs and len(noisy) > 1
        if node_id in among and guided and noisy and (latent or repainting):
            beside = (source(graph, inputs.get(name)) for name in ("guider", "sigmas"))
            found.append(Sampler(node_id, graph[node_id], tuple(link[0] for link in beside if link is not None)))
    return tuple(found)


def feeding(graph: Wired, sampler: Sampler, *names: str) -> tuple[str, int] | None:
    """The link into the first of these inputs that is linked, at the sampler or beside it."""
    links = (source(graph, graph[one]["inputs"].get(name)) for one in sampler.nodes() for name in names)
    return next((link for link in links if link is not None), None)


def words(graph: Wired, found: Iterable[Sampler], side: Side) -> tuple[Target, ...]:
    """The texts that become these samplers' positive or negative conditioning."""
    encoders = encoded(graph, found, side)
    return tuple(dict.fromkeys(text for one in encoders for text in texts_behind(graph, one.node_id, one.input_name)))


def encoded(graph: Wired, found: Iterable[Sampler], side: Side) -> tuple[Target, ...]:
    """The inputs with the texts that become these samplers' positive or negative conditioning."""
    # Of two positive sides the second is what a guider holds the first against.
    names = ("positive", "conditioning", "cond1") if side == "positive" else ("negative", "cond2")
    links = (feeding(graph, sampler, name) for sampler in found for name in names)
    waiting = deque((link, side) for link in links if link is not None)
    seen: set[tuple[tuple[str, int], Side]] = set()
    texts: list[Target] = []
    while waiting:
        (node_id, output), wanted = here = waiting.popleft()
        if here in seen or "ZeroOut" in graph[node_id]["class_type"]:
            continue  # conditioning that is zeroed out says nothing, whatever text it was made from
        seen.add(here)
        inputs = graph[node_id]["inputs"]
        wanted = _side(inputs, output, wanted)
        behind = (source(graph, inputs[name]) for name in _conditioning_inputs(inputs, wanted))
        links_behind = [(link, wanted) for link in behind if link is not None]
        waiting.extend(links_behind)
        if not links_behind:
            texts += [Target(node_id, name) for name in _text_inputs(inputs, wanted)]
    return tuple(dict.fromkeys(texts))


def _side(inputs: Mapping[str, object], output: int, side: Side) -> Side:
    """The side that an output of a node with both belongs to: positive comes first, after a model that is passed on."""
    both = any(name.startswith("positive") for name in inputs) or {"prompt", "negative_prompt"} <= inputs.keys()
    if not both or any(isinstance(inputs.get(name), str) for name in ("positive", "negative")):
        return side  # a loader that encodes both: the order of its outputs is not known
    return "negative" if output - bool(as_link(inputs.get("model"))) >= 1 else "positive"


def _conditioning_inputs(inputs: Mapping[str, object], side: Side) -> list[str]:
    """Which inputs a conditioning node passes on: of a pair only one side."""
    linked = [name for name, value in inputs.items() if as_link(value)]
    if any(name.startswith(("positive", "negative")) for name in linked):
        return [name for name in linked if name.startswith(side)]
    named = [name for name in linked if name.startswith(_CONDITIONING)]
    held = any(name in inputs for name in TEXTS)
    return named or ([] if held else linked[: len(linked) == 1])


def _text_inputs(inputs: Mapping[str, object], side: Side) -> list[str]:
    if side == "negative" and "negative_prompt" in inputs:
        return ["negative_prompt"]
    return [name for name in TEXTS if name in inputs] or [name for name in (side, "value", "string") if name in inputs]


def seeds(graph: Wired, sampler: Sampler) -> tuple[Target, ...]:
    """Where this sampler's noise gets its seed."""
    noise = source(graph, sampler.node["inputs"].get("noise"))
    found = (
        settable(graph, node_id, name, (int,))
        for node_id in (sampler.node_id, *([noise[0]] if noise is not None else []))
        for name in SEEDS
        if name in graph[node_id]["inputs"]
    )
    return tuple(target for target in found if target is not None)


def setting(graph: Wired, sampler: Sampler, name: str) -> Target | None:
    """A number at the sampler or beside it: steps, cfg, denoise."""
    found = (settable(graph, one, name, (int, float)) for one in sampler.nodes() if name in graph[one]["inputs"])
    return next((target for target in found if target is not None), None)


def partial(sampler: Sampler) -> bool:
    """Whether it takes only a part of its steps, as a base and its refiner share them."""
    return "start_at_step" in sampler.node["inputs"]


@dataclass(frozen=True, slots=True)
class Latent:
    """What a sampler starts from: inputs that say how large and how many, and whether it starts from an image."""

    size: Mapping[str, Target]
    picture: bool


def latent(graph: Wired, sampler: Sampler) -> Latent:
    """Walk back from the sampler's latent to what makes it, as far as the sampler before this one."""
    size: dict[str, Target] = {}
    link = feeding(graph, sampler, *_LATENTS)
    seen: set[str] = set()
    while link is not None and link[0] not in seen and len(seen) < FARTHEST:
        node_id = link[0]
        seen.add(node_id)
        inputs = graph[node_id]["inputs"]
        if any(name in inputs for name in ("noise", *SEEDS)):
            break  # another sampler, which is walked back itself
        before = next((one for name in _PASSED_ON if (one := source(graph, inputs.get(name))) is not None), None)
        if before is None:
            size.update(_settable(graph, node_id, dict(zip(_SIZES, _SIZES, strict=True))))
            return Latent(size, any(as_link(inputs.get(name)) for name in _STARTS) and "width" not in size)
        if "amount" in inputs:  # one latent, repeated
            size.update(_settable(graph, node_id, {"batch_size": "amount"}))
        link = before
    return Latent({}, picture=False)


def _settable(graph: Wired, node_id: str, wanted: Mapping[str, str]) -> dict[str, Target]:
    inputs = graph[node_id]["inputs"]
    found = {name: settable(graph, node_id, there, (int,)) for name, there in wanted.items() if there in inputs}
    return {name: target for name, target in found.items() if target is not None}


def models(graph: Wired, found: Iterable[Sampler]) -> tuple[tuple[Target, ...], tuple[Target, ...]]:
    """The loaders of these samplers' models, and the LoRAs on the way to them, the first one applied first."""
    checkpoints: list[Target] = []
    loras: list[Target] = []
    links = (feeding(graph, sampler, "model") for sampler in found)
    waiting = deque(link[0] for link in links if link is not None)
    seen: set[str] = set()
    while waiting:
        node_id = waiting.popleft()
        if node_id in seen:
            continue
        seen.add(node_id)
        inputs = graph[node_id]["inputs"]
        checkpoints += [Target(node_id, name) for name in CHECKPOINTS if isinstance(inputs.get(name), str)]
        lora = inputs.get("lora_name")
        if isinstance(lora, str) and not belongs_to_workflow(lora):
            loras.append(Target(node_id, "lora_name"))
        behind = (source(graph, value) for name, value in inputs.items() if name.startswith("model"))
        waiting.extend(link[0] for link in behind if link is not None)
    return tuple(checkpoints), tuple(reversed(loras))
