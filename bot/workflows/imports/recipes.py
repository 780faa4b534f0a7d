"""Reads what an image was made from, for people who want to make one like it. Pure and bounded, because the text
chunks of a foreign image may hold anything, but it takes CPU time.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Final

from bot.errors import PackError
from bot.workflows.binding.composites import COMPOSITE
from bot.workflows.binding.loras import LORAS, read_loras, write_loras
from bot.workflows.graphs import sampler_inputs
from bot.workflows.graphs.graph import LARGEST, MOST_BYTES, Graph, Node, live_nodes, read_graph, upstream
from bot.workflows.graphs.object_info import ObjectInfo
from bot.workflows.graphs.parameters import Parameter, Target
from bot.workflows.graphs.reroutes import Wired, settable
from bot.workflows.imports.carried import carried_in
from bot.workflows.imports.editor_format import import_graph
from bot.workflows.imports.recipe import MOST_FACTS, MOST_TEXT, Recipe, file_name
from bot.workflows.loras.loader_nodes import Lora
from bot.workflows.manifests.inference import infer
from bot.workflows.manifests.pack import Pack

_MOST_VALUES: Final = 4
"""Values shown of one kind. An image may have gone through many samplers."""
_OPTIONS: Final = frozenset({"Steps", "CFG", "Guidance", "Sampler", "Scheduler", "Checkpoint"})
"""Labels of what an option of a workflow may be called."""
_MOST_NAME: Final = 40
_FILE_ID: Final = 64


def graph_of(chunks: Mapping[str, str], infos: Iterable[ObjectInfo] = ()) -> Graph | None:
    """The graph that a ComfyUI image carries in its text chunks: the one that ran, else the one that was drawn,
    which only somebody who knows its nodes can read. None where there is none, or none that can be read.
    """
    carried = carried_in(chunks)
    if carried.ran and (graph := _ran(carried.ran)) is not None:
        return graph
    if not carried.drawn or len(carried.drawn) > MOST_BYTES:
        return None
    for info in infos:
        try:
            return import_graph("picture", carried.drawn, info)
        except PackError:
            continue
    return None


def _ran(text: str) -> Graph | None:
    try:
        return read_graph("picture", text)
    except PackError:
        return None


def recipe_told(chunks: Mapping[str, str]) -> Recipe:
    """The recipe in an image of ours if the operator keeps the graph out of images. Anybody may have written it.

    The form is `{"prompt": …, "negative": …, "seed": …, "workflow": …, "options": {…}}`; all of it may be missing.
    """
    text = chunks.get("recipe", "")
    try:
        raw = json.loads(text) if 0 < len(text) <= MOST_BYTES else None
    except (ValueError, RecursionError):
        return Recipe()
    if not isinstance(raw, dict):
        return Recipe()
    options = raw.get("options")
    plain = {
        str(name)[:_MOST_NAME]: value
        for name, value in (options.items() if isinstance(options, dict) else ())
        if isinstance(value, str | int | float)
    }
    words = {name: raw[name][:MOST_TEXT] for name in ("prompt", "negative") if isinstance(raw.get(name), str)}
    workflow = {"workflow": raw["workflow"]} if isinstance(raw.get("workflow"), str) else {}
    seed = {"seed": raw["seed"]} if isinstance(raw.get("seed"), int) and abs(raw["seed"]) <= LARGEST else {}
    shown = dict(list(plain.items())[:MOST_FACTS])
    return recipe_of_values({**workflow, **shown, **words, **seed}, None)


def recipe_of_graph(graph: Graph) -> Recipe:
    """What the samplers of a graph were given; without samplers, what can be told by titles and classes."""
    wired = Wired(graph)
    samplers = sampler_inputs.samplers(wired, live_nodes(graph))
    inferred = infer(graph).targets
    positive = sampler_inputs.words(wired, samplers, "positive") or inferred.get("prompt", ())
    negative = sampler_inputs.words(wired, samplers, "negative") or inferred.get("negative", ())
    seeds = [target for one in samplers for target in sampler_inputs.seeds(wired, one)] or inferred.get("seed", ())
    found = _found(wired, samplers)
    return Recipe(
        prompt=_text(wired, positive),
        negative=_text(wired, [one for one in negative if one not in positive]),
        seed=next((seed for seed in _values(wired, seeds) if isinstance(seed, int)), None),
        facts=tuple(_facts(found)),
        settings=tuple(_settings_of(found)),
    )


def recipe_of_values(values: Mapping[str, object], pack: Pack | None) -> Recipe:
    """What a member requested, without images: only an id of our own is kept of them."""
    parameters = pack.parameters if pack is not None else {}
    seed = values.get("seed")
    facts = []
    for name, value in values.items():
        parameter = parameters.get(name)
        picture = parameter.takes_file if parameter is not None else _is_file_id(value)
        if name not in {"prompt", "negative", "seed", COMPOSITE} and value is not None and not picture:
            # A list of LoRAs names several files, each of which may be in a folder.
            loras = read_loras(str(value))[0] if name == LORAS and parameter is None else ()
            listed = write_loras(Lora(file_name(lora.name), lora.weight) for lora in loras)
            facts.append((_label(name, parameter), listed or file_name(value)))
    return Recipe(
        prompt=str(values.get("prompt") or ""),
        negative=str(values.get("negative") or ""),
        seed=seed if isinstance(seed, int) else None,
        facts=tuple(facts),
    )


def _label(name: str, parameter: Parameter | None) -> str:
    if parameter is None:
        return "LoRAs" if name == LORAS else name.replace("_", " ").capitalize()
    return parameter.label or name.replace("_", " ").capitalize()


def _is_file_id(value: object) -> bool:
    return isinstance(value, str) and len(value) == _FILE_ID and all(sign in "0123456789abcdef" for sign in value)


def _found(graph: Wired, samplers: tuple[sampler_inputs.Sampler, ...]) -> Mapping[str, list[object]]:
    """By label, all values of that kind."""
    checkpoints, loras = sampler_inputs.models(graph, samplers)
    sizes = [sampler_inputs.latent(graph, one).size for one in samplers]
    return {
        "Size": [
            f"{_value(graph, size['width'])} x {_value(graph, size['height'])}"
            for size in sizes
            if {"width", "height"} <= size.keys()
        ],
        "Steps": _settings(graph, samplers, "steps"),
        "CFG": _settings(graph, samplers, "cfg"),
        "Guidance": _guidance(graph, samplers),
        "Sampler": [name for one in samplers for name in _names(graph, one, "sampler_name")],
        "Scheduler": [name for one in samplers for name in _names(graph, one, "scheduler")],
        # A denoise of 1, an image made from pure noise, is what everybody expects.
        "Denoise": [value for value in _settings(graph, samplers, "denoise") if value != 1],
        "Checkpoint": _values(graph, checkpoints),
        "LoRA": _values(graph, loras),
    }


def _facts(found: Mapping[str, list[object]]) -> Iterable[tuple[str, str]]:
    for label, values in found.items():
        if shown := list(dict.fromkeys(map(file_name, values))):
            yield label, ", ".join(shown[:_MOST_VALUES]) + (", …" if len(shown) > _MOST_VALUES else "")


def _settings_of(found: Mapping[str, list[object]]) -> Iterable[tuple[str, str | int | float]]:
    """What is the same for all samplers."""
    for label, values in found.items():
        value = values[0] if values and values.count(values[0]) == len(values) else None
        if label == "Size" and isinstance(value, str):
            width, _, height = value.partition(" x ")
            if width.isdecimal() and height.isdecimal():
                yield from (("width", int(width)), ("height", int(height)))
        elif label in _OPTIONS and isinstance(value, str | int | float):
            yield label.casefold(), value


def _settings(graph: Wired, samplers: Iterable[sampler_inputs.Sampler], name: str) -> list[object]:
    targets = (sampler_inputs.setting(graph, one, name) for one in samplers)
    return _values(graph, (target for target in targets if target is not None))


def _guidance(graph: Wired, samplers: Iterable[sampler_inputs.Sampler]) -> list[object]:
    """What newer models have instead of a negative prompt: it stands on the conditioning's way."""
    behind = upstream(graph, [one.node_id for one in samplers])
    nodes = (node_id for node_id in graph if node_id in behind and "guidance" in graph[node_id]["inputs"])
    targets = (settable(graph, node_id, "guidance", (int, float)) for node_id in nodes)
    return _values(graph, (target for target in targets if target is not None))


def _names(graph: Wired, sampler: sampler_inputs.Sampler, name: str) -> list[object]:
    """A choice at the sampler, beside it, or at the node that it is handed as a whole."""
    chosen = sampler_inputs.feeding(graph, sampler, "sampler")
    nodes: list[str] = [*sampler.nodes(), *([chosen[0]] if chosen is not None else [])]
    targets = (settable(graph, one, name, (str,)) for one in nodes if name in graph[one]["inputs"])
    return _values(graph, (target for target in targets if target is not None))


def _text(graph: Wired, targets: Iterable[Target]) -> str:
    texts = (value.strip() for value in _values(graph, targets) if isinstance(value, str))
    return "\n".join(dict.fromkeys(text for text in texts if text))[:MOST_TEXT]


def _values(graph: Mapping[str, Node], targets: Iterable[Target]) -> list[object]:
    return [_value(graph, target) for target in targets]


def _value(graph: Mapping[str, Node], target: Target) -> object:
    return graph[target.node_id]["inputs"].get(target.input_name)
