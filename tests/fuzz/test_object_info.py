"""`/object_info` of any shape: an error of its own kind, or something that can be asked everything."""

import contextlib
import functools

from hypothesis import example, given

from bot.errors import PackError
from bot.workflows import ObjectInfo, Pack
from bot.workflows.imports.editor_format import import_graph, unfit
from bot.workflows.library.availability import missing
from bot.workflows.library.specs import sharpen
from bot.workflows.manifests.pack import make_pack
from bot.workflows.safety.uploads import forbidden
from tests.fuzz.strategies import broken_text, damaged, dumped
from tests.workflows.known import recorded
from tests.workflows.samples import GRAPH

_CLASSES = sorted({node["class_type"] for node in GRAPH.values()} & recorded().keys())
_MANIFEST = """
[parameters.prompt]
target = ["positive.text"]
[parameters.checkpoint]
target = ["Load Checkpoint.ckpt_name"]
choices = "server"
[parameters.steps]
target = ["Sampler.steps"]
"""
_TRUE = {name: recorded()[name] for name in _CLASSES}


@functools.cache
def _graph() -> bytes:
    return dumped(GRAPH).encode()


@functools.cache
def _packs() -> tuple[Pack, ...]:
    """One without a manifest, and one whose parameters are the server's affair."""
    return tuple(make_pack("fuzz", _graph(), manifest) for manifest in (None, _MANIFEST))


def ask_everything(body: bytes) -> None:
    try:
        info = ObjectInfo(body)
    except (ValueError, RecursionError):
        return
    for class_type in [*_CLASSES, "", "other"]:
        info.knows(class_type)
        info.display_name(class_type)
        info.makes_output(class_type)
        for name in [*info.required(class_type), "ckpt_name", "steps", "text"]:
            info.input(class_type, name)
    forbidden(GRAPH, infos=[info])
    for pack in _packs():
        missing(pack, info)
        for parameter in pack.parameters.values():
            sharpen(parameter, pack.graph, info)
    with contextlib.suppress(PackError):
        unfit(import_graph("drawn", _graph(), info), info)


@given(damaged(_TRUE).map(lambda value: dumped(value).encode("utf-8", "surrogatepass")))
@example(b'{"KSampler": {"input": {"required": {"steps": ["INT", {"min": 1' + b"0" * 400 + b"}]}}}}")
@example(b'{"KSampler": {"input": {"required": [1]}}}')
@example(b'{"KSampler": {"input": 7, "output_node": [], "python_module": 7, "display_name": {}}}')
@example(b'{"KSampler": ' + b"[" * 200_000)
@example(b'{"KSampler": ' + b"9" * 5_000 + b"}")
@example(b'{"\\ud800": {}, "KSampler": {"display_name": "\\ud800"}}')
def test_a_server_may_say_anything_of_its_nodes(body: bytes) -> None:
    ask_everything(body)


@given(broken_text(dumped(_TRUE)))
@example(b"\xef\xbb\xbf{}")
@example(b"{,}")
def test_a_server_may_say_anything_at_all(body: bytes) -> None:
    ask_everything(body)
