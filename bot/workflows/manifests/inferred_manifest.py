"""The manifest of a graph that comes without one: its inferred parameters, with names and bounds that fit members."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from bot.errors import PackError
from bot.workflows.graphs.graph import Graph
from bot.workflows.graphs.parameters import MAX_SEED, Parameter, ParameterType, Target
from bot.workflows.manifests.inference import Ambiguity, infer
from bot.workflows.manifests.manifest import Manifest, Outputs, type_of
from bot.workflows.manifests.targets import Names, NoTarget


@dataclass(frozen=True, slots=True)
class _Habit:
    """What a parameter of this name is called and may be: a member should neither need to know nor be able to harm."""

    label: str
    description: str
    type: ParameterType | None = None
    min: float | None = None
    max: float | None = None


_HABITS: Final[Mapping[str, _Habit]] = {
    "prompt": _Habit("Prompt", "What to make, in your words"),
    "negative": _Habit("Negative prompt", "What it should not show"),
    "image": _Habit("Image", "The picture to start from", "image"),
    "mask": _Habit("Mask", "Where it may change: the white or transparent parts", "image"),
    "seed": _Habit("Seed", "The same seed makes the same again; empty: a new one", min=0, max=MAX_SEED),
    "width": _Habit("Width", "In pixels", min=64, max=2048),
    "height": _Habit("Height", "In pixels", min=64, max=2048),
    "count": _Habit("Count", "How many at once", min=1, max=4),
    "length": _Habit("Length", "In frames", min=1, max=121),
    "steps": _Habit("Steps", "More take longer and may look finer", min=1, max=50),
    "cfg": _Habit("CFG", "How closely it follows the prompt", "number", min=0, max=30),
    "denoise": _Habit("Strength", "How much of the picture changes: 0 nothing, 1 everything", "number", min=0, max=1),
    "checkpoint": _Habit("Model", "The model that makes it"),
    "lora": _Habit("LoRA", "An addition to the model"),
}
"""By name; `image_2` is an `image`."""

_FROM_SERVER: Final = frozenset({"checkpoint", "lora"})
_NEEDED: Final = frozenset({"prompt", "image", "mask"})


def infer_manifest(
    name: str, graph: Graph, chosen: Mapping[str, str] | None = None
) -> tuple[Manifest, tuple[str, ...]]:
    """A manifest for `graph`, and notes about what it leaves out because it is not clear.

    `chosen` settles what is not clear: a parameter's name and a target, as a manifest writes it. Raises `PackError`
    where it is not clear what the prompt is, or where a chosen target is none.
    """
    inferred = infer(graph)
    targets = dict(inferred.targets)
    faults: list[str] = []
    names = Names(graph)
    for parameter, text in (chosen or {}).items():
        try:
            targets[parameter] = names.resolve(text)
        except NoTarget as fault:
            faults.append(f"{parameter}: {text!r}: {fault}")
    unclear = [one for one in inferred.ambiguities if one.parameter not in targets and one.parameter not in faults]
    faults += [_unclear(one, f"say which in {name}.toml") for one in unclear if one.parameter == "prompt"]
    if faults:
        raise PackError(name, tuple(faults))
    notes = tuple(_unclear(one, "the graph keeps its own value") for one in unclear)
    ordered = sorted(targets, key=lambda one: _NAMES.index(_stem(one)) if _stem(one) in _NAMES else len(_NAMES))
    parameters = {one: _parameter(one, targets[one], graph) for one in ordered}
    return Manifest("", "", None, default=False, nsfw=False, parameters=parameters, outputs=Outputs({})), notes


_NAMES: Final = tuple(_HABITS)


def _unclear(ambiguity: Ambiguity, then: str) -> str:
    return f"it is not clear what the {ambiguity.parameter} is: {' or '.join(ambiguity.candidates)}; {then}"


def _stem(name: str) -> str:
    stem, _, number = name.rpartition("_")
    return stem if number.isdigit() else name


def _parameter(name: str, targets: tuple[Target, ...], graph: Graph) -> Parameter:
    stem = _stem(name)
    habit = _HABITS.get(stem, _Habit(name.replace("_", " ").capitalize(), ""))
    own = graph[targets[0].node_id]["inputs"][targets[0].input_name]
    type_ = habit.type or type_of(own)
    # What the graph's author took himself is allowed, whatever the habit.
    value = own if isinstance(own, int | float) and type_ in {"integer", "number"} else None
    return Parameter(
        name=name,
        type=type_,
        targets=targets,
        min=habit.min if value is None or habit.min is None else max(min(habit.min, value), -MAX_SEED),
        max=habit.max if value is None or habit.max is None else min(max(habit.max, value), MAX_SEED),
        server_choices=stem in _FROM_SERVER,
        required=stem in _NEEDED,
        label=habit.label if stem == name else f"{habit.label} {name.removeprefix(stem + '_')}",
        description=habit.description,
    )
