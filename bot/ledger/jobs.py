"""A job and everything that the ledger stores about it."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

BY_RULE: Final = 0
"""Stands in `held_by` for a job that a rule holds, not a moderator, and in `cancelled_by` for one that the bot itself
ended.
"""
PROMPT: Final = "prompt"
PICTURE: Final = "picture"
"""What a rule holds a job for: its prompt or its images. The job's `hold_reason` begins with this word."""


_PROMPTS: Final = frozenset({"prompt", "negative"})
"""The values that members write word for word, however short."""


class JobState(StrEnum):
    """queued -> running -> done | failed | cancelled."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class NewJob:
    """A job as a member requests it. `id` is a UUID and is also its ComfyUI prompt_id.

    `interaction_token` can edit the reply for 15 minutes; `channel_visible` says whether the bot can edit it after
    that. `upload_limit` (bytes per file) is the limit of the guild. `given` is what the member gave, if `values`
    differs from it: a style, a prompt before anything in it was drawn. `models` names the models that the job loads:
    jobs with the same models can follow one another without loading any. `needs` names what the member chose from a
    server's own files ("" for nothing), so that servers without them are skipped. `size_class` groups jobs of a
    workflow that take about equally long; `guess` is their time in seconds until one was measured. `held_by` is who
    holds the job from the start (0: a rule). `spoiler` hides its images until clicked; without `previews` nobody sees
    unfinished ones. Only the owner sees a `private` job. `pressed_at`: the message is a follow-up of an earlier
    interaction, which came at this time; None: it is the reply to the job's own one. `link_id` names the link that the
    job was requested through, if any. A job with a `grid_id` is a `cell` of that grid, counted from 0 along its rows,
    and has no message of its own. `language` is the code of what its owner reads (None: English). `partner_price`: what
    its partner nodes cost, in millionths of the provider's currency; None: it has none.
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
    given: Mapping[str, object] | None = None
    pressed_at: float | None = None
    link_id: str | None = None
    grid_id: str | None = None
    cell: int | None = None
    language: str | None = None
    partner_price: int | None = None


def prompt_after(job_id: str, stops: int) -> str:
    """The prompt_id of a job that was stopped so often. The same in every process, so it is never submitted twice."""
    return str(uuid.uuid5(uuid.UUID(job_id), f"stopped {stops}")) if stops else job_id


def prompt_on_disk(prompt_id: str) -> str:
    """The prompt_id of a job's second attempt, whose images are saved by its server. It is the same after a crash, so
    it is never submitted twice.
    """
    return str(uuid.uuid5(uuid.UUID(prompt_id), "on disk"))


def prompts_of(job_id: str, stops: int) -> frozenset[str]:
    """All prompt_ids that a job may have on its server."""
    first = [prompt_after(job_id, number) for number in range(stops + 1)]
    return frozenset((*first, *map(prompt_on_disk, first)))


@dataclass(frozen=True, slots=True)
class Allowance:
    """The limits that a member's roles give: jobs `queued` at once and images a day (None: no limit), and for each job
    `pixels` per image, `steps` and `pictures`. `guild_queued` is how many jobs may wait for the whole guild.

    `weight` is the member's share of the queue while others wait too. A smaller `lane` goes first.
    """

    queued: int | None = None
    daily: int | None = None
    weight: float = 1.0
    lane: int = 0
    pixels: int | None = None
    steps: int | None = None
    pictures: int | None = None
    guild_queued: int | None = None


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the ledger stores it. Times are seconds since 1970, by the database's clock.

    `number` counts jobs as they arrive; `cost` is the expected time in seconds. `epoch` counts claims, and a write by
    an older claim changes nothing. `losses` counts servers that forgot the job, `takeovers` workers that died while
    running it, `returns` how often a server gave it back for any reason,
    `stops` how often it was stopped because somebody else needed the GPU. `started_at` is when it was claimed,
    `begun_at` when its server began it; `foreign_ahead` prompts that others sent to its server come before it there.
    `cancelled_by` is the user who cancelled it (0: the bot itself), `held_by` the moderator who holds
    it (0: a rule), `approved_by` the moderator who released it, `deleted_by` who deleted its message, `erased_at` when
    its owner erased what they gave for it. Only the owner sees a `private` job, until they publish it. `cause` is the
    server's error message, for moderators alone: the owner reads `reason`. `pressed_at`, `grid_id`, `cell` and
    `language` are as in `NewJob`; the message of a cell is its grid's sheet, until it is taken out. Amounts are
    millionths of the provider's currency: `partner_price` as in `NewJob`, `reserved` for the current claim, and
    `charged` for all earlier ones.
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
    stops: int
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
    given: Mapping[str, object] | None = None
    erased_at: float | None = None
    pressed_at: float | None = None
    grid_id: str | None = None
    cell: int | None = None
    language: str | None = None
    foreign_ahead: int = 0
    partner_price: int | None = None
    reserved: int | None = None
    charged: int | None = None
    needs: str = ""

    @property
    def prompt_id(self) -> str:
        """What its server calls it. Once it was stopped, that prompt is over, and it needs another."""
        return prompt_after(self.id, self.stops)

    @property
    def request(self) -> Mapping[str, object]:
        """What the member gave. To ask for the same once more is to give this."""
        return self.values if self.given is None else self.given

    @property
    def written(self) -> tuple[str, ...]:
        """What its owner wrote: the prompts, and whatever is more than a name."""
        return tuple(
            value
            for values in (self.values, self.given or {})
            for name, value in values.items()
            if isinstance(value, str) and (name in _PROMPTS or " " in value.strip())
        )

    @property
    def is_ready(self) -> bool:
        """Whether it is next on a server that has not begun it."""
        return self.state is JobState.RUNNING and self.begun_at is None

    @property
    def hidden(self) -> bool:
        """Whether a rule hides it from everybody but moderators."""
        return self.held_by == BY_RULE

    @property
    def awaits(self) -> str:
        """What a moderator has to review: `prompt` or `picture`."""
        return PICTURE if (self.hold_reason or "").startswith(PICTURE) else PROMPT

    @property
    def pictures_approved(self) -> bool:
        """Whether a moderator has reviewed its images and approved them."""
        return self.approved_by is not None and self.held_by is None and self.awaits == PICTURE


class Cancellation(StrEnum):
    """The result of a request to cancel a job."""

    CANCELLED = "cancelled"
    """It was waiting, and is cancelled now."""
    REQUESTED = "requested"
    """It is running, and its worker was asked to stop it."""
    OVER = "over"
    """It has ended already, or never existed."""
