"""A job as the ledger keeps it, for tests of what is made of one."""

from dataclasses import replace
from typing import Any

from bot.ledger import Job, JobState

JOB = Job(
    number=1,
    id="0c791ad9-84c4-436a-b989-baf7942dd22a",
    guild_id=100,
    channel_id=200,
    message_id=400,
    user_id=1,
    application_id=300,
    interaction_token="a-made-up-token",
    upload_limit=10 * 2**20,
    channel_visible=True,
    workflow="text_to_image",
    values={"prompt": "a cat", "seed": 2**53 - 1},
    pictures=1,
    state=JobState.RUNNING,
    held_by=None,
    hold_reason=None,
    approved_by=None,
    spoiler=False,
    previews=True,
    lane=0,
    size_class=0,
    models="",
    cost=10.0,
    server="http://127.0.0.1:8188",
    epoch=1,
    losses=0,
    takeovers=0,
    returns=0,
    stops=0,
    created_at=1_700_000_000.0,
    warned_at=None,
    started_at=1_700_000_001.0,
    begun_at=1_700_000_001.0,
    finished_at=None,
    seconds=None,
    cancelled_by=None,
    reason=None,
    cause=None,
    private=False,
    deleted_by=None,
)


def a_job(**changes: Any) -> Job:  # noqa: ANN401 - of as many types as a job has fields
    """The job above, but for `changes`."""
    return replace(JOB, **changes)
