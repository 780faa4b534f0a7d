"""Manifests that are no TOML, do not fit their graph, or are too much."""

import random
from collections.abc import Mapping

from bot.errors.readable_faults import MOST_FAULTS
from bot.workflows.graphs.graph import MOST_INPUTS, MOST_NODES
from bot.workflows.manifests.bounded_toml import MOST_BYTES as MOST_MANIFEST
from bot.workflows.manifests.manifest import MOST_PARAMETERS, MOST_TARGETS
from tests.workflows.malformed.broken import Broken, as_json, broken, sound


def same_titles(rng: random.Random) -> Broken:
    graph = sound()
    for node in graph.values():
        node["_meta"] = {"title": rng.choice(["same", "same"])}
    return broken(graph, None, '[parameters.prompt]\ntarget = "same.text"\n')


def tiny_step(rng: random.Random) -> Broken:
    step = rng.choice(["1e-320", "5e-324", "1e-300"])
    return broken(sound(), None, f"[parameters.x]\ntarget = 'sampler.cfg'\nstep = {step}\ndefault = 5")


def huge_manifest(rng: random.Random) -> Broken:
    size = rng.choice([MOST_MANIFEST + 1, 1_000_000, 10_000_000])
    return broken(sound(), f"too large: at most {MOST_MANIFEST // 1024} KB", "title = '" + "x" * size + "'")


def no_toml(rng: random.Random) -> Broken:
    texts = [
        *(
            "[parameters.prompt",
            "title = ",
            "a = 1\na = 2",
            "= 3",
            "title = 'x",
            "[a]\n[a]",
            "{}",
            "a = " + "[" * (MOST_MANIFEST - 100),
        ),
        *(
            "a = " + "9" * 5000,
            'a = "\\ud800"',
            "a = 1e",
            "a.b = 1\na = 2",
            "\x00",
            "a" * (MOST_MANIFEST - 100),
            "[" + "a." * (MOST_MANIFEST // 2 - 1),
        ),
    ]
    manifest = rng.choice(texts)
    return broken(sound(), ".toml: ", manifest)


def odd_manifest(rng: random.Random) -> Broken:
    faults: Mapping[str, str] = {
        "parameters.prompt = 'x'": "prompt should be a table",
        "[parameters.x]": "target is missing",
        "[parameters.x]\ntarget = 'one.txt'": "has no input 'txt'",
        "[parameters.x]\ntarget = '*.nothing'": "no node has an unlinked input",
        "[parameters.x]\ntarget = '*.text except nobody'": "except 'nobody': no such node",
        "[parameters.x]\ntarget = '*.text except one, two'": "no node has an unlinked input",
        "[parameters.x]\ntarget = 'sampler.cfg'\ndefault = inf": "default inf does not fit",
        "[parameters.x]\ntarget = 'sampler.seed'\nstep = 0": "step should be larger than 0",
        "[parameters.x]\ntarget = 'sampler.seed'\nmin = 1\nstep = 2\ndefault = 4": "default 4 does not fit",
        "[parameters.x]\ntarget = 'sampler.seed'\ndefault = 1979-05-27": "default should be",
        "[parameters.x]\ntarget = 'one.text'\nhidden = []": "hidden should be",
        "[outputs]\nwebsocket = 1": "websocket should be true or false",
    }
    manifest = rng.choice(list(faults))
    return broken(sound(), faults[manifest], manifest)


def many_faults(rng: random.Random) -> Broken:
    count = rng.choice([MOST_FAULTS + 1, MOST_PARAMETERS, MOST_PARAMETERS + 1, 4 * MOST_PARAMETERS])
    manifest = "".join(f"[parameters.a{number}]\ntarget = 'x.y'\n" for number in range(count))
    fault = "more faults" if count <= MOST_PARAMETERS else f"at most {MOST_PARAMETERS} are allowed"
    return broken(sound(), fault, manifest)


def many_targets(rng: random.Random) -> Broken:
    """More than are of any use: named, or meant."""
    if rng.random() < 0.5:
        named = "\n".join(["'one.text',"] * (MOST_TARGETS + 1))
        return broken(sound(), f"at most {MOST_TARGETS} are allowed", f"[parameters.x]\ntarget = [{named}]")
    graph = {str(number): {"class_type": "A", "inputs": {"text": ""}} for number in range(MOST_NODES)}
    all_of_them = "target = ['*.text', 'class:A.text']\n"
    manifest = "".join(f"[parameters.a{number}]\n{all_of_them}" for number in range(MOST_PARAMETERS))
    return broken(graph, f"match more than {MOST_INPUTS} inputs", manifest)


def no_utf8_manifest(rng: random.Random) -> Broken:
    return Broken(
        as_json(sound()), b"title = '" + bytes([0x80 + rng.randrange(64)]) + b"'", "the file is not UTF-8 text"
    )
