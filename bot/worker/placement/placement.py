"""When a server gets its next job: before the running one ends, but not long before. Pure; times by any clock."""

import math
from collections.abc import Collection, Mapping
from typing import Final

from bot.ledger import Reach
from bot.worker.placement.foreign_queue import ForeignQueue
from bot.worker.placement.slot import Slot

DEPTH: Final = 2
"""Prompts in one ComfyUI: one running and one ready. All others stay in our queue, under our control."""
LEAD_SECONDS: Final = 1.0
"""The next job is sent this long before the running one should end, plus the time that sending took last. Early enough
that the server never idles, and late enough that nobody waits behind a long job while another server is idle.
"""
_MOST_LEAD_SECONDS: Final = 5.0
_BLIND_SECONDS: Final = 1.0
"""How often to check whether an estimate is available of when a job will end."""
_ASKED_SECONDS: Final = 5.0
"""A job that was not given back is not asked for again for this long."""


class Placement:
    """The jobs on one server, in the order of their claims, and how far its next claim reaches. It looks for jobs that
    the server has already at least every `look_seconds`.
    """

    def __init__(self, look_seconds: float) -> None:
        self.look_seconds = look_seconds
        self._slots: dict[str, Slot] = {}
        self.foreign = ForeignQueue()
        """What the server has to do for others."""
        self._lead_seconds = LEAD_SECONDS
        self._looked_at = -math.inf
        self._asked_back: dict[str, float] = {}

    @property
    def slots(self) -> Mapping[str, Slot]:
        """Slots by job id."""
        return self._slots

    def put(self, slot: Slot) -> None:
        """Add a job, behind those that are on the server."""
        self._slots[slot.job.id] = slot
        self.foreign.joined()
        slot.foreign_ahead = self.foreign.ahead_of(slot.job.prompt_id)

    def took(self, seconds: float) -> None:
        """It took this long from the claim until the server had the prompt. The next claim comes that much earlier."""
        self._lead_seconds = min(_MOST_LEAD_SECONDS, LEAD_SECONDS + seconds)

    def leave(self, job_id: str) -> bool:
        """Remove a job. Returns whether it was on the server."""
        slot = self._slots.pop(job_id, None)
        self._asked_back.pop(job_id, None)
        if slot is not None and slot.given_back and not slot.makes_way:
            for before in self._slots.values():
                # The job before it takes longer than usual, so its usual time must not bring another job behind it.
                before.usual = None
        return slot is not None

    def is_behind(self, job_id: str) -> bool:
        """Whether another job, or a prompt of others, is before this one."""
        slot = self._slots.get(job_id)
        return slot is not None and (next(iter(self._slots)) != job_id or slot.foreign_ahead > 0)

    def ready(self, now: float) -> Slot | None:
        """The job that waits behind another one, unless it was asked for a moment ago. None if there are prompts of
        others: nothing could take its place before them.
        """
        if self.foreign.count:
            return None
        behind = [*self._slots.values()][1:]
        asked = self.asked_back(now)
        return next((slot for slot in behind if slot.begun_at is None and slot.job.id not in asked), None)

    def reach(self, now: float, *, only: bool, rests: bool = False) -> Reach | None:
        """How far a claim reaches; None: no claim now. `only`: some jobs cannot run on any other server. `rests`: the
        server begins nothing, but may have jobs from before.
        """
        slots = tuple(self._slots.values())
        if rests or self.foreign.keeps_out or (slots and self.foreign.count):
            # Behind a job of ours, nothing would be ready: prompts of others come first.
            due = now - self._looked_at >= self.look_seconds
            return Reach.OWN if due and len(slots) < DEPTH else None
        if not slots:
            # A server without prompts of others comes first, and takes back what it can begin at once.
            return Reach.READY if self.foreign.count else Reach.IDLE
        # A job that killed a server may do so again. No other job waits behind it, because it would be lost as well.
        alone = any(slot.job.losses for slot in slots)
        if len(slots) >= (1 if alone else DEPTH):
            return None
        left = slots[0].seconds_left(now)
        if left is not None and left <= self._lead_seconds:
            return Reach.READY
        return Reach.ONLY if only or now - self._looked_at >= self.look_seconds else None

    def seconds_to_look(self, now: float) -> float:
        """In how many seconds `reach` may change: half of the time until the running job should end, so that a changed
        estimate is noticed in time.
        """
        if len(self._slots) != 1:
            return self.look_seconds
        left = next(iter(self._slots.values())).seconds_left(now)
        return _BLIND_SECONDS if left is None else max(0.05, (left - self._lead_seconds) / 2)

    def looked(self, now: float) -> None:
        """The server was searched for jobs that it has already; −inf: it may have jobs from before."""
        self._looked_at = now

    def ask_back(self, job_id: str, now: float) -> None:
        """Another server was asked for a job."""
        self._asked_back[job_id] = now

    def asked_back(self, now: float) -> Collection[str]:
        """Jobs that were asked for a moment ago, and were not given back."""
        self._asked_back = {job_id: at for job_id, at in self._asked_back.items() if now - at < _ASKED_SECONDS}
        return self._asked_back
