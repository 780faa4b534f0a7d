"""A thousand broken packs, made from a number each: what somebody may drop into the folder by mistake or on purpose."""

import json
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from tests.workflows.drawings import SAMPLES, combined_unclear, text_to_image


@dataclass(frozen=True, slots=True)
class Broken:
    """`fault` is what the refusal has to say; None: the pack is odd but in order; "": it may be either."""

    graph: bytes
    manifest: bytes | None
    fault: str | None


def _json(graph: object) -> bytes:
    return json.dumps(graph).encode()


def _graph() -> dict[str, Any]:
    return dict(text_to_image().graph)


def _broken(graph: object, fault: str | None, manifest: str | None = "") -> Broken:
    content = graph if isinstance(graph, bytes) else _json(graph)
    return Broken(content, None if manifest is None else manifest.encode(), fault)


def _with_value(value: object, fault: str | None) -> Broken:
    graph = _graph()
    graph["5"]["inputs"]["extra"] = value
    return _broken(graph, fault)


def truncated(rng: random.Random) -> Broken:
    content = _json(rng.choice(SAMPLES)().graph)
    return _broken(content[: rng.randrange(len(content))], "this is not a JSON file")


def flipped(rng: random.Random) -> Broken:
    content = bytearray(_json(_graph()))
    for _ in range(rng.randint(1, 5)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    return _broken(bytes(content), "", rng.choice(["", None]))


def circular(rng: random.Random) -> Broken:
    length = rng.choice([1, 2, 3, 50, 1900])
    chain = {
        str(number): {"class_type": "Reroute", "inputs": {"": [str((number + 1) % length), 0]}}
        for number in range(length)
    }
    return _broken(chain, "the links go round in a circle", rng.choice(["", None]))


def wrong_type(rng: random.Random) -> Broken:
    graph = _graph()
    odd: object = rng.choice([None, 3, "text", [], True, 1.5])
    part = rng.choice(["node", "class_type", "inputs"])
    if part == "node":
        graph["2"] = odd
    else:
        graph["2"] = {**graph["2"], part: 3 if isinstance(odd, str) else odd}
    return _broken(graph, "has no inputs" if part == "inputs" else "has no class_type", None)


def no_graph(rng: random.Random) -> Broken:
    return _broken(rng.choice([[], 3, "a cat", None, {}, True, [{}], 1.5]), "this is not a workflow")


def editor(rng: random.Random) -> Broken:
    return _broken({"nodes": [{"id": rng.random()}], "links": [], "version": 0.4}, "the editor's own format")


def nowhere(rng: random.Random) -> Broken:
    graph = _graph()
    graph["5"]["inputs"][rng.choice(["model", "seed", "positive"])] = [str(rng.randint(100, 10**9)), 0]
    return _broken(graph, "which does not exist", None)


def before_the_first(rng: random.Random) -> Broken:
    graph = _graph()
    graph["5"]["inputs"]["model"] = ["1", -rng.randint(1, 10**6)]
    return _broken(graph, "outputs count from 0")


def huge_text(rng: random.Random) -> Broken:
    size = rng.choice([2_097_153, 10_000_000])
    return _with_value(rng.choice("xé😀") * (size // 4) + "y" * size, "is too large: it may have 2048 KB")


def large_text(rng: random.Random) -> Broken:
    return _with_value("x" * rng.randint(1_000_000, 2_000_000), None)


def deep(rng: random.Random) -> Broken:
    depth = rng.choice([50, 400, 100_000, 2_000_000])
    opening, closing = rng.choice([(b"[", b"]"), (b'{"a":', b"1}")])
    if opening != b"[":
        depth //= 5
    content = opening * depth + closing * depth
    graph = b'{"1": {"class_type": "A", "inputs": {"x": ' + content + b"}}}"
    return _broken(graph, "")


def nested(rng: random.Random) -> Broken:
    value: object = 1
    for _ in range(rng.randint(21, 200)):
        value = [value] if rng.random() < 0.5 else {"a": value}
    return _with_value(value, "lists in lists")


def twice(rng: random.Random) -> Broken:
    content = _json(_graph())
    key = rng.choice([b'"class_type": "KSampler", ', b'"title": "sampler", '])
    return _broken(
        content.replace(b'"class_type": "KSampler"', key + b'"class_type": "KSampler", "class_type": "B"'), ""
    )


def no_number(rng: random.Random) -> Broken:
    word = rng.choice(["NaN", "Infinity", "-Infinity"])
    return _broken(_json(_graph()).replace(b'"steps": 20', f'"steps": {word}'.encode()), f"{word} is no number")


def endless(rng: random.Random) -> Broken:
    number = rng.choice(["1e999", "-1e999", "1" * 400 + ".0"])
    return _broken(_json(_graph()).replace(b'"steps": 20', f'"steps": {number}'.encode()), "too large to be one")


def large_number(rng: random.Random) -> Broken:
    return _with_value([rng.randint(2**65, 10**400)], "larger than any node takes")


def long_number(rng: random.Random) -> Broken:
    digits = "9" * rng.choice([5_000, 1_000_000])
    return _broken(_json(_graph()).replace(b'"steps": 20', f'"steps": {digits}'.encode()), "this is not a JSON file")


def surrogate(rng: random.Random) -> Broken:
    graph = _graph()
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
    return _broken(graph, "half a character", None)


def no_text(rng: random.Random) -> Broken:
    return _broken(bytes([0x80 | rng.randrange(128)]) + rng.randbytes(rng.randint(1, 4000)), "this is not a JSON file")


def empty(rng: random.Random) -> Broken:
    return _broken(rng.choice([b"", b" ", b"\n", b"\xef\xbb\xbf", b"\x00"]), "this is not a JSON file")


def too_many(rng: random.Random) -> Broken:
    count = rng.choice([2_001, 10_000])
    if rng.random() < 0.5:
        return _broken({str(number): {"class_type": "A", "inputs": {}} for number in range(count)}, "are the most")
    inputs = {str(number): number for number in range(count * 10)}
    return _broken({"1": {"class_type": "A", "inputs": inputs}}, "are the most")


def many_samplers(rng: random.Random) -> Broken:
    """In order, and as much work as a graph of the allowed size can be."""
    graph: dict[str, Any] = {"0": {"class_type": "CLIPTextEncode", "inputs": {"text": "a cat"}}}
    for number in range(1, 1000):
        graph[str(number)] = {"class_type": "Reroute", "inputs": {"": [str(number - 1), 0]}}
    for number in range(1000, 2000):
        links = {name: ["999", 0] for name in ("positive", "negative", "latent_image", "model")}
        graph[str(number)] = {"class_type": "KSampler", "inputs": {**links, "seed": rng.randint(0, 9)}}
    return _broken(graph, None, None)


def many_words(rng: random.Random) -> Broken:
    """More candidates than anybody wants to read."""
    count = rng.randint(500, 900)
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
    return _broken(graph, "it is not clear what the prompt is", None)


def same_titles(rng: random.Random) -> Broken:
    graph = _graph()
    for node in graph.values():
        node["_meta"] = {"title": rng.choice(["same", "same"])}
    return _broken(graph, None, '[parameters.prompt]\ntarget = "same.text"\n')


def tiny_step(rng: random.Random) -> Broken:
    step = rng.choice(["1e-320", "5e-324", "1e-300"])
    return _broken(_graph(), None, f"[parameters.x]\ntarget = 'sampler.cfg'\nstep = {step}\ndefault = 5")


def unclear(rng: random.Random) -> Broken:
    graph = dict(combined_unclear().graph)
    graph["3"]["inputs"]["text"] = f"something else {rng.random()}"
    return _broken(graph, "it is not clear what the prompt is", None)


def long_names(rng: random.Random) -> Broken:
    name = "é" * rng.randint(10_000, 60_000)
    graph = _graph()
    graph[name] = {"class_type": name, "inputs": {name: ["no" + name, 0]}}
    return _broken(graph, "which does not exist", rng.choice(["", None]))


def huge_manifest(rng: random.Random) -> Broken:
    size = rng.choice([32_769, 1_000_000, 10_000_000])
    return _broken(_graph(), "too large: it may have 32 KB", "title = '" + "x" * size + "'")


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
            "a = " + "[" * 30_000,
        ),
        *("a = " + "9" * 5000, 'a = "\\ud800"', "a = 1e", "a.b = 1\na = 2", "\x00", "a" * 30_000, "[" + "a." * 16_000),
    ]
    manifest = rng.choice(texts)
    return _broken(_graph(), ".toml: ", manifest)


def odd_manifest(rng: random.Random) -> Broken:
    faults: Mapping[str, str] = {
        "title = 3": "title should be a text",
        "tilte = 'x'": "tilte is not known here",
        "nsfw = 'no'": "nsfw should be true or false",
        "parameters = 3": "parameters should be a table",
        "parameters.prompt = 'x'": "prompt should be a table",
        "[parameters.x]": "target is missing",
        "[parameters.x]\ntarget = 3": "target should be a list of texts",
        "[parameters.x]\ntarget = 'one'": "no such node",
        "[parameters.x]\ntarget = 'one.txt'": "has no input 'txt'",
        "[parameters.x]\ntarget = 'sampler.model'": "this input is fed by node",
        "[parameters.x]\ntarget = '*.nothing'": "no node has an input",
        "[parameters.x]\ntarget = '*.text except nobody'": "except 'nobody': no such node",
        "[parameters.x]\ntarget = '*.text except one, two'": "no node has an input",
        "[parameters.x]\ntarget = 'one.text'\ntype = 'int'": "type should be one of",
        "[parameters.x]\ntarget = 'one.text'\ntemplate = 'x'": "template should hold {value}",
        "[parameters.x]\ntarget = 'sampler.seed'\nmin = 3\nmax = 2": "min 3 is larger than max 2",
        "[parameters.x]\ntarget = 'sampler.seed'\nmin = nan": "min should be a number",
        "[parameters.x]\ntarget = 'sampler.cfg'\ndefault = inf": "default inf does not fit",
        "[parameters.x]\ntarget = 'sampler.seed'\nstep = 0": "step should be larger than 0",
        "[parameters.x]\ntarget = 'sampler.seed'\nmin = 1\nstep = 2\ndefault = 4": "default 4 does not fit",
        f"[parameters.x]\ntarget = 'sampler.seed'\nmax = {10**400}": "larger than any number",
        "[parameters.x]\ntarget = 'sampler.seed'\ndefault = 1979-05-27": "default should be",
        "[parameters.x]\ntarget = 'one.text'\nchoices = [1, 2]": "choices should be a list of texts",
        "[parameters.x]\ntarget = 'one.text'\nhidden = []": "hidden should be",
        "[outputs]\nstages = 3": "stages should be a table",
        "[outputs]\nstages = { Nobody = 'x' }": "no such node",
        "[outputs]\nfinal = 'x'": "is not one of the stages",
        "[outputs]\nwebsocket = 1": "websocket should be true or false",
    }
    manifest = rng.choice(list(faults))
    return _broken(_graph(), faults[manifest], manifest)


def many_faults(rng: random.Random) -> Broken:
    count = rng.choice([21, 100, 101, 800])
    manifest = "".join(f"[parameters.a{number}]\ntarget = 'x.y'\n" for number in range(count))
    return _broken(_graph(), "more faults" if count <= 100 else "100 are the most", manifest)


def no_utf8_manifest(rng: random.Random) -> Broken:
    return Broken(_json(_graph()), b"title = '" + bytes([0x80 + rng.randrange(64)]) + b"'", "it should be UTF-8")


KINDS: Final[tuple[Callable[[random.Random], Broken], ...]] = (
    *(truncated, flipped, circular, wrong_type, no_graph, editor, nowhere, before_the_first, huge_text, large_text),
    *(
        deep,
        nested,
        twice,
        no_number,
        endless,
        large_number,
        long_number,
        surrogate,
        no_text,
        empty,
        too_many,
        many_samplers,
    ),
    *(many_words, same_titles, tiny_step, unclear, long_names, huge_manifest, no_toml, odd_manifest, many_faults),
    *(no_utf8_manifest,),
)
RARE: Final = {huge_text: 6, large_text: 6, many_samplers: 4, many_words: 6, huge_manifest: 9, too_many: 8, deep: 12}
"""Kinds that take megabytes, and how many of them are enough."""


def made(count: int) -> dict[str, Broken]:
    """Packs by name, always the same: every kind, the cheap ones in turn until there are enough."""
    rng = random.Random(7)
    found = {f"{kind.__name__}_{turn}": kind(rng) for kind, most in RARE.items() for turn in range(most)}
    cheap = [kind for kind in KINDS if kind not in RARE]
    for number in range(count - len(found)):
        kind = cheap[number % len(cheap)]
        found[f"{kind.__name__}_{number // len(cheap)}"] = kind(rng)
    return found
