"""The manifest of a graph that comes without one: its inferred parameters, with names and bounds that fit members."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from bot.errors import Fault, PackError
from bot.workflows.graphs.graph import Graph
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.parameters import FILES, MAX_SEED, Parameter, ParameterType, Target
from bot.workflows.manifests.found_parameters import Ambiguity
from bot.workflows.manifests.inference import infer
from bot.workflows.manifests.manifest import Manifest, Outputs, type_of
from bot.workflows.manifests.targets import Names, NoTarget
from bot.workflows.tracing.author_titles import given_name, words_of


@dataclass(frozen=True, slots=True)
class _Habit:
    """The label and the bounds of a parameter of this name: members need no expertise and can do no harm."""

    label: str
    description: str
    type: ParameterType | None = None
    min: float | None = None
    max: float | None = None


_HABITS: Final[Mapping[str, _Habit]] = {
    "prompt": _Habit("Prompt", "What to generate, in your own words"),
    "lyrics": _Habit("Lyrics", "Words to sing, with parts like [verse] and [chorus]"),
    "image": _Habit("Image", "Image to start from"),
    "mask": _Habit("Mask", "Black and white copy of the image: the white parts are changed"),
    "video": _Habit("Video", "Video to start from"),
    "audio": _Habit("Audio", "Sound to start from"),
    "negative": _Habit("Negative prompt", "What to keep out"),
    "seed": _Habit("Seed", "Seed. Same seed and settings give the same result (empty: random)", min=0, max=MAX_SEED),
    "aspect_ratio": _Habit("Aspect ratio", "Shape of the result"),
    "megapixels": _Habit("Megapixels", "Size in megapixels", "number", min=0.1, max=4),
    "width": _Habit("Width", "Width in pixels", min=64, max=2048),
    "height": _Habit("Height", "Height in pixels", min=64, max=2048),
    "scale_by": _Habit("Scale", "How many times as large", "number", min=0.1, max=4),
    "duration": _Habit("Duration", "Length in seconds", min=1, max=10),
    "length": _Habit("Frames", "Length in frames", min=1, max=121),
    "fps": _Habit("Frames per second", "Frames per second", min=1, max=30),
    "count": _Habit("Count", "How many at once", min=1, max=4),
    "steps": _Habit("Steps", "Sampling steps. More take longer and add detail, up to a point", min=1, max=50),
    "cfg": _Habit("Guidance (CFG)", "Guidance (CFG). How closely to follow the prompt", "number", min=0, max=30),
    "guidance": _Habit("Guidance", "Guidance. How closely to follow the prompt", "number", min=0, max=30),
    "denoise": _Habit(
        "Strength", "Strength (denoise). How much to change: 0 nothing, 1 everything", "number", min=0, max=1
    ),
    "control_strength": _Habit("Control strength", "How closely to follow the guide image", "number", min=0, max=2),
    "bpm": _Habit("Tempo", "Beats per minute", min=10, max=300),
    "language": _Habit("Language", "Language of the lyrics"),
    "key": _Habit("Key", "Musical key, like C major"),
    "time_signature": _Habit("Time signature", "Beats per bar"),
    "checkpoint": _Habit("Model", "Model to use"),
    "lora": _Habit("LoRA", "LoRA to add to the model, or none"),
    "lora_strength": _Habit("LoRA strength", "How strongly the LoRA counts (0: not at all)", "number", min=-2, max=2),
}
"""By name, the most useful ones first; `image_2` is an `image`."""

_FROM_SERVER: Final = frozenset({"checkpoint", "lora"})
MOST_OPTIONS: Final = 25
"""The most options that Discord allows for one command."""
_MUSIC: Final = 240
"""Seconds that a piece of music may have; a video of that length would take a day."""
_MOST_OWN: Final = 4
"""How many times its own value a number may have of which nothing else is known."""
_FILE: Final = "image"
"""The place of files among the options, whatever they are called."""
_LAST: Final = ("checkpoint", "lora", "lora_strength")


def infer_manifest(
    name: str, graph: Graph, chosen: Mapping[str, str] | None = None, info: ObjectInfo | None = None
) -> tuple[Manifest, tuple[str, ...]]:
    """A manifest for `graph`, and notes about what it leaves out because it is not clear.

    `chosen` settles what is not clear: a parameter's name and a target, as a manifest writes it. Raises `PackError`
    where it is not clear what the prompt is, or where a chosen target is none. `info` is a server that knows the nodes.
    """
    inferred = infer(graph, info)
    targets = dict(inferred.targets)
    faults: list[str] = []
    names = Names(graph)
    for parameter, text in (chosen or {}).items():
        try:
            targets[parameter] = names.resolve(text)
        except NoTarget as fault:
            faults.append(Fault("{place}: {fault}", place=f"{parameter}: {text!r}", fault=fault.fault))
    unclear = [one for one in inferred.ambiguities if one.parameter not in targets and one.parameter not in faults]
    faults += [_unclear(one, f"say which in {name}.toml") for one in unclear if one.parameter == "prompt"]
    if faults:
        raise PackError(name, tuple(faults))
    notes = tuple(_unclear(one, "the graph keeps its own value") for one in unclear)
    ordered = sorted(targets, key=lambda one: _place(_FILE if one in inferred.types else one))
    parameters = {one: _parameter(one, targets[one], graph, inferred.types.get(one)) for one in ordered}
    for one in ordered if "prompt_2" in targets else ():
        if _stem(one) == "prompt":
            parameters[one] = _told_apart(parameters[one], graph)
    optional = [one for one in ordered if not parameters[one].required]
    for one in optional[max(0, MOST_OPTIONS - len(ordered) + len(optional)) :]:
        del parameters[one]
    return Manifest("", "", None, default=False, nsfw=False, parameters=parameters, outputs=Outputs({})), notes


_FIRST: Final = tuple(one for one in _HABITS if one not in _LAST)


def _place(name: str) -> int:
    """Discord has room for 25 options: what most people set stands before what the author named, models come last."""
    stem = _stem(name)
    if stem in _LAST:
        return len(_FIRST) + 1 + _LAST.index(stem)
    return _FIRST.index(stem) if stem in _FIRST else len(_FIRST)


def _unclear(ambiguity: Ambiguity, then: str) -> str:
    return f"it is not clear what the {ambiguity.parameter} is: {' or '.join(ambiguity.candidates)}; {then}"


def _stem(name: str) -> str:
    stem, _, number = name.rpartition("_")
    return stem if number.isdigit() else name


def _parameter(name: str, targets: tuple[Target, ...], graph: Graph, given: ParameterType | None = None) -> Parameter:
    stem = _stem(name)
    own = graph[targets[0].node_id]["inputs"][targets[0].input_name]
    habit = _HABITS.get(stem)
    number = "" if stem == name or habit is None else f" {name.removeprefix(stem + '_')}"
    habit = habit or _habit(name, given, own)
    type_ = given or habit.type or type_of(own)
    # The graph author's own value is always allowed, whatever the usual bounds are.
    value = own if isinstance(own, int | float) and type_ in {"integer", "number"} else None
    highest = _MUSIC if stem == "duration" and _is_music(graph) else habit.max
    return Parameter(
        name=name,
        type=type_,
        targets=targets,
        min=habit.min if value is None or habit.min is None else max(min(habit.min, value), -MAX_SEED),
        max=highest if value is None or highest is None else min(max(highest, value), MAX_SEED),
        # Another model than the graph's may be of another family: a server's first would run, and make nonsense.
        default=own if stem in _FROM_SERVER and isinstance(own, str) and own else None,
        server_choices=stem in _FROM_SERVER,
        none=_strengths(targets[0], graph) if stem == "lora" else (),
        required=name == "prompt" or type_ in FILES,
        label=f"{habit.label}{number}",
        description=habit.description,
    )


def _strengths(lora: Target, graph: Graph) -> tuple[Target, ...]:
    """What turns a LoRA off."""
    inputs = graph[lora.node_id]["inputs"]
    names = [name for name in ("strength_model", "strength_clip") if isinstance(inputs.get(name), int | float)]
    return tuple(Target(lora.node_id, name) for name in names)


def _habit(name: str, given: ParameterType | None, own: object) -> _Habit:
    """What fits a parameter that its author named."""
    label = words_of(name)
    if given in FILES:
        return _Habit(label, f"{label} ({given})" if str(given) not in name else f"{label} to use")
    if isinstance(own, bool):
        return _Habit(label, f"Turn on or off: {label}")
    if isinstance(own, int | float):
        return _Habit(label, label, min=min(0, _MOST_OWN * own), max=max(10, _MOST_OWN * own))
    return _Habit(label, label)


def _told_apart(prompt: Parameter, graph: Graph) -> Parameter:
    """One of several prompts, with what its author's title says."""
    words = [word for word in given_name(graph, prompt.targets[0].node_id).split("_") if word != "prompt"]
    title = words_of("_".join(words))
    return replace(prompt, description=f"{title}: {prompt.description.lower()}") if title else prompt


def _is_music(graph: Graph) -> bool:
    """Whether sound is all that comes out."""
    classes = " ".join(node["class_type"] for node in graph.values())
    return "SaveAudio" in classes and "Video" not in classes
