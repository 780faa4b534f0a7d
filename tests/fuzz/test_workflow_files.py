"""Workflows and manifests as somebody hands them over: a pack, or faults in words of a bounded length."""

import contextlib
import functools

from hypothesis import example, given
from hypothesis import strategies as st

from bot.errors import PackError
from bot.errors.readable_faults import MOST_FAULTS
from bot.workflows import Graph
from bot.workflows.graphs.graph import read_graph
from bot.workflows.imports.carried import carried_in
from bot.workflows.imports.editor_format import import_graph
from bot.workflows.imports.foreign import recipe_of_texts
from bot.workflows.imports.recipes import graph_of, recipe_of_graph, recipe_told
from bot.workflows.manifests.pack import Pack, make_pack
from bot.workflows.outputs.node_outputs import read_outputs
from bot.workflows.outputs.output_files import kind_of, names_for, pick
from bot.workflows.safety.uploads import exposing, forbidden, leaving
from tests.administering.drawings import drawing
from tests.comfyui_server.hostile import histories
from tests.fuzz.strategies import broken_text, damaged, dumped, json_values, texts
from tests.workflows.known import info_of, recorded
from tests.workflows.samples import GRAPH

_MANIFEST = """
title = "Sample"
command = "sample"
[parameters.prompt]
target = ["positive.text"]
template = "a {value}"
[parameters.seed]
target = ["Sampler.seed"]
[parameters.cfg]
target = ["5.cfg"]
min = 1.0
max = 20.0
step = 0.5
default = 7.5
[parameters.sampler]
target = ["Sampler.sampler_name"]
choices = ["euler", "ddim"]
[outputs]
stages = { "Draft" = "Draft", "Final" = "Refined" }
final = "Refined"
"""
_LONGEST_FAULTS = 600 * (MOST_FAULTS + 2)
"""Characters of all that is said of one file."""
_MANY = 20_000


@functools.cache
def _known() -> dict[str, object]:
    """What the drawing and the sample need: few classes are quick to copy."""
    wanted = {node["class_type"] for node in GRAPH.values()} | {node["type"] for node in drawing()["nodes"]}
    return {name: recorded()[name] for name in sorted(wanted & recorded().keys())}


def refused_in_words(fault: PackError) -> None:
    assert fault.faults
    assert len(str(fault)) < _LONGEST_FAULTS
    str(fault).encode()


def use_everything(pack: Pack) -> None:
    info = info_of(_known())
    forbidden(pack.graph, infos=[info])
    leaving(pack.graph)
    exposing(pack.parameters.values(), pack.graph, [info])
    recipe = recipe_of_graph(pack.graph)
    assert len(recipe.prompt) + len(recipe.negative) < 2**20


def read(graph: bytes | str, manifest: bytes | str | None = None) -> None:
    try:
        pack = make_pack("fuzz", graph, manifest)
    except PackError as fault:
        refused_in_words(fault)
        return
    use_everything(pack)


graphs = damaged(GRAPH).map(dumped) | broken_text(dumped(GRAPH))


@given(graphs)
@example('{"1":' * _MANY)
@example("[" * 200_000)
@example(f'{{"1": {{"class_type": "A", "inputs": {{"a": {"9" * 10_000}}}}}}}')
@example('{"1": {"class_type": "\\ud800", "inputs": {}}}')
@example('{"1": {"class_type": "A", "inputs": {"a": ["1", 0]}}}')
@example('{"1": {"class_type": "CLIPTextEncode", "inputs": {"text": "a' + "/../" * 5_000 + ' x"}}}')
@example(b"\xff\xfe{\0}\0")
def test_a_graph_is_a_pack_or_faults(graph: str | bytes) -> None:
    read(graph)


@given(broken_text(_MANIFEST))
@example(b"a" + b".a" * 7_000 + b" = 1")
@example(b"a=" + b"[" * 16_000)
@example(b"a=" + b"9" * 15_000)
@example(b"[" + b'"a".' * 250 + b'"b"]')
@example(b"a='''" + b"\n" * 16_000)
@example(b"[parameters.x]\ntarget = ['" + b"a.b" * 5_000 + b"']")
@example(b"[parameters.x]\ntarget = ['5.cfg']\nmin = nan\nmax = inf\nstep = 1e-320\ndefault = nan")
@example(b"[parameters.x]\ntarget = ['5.seed']\ndefault = " + b"9" * 400)
@example(b"[parameters.x]\ntarget = ['5.cfg']\ndefault = 1979-05-27T07:32:00Z")
def test_a_manifest_is_a_pack_or_faults(manifest: bytes) -> None:
    read(dumped(GRAPH), manifest)


