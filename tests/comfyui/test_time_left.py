"""The time that is left: true on slow steps, counting down between them, and never up without a reason."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.comfyui import NodeTimes, Progress, TimeLeft, measured
from bot.comfyui.progress.node_times import Learned
from bot.comfyui.protocol.events import (
    Event,
    Executing,
    ExecutionCached,
    ExecutionStart,
    ExecutionSuccess,
    Tick,
    parse_frame,
)
from bot.workflows import Graph
from tests.comfyui.test_progress import node
from tests.comfyui.traces import Run, frame, runs

Timed = list[tuple[float, Event]]

GRAPH: Graph = {
    "load": node("CheckpointLoaderSimple", ckpt_name="a.safetensors"),
    "text": node("CLIPTextEncode", clip=["load", 1], text="a fox"),
    "draft": node("KSampler", "Draft", model=["load", 0], positive=["text", 0], steps=8, sampler_name="euler"),
    "refine": node("KSampler", "Refine", model=["load", 0], latent=["draft", 0], steps=10, sampler_name="euler"),
    "decode": node("VAEDecode", samples=["refine", 0]),
    "save": node("SaveImage", images=["decode", 0]),
}


@dataclass(frozen=True)
class Seen:
    at: float
    left: float | None
    truth: float
    fraction: float


def run_of(
    load: float = 0.5,
    draft: Iterable[float] = (1.0,) * 8,
    refine: Iterable[float] = (1.0,) * 10,
    decode: float = 1.0,
    *,
    cached: tuple[str, ...] = (),
) -> Timed:
    """A run whose nodes and steps take so many seconds."""
    now = 0.0
    told: Timed = [(now, ExecutionStart("p")), (now, ExecutionCached("p", cached))]
    nodes = {"load": [load], "text": [0.2], "draft": [*draft], "refine": [*refine], "decode": [decode], "save": [0.1]}
    for node_id, steps in nodes.items():
        if node_id in cached:
            continue
        told.append((now, Executing("p", node_id)))
        for step, seconds in enumerate(steps, 1):
            now += seconds
            if len(steps) > 1:
                told.append((now, Tick("p", node_id, step, len(steps))))
    return [*told, (now, ExecutionSuccess("p"))]


def watched(told: Timed, learned: Learned | None = None, usual: float | None = None) -> Iterator[Seen]:
    """What is shown of a run: after each event, and each half second."""
    progress = Progress(GRAPH, learned or {})
    left = TimeLeft(progress)
    end, coming, now = told[-1][0], list(told), 0.0
    while coming:
        while coming and coming[0][0] <= now:
            at, event = coming.pop(0)
            progress.apply(event, at)
        yield Seen(now, left.seconds(now, 0.0, usual), end - now, progress.snapshot(now).fraction)
        now = min(now + 0.5, coming[0][0]) if coming else now


def learned_from(*stories: Timed) -> Learned:
    times = NodeTimes()
    for told in stories:
        progress = Progress(GRAPH, times.of("here"))
        for at, event in told:
            progress.apply(event, at)
        times.learn("here", measured(progress.runs))
    return times.of("here")


def shown(seen: Iterable[Seen]) -> list[tuple[float, float]]:
    """What was said to be left, and what was."""
    return [(one.left, one.truth) for one in seen if one.left is not None]


def rises(seen: Iterable[Seen]) -> list[float]:
    return [after - before for (before, _), (after, _) in pairwise(shown(seen)) if after > before]


def test_slow_steps_count_down_between_them_and_are_true() -> None:
    seen = list(watched(run_of(draft=[10.0] * 8, refine=[10.0] * 10)))
    assert not rises(seen)
    assert all(abs(left - truth) < 6.0 for left, truth in shown(seen))
    waiting = [one.left for one in seen if 30.7 < one.at < 40.6]
    assert all(one is not None and other is not None and other < one for one, other in pairwise(waiting))
    assert shown(seen)[0][1] > 150, "it is known from the second step on"


def test_a_single_step_says_nothing_of_those_to_come() -> None:
    # The first one waits for the model.
    seen = list(watched(run_of(draft=[60.0, *[1.0] * 7])))
    assert all(left < 40 for left, _ in shown(seen))


def test_a_second_sampler_is_told_by_its_own_steps_from_the_first_one_on() -> None:
    seen = list(watched(run_of(draft=[10.0] * 8, refine=[30.0] * 10)))
    last = [one for one in seen if one.truth < 270]
    assert not rises(last)
    assert all(one.left is not None and abs(one.left - one.truth) < 6.0 for one in last if one.truth > 10)


def test_what_is_late_does_not_count_up() -> None:
    seen = list(watched(run_of(draft=[10.0] * 8, refine=[10.0] * 10, decode=9.0)))
    assert not rises(one for one in seen if one.truth < 9.5)


def test_a_second_sampler_with_slower_steps_is_learned() -> None:
    told = run_of(draft=[0.5] * 8, refine=[4.0] * 10)
    first, second = list(watched(told)), list(watched(told, learned_from(told), usual=told[-1][0]))
    assert rises(first), "there was no way to know"
    assert not rises(second)
    assert all(abs(left - truth) < 1.0 for left, truth in shown(second))


def test_a_long_load_at_the_beginning_is_learned_and_moves_the_bar() -> None:
    told = run_of(load=30.0, decode=12.0)
    seen = list(watched(told, learned_from(told), usual=told[-1][0]))
    assert all(abs(left - truth) < 1.0 for left, truth in shown(seen))
    assert len(shown(seen)) == len(seen), "from the first moment on"
    total = told[-1][0]
    assert all(abs(one.fraction - one.at / total) < 0.06 for one in seen)


def test_what_is_cached_takes_no_time() -> None:
    told = run_of(load=30.0)
    again = run_of(cached=("load", "text"))
    seen = list(watched(again, learned_from(told), usual=told[-1][0]))
    assert all(abs(left - truth) < 1.0 for left, truth in shown(seen))


def test_more_steps_than_before_take_longer_in_proportion() -> None:
    told = run_of(draft=[2.0] * 8)
    longer = run_of(draft=[2.0] * 24)
    seen = list(watched(longer, learned_from(told), usual=told[-1][0]))
    late = [one for one in seen if one.at > 5.0]
    assert all(abs(left - truth) < 4.0 for left, truth in shown(late))


def test_a_node_that_counts_again_for_each_tile_is_never_done_early() -> None:
    cached = ExecutionCached("p", ("load", "text", "draft"))
    tiles: Timed = [(0.0, cached), (0.0, Executing("p", "refine"))]
    tiles += [(float(n + 1), Tick("p", "refine", n % 5 + 1, 5)) for n in range(20)]
    tiles += [(20.0, Executing("p", "decode")), (21.0, Executing("p", "save")), (21.0, ExecutionSuccess("p"))]
    first = list(watched(tiles))
    assert not [left for left, _ in shown([one for one in first if 6.0 <= one.at < 20.0])], "nobody knows how many"
    seen = list(watched(tiles, learned_from(tiles), usual=21.0))
    assert not rises(seen)
    assert all(abs(left - truth) < 1.5 for left, truth in shown(seen))
    assert all(one.fraction < 1.0 for one in seen if one.truth > 1.0)


def test_what_such_runs_take_counts_until_their_steps_say_more() -> None:
    told = run_of(load=10.0, draft=[2.0] * 8, refine=[2.0] * 10)
    seen = list(watched(told, usual=told[-1][0]))
    assert len(shown(seen)) == len(seen)
    assert all(abs(left - truth) < 6.0 for left, truth in shown(seen))


def test_nothing_is_said_of_a_run_that_has_stopped() -> None:
    told = run_of()
    stopped = [(at, event) for at, event in told if at < 5.0]
    seen = list(watched([*stopped, (300.0, ExecutionSuccess("p"))], usual=told[-1][0]))
    assert all(one.left is None for one in seen if 60.0 < one.at < 300.0)
    assert all(left < told[-1][0] + 5 for left, _ in shown(seen))


def test_a_bad_day_of_one_run_is_forgotten() -> None:
    usual, hung = run_of(), run_of(decode=500.0)
    assert learned_from(usual, hung, usual)["decode"].seconds == pytest.approx(1.0)


seconds = st.floats(0.05, 30.0)


@given(st.lists(seconds, min_size=2, max_size=12), seconds, seconds, st.booleans())
def test_a_steady_run_never_counts_up(paces: list[float], load: float, decode: float, known: bool) -> None:
    """Steps of one length in each sampler, known from an earlier run or equal in both."""
    draft, refine = paces[0], paces[1] if known else paces[0]
    # What is not known is not expected to take longer than a step.
    after = decode if known else min(decode, draft, 2.0)
    told = run_of(load=load, draft=[draft] * 8, refine=[refine] * 10, decode=after)
    learned = learned_from(told) if known else None
    seen = list(watched(told, learned, told[-1][0] if known else None))
    assert not [rise for rise in rises(seen) if rise > 0.01]
    check(seen)


@given(st.lists(seconds, min_size=2, max_size=12), st.lists(seconds, min_size=2, max_size=12), seconds)
def test_it_rises_only_where_steps_take_longer_than_was_allowed(
    draft: list[float], refine: list[float], usual: float
) -> None:
    seen = list(watched(run_of(draft=draft, refine=refine), None, usual))
    assert all(rise > 3.0 for rise in rises(seen)), "what is not worth telling is not told"
    check(seen)


def check(seen: list[Seen]) -> None:
    assert all(one.left is None or one.left >= 0.0 for one in seen)
    assert all(before.fraction <= after.fraction for before, after in pairwise(seen))
    assert seen[-1].fraction == 1.0


# A socket that was cut off has missed steps, and the order of the others does not tell how long those took.
GOOD = [run for run in runs() if run.succeeded and not run.trace.startswith("reconnect")]


@pytest.mark.parametrize("run", GOOD, ids=lambda run: run.trace)
def test_a_recorded_run_is_told_without_rising_once_it_is_known(run: Run) -> None:
    # Only the order was recorded: here each step takes a second, and everything else a moment.
    now, told = 0.0, []
    for row in run.rows:
        if (event := parse_frame(frame(row))) is not None:
            now += 1.0 if isinstance(event, Tick) else 0.01
            told.append((now, event))
    begun_at = told[0][0]
    progress = Progress(run.graph)
    for at, event in told:
        progress.apply(event, at)
    times = NodeTimes()
    times.learn("here", measured(progress.runs))
    again = Progress(run.graph, times.of("here"))
    left = TimeLeft(again)
    usual = told[-1][0] - begun_at
    said = []
    for at, event in told:
        again.apply(event, at)
        said.append((left.seconds(at, begun_at, usual), told[-1][0] - at))
    assert not [1 for (one, _), (other, _) in pairwise(said) if one is not None and other is not None and other > one]
    assert all(abs(one - truth) < 1.2 for one, truth in said if one is not None), "a step"
