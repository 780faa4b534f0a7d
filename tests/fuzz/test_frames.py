"""Frames of the websocket: an event or nothing, and a bar that never goes back."""

import json

from hypothesis import example, given
from hypothesis import strategies as st

from bot.comfyui import Progress
from bot.comfyui.protocol.events import parse_frame
from tests.comfyui.traces import frame, frame_rows
from tests.comfyui_server.hostile import outbursts
from tests.fuzz.strategies import broken_text, damaged, dumped
from tests.workflows.samples import GRAPH

_RECORDED = tuple(frame(row) for row in frame_rows())
_TEXTS = tuple(json.loads(one) for one in _RECORDED if isinstance(one, str))
_SCREAMED = (*outbursts.nonsense("p", "5"), *outbursts.odd_previews("p", "5"), *outbursts.duplicates("p", "5"))

frames = st.sampled_from(_RECORDED).flatmap(broken_text)
events = st.sampled_from(_TEXTS).flatmap(damaged).map(dumped)


@given(st.one_of(frames, frames.map(lambda raw: raw.decode("utf-8", "replace")), events, st.sampled_from(_SCREAMED)))
@example("[" * 200_000)
@example('{"type": "progress", "data": {"value": ' + "9" * 5_000 + "}}")
@example(b"\0\0\0\4\xff\xff\xff\xff{")
def test_a_frame_is_an_event_or_nothing(sent: str | bytes) -> None:
    parse_frame(sent)


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