@st.composite
def _values_in_manifest(draw: st.DrawFn) -> str:
    """Right keys, any values."""
    keys = ("target", "template", "type", "min", "max", "step", "default", "choices", "required", "hidden", "label")
    values = st.sampled_from(
        ("nan", "-inf", "1e400", "true", "[]", '""', '"server"', '["5.cfg"]', "{}", "0", "-1", '"{value}"', '"integer"')
    ) | texts.map(lambda text: dumped(text) if text.isprintable() else '"a"')
    lines = [f"{key} = {draw(values)}" for key in draw(st.lists(st.sampled_from(keys), unique=True))]
    return "\n".join([f"[parameters.{draw(st.sampled_from(('seed', 'prompt', 'image', 'x')))}]", *lines])


@given(_values_in_manifest())
def test_a_manifest_of_any_values_is_a_pack_or_faults(manifest: str) -> None:
    with contextlib.suppress(UnicodeEncodeError):
        read(dumped(GRAPH), manifest.encode())


@given(damaged(drawing()).map(dumped) | broken_text(dumped(drawing())) | graphs)
@example("[" * 200_000)
@example('{"nodes": [' + '{"type": "Reroute", "id": 1},' * 2_000 + "{}]}")
@example('{"nodes": [{"type": {}, "id": [], "mode": {}, "inputs": 7}], "links": [[]]}')
@example('{"nodes": [], "definitions": {"subgraphs": [{"id": "a", "nodes": [{"type": "a"}]}]}}')
def test_a_drawing_is_a_graph_or_faults(content: str | bytes) -> None:
    try:
        graph: Graph = import_graph("fuzz", content, info_of(_known()))
    except PackError as fault:
        refused_in_words(fault)
        return
    # What came out is a graph like any other.
    read_graph("fuzz", dumped(graph))


# --- What a run leaves


@given(json_values | st.dictionaries(texts, st.lists(json_values)))
@example({"images": [{"filename": name, "subfolder": name, "type": name} for name in histories.ODD_NAMES]})
@example({"text": ["/" * _MANY + "\n", "/" * _MANY, "C:" + "\\" * _MANY + "\n"]})
@example({"text": ["~/" + "a/" * _MANY + "\n"]})
@example({"images": [{"filename": "a" * 10_000 + "." + "b" * 10_000, "subfolder": "", "type": "output"}]})
def test_an_output_of_any_shape_is_files_and_texts(output: object) -> None:
    pack = make_pack("fuzz", dumped(GRAPH), _MANIFEST)
    read = read_outputs({"8": output})
    files = read.files
    picked = pick(pack, files)
    assert len(picked) <= len(files)
    for name in names_for(picked):
        assert name.isascii()
        assert name.isprintable()
        assert len(name) < 100
        assert not set("/\\\r\n") & set(name)
    for file in files:
        kind_of(file.filename)
        assert file.type in {"output", "temp", "input"}
        assert ".." not in f"{file.subfolder}/{file.filename}"
        assert not f"{file.subfolder}{file.filename}".startswith(("/", "\\"))
        assert not {"/", "\\"} & set(file.filename)
    assert all(text.text.strip() for text in (*read.texts, *read.spare_texts))
    assert all(count >= 0 for count in read.sent.values())


# --- What an image says of itself


chunks = st.dictionaries(st.sampled_from(("prompt", "workflow", "recipe", "parameters")), graphs.map(str) | texts)


@given(chunks)
@example({"prompt": "[" * 200_000, "workflow": "[" * 200_000, "recipe": "[" * 200_000})
@example({"prompt": '{"1": {"class_type": "A", "inputs": {}, "is_changed": [NaN]}}'})
@example({"recipe": '{"seed": ' + "9" * 5_000 + "}"})
@example({"recipe": '{"seed": true, "options": {"a": 1e999, "": [], "b": ' + "9" * 4_000 + "}}"})
@example({"recipe": '{"prompt": "\\ud800", "workflow": "\\ud800", "options": {"\\ud800": "\\ud800"}}'})
@example({"workflow": dumped(drawing())})
def test_the_texts_of_a_picture_are_a_recipe_or_none(found: dict[str, str]) -> None:
    told = recipe_told(found)
    assert len(told.prompt) + len(told.negative) + sum(len(a) + len(b) for a, b in told.facts) < 2**16
    if (graph := graph_of(found, [info_of(_known())])) is not None:
        recipe_of_graph(graph)
    carried_in(found)
    recipe_of_texts(found)


@given(damaged({"prompt": "a", "negative": "b", "seed": 7, "workflow": "w", "options": {"steps": 20, "a": "b"}}))
def test_a_recipe_of_any_values_is_a_recipe(recipe: object) -> None:
    recipe_told({"recipe": dumped(recipe)})
