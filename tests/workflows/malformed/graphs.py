"""Workflow files that are cut off, of the wrong shape, or with links that lead astray."""

import random

from bot.workflows.graphs.graph import MOST_NODES
from tests.workflows.drawings import SAMPLES, unclear_passes
from tests.workflows.malformed.broken import Broken, as_json, broken, sound, with_value


def truncated(rng: random.Random) -> Broken:
    content = as_json(rng.choice(SAMPLES)().graph)
    return broken(content[: rng.randrange(len(content))], "this is not a JSON file")


def flipped(rng: random.Random) -> Broken:
    content = bytearray(as_json(sound()))
    for _ in range(rng.randint(1, 5)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    return broken(bytes(content), "", rng.choice(["", None]))


def circular(rng: random.Random) -> Broken:
    length = rng.choice([1, 2, 3, 50, MOST_NODES - 1])
    chain = {
        str(number): {"class_type": "Reroute", "inputs": {"": [str((number + 1) % length), 0]}}
        for number in range(length)
    }
    return broken(chain, "its links form a loop", rng.choice(["", None]))


def wrong_type(rng: random.Random) -> Broken:
    graph = sound()
    odd: object = rng.choice([None, 3, "text", [], True, 1.5])
    part = rng.choice(["node", "class_type", "inputs"])
    if part == "node":
        graph["2"] = odd
    else:
        graph["2"] = {**graph["2"], part: 3 if isinstance(odd, str) else odd}
    return broken(graph, "has no inputs" if part == "inputs" else "has no class_type", None)


def no_graph(rng: random.Random) -> Broken:
    return broken(rng.choice([[], 3, "a cat", None, {}, True, [{}], 1.5]), "this is not a workflow")


def editor(rng: random.Random) -> Broken:
    return broken({"nodes": [{"id": rng.random()}], "links": [], "version": 0.4}, "the editor’s own format")


def nowhere(rng: random.Random) -> Broken:
    graph = sound()
    graph["5"]["inputs"][rng.choice(["model", "seed", "positive"])] = [str(rng.randint(100, 10**9)), 0]
    return broken(graph, "which does not exist", None)


def before_the_first(rng: random.Random) -> Broken:
    graph = sound()
    graph["5"]["inputs"]["model"] = ["1", -rng.randint(1, 10**6)]
    return broken(graph, "outputs count from 0")


def nested(rng: random.Random) -> Broken:
    value: object = 1
    for _ in range(rng.randint(21, 200)):
        value = [value] if rng.random() < 0.5 else {"a": value}
    return with_value(value, "is nested more than")


def twice(rng: random.Random) -> Broken:
    content = as_json(sound())
    key = rng.choice([b'"class_type": "KSampler", ', b'"title": "sampler", '])
    return broken(
        content.replace(b'"class_type": "KSampler"', key + b'"class_type": "KSampler", "class_type": "B"'), ""
    )


def no_number(rng: random.Random) -> Broken:
    word = rng.choice(["NaN", "Infinity", "-Infinity"])
    return broken(as_json(sound()).replace(b'"steps": 20', f'"steps": {word}'.encode()), f"{word}, which is not a")


def endless(rng: random.Random) -> Broken:
    number = rng.choice(["1e999", "-1e999", "1" * 400 + ".0"])
    return broken(as_json(sound()).replace(b'"steps": 20', f'"steps": {number}'.encode()), "a number that is too large")


def large_number(rng: random.Random) -> Broken:
    return with_value([rng.randint(2**65, 10**400)], "larger than any node accepts")


def surrogate(rng: random.Random) -> Broken:
    graph = sound()
    half = chr(rng.randint(0xD800, 0xDFFF))
    match rng.choice(["value", "title", "class", "input", "id"]):
        case "value":
            graph["2"]["inputs"]["text"] = f"a {half} cat"
        case "title":
            graph["2"]["_meta"]["title"] = half
        case "class":
            graph["2"]["class_type"] = half
        case "input":
            graph["2"]["inputs"][half] = 1
        case _:
            graph[half] = {"class_type": "A", "inputs": {}}
    return broken(graph, "half a character", None)


def no_text(rng: random.Random) -> Broken:
    return broken(bytes([0x80 | rng.randrange(128)]) + rng.randbytes(rng.randint(1, 4000)), "this is not a JSON file")


def empty(rng: random.Random) -> Broken:
    return broken(rng.choice([b"", b" ", b"\n", b"\xef\xbb\xbf", b"\x00"]), "this is not a JSON file")


def unclear(rng: random.Random) -> Broken:
    graph = dict(unclear_passes().graph)
    graph["3"]["inputs"]["text"] = f"something else {rng.random()}"
    return broken(graph, "it is not clear what the prompt is", None)
