"""A server's answer is kept as JSON, class by class: it tells the same as the parsed whole, and is small."""

import gc
import json
import math
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.workflows import ObjectInfo
from bot.workflows.graphs.object_info import InputSpec
from tests.workflows.known import info_of, known, recorded

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)
ODD_SPECS = st.lists(JSON, max_size=3) | JSON
ENTRIES = JSON | st.fixed_dictionaries(
    {},
    optional={
        "input": JSON
        | st.fixed_dictionaries(
            {},
            optional={
                section: JSON | st.dictionaries(st.sampled_from(("a", "b", "seed")), ODD_SPECS, max_size=3)
                for section in ("required", "optional", "hidden")
            },
        ),
        "output_node": JSON,
        "display_name": JSON,
    },
)


def entry_of(raw: Mapping[str, Any], class_type: str) -> Mapping[str, Any]:
    found = raw.get(class_type)
    return found if isinstance(found, dict) else {}


def specs_of(raw: Mapping[str, Any], class_type: str) -> dict[str, InputSpec]:
    """Every input of a class, told from the parsed whole."""
    inputs = entry_of(raw, class_type).get("input")
    told: dict[str, InputSpec] = {}
    for section in ("required", "optional"):
        listed = inputs.get(section) if isinstance(inputs, dict) else None
        for name, spec in listed.items() if isinstance(listed, dict) else ():
            if name in told or not isinstance(spec, list) or not spec:
                continue
            config = spec[1] if len(spec) > 1 and isinstance(spec[1], dict) else {}
            options = spec[0] if isinstance(spec[0], list) else config.get("options") if spec[0] == "COMBO" else None
            combo = isinstance(spec[0], list) or spec[0] == "COMBO"
            choices = tuple(map(str, options)) if isinstance(options, list) else ()
            told[name] = InputSpec(
                "COMBO" if combo else str(spec[0]),
                choices if combo else None,
                section == "required",
                config.get("default"),
                _bound(config.get("min")),
                _bound(config.get("max")),
                _bound(config.get("step")),
                bool(config.get("image_upload")),
                tuple(options) if isinstance(options, list) else (),
                "image_folder" in config or any(config[one] for one in config if one.endswith("_upload")),
                config.get("multiline") is True,
                config.get("dynamicPrompts") is True,
                None
                if "image_folder" in config
                else next((one for one in ("image", "video", "audio") if config.get(f"{one}_upload")), None),
            )
    return told


def _bound(value: object) -> float | None:
    return value if type(value) in {int, float} and isinstance(value, int | float) and abs(value) < math.inf else None


def assert_tells_the_same(info: ObjectInfo, raw: Mapping[str, Any]) -> None:
    for class_type in (*raw, "no such class"):
        entry, specs = entry_of(raw, class_type), specs_of(raw, class_type)
        assert info.knows(class_type) is (class_type in raw)
        assert info.entry(class_type) == entry
        assert info.display_name(class_type) == str(entry.get("display_name") or "")
        assert info.makes_output(class_type) is (entry.get("output_node") is True)
        for name in {*specs, "a", "b", "seed", "no such input"}:
            assert repr(info.input(class_type, name)) == repr(specs.get(name))


def test_every_class_and_input_of_comfyui_is_told_as_it_was_sent() -> None:
    assert_tells_the_same(known(), recorded())


@given(st.dictionaries(st.sampled_from(("A", "B", "C c", "Ä")) | st.text(max_size=3), ENTRIES, max_size=4))
def test_whatever_a_server_says_is_told_as_it_was_sent(raw: dict[str, Any]) -> None:
    assert_tells_the_same(info_of(raw), raw)


@given(
    st.dictionaries(st.text(max_size=5), JSON, max_size=4),
    st.sampled_from((None, 1, "\t")),
    st.sampled_from(((",", ":"), (" ,\r\n", " :  "))),
    st.booleans(),
)
def test_the_whole_is_as_it_was_sent_in_its_order(
    raw: dict[str, Any], indent: int | str | None, separators: tuple[str, str], ascii_only: bool
) -> None:
    body = json.dumps(raw, indent=indent, separators=separators, ensure_ascii=ascii_only)
    info = ObjectInfo(f" {body}\n".encode())
    assert json.dumps(info.parsed()) == json.dumps(raw)
    again = ObjectInfo(info.body)
    assert again.digest == info.digest
    assert json.dumps(again.parsed()) == json.dumps(info.parsed())


@given(st.text('{}[]":,1a \n\\', max_size=12) | JSON.map(json.dumps))
def test_what_is_no_json_object_is_refused_and_nothing_else(text: str) -> None:
    expected, found = _read(json.loads, text), _read(lambda one: ObjectInfo(one.encode()).parsed(), text)
    assert found == (expected if isinstance(expected, dict) else None)


def _read(reads: Callable[[str], object], text: str) -> object:
    try:
        return reads(text)
    except ValueError:
        return None


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(ValueError, match="utf-8"):
        ObjectInfo(b'{"A": "\xff"}')


def test_servers_that_differ_in_one_class_share_all_others() -> None:
    one = known()
    other = ObjectInfo(info_of({**recorded(), "KSampler": {}, "Own": {}}).body, [one])
    shared = {id(entry) for entry in one.entries()} & {id(entry) for entry in other.entries()}
    assert len(shared) == len(recorded()) - 1
    assert other.digest != one.digest
    assert other.entry("KSampler") == {}
    assert one.entry("KSampler") == recorded()["KSampler"]


def test_the_garbage_collector_has_nothing_to_walk_in_it() -> None:
    """A parsed one is 100,000 objects; fifty of them stopped the event loop for a second, again and again."""
    info = info_of(recorded())
    seen: set[int] = set()
    waiting: list[object] = [info]
    while waiting:
        one = waiting.pop()
        if id(one) not in seen and gc.is_tracked(one) and not isinstance(one, type):
            seen.add(id(one))
            waiting += gc.get_referents(one)
    assert len(seen) == 1
