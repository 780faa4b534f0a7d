"""What a job is, in the ledger's terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class JobState(StrEnum):
    """queued -> running -> done | failed | cancelled."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job as a member orders it. `id` is a UUID and is also its ComfyUI prompt_id.

    `interaction_token` edits the reply for 15 minutes; `upload_limit` (bytes a file) is that of the order's place.
    """

    id: str
    guild_id: int | None
    channel_id: int
    user_id: int
    application_id: int
    interaction_token: str
    upload_limit: int
    workflow: str
    values: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Job(NewJob):
    """A job as the ledger keeps it. Times are seconds since 1970.

    `number` is its place in line; `epoch` counts its claims, and a write by an older claim changes nothing;
    `losses` counts the servers that forgot it; `cancelled_by` is the user who asked for that.
    """

    number: int
    state: JobState
    message_id: int | None
    server: str | None
    epoch: int
    losses: int
    created_at: float
    started_at: float | None
    finished_at: float | None
    cancelled_by: int | None
    reason: str | None


class Cancellation(StrEnum):
    """What a request to cancel found."""

    CANCELLED = "cancelled"
    """It was waiting and is now cancelled."""
    REQUESTED = "requested"
    """It is running; its worker has been told."""
    OVER = "over"
    """It is done, failed or cancelled already, or never was."""
