"""How far a run is: never back, never past the end, by the node's title and the sampler's steps."""

from itertools import pairwise, takewhile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.comfyui import Progress, Snapshot, repeated
from bot.comfyui.protocol.events import (
    Event,
    Executed,
    Executing,
    ExecutionCached,
    ExecutionError,
    ExecutionInterrupted,
    ExecutionStart,
    ExecutionSuccess,
    NodeProgress,
    NodeText,
    Preview,
    ProgressState,
    Status,
    Tick,
    parse_frame,
)
from bot.workflows import Graph, node_title
from bot.workflows.graphs.graph import Node
from tests.comfyui.traces import Run, frame, runs

RUNS = [pytest.param(run, id=f"{run.trace}-{number}") for number, run in enumerate(runs())]


def node(class_type: str, title: str = "", **inputs: object) -> Node:
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": title}}


def story(run: Run) -> list[tuple[Event, Snapshot]]:
    """Every event of a run, and where the run was after it."""
    progress = Progress(run.graph)
    events = [event for row in run.rows if (event := parse_frame(frame(row))) is not None]
    return [(event, progress.apply(event)) for event in events]


def check(snapshots: list[Snapshot]) -> None:
    assert all(0.0 <= snapshot.fraction <= 1.0 for snapshot in snapshots)
    assert all(before.fraction <= after.fraction for before, after in pairwise(snapshots))
    for snapshot in snapshots:
        assert (snapshot.step is None) == (snapshot.steps is None)
        assert snapshot.step is None or snapshot.steps is None or 0 <= snapshot.step <= snapshot.steps


def weight(graph: Graph, node_id: str) -> float:
    """What share of the whole a node is."""
    return Progress(graph).apply(ExecutionCached("p", (node_id,))).fraction


# --- Recorded runs


@pytest.mark.parametrize("run", RUNS)
def test_a_recorded_run_only_moves_on_and_is_full_exactly_when_it_succeeded(run: Run) -> None:
    snapshots = [snapshot for _, snapshot in story(run)]
    check(snapshots)
    assert (snapshots[-1].fraction == 1.0) == run.succeeded


@pytest.mark.parametrize("run", RUNS)
def test_a_recorded_run_names_the_node_at_work_and_its_step(run: Run) -> None:
    for event, snapshot in story(run):
        match event:
            case Executing(node_id=str() as node_id):
                assert snapshot.stage == node_title(run.graph, node_id)
            case Tick(value=value, max=maximum) if maximum > 1:
                assert (snapshot.step, snapshot.steps) == (value, maximum)


def test_the_recordings_hold_every_way_a_run_can_go() -> None:
    kinds = [{type(event) for event, _ in story(run)} for run in runs()]
    assert any(ExecutionError in told for told in kinds)
    assert any(ExecutionInterrupted in told for told in kinds)
    assert any(ExecutionSuccess in told and Tick in told for told in kinds)
    assert any(ExecutionSuccess in told and Tick not in told for told in kinds)
    assert any(not told & {ExecutionSuccess, ExecutionError, ExecutionInterrupted} for told in kinds)


def test_a_sampler_of_eight_steps_moves_the_bar_a_step_at_a_time() -> None:
    (run,) = (run for run in runs() if run.trace == "txt2img")
    # Seven nodes, the sampler counting for its eight steps; three are cached, the empty latent comes before it.
    ticks = [snapshot.fraction for event, snapshot in story(run) if isinstance(event, Tick)]
    assert ticks == pytest.approx([(4 + step) / 14 for step in range(1, 9)])


def test_what_is_cached_counts_at_once() -> None:
    (run,) = (run for run in runs() if run.trace == "cached_rerun")
    ((_, snapshot),) = [pair for pair in story(run) if isinstance(pair[0], ExecutionCached)]
    assert snapshot.fraction == 1.0


def test_an_output_that_the_server_skips_does_not_keep_the_bar_from_its_end() -> None:
    (run,) = (run for run in runs() if run.trace == "fail_validate")
    before = takewhile(lambda told: not isinstance(told[0], ExecutionSuccess), story(run))
    assert max(snapshot.fraction for _, snapshot in before) < 1.0
    assert story(run)[-1][1].fraction == 1.0


# --- Weights


def test_a_sampler_weighs_its_steps_and_any_other_node_one() -> None:
    graph = {
        "1": node("CheckpointLoaderSimple", ckpt_name="a.safetensors"),
        "2": node("KSampler", model=["1", 0], steps=18, sampler_name="euler"),
        "3": node("SaveImage", images=["2", 0]),
    }
    assert weight(graph, "1") == pytest.approx(1 / 20)
    assert weight(graph, "2") == pytest.approx(18 / 20)


@pytest.mark.parametrize(
    ("start", "end", "steps"),
    [(0, 10000, 20), (0, 12, 12), (12, 10000, 8), (5, 15, 10), (20, 20, 1), (15, 5, 1)],
)
def test_an_advanced_sampler_weighs_the_steps_between_its_start_and_its_end(start: int, end: int, steps: int) -> None:
    graph = {
        "1": node("KSamplerAdvanced", steps=20, sampler_name="euler", start_at_step=start, end_at_step=end),
        "2": node("SaveImage", images=["1", 0]),
    }
    assert weight(graph, "1") == pytest.approx(steps / (steps + 1))


