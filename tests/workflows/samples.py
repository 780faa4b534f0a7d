"""A graph with a title for every kind of target, and packs of it on disk."""

import copy
import json
from pathlib import Path
from typing import Any, Final

import pytest

from bot.errors import PackError
from bot.workflows import Graph, Pack
from bot.workflows.manifests.pack import load_pack

GRAPH: Final[Graph] = {
    "1": {
        "class_type": "CheckpointLoaderSimple",
        "inputs": {"ckpt_name": "a.safetensors"},
        "_meta": {"title": "Load Checkpoint"},
    },
    "2": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["1", 1]}, "_meta": {"title": "positive"}},
    "3": {"class_type": "CLIPTextEncode", "inputs": {"text": "blurry", "clip": ["1", 1]}},
    "4": {
        "class_type": "EmptyLatentImage",
        "inputs": {"width": 512, "height": 512, "batch_size": 1},
        "_meta": {"title": "Latent v1.5"},
    },
    "5": {
        "class_type": "KSampler",
        "inputs": {
            "seed": 7,
            "steps": 20,
            "cfg": 7.5,
            "sampler_name": "euler",
            "model": ["1", 0],
            "positive": ["2", 0],
            "negative": ["3", 0],
            "latent_image": ["4", 0],
        },
        "_meta": {"title": "Sampler"},
    },
    "6": {
        "class_type": "KSampler",
        "inputs": {"seed": 7, "steps": 10, "cfg": 7.5, "add_noise": True, "model": ["1", 0], "latent_image": ["5", 0]},
        "_meta": {"title": "Sampler"},
    },
    "7": {"class_type": "PreviewImage", "inputs": {"images": ["5", 0]}, "_meta": {"title": "Draft"}},
    "8": {"class_type": "SaveImage", "inputs": {"images": ["6", 0]}, "_meta": {"title": "Final"}},
}


def write_pack(folder: Path, manifest: str | bytes = "", graph: Any = GRAPH, name: str = "sample") -> Path:  # noqa: ANN401
    """A pack on disk; a `graph` of text or bytes is written as it is. Returns the path of its JSON."""
    content = graph if isinstance(graph, str | bytes) else json.dumps(graph)
    path = folder / f"{name}.json"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    path.with_suffix(".toml").write_bytes(manifest.encode() if isinstance(manifest, str) else manifest)
    return path


def pack_of(folder: Path, manifest: str, graph: Any = GRAPH) -> Pack:  # noqa: ANN401
    return load_pack(write_pack(folder, manifest, graph))


def faults_of(path: Path) -> tuple[str, ...]:
    with pytest.raises(PackError) as raised:
        load_pack(path)
    assert raised.value.name == path.stem
    return raised.value.faults


def without(node_id: str, input_name: str) -> dict[str, Any]:
    """The graph with one input of one node taken out."""
    graph = copy.deepcopy(dict(GRAPH))
    del graph[node_id]["inputs"][input_name]
    return graph


def changes(before: Graph, after: Graph) -> dict[tuple[str, str], object]:
    """Every input that has another value now; nothing else about a graph may change."""
    assert list(before) == list(after)
    for node_id, node in before.items():
        assert {**node, "inputs": {}} == {**after[node_id], "inputs": {}}
        assert list(node["inputs"]) == list(after[node_id]["inputs"])
    return {
        (node_id, name): value
        for node_id, node in after.items()
        for name, value in node["inputs"].items()
        if value != before[node_id]["inputs"][name]
    }
