"""Frames of the websocket: an event or nothing, and a bar that never goes back."""

import json
import math
import struct
from dataclasses import is_dataclass
from types import UnionType
from typing import get_args, get_origin, get_type_hints

from hypothesis import example, given
from hypothesis import strategies as st

from bot.comfyui import Progress
from bot.comfyui.protocol.events import parse_frame
from tests.comfyui.traces import IMAGE, frame, frame_rows
from tests.comfyui_server.hostile import outbursts
from tests.fuzz.strategies import broken_text, damaged, dumped, json_values
from tests.workflows.samples import GRAPH

_RECORDED = tuple(frame(row) for row in frame_rows())
_TEXTS = tuple(json.loads(one) for one in _RECORDED if isinstance(one, str))
_SCREAMED = (*outbursts.nonsense("p", "5"), *outbursts.odd_previews("p", "5"), *outbursts.duplicates("p", "5"))

frames = st.sampled_from(_RECORDED).flatmap(broken_text)
events = st.sampled_from(_TEXTS).flatmap(damaged).map(dumped)
binaries = st.binary() | st.builds(struct.pack, st.just(">II"), st.integers(0, 5), st.integers(0, 40))


def with_metadata(meta: object) -> bytes:
    encoded = dumped(meta).encode("utf-8", "surrogatepass")
    return struct.pack(">II", 4, len(encoded)) + encoded + IMAGE


def is_a(value: object, hint: object) -> bool:
    """Whether a value, and everything in it, has the type that was promised."""
    if get_origin(hint) is UnionType:
        return any(is_a(value, one) for one in get_args(hint))
    if get_origin(hint) is tuple:
        return isinstance(value, tuple) and all(is_a(item, get_args(hint)[0]) for item in value)
    if hint is float:
        return isinstance(value, float) and math.isfinite(value)
    type_ = get_origin(hint) or hint
    return isinstance(type_, type) and isinstance(value, type_) and (not is_dataclass(type_) or has_its_types(value))


def has_its_types(value: object) -> bool:
    return all(is_a(getattr(value, name), hint) for name, hint in get_type_hints(type(value)).items())


@given(
    st.one_of(
        *(frames, frames.map(lambda raw: raw.decode("utf-8", "replace")), events, st.sampled_from(_SCREAMED)),
        *(st.text(), json_values.map(dumped), binaries, json_values.map(with_metadata)),
    )
)
@example("[" * 200_000)
@example('{"type": "progress", "data": {"value": ' + "9" * 5_000 + "}}")
@example(b"\0\0\0\4\xff\xff\xff\xff{")
def test_a_frame_is_an_event_of_its_types_or_nothing(sent: str | bytes) -> None:
    event = parse_frame(sent)
    assert event is None or has_its_types(event)


@given(st.lists(st.one_of(events, st.sampled_from([one for one in _SCREAMED if isinstance(one, str)])), max_size=12))
@example(['{"type": "progress", "data": {"prompt_id": "p", "node": "5", "value": 1e308, "max": 1e308}}'] * 2)
@example(
    [
        f'{{"type": "progress", "data": {{"prompt_id": "p", "node": "{node}", "value": 1e308, "max": 1e308}}}}'
        for node in (5, 6)
    ]
)
def test_a_bar_never_goes_back_nor_beyond_its_end(sent: list[str]) -> None:
    progress = Progress(GRAPH)
    shown = [0.0]
    for one in sent:
        if (event := parse_frame(one)) is not None:
            snapshot = progress.apply(event)
            shown.append(snapshot.fraction)
            assert snapshot.step is None or snapshot.steps is None or 0 <= snapshot.step <= snapshot.steps
    assert shown == sorted(shown)
    assert shown[-1] <= 1.0
