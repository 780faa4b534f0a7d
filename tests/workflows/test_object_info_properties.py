"""Random graphs made from everything that ComfyUI 0.33.0 knows: infer, sharpen, bind and check never surprise."""

import contextlib
import copy
import json
from dataclasses import replace
from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from bot.errors import BindError, PackError
from bot.workflows import Pack, Parameter, bind, complete
from bot.workflows.graphs.graph import link_source
from bot.workflows.graphs.parameters import Target
from bot.workflows.library.availability import missing
from bot.workflows.library.specs import sharpen, specs_of
from bot.workflows.manifests.inference import infer
from bot.workflows.manifests.manifest import read_manifest
from bot.workflows.manifests.manifest_text import manifest_text
from bot.workflows.manifests.pack import make_pack
from bot.workflows.safety.uploads import forbidden, leaving
from tests.workflows.drawings import SAMPLES
from tests.workflows.known import known, own_value, recorded, specs
from tests.workflows.samples import changes

CLASSES = sorted(recorded())
# Drawn half of the time: among 634 classes a sampler with all it needs would be rare.
CORE = (
    *(
        "KSampler",
        "KSamplerAdvanced",
        "SamplerCustom",
        "SamplerCustomAdvanced",
        "BasicGuider",
        "CFGGuider",
        "RandomNoise",
    ),
    *("BasicScheduler", "KSamplerSelect", "CLIPTextEncode", "CLIPTextEncodeSDXL", "CLIPTextEncodeFlux", "FluxGuidance"),
    *("ConditioningCombine", "ConditioningZeroOut", "ControlNetApplyAdvanced", "PairConditioningCombine"),
    *("EmptyLatentImage", "EmptySD3LatentImage", "WanImageToVideo", "VAEEncode", "LatentUpscale", "RepeatLatentBatch"),
    *("CheckpointLoaderSimple", "UNETLoader", "LoraLoader", "LoraLoaderModelOnly", "DualCLIPLoader", "VAELoader"),
    *("LoadImage", "LoadImageMask", "PrimitiveInt", "PrimitiveString", "PrimitiveFloat", "StringConcatenate"),
    *("ComfySwitchNode", "SeedNode", "VAEDecode", "SaveImage"),
)
TITLES = (
    "positive_prompt",
    "Negative Prompt",
    "prompt",
    "seed",
    "Width",
    "steps",
    "same",
    "a.b",
    "",
    "x except y",
    "9",
)
ODD = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**64), 2**64),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=4),
)
PLAIN_VALUES = (ODD | st.lists(ODD, max_size=3) | st.dictionaries(st.text(max_size=3), ODD, max_size=2)).filter(
    lambda value: link_source(value) is None
)


@st.composite
def altered(draw: st.DrawFn) -> dict[str, Any]:
    """A graph that somebody really has, with some of its values, links and titles changed."""
    graph: dict[str, Any] = dict(draw(st.sampled_from(SAMPLES))().graph)
    places = [(node_id, name) for node_id in graph for name in graph[node_id]["inputs"]]
    for node_id, name in draw(st.lists(st.sampled_from(places), max_size=4)):
        earlier = st.tuples(st.integers(1, max(1, int(node_id) - 1)).map(str), st.integers(0, 3)).map(list)
        value = draw(PLAIN_VALUES if node_id == "1" else st.one_of(PLAIN_VALUES, earlier, st.just("a cat"), st.just(7)))
        graph[node_id]["inputs"][name] = value
    for node_id in draw(st.lists(st.sampled_from(list(graph)), max_size=3)):
        graph[node_id]["_meta"] = {"title": draw(st.sampled_from(TITLES))}
    return graph


@st.composite
def drawn(draw: st.DrawFn) -> dict[str, Any]:
    """A graph whose links mostly fit and whose values are mostly the editor's; ids and titles are anything."""
    graph: dict[str, Any] = {}
    sources: dict[str, list[list[object]]] = {}
    for number in range(draw(st.integers(1, 14))):
        class_type = draw(st.sampled_from(CORE) | st.sampled_from(CLASSES))
        inputs: dict[str, object] = {}
        for name, (required, kind, config) in specs(class_type).items():
            if not required and draw(st.booleans()):
                continue
            inputs[name] = _input(draw, kind, config, sources)
        node_id = draw(st.sampled_from([str(number), f"{number}:3"]))
        graph[node_id] = {"class_type": class_type, "inputs": inputs}
        if draw(st.booleans()):
            graph[node_id]["_meta"] = {"title": draw(st.sampled_from(TITLES))}
        for slot, kind in enumerate(recorded()[class_type]["output"]):
            sources.setdefault(str(kind), []).append([node_id, slot])
    # ComfyUI sorts no nodes: a link may lead to one that stands further down.
    return dict(draw(st.permutations(list(graph.items()))))


