"""Workflows changed for a test."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bot.workflows import Graph, Library, Pack
from bot.workflows.library.library import Found


def library_of(packs: Mapping[str, Pack]) -> Library:
    """A library that holds just these: its folder does not exist, so there is never anything to read again."""
    library = Library(Path("nowhere"))
    library.adopt(Found((), packs, ()))
    return library


def with_inputs(graph: Graph, node_id: str, **inputs: object) -> Graph:
    """The graph with other values in one node."""
    node = graph[node_id]
    return {**graph, node_id: {**node, "inputs": {**node["inputs"], **inputs}}}


def with_small_pictures(pack: Pack, side: int) -> Pack:
    """The pack with a small canvas: what members see does not depend on it, and it is painted at once."""
    canvas = next(node_id for node_id, node in pack.graph.items() if node["class_type"] == "EmptyLatentImage")
    return replace(pack, graph=with_inputs(pack.graph, canvas, width=side, height=side))
