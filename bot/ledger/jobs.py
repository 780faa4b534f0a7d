"""What a job is, in the ledger's terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

BY_RULE: Final = 0
"""Who holds a job back that a rule holds back."""
PROMPT: Final = "prompt"
PICTURE: Final = "picture"
"""Why a rule holds a job back: its prompt falls under one, or its pictures do (the reason begins with this word)."""


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

    `interaction_token` edits the reply for 15 minutes; `upload_limit` (bytes a file) is that of the order's place;
    `channel_visible` says whether the bot can edit the reply once the token is dead. `models` names the models that
    it loads: two jobs with the same can follow one another without loading; `needs` names what of a server's own a
    member chose ("": nothing), so that a server without it can be passed by. `size_class` groups jobs of a workflow
    that take about as long, and `guess` is how many seconds that may be, before anybody has measured. `held_by` is who
    keeps it back from the start (0: a rule); its pictures go under a `spoiler`, and without `previews` nobody sees
    them being made. Of a `private` job only its owner sees anything.
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
    channel_visible: bool = True
    pictures: int = 1
    models: str = ""
    needs: str = ""
    size_class: int = 0
    guess: float = 10.0
    held_by: int | None = None
    hold_reason: str | None = None
    spoiler: bool = False
    private: bool = False
    previews: bool = True


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a member's roles give: at most so many jobs queued at once and pictures a day (None: any number), and in
    each job so many `pixels` a picture, `steps` and `pictures`.

    `weight` is the share in a line that others wait in as well; a smaller `lane` goes first.
    """

    queued: int | None = None
    daily: int | None = None
    weight: float = 1.0
    lane: int = 0
    pixels: int | None = None
    steps: int | None = None
    pictures: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the ledger keeps it. Times are seconds since 1970 by the database's clock.

    `number` is the order of arrival; `cost` the seconds that it is expected to take. `epoch` counts its claims, and
    a write by an older claim changes nothing; `losses` counts the servers that forgot it, `takeovers` the workers
    that died over it, `returns` how often a server gave it back for whatever cause. `started_at`: when it was claimed;
    `begun_at`: when its server began it. `cancelled_by` is the user who asked for that, `held_by` the moderator who
    holds it back (0: a rule), `approved_by` the one who let it go on. `private`: nobody but its owner sees it, until
    they publish it. `deleted_by` took its message away. `cause` is what a server said of a failure, for moderators
    alone: its owner reads the `reason`.
    """

    number: int
    id: str
    guild_id: int | None
    channel_id: int
    message_id: int | None
    user_id: int
    application_id: int
    interaction_token: str
    upload_limit: int
    channel_visible: bool
    workflow: str
    values: Mapping[str, object]
    pictures: int
    state: JobState
    held_by: int | None
    hold_reason: str | None
    approved_by: int | None
    spoiler: bool
    previews: bool
    lane: int
    size_class: int
    models: str
    cost: float
    server: str | None
    epoch: int
    losses: int
    takeovers: int
    returns: int
    created_at: float
    warned_at: float | None
    started_at: float | None
    begun_at: float | None
    finished_at: float | None
    seconds: float | None
    cancelled_by: int | None
    reason: str | None
    cause: str | None
    private: bool
    deleted_by: int | None

    @property
    def is_ready(self) -> bool:
        """Whether it is next on a server, which has not begun it."""
        return self.state is JobState.RUNNING and self.begun_at is None

    @property
    def hidden(self) -> bool:
        """Whether a rule keeps it from everybody but the moderators: nothing of it may be shown."""
        return self.held_by == BY_RULE

    @property
    def awaits(self) -> str:
        """What of it a moderator has to look at: `prompt` or `picture`."""
        return PICTURE if (self.hold_reason or "").startswith(PICTURE) else PROMPT

    @property
    def pictures_approved(self) -> bool:
        """Whether a moderator has seen its pictures and let them go."""
        return self.approved_by is not None and self.held_by is None and self.awaits == PICTURE


class Cancellation(StrEnum):
    """What a request to cancel found."""

    CANCELLED = "cancelled"
    """It was waiting and is now cancelled."""
    REQUESTED = "requested"
    """It is running; its worker has been told."""
    OVER = "over"
    """It is done, failed or cancelled already, or never was."""
