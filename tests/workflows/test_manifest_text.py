"""A pack's manifest is written so that it reads back to the same pack."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workflows import Pack, Parameter
from bot.workflows.graphs.parameters import Target, check_value
from bot.workflows.manifests.manifest import Outputs, read_manifest
from bot.workflows.manifests.manifest_text import manifest_text
from bot.workflows.manifests.pack import make_pack
from tests.workflows.drawings import SAMPLES, Sample, image_to_image

# Names are anybody's: dots, quotes, our own key words, line ends. Half characters are refused when a graph is read.
WORDS = st.one_of(
    st.sampled_from(["a.b", "x except y", "*", "*.seed", "class:A", "id:1", "1", "2", '"', "\\", "'''", "\n", "a = 1"]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=8),
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NUMBERS = st.one_of(st.integers(-(2**53), 2**53), st.floats(-1e300, 1e300))


@st.composite
def packs(draw: st.DrawFn) -> Pack:
    """A pack with odd names, whose parameters have all that a manifest can say."""
    ids = draw(st.lists(st.integers(1, 9).map(str), min_size=1, max_size=4, unique=True))
    graph: dict[str, Any] = {
        node_id: {
            "class_type": draw(WORDS),
            "inputs": draw(st.dictionaries(WORDS, TEXT | NUMBERS | st.booleans(), min_size=1, max_size=3)),
            "_meta": {"title": draw(WORDS)},
        }
        for node_id in ids
    }
    places = [Target(node_id, name) for node_id in graph for name in graph[node_id]["inputs"]]
    names = draw(st.lists(WORDS, max_size=3, unique=True))
    parameters = {name: draw(parameters_of(name, places)) for name in names}
    captions = draw(st.dictionaries(st.sampled_from(ids), TEXT.filter(bool), max_size=2))
    final = draw(st.sampled_from([None, *captions.values()]))
    return Pack(
        name="odd",
        graph=graph,
        title=draw(TEXT),
        description=draw(TEXT),
        command=draw(TEXT) or None,
        default=draw(st.booleans()),
        nsfw=draw(st.booleans()),
        parameters=parameters,
        outputs=Outputs(captions, final, draw(st.booleans())),
    )


@st.composite
def parameters_of(draw: st.DrawFn, name: str, places: list[Target]) -> Parameter:
    type_ = draw(st.sampled_from(["string", "integer", "number", "boolean", "image", "video", "audio"]))
    low, high = sorted(draw(st.tuples(NUMBERS, NUMBERS)))
    numeric = type_ in {"integer", "number"}
    parameter = Parameter(
        name=name,
        type=type_,  # type: ignore[arg-type] # one of the five, as it is drawn
        targets=tuple(draw(st.lists(st.sampled_from(places), min_size=1, max_size=3, unique=True))),
        template=draw(st.none() | TEXT.map(lambda text: f"{text}{{value}}")),
        min=low if numeric or name == "seed" else None,
        max=high if numeric or name == "seed" else None,
        choices=draw(st.none() | st.lists(TEXT, min_size=1, max_size=3).map(tuple)) if type_ == "string" else None,
        required=draw(st.booleans()),
        label=draw(TEXT),
        description=draw(TEXT),
    )
    values: dict[str, st.SearchStrategy[Any]] = {
        "boolean": st.booleans(),
        "number": NUMBERS,
        "integer": st.integers(0, 99),
    }
    value = draw(st.none() | values.get(type_, TEXT))
    fits = value is not None and check_value(parameter, value) is None
    which = draw(st.sampled_from(["default", "fixed"]))
    return parameter if not fits else Parameter(**{**fields(parameter), which: value})


def fields(parameter: Parameter) -> dict[str, Any]:
    return {name: getattr(parameter, name) for name in Parameter.__dataclass_fields__}


def read_back(pack: Pack) -> None:
    manifest = read_manifest(pack.name, manifest_text(pack), pack.graph)
    assert list(manifest.parameters) == list(pack.parameters)
    assert manifest.parameters == pack.parameters
    assert manifest.outputs == pack.outputs
    said = (manifest.title, manifest.description, manifest.command, manifest.default, manifest.nsfw)
    assert said == (pack.title, pack.description, pack.command, pack.default, pack.nsfw)


@given(packs())
def test_any_manifest_reads_back_to_the_same(pack: Pack) -> None:
    read_back(pack)


@pytest.mark.parametrize("draw", SAMPLES, ids=[draw.__name__ for draw in SAMPLES])
def test_an_inferred_manifest_reads_back_to_the_same(draw: Callable[[], Sample]) -> None:
    sample = draw()
    chosen = {name: candidates[0] for name, candidates in sample.unclear.items()}
    read_back(make_pack("sample", json.dumps(sample.graph), None, chosen))


def test_it_reads_like_one_that_somebody_wrote() -> None:
    pack = make_pack("my_photo", json.dumps(image_to_image().graph), None)
    only = {name: pack.parameters[name] for name in ("prompt", "denoise")}
    text = manifest_text(
        Pack(**{**{name: getattr(pack, name) for name in Pack.__dataclass_fields__}, "parameters": only})
    )
    assert (
        text
        == """\
title = "My photo"

[parameters.prompt]
target = ["one.text"]
type = "string"
required = true
label = "Prompt"
description = "What to generate, in your own words"

[parameters.denoise]
target = ["sampler.denoise"]
type = "number"
min = 0
max = 1
required = false
label = "Strength"
description = "Strength (denoise). How much to change: 0 nothing, 1 everything"
"""
    )
