"""What reads outsiders' words takes time in proportion to them: four times the input, about four times the time."""

import contextlib
import math
import time
from collections.abc import Callable, Sequence
from typing import Final

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.comfyui.protocol.events import parse_frame
from bot.errors import PackError
from bot.pictures import texts, weigh
from bot.workflows import ObjectInfo
from bot.workflows.graphs.graph import read_graph
from bot.workflows.imports.carried import carried_in
from bot.workflows.imports.foreign import recipe_of_texts
from bot.workflows.imports.recipes import recipe_told
from bot.workflows.manifests.manifest import read_manifest
from bot.workflows.outputs.node_outputs import output_files, read_outputs
from bot.workflows.outputs.output_files import kind_of
from bot.workflows.safety.uploads import leaving
from tests.fuzz.strategies import dumped
from tests.pictures.carriers import box, webm
from tests.workflows.samples import GRAPH

_FEW, _FACTOR = 4_000, 4
MOST_GROWTH: Final = 10.0
"""Linear work grows by 4, quadratic by 16."""
_FLOOR_SECONDS: Final = 0.01
"""What takes less says nothing."""
_TRIES: Final = 3

Read = Callable[[str], object]


def _graph_with(text: str) -> object:
    graph = read_graph("fuzz", dumped({"1": {"class_type": "A", "inputs": {"text": text, "path": text}}}))
    return leaving(graph)


READERS: Final[dict[str, Read]] = {
    "a frame's text": parse_frame,
    "a frame's metadata": lambda text: parse_frame(b"\0\0\0\4\0\0\xff\xff" + text.encode("utf-8", "replace")),
    "an object_info": lambda text: ObjectInfo(text.encode("utf-8", "replace")),
    "a graph": lambda text: read_graph("fuzz", text),
    "a text of a graph": _graph_with,
    "a manifest": lambda text: read_manifest("fuzz", text, GRAPH),
    "a target of a manifest": lambda text: read_manifest(
        "fuzz", f"[parameters.a]\ntarget = [{dumped(text)}]\ntemplate = {dumped(text)}", GRAPH
    ),
    "a text of the history": lambda text: read_outputs({"8": {"text": [text]}}),
    "a file of the history": lambda text: [
        kind_of(file.filename)
        for file in output_files("8", {"images": [{"filename": text, "subfolder": text, "type": "output"}]})
    ],
    "a recipe": lambda text: recipe_told({"recipe": text}),
    "a file's first bytes": lambda text: weigh(b"\x89PNG\r\n\x1a\n" + text.encode("utf-8", "replace")),
    "a file's texts": lambda text: texts(b"\x89PNG\r\n\x1a\n" + text.encode("utf-8", "replace")),
    "a JPEG's texts": lambda text: texts(b"\xff\xd8\xff\xe1\xff\xffExif\0\0MM\0*" + text.encode("utf-8", "replace")),
    "a WebP's texts": lambda text: texts(b"RIFF\0\0\0\0WEBPEXIF" + text.encode("utf-8", "replace")),
    "an MP4's texts": lambda text: texts(box(b"ftyp") + box(b"moov", box(b"udta", text.encode("utf-8", "replace")))),
    "a WebM's texts": lambda text: texts(webm({})[:-20] + text.encode("utf-8", "replace")),
    "a FLAC's texts": lambda text: texts(b"fLaC\x84\xff\xff\xff" + text.encode("utf-8", "replace")),
    "another program's lines": lambda text: recipe_of_texts({"parameters": f"{text}\nSteps: {text}"}),
    "another program's JSON": lambda text: recipe_of_texts({"parameters": f'{{"prompt":"a","steps":4,"b":{text}}}'}),
    "another program's command": lambda text: recipe_of_texts({"Dream": f'"{text}" {text}'}),
    "what a file carries": lambda text: carried_in({"prompt": text, "workflow": text, "comment": "{" + text}),
}

units = st.text(min_size=1, max_size=6) | st.sampled_from(
    (
        "[",
        '{"a":',
        "/",
        "/../",
        "a.",
        "\\",
        ".. ",
        '"',
        "\n",
        " ",
        "9",
        "a",
        '"a",',
        "=[",
        '."',
        "{value}",
        "\0\0\0\0IDAT",
    )
)
ends = st.sampled_from(("", "\n", " x", '"', "]", "}", "\0"))


def seconds(read: Read, text: str, tries: int = 1) -> float:
    """The least of some tries: what else the machine does only adds to it."""
    least = math.inf
    for _ in range(tries):
        began = time.process_time()
        with contextlib.suppress(PackError, ValueError, RecursionError):
            read(text)
        least = min(least, time.process_time() - began)
    return least


def growth(read: Read, make: Callable[[int], str], count: int = _FEW) -> float:
    few, many = make(count), make(_FACTOR * count)
    if seconds(read, many) < MOST_GROWTH * _FLOOR_SECONDS:
        return 1.0
    return seconds(read, many, _TRIES) / max(seconds(read, few, _TRIES), _FLOOR_SECONDS)


@pytest.mark.parametrize("reader", READERS)
@given(begin=units | st.just(""), unit=units, end=ends)
@example(begin="a", unit="/../", end=" x")
@example(begin="a", unit=".a", end=" = 1")
@example(begin="a=", unit="[", end="")
@example(begin="", unit="/", end="\n")
@example(begin="~/", unit="a/", end="\n")
@example(begin="", unit="[a]\n", end="")
@example(begin="a='''", unit="\n", end="")
@example(begin="", unit='{"":[', end="")
@example(begin="", unit="a: [[", end="")
@example(begin="", unit='a: "b, ', end="")
@example(begin="", unit=":,", end="")
def test_four_times_the_input_takes_about_four_times_as_long(reader: str, begin: str, unit: str, end: str) -> None:
    grown = growth(READERS[reader], lambda count: begin + unit * count + end)
    assert grown < MOST_GROWTH, f"{grown:.1f} times as long"


def test_what_takes_the_square_of_its_length_is_noticed() -> None:
    def square(text: str) -> Sequence[int]:
        return [text.count("b") for _ in range(len(text) // 40)]

    assert growth(square, lambda count: "a" * 40 * count) > MOST_GROWTH