def graphs() -> st.SearchStrategy[dict[str, Any]]:
    return altered() | drawn()


def _input(draw: st.DrawFn, kind: Any, config: Any, sources: dict[str, list[list[object]]]) -> object:  # noqa: ANN401
    fitting = sources.get(str(kind), [])
    anything = [link for links in sources.values() for link in links]
    luck = draw(st.integers(0, 19))
    own = own_value(kind, config)
    if fitting and (own is None or luck > 15):
        return draw(st.sampled_from(fitting[-3:]))
    if anything and (luck == 0 or (own is None and luck < 4)):
        return draw(st.sampled_from(anything))
    return draw(PLAIN_VALUES) if luck == 1 or own is None else own


def pack_of(graph: dict[str, Any]) -> Pack:
    """Its pack; where the prompt is not clear, the first candidate is it."""
    unclear = {one.parameter: one.candidates[0] for one in infer(graph).ambiguities}
    with contextlib.suppress(PackError):
        pack = make_pack("random", json.dumps(graph), None)
        assert "prompt" not in unclear
        assert len(pack.notes) == len(unclear)
        return pack
    assert "prompt" in unclear
    return make_pack("random", json.dumps(graph), None, unclear)


def fitting(parameter: Parameter, pack: Pack) -> st.SearchStrategy[Any]:
    """Mostly what fits; bind has to tell."""
    match parameter.type:
        case "integer" | "number":
            low = 0 if parameter.min is None else parameter.min
            high = low + 4096 if parameter.max is None else parameter.max
            whole = st.integers(0, 64).map(lambda step: int(low) + step * int(parameter.step or 1))
            # Hypothesis wants bounds that are floats: a server names some beyond the whole numbers that a float holds.
            low, high = float(low), float(high)
            return whole if parameter.type == "integer" else st.floats(low, high) if low < high else st.just(low)
        case "boolean":
            return st.booleans()
        case "image":
            return st.just("photo.png")
        case _ if parameter.server_choices:
            offered = [one for spec in specs_of(parameter, pack.graph, known()) for one in spec.choices or ()]
            return st.sampled_from([*offered, "what nobody has"])
        case _:
            return st.text(min_size=1, max_size=8)


@given(graphs(), st.data())
def test_any_graph_goes_all_the_way(graph: dict[str, Any], data: st.DataObject) -> None:
    pack = pack_of(graph)
    pack = replace(pack, parameters={name: sharpen(one, graph, known()) for name, one in pack.parameters.items()})
    before = copy.deepcopy(pack)
    values = {
        name: data.draw(fitting(one, pack))
        for name, one in pack.parameters.items()
        if one.required or data.draw(st.booleans())
    }
    with contextlib.suppress(BindError):
        values = complete(pack, values)
        bound = bind(pack, values, known())
        event(f"bound {min(len(values), 3)} values or more")
        targets = {target: one for one in pack.parameters.values() for target in one.targets}
        assert {Target(*place) for place in changes(pack.graph, bound)} <= targets.keys()
        assert bind(pack, values, known()) == bound
        assert bind(replace(pack, graph=bound), values, known()) == bound
        for name, value in values.items():
            for target in pack.parameters[name].targets:
                assert bound[target.node_id]["inputs"][target.input_name] == value
                assert_taken(bound[target.node_id]["class_type"], target.input_name, value)
        missing(replace(pack, graph=bound), known())
    missing(pack, known())
    forbidden(pack.graph)
    leaving(pack.graph)
    assert pack == before


def assert_taken(class_type: str, input_name: str, value: Any) -> None:  # noqa: ANN401 - whatever bind let through
    """A number that bind let through is one that the server takes."""
    spec = known().input(class_type, input_name)
    if spec is None or spec.type not in {"INT", "FLOAT"} or isinstance(value, str | bool):
        return
    assert spec.min is None or value >= spec.min
    assert spec.max is None or value <= spec.max
    assert spec.type == "FLOAT" or int(value) == value


@given(graphs())
def test_an_input_is_one_parameters_and_holds_a_plain_value(graph: dict[str, Any]) -> None:
    targets = [target for found in infer(graph).targets.values() for target in found]
    assert len(targets) == len(set(targets))
    for target in targets:
        assert isinstance(graph[target.node_id]["inputs"][target.input_name], str | int | float)


@given(graphs())
def test_what_is_inferred_can_be_written_down(graph: dict[str, Any]) -> None:
    pack = pack_of(graph)
    assert read_manifest(pack.name, manifest_text(pack), pack.graph).parameters == pack.parameters
