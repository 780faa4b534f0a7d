"""What tests search messages for is what messages say: if they are reworded, those tests have to follow."""

import pytest

from bot.comfyui import Snapshot
from bot.errors import Lost, Unreachable
from bot.ledger import Standing
from bot.messages import SERVERS_AWAY, explain, render_queued, render_ready, render_running, render_unreachable
from tests.jobs import a_job
from tests.server_blamed import BLAMED


@pytest.mark.parametrize(
    "said",
    [
        SERVERS_AWAY,
        explain(Unreachable("http://h", "refused")),
        render_unreachable(a_job(), "A title").content,
    ],
)
def test_what_blames_a_server_is_found(said: str) -> None:
    assert BLAMED.search(said)


@pytest.mark.parametrize(
    "said",
    [
        render_queued(a_job(), "A title", Standing(0, 1, None)).content,
        render_ready(a_job(), "A title").content,
        render_running(a_job(), "A title", Snapshot()).content,
        # It may have answered all the time, and have forgotten the job.
        explain(Lost("7")),
        render_running(a_job(losses=1), "A title", Snapshot()).content,
    ],
)
def test_what_blames_none_is_not(said: str) -> None:
    assert not BLAMED.search(said)
