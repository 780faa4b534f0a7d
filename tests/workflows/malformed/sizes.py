"""Workflow files with too much of something, and with as much as is allowed."""

import random
from typing import Any

from bot.workflows.graphs.graph import MOST_BYTES, MOST_INPUTS, MOST_NODES
from tests.workflows.malformed.broken import Broken, as_json, broken, sound, with_value


def huge_text(rng: random.Random) -> Broken:
    size = rng.choice([MOST_BYTES + 1, 10_000_000])
    text = (rng.choice("xé😀") * size).encode()[:size]
    graph = b'{"1": {"class_type": "A", "inputs": {"x": "' + text + b'"}}}'
    return broken(graph, f"is too large: at most {MOST_BYTES // 1024} KB")


def large_text(rng: random.Random) -> Broken:
    return with_value("x" * rng.randint(MOST_BYTES // 2, MOST_BYTES - 10_000), None)


def deep(rng: random.Random) -> Broken:
    depth = rng.choice([50, 400, 100_000, 2 * MOST_BYTES])
    opening, closing = rng.choice([(b"[", b"]"), (b'{"a":', b"1}")])
    if opening != b"[":
        depth //= 5
    content = opening * depth + closing * depth
    graph = b'{"1": {"class_type": "A", "inputs": {"x": ' + content + b"}}}"
    return broken(graph, "")


def long_number(rng: random.Random) -> Broken:
    digits = "9" * rng.choice([5_000, MOST_BYTES // 2])
    return broken(as_json(sound()).replace(b'"steps": 20', f'"steps": {digits}'.encode()), "this is not a JSON file")


def too_many(rng: random.Random) -> Broken:
    times = rng.choice([1, 5])
    if rng.random() < 0.5:
        return broken({str(n): {"class_type": "A", "inputs": {}} for n in range(MOST_NODES * times + 1)}, "are allowed")
    inputs = {str(number): number for number in range(MOST_INPUTS * times + 1)}
    return broken({"1": {"class_type": "A", "inputs": inputs}}, "are allowed")


def many_values(rng: random.Random) -> Broken:
    """As many as a file of the allowed size can hold, or fewer."""
    value = rng.choice([b"[]", b"{}", b"1", b'""', b"1e999", b'{"a":1}', b'["1",0]', b'"\\ud800"'])
    most = (MOST_BYTES - 100) // (len(value) + 1)
    values = b",".join([value] * rng.choice([45_000, most]))
    return broken(b'{"1": {"class_type": "A", "inputs": {"x": [' + values + b"]}}}", "the workflow is too large")


def twice_among_many(rng: random.Random) -> Broken:
    keys = [str(number) for number in range(rng.randint(10_000, 39_000))]
    pairs = ",".join(f'"{key}":1' for key in (*keys, keys[-1]))
    return broken(f"{{{pairs}}}".encode(), f"'{keys[-1]}' appears twice")


def as_many_as_allowed(rng: random.Random) -> Broken:
    """In order: every node with as many inputs as it may have on average, linked to the node before."""
    inputs = range(MOST_INPUTS // MOST_NODES)
    graph = {
        str(number): {"class_type": "A", "inputs": {f"i{one}": [str(number - 1), 0] if number else 0 for one in inputs}}
        for number in range(MOST_NODES)
    }
    return broken(graph, None, rng.choice(["", None]))


def many_samplers(rng: random.Random) -> Broken:
    """In order, and as much work as a graph of the allowed size can be."""
    half = MOST_NODES // 2
    graph: dict[str, Any] = {"0": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat"}}}
    for number in range(1, half):
        graph[str(number)] = {"class_type": "Reroute", "inputs": {"": [str(number - 1), 0]}}
    for number in range(half, MOST_NODES):
        links = {name: [str(half - 1), 0] for name in ("positive", "negative", "latent_image", "model")}
        graph[str(number)] = {"class_type": "KSampler", "inputs": {**links, "seed": rng.randint(0, 9)}}
    return broken(graph, None, None)


def many_words(rng: random.Random) -> Broken:
    """More candidates than anybody wants to read."""
    count = rng.randint(MOST_NODES // 4, MOST_NODES // 2 - 1)
    graph: dict[str, Any] = {"s": {"class_type": "KSampler", "inputs": {"seed": 1, "latent_image": ["0", 0]}}}
    link = ["0", 0]
    for number in range(count):
        graph[f"{number}"] = {"class_type": "CLIPTextEncode", "inputs": {"text": f"{number}"}}
        graph[f"c{number}"] = {
            "class_type": "ConditioningCombine",
            "inputs": {"conditioning_1": link, "conditioning_2": [f"{number}", 0]},
        }
        link = [f"c{number}", 0]
    graph["s"]["inputs"]["positive"] = link
    return broken(graph, "it is not clear what the prompt is", None)


def long_names(rng: random.Random) -> Broken:
    name = "é" * rng.randint(10_000, MOST_BYTES // 30)
    graph = sound()
    graph[name] = {"class_type": name, "inputs": {name: ["no" + name, 0]}}
    return broken(graph, "which does not exist", rng.choice(["", None]))