def test_a_custom_sampler_weighs_the_steps_of_the_scheduler_behind_its_sigmas() -> None:
    graph = {
        "1": node("BasicScheduler", scheduler="normal", steps=28),
        "2": node("SplitSigmas", sigmas=["1", 0], step=0),
        "3": node("KSamplerSelect", sampler_name="euler"),
        "4": node("SamplerCustomAdvanced", sampler=["3", 0], sigmas=["2", 1]),
        "5": node("SaveImage", images=["4", 0]),
    }
    assert weight(graph, "4") == pytest.approx(28 / 32)
    assert weight(graph, "1") == pytest.approx(1 / 32)


def test_steps_that_come_from_another_node_count_once_they_are_known() -> None:
    graph = {
        "1": node("PrimitiveInt", value=30),
        "2": node("KSampler", steps=["1", 0], sampler_name="euler"),
        "3": node("SaveImage", images=["2", 0]),
    }
    progress = Progress(graph)
    progress.apply(ExecutionCached("p", ("1",)))
    assert progress.apply(Tick("p", "2", 15, 30)).fraction == pytest.approx(16 / 32)


def test_a_node_heavier_than_thought_makes_the_bar_wait_and_not_go_back() -> None:
    graph = {"1": node("UpscaleModel", "Upscale"), "2": node("SaveImage", images=["1", 0])}
    progress = Progress(graph)
    before = progress.apply(ProgressState("p", (NodeProgress("1", 1, 1, "running"),)))
    waiting = [progress.apply(Tick("p", "1", step, 100)) for step in (1, 40)]
    assert before.fraction == 0.5
    assert all(snapshot.fraction >= before.fraction for snapshot in waiting)


def test_a_node_that_feeds_nothing_alive_still_counts_and_a_cycle_ends() -> None:
    graph = {
        "1": node("EmptyImage"),
        "2": node("SaveImage", images=["1", 0]),
        "3": node("A", x=["4", 0]),
        "4": node("B", x=["3", 0]),
    }
    assert weight(graph, "1") == pytest.approx(1 / 2)
    assert weight(graph, "3") == 0.0


# --- Any sequence of events

GRAPH: Graph = {
    "1": node("CheckpointLoaderSimple", "Load Checkpoint"),
    "2": node("KSampler", "Draft", model=["1", 0], steps=8, sampler_name="euler"),
    "3": node("KSamplerAdvanced", "Refine", latent=["2", 0], steps=20, sampler_name="euler", start_at_step=10),
    "4": node("VAEDecode", samples=["3", 0]),
    "5": node("SaveImage", "Save", images=["4", 0]),
}
node_ids = st.sampled_from([*GRAPH, "99", "2:7"])
numbers = st.integers(-3, 40).map(float) | st.floats(allow_nan=False, allow_infinity=False)
node_progress = st.builds(
    NodeProgress, node_ids, numbers, numbers, st.sampled_from(["pending", "running", "finished", "error"])
)
events = st.one_of(
    st.builds(Status, st.integers()),
    st.builds(ExecutionStart, st.just("p")),
    st.builds(ExecutionCached, st.just("p"), st.lists(node_ids).map(tuple)),
    st.builds(Executing, st.just("p"), st.none() | node_ids),
    st.builds(Tick, st.just("p"), st.none() | node_ids, numbers, numbers),
    st.builds(ProgressState, st.just("p"), st.lists(node_progress).map(tuple)),
    st.builds(Executed, st.just("p"), node_ids, st.just({})),
    st.builds(Preview, st.just("p"), node_ids, st.just("image/png"), st.just(b"")),
    st.builds(NodeText, node_ids, st.text()),
    st.builds(ExecutionInterrupted, st.just("p"), node_ids),
)


@given(st.lists(events, max_size=30))
def test_no_sequence_of_events_takes_the_bar_back_or_out_of_bounds(sequence: list[Event]) -> None:
    progress = Progress(GRAPH)
    check([progress.snapshot(), *(progress.apply(event) for event in sequence)])


@given(st.lists(events, max_size=30))
def test_success_fills_the_bar_whatever_came_before(sequence: list[Event]) -> None:
    progress = Progress(GRAPH)
    for event in sequence:
        progress.apply(event)
    assert progress.apply(ExecutionSuccess("p")).fraction == 1.0


def test_a_run_whose_samplers_were_all_cached_is_a_repeat() -> None:
    graph = {
        "1": node("CheckpointLoaderSimple"),
        "2": node("KSampler", model=["1", 0], steps=20, sampler_name="euler"),
        "3": node("SaveImage", images=["2", 0]),
    }
    assert not repeated(graph, [])
    assert not repeated(graph, ["1"])
    assert repeated(graph, ["1", "2"])


def test_without_samplers_a_repeat_is_one_in_which_nothing_ran() -> None:
    graph = {"1": node("LoadImage"), "2": node("SaveImage", images=["1", 0])}
    assert not repeated(graph, ["1"])
    assert repeated(graph, ["2", "1"])
