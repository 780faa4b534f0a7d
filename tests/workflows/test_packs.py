"""Packs on disk: what is malformed is refused by name, and never stops the others."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from bot.workflows import default_of, taking_prompt
from bot.workflows.graphs.graph import MOST_BYTES
from bot.workflows.library.folder import stamp_of
from bot.workflows.manifests.pack import load_pack, load_packs
from tests.workflows.samples import GRAPH, faults_of, pack_of, without, write_pack

MANIFEST = '[parameters.prompt]\ntarget = "positive.text"\n'


def with_input(node_id: str, input_name: str, value: object) -> dict[str, Any]:
    graph = copy.deepcopy(dict(GRAPH))
    graph[node_id]["inputs"][input_name] = value
    return graph


def with_node(node: object) -> dict[str, Any]:
    return {**GRAPH, "9": node}


# Those of which `test_malformed.py` makes none, or of whose words it says less.
MALFORMED: list[tuple[str, Any, str]] = [
    ("deep", "[" * 40_000, "not a JSON file"),
    ("deep_input", '{"1": {"class_type": "A", "inputs": {"x": ' + "[" * 40_000, "not a JSON file"),
    ("text", '"a cat"', "not a workflow"),
    ("wrapped", {"prompt": {"1": {"inputs": {}}}}, "not a workflow"),
    ("something_else", {"name": "my-site", "version": "1.0.0", "scripts": {"start": "vite"}}, "not a workflow"),
    ("no_class", with_node({"inputs": {}}), "node 9 has no class_type"),
    ("no_inputs", with_node({"class_type": "Note"}), "node 9 (Note) has no inputs"),
    (
        "cycle",
        {"1": {"class_type": "A", "inputs": {"x": ["2", 0]}}, "2": {"class_type": "B", "inputs": {"x": ["1", 0]}}},
        "its links form a loop: 1 (A) -> 2 (B)",
    ),
    ("nowhere", with_input("5", "model", ["99", 0]), "node 5 (KSampler): model is linked to 99, which does not exist"),
]


# --- Malformed


@pytest.mark.parametrize(("name", "graph", "fault"), MALFORMED, ids=[name for name, _, _ in MALFORMED])
def test_a_malformed_workflow_is_refused_by_its_fault(tmp_path: Path, name: str, graph: object, fault: str) -> None:
    (found,) = faults_of(write_pack(tmp_path, MANIFEST, graph, name))
    assert fault in found
    assert len(found) < 300


@pytest.mark.parametrize(
    ("manifest", "fault"),
    [
        ("[parameters.prompt", "Expected ']'"),
        ("title = 'a'\ntitle = 'b'", "Cannot overwrite"),
    ],
)
def test_a_malformed_manifest_is_refused_by_its_fault(tmp_path: Path, manifest: str, fault: str) -> None:
    (found,) = faults_of(write_pack(tmp_path, manifest))
    assert fault in found


def test_every_fault_of_a_workflow_is_named_at_once(tmp_path: Path) -> None:
    graph = {"1": {"inputs": {}}, "2": {"class_type": "A"}, "3": {"class_type": "B", "inputs": {"x": ["7", 0]}}}
    assert len(faults_of(write_pack(tmp_path, MANIFEST, graph))) == 3


# --- Odd, but well formed


def test_a_huge_text_is_only_a_text(tmp_path: Path) -> None:
    text = "cat " * (MOST_BYTES // 5)
    assert pack_of(tmp_path, MANIFEST, with_input("2", "text", text)).graph["2"]["inputs"]["text"] == text


def test_a_value_that_looks_like_no_link_is_a_value(tmp_path: Path) -> None:
    for value in (["99"], ["99", 0, 1], [99, 0], ["99", "0"], {"__value__": ["99", 0]}):
        assert pack_of(tmp_path, MANIFEST, with_input("5", "model", value)).graph["5"]["inputs"]["model"] == value


@pytest.mark.parametrize("meta", [None, 3, {}, {"title": 3}, {"title": ""}])
def test_a_node_without_a_proper_title_is_called_by_its_class(tmp_path: Path, meta: object) -> None:
    graph = with_node({"class_type": "Seed", "inputs": {"seed": 3}, "_meta": meta})
    assert pack_of(tmp_path, '[parameters.x]\ntarget = "Seed.seed"', graph).parameters["x"].targets[0].node_id == "9"


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    assert pack_of(tmp_path, MANIFEST, b"\xef\xbb\xbf" + json.dumps(GRAPH).encode()).graph == GRAPH


def test_a_request_to_a_server_is_read_as_its_graph(tmp_path: Path) -> None:
    sent = {"prompt": GRAPH, "client_id": "a", "extra_data": {}}
    assert pack_of(tmp_path, MANIFEST, json.dumps(sent).encode()).graph == GRAPH


# --- A folder


def test_packs_come_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("b", "c", "a"):
        write_pack(tmp_path, MANIFEST, name=name)
    assert list(load_packs(tmp_path)[0]) == ["a", "b", "c"]


def test_endings_may_be_in_capitals_and_hidden_files_are_no_packs(tmp_path: Path) -> None:
    write_pack(tmp_path, MANIFEST, name="a")
    for ending in ("json", "toml"):
        (tmp_path / f"a.{ending}").rename(tmp_path / f"b.{ending.upper()}")
        (tmp_path / f"._b.{ending}").write_bytes(b"\0\5\x16\7Mac OS X")
        (tmp_path / f".b.{ending}").write_text("an editor's copy")
    packs, faults = load_packs(tmp_path)
    assert (list(packs), faults) == (["b"], ())
    assert packs["b"].parameters.keys() == pack_of(tmp_path, MANIFEST).parameters.keys()
    assert [name for name, *_ in stamp_of(tmp_path) if name.startswith(".")] == []


def test_a_folder_without_packs_or_no_folder_has_none(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("hello")
    for folder in (tmp_path, tmp_path / "missing"):
        assert load_packs(folder) == ({}, ())
    assert default_of([]) is None


def test_the_default_is_the_pack_that_says_so_and_takes_a_prompt(tmp_path: Path) -> None:
    write_pack(tmp_path, "default = true", name="a_no_prompt")
    write_pack(tmp_path, MANIFEST, name="b_first")
    default = default_of(load_packs(tmp_path)[0].values())
    assert default is not None
    assert default.name == "b_first"
    write_pack(tmp_path, "default = true\n" + MANIFEST, name="c_says_so")
    packs, _ = load_packs(tmp_path)
    assert default_of(packs.values()) is packs["c_says_so"]
    assert [pack.name for pack in taking_prompt(packs.values())] == ["b_first", "c_says_so"]


def test_a_pack_is_read_as_it_is_now(tmp_path: Path) -> None:
    path = write_pack(tmp_path, MANIFEST)
    first = load_pack(path)
    write_pack(tmp_path, MANIFEST, without("5", "cfg"))
    assert "cfg" in first.graph["5"]["inputs"]
    assert "cfg" not in load_pack(path).graph["5"]["inputs"]
