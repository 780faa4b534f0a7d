"""When a running job's message is worth an edit."""

from dataclasses import replace

import pytest

from bot.comfyui import Snapshot
from bot.worker.run.progress_news import ShownProgress, newest

TOLD = ShownProgress(Snapshot(0.42, "Draft", 8, 20), 52.0)


def test_the_first_news_is_told() -> None:
    assert newest(None, TOLD) is TOLD


@pytest.mark.parametrize(
    "now", [ShownProgress(TOLD.snapshot, 48.0), ShownProgress(Snapshot(0.49, "Draft", 8, 20), 47.5)]
)
def test_a_time_on_schedule_and_a_bar_that_hardly_moved_are_no_news(now: ShownProgress) -> None:
    assert newest(TOLD, now) is TOLD


def test_a_long_time_need_not_be_told_every_few_seconds() -> None:
    long = ShownProgress(TOLD.snapshot, 600.0)
    assert newest(long, ShownProgress(TOLD.snapshot, 545.0)) is long
    assert newest(long, later := ShownProgress(TOLD.snapshot, 540.0)) is later


@pytest.mark.parametrize(
    "now",
    [
        ShownProgress(replace(TOLD.snapshot, step=9), 52.0),
        ShownProgress(replace(TOLD.snapshot, stage="Refine"), 52.0),
        ShownProgress(replace(TOLD.snapshot, fraction=0.5), 52.0),
        ShownProgress(TOLD.snapshot, 46.0),
        ShownProgress(TOLD.snapshot, 60.0),
        ShownProgress(TOLD.snapshot, None),
    ],
    ids=["step", "stage", "segment", "counted down", "longer", "unknown"],
)
def test_everything_else_is(now: ShownProgress) -> None:
    assert newest(TOLD, now) is now
