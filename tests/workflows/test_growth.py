"""What strangers write is read in a time that grows no faster than the text: from 1 KB to 1 MB, each reader's worst."""

import contextlib
import json
from collections.abc import Callable

import pytest

from bot.discord_ui.core.commands.options import legal_name
from bot.discord_ui.moderation.rules.limit_commands import read_pixels
from bot.errors import PackError
from bot.messages import shown_prompt
from bot.moderation.durations import read_duration
from bot.uploads.uploaded_names import name_of
from bot.workflows import ObjectInfo, read_outputs
from bot.workflows.binding.shareable_graph import without_places
from bot.workflows.graphs.graph import read_graph
from bot.workflows.imports.editor_format import import_graph
from bot.workflows.imports.recipes import graph_of, recipe_told
from bot.workflows.manifests.bounded_toml import read_toml
from bot.workflows.safety.foreign_paths import climbs, names_file_elsewhere, names_place
from bot.workflows.safety.uploads import forbidden, leaving
from tests.fuzz.test_growth import MOST_GROWTH, growth
from tests.workflows.known import known

Reader = Callable[[str], object]
"""Reads a text; what it raises, it raises for a reason."""


def prompt(text: str) -> object:
    return leaving({"1": {"class_type": "CLIPTextEncode", "inputs": {"text": text}}}, [known()])


def shared(text: str) -> object:
    return without_places({"1": {"class_type": "SaveImage", "inputs": {"x": text}}})


def manifest(text: str) -> object:
    with contextlib.suppress(ValueError):
        return read_toml(text)
    return None


def workflow(text: str) -> object:
    with contextlib.suppress(PackError):
        return read_graph("x", text)
    return None


def imported(text: str) -> object:
    with contextlib.suppress(PackError):
        return import_graph("x", text, known())
    return None


def object_info(text: str) -> object:
    with contextlib.suppress(ValueError):
        return ObjectInfo(text.encode())
    return None


def of_class(text: str) -> object:
    return workflow(json.dumps({"1": {"class_type": text, "inputs": {}}}))


def drawn(text: str) -> str:
    node = {"id": 1, "type": "KSampler", "widgets_values": text.split("|"), "mode": 0}
    return json.dumps({"nodes": [node], "links": []})


CASES: list[tuple[str, Reader, Callable[[int], str]]] = [
    ("a prompt of slashes and spaces", prompt, lambda n: "/ " * (n // 2) + ".."),
    ("a path of quotes", names_place, lambda n: "\"'" * (n // 2) + "/"),
    ("a path of lines", names_file_elsewhere, lambda n: "a\n" * (n // 2)),
    ("a path of spaces", climbs, lambda n: " " * n + "a/../b c"),
    (
        "a text in the history without an end",
        lambda text: read_outputs({"1": {"text": [text]}}),
        lambda n: "/" + "a" * n,
    ),
    ("an address in a graph", shared, lambda n: "a" * n + ":/"),
    ("slashes in a graph", shared, lambda n: "/" * n + " "),
    ("a manifest of braces", manifest, lambda n: "a=" + "{a=" * (n // 3)),
    ("a manifest of digits", manifest, lambda n: "a=" + "1" * n),
    ("a manifest of quotes", manifest, lambda n: "a=" + '"' * n),
    ("a manifest of headers", manifest, lambda n: "[a.b]\n" * (n // 6)),
    ("a graph of brackets", workflow, lambda n: "[" * n),
    ("a graph of levels", workflow, lambda n: '{"a":' * (n // 5)),
    ("a graph of digits", workflow, lambda n: '{"a":' + "1" * n),
    ("a graph of quotes", workflow, lambda n: '{"' + "\\" * n),
    ("a graph of one class", of_class, lambda n: "Load" * (n // 4)),
    ("an import of brackets", imported, lambda n: "[" * n),
    ("an import of files", lambda text: imported(drawn(text)), lambda n: "ab.png|" * (n // 7)),
    ("object_info of brackets", object_info, lambda n: '{"a":' + "[" * n),
    ("object_info of spaces", object_info, lambda n: "{" + " " * n),
    ("object_info of names", object_info, lambda n: '{"a":1,' * (n // 7)),
    ("a recipe of brackets", lambda text: recipe_told({"recipe": text}), lambda n: "[" * n),
    ("an image's graph", lambda text: graph_of({"prompt": text}), lambda n: '{"1":' * (n // 5)),
    ("a file's name", name_of, lambda n: ".png_" * (n // 5)),
    ("a command's name", legal_name, lambda n: "é " * (n // 2)),
    ("a duration", read_duration, lambda n: "1m " * (n // 3) + "!"),
    ("a duration of spaces", read_duration, lambda n: "1m" + " " * n + "!"),
    ("pixels", read_pixels, lambda n: "1" + " " * n + "z"),
    ("a shown prompt", shown_prompt, lambda n: "*_" * (n // 2)),
    ("node classes", lambda text: forbidden({"1": {"class_type": text[:200], "inputs": {}}}), lambda n: "Load" * n),
]


@pytest.mark.parametrize(("reader", "written"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_work_grows_no_faster_than_the_text(reader: Reader, written: Callable[[int], str]) -> None:
    for few in (2**16, 2**18):
        grown = growth(reader, written, few)
        assert grown < MOST_GROWTH, f"{grown:.1f} times as long for four times {few} characters"
