"""When one server takes another job: before the running one ends, but not long before. Pure; times by any clock."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Final

from bot.ledger import Reach
from bot.worker.placement.slot import Slot

DEPTH: Final = 2
"""Prompts in one ComfyUI: one running and one ready, so that order and cancelling stay ours."""
LEAD_SECONDS: Final = 1.0
"""So long before the running job is due to end the next one is put behind it, plus what that took the last time: early
enough that the server never waits, and late enough that nobody is behind a long job while another server is idle.
"""
_MOST_LEAD_SECONDS: Final = 5.0
_BLIND_SECONDS: Final = 1.0
"""How often to see whether anything is known by now of when a job will end."""
_ASKED_SECONDS: Final = 5.0
"""A job that was not given back is not asked for again for so long."""


class Placement:
    """The jobs on one server, in the order of their claims, and how far its next claim reaches. At least every
    `look_seconds` it looks for jobs that the server has already.
    """

    def __init__(self, look_seconds: float) -> None:
        self.look_seconds = look_seconds
        self._slots: dict[str, Slot] = {}
        self._lead_seconds = LEAD_SECONDS
        self._looked_at = -math.inf
        self._asked_back: dict[str, float] = {}

    @property
    def slots(self) -> Mapping[str, Slot]:
        """By their jobs' ids."""
        return self._slots

    def put(self, slot: Slot) -> None:
        """A job comes onto the server, behind those that are there."""
        self._slots[slot.job.id] = slot

    def took(self, seconds: float) -> None:
        """So long it took from the claim until the server had the prompt: the next is claimed that much earlier."""
        self._lead_seconds = min(_MOST_LEAD_SECONDS, LEAD_SECONDS + seconds)

    def leave(self, job_id: str) -> bool:
        """A job leaves the server; whether it was there."""
        slot = self._slots.pop(job_id, None)
        if slot is not None and slot.given_back:
            for before in self._slots.values():
                # It takes longer than such jobs do: nothing is put behind it again for that.
                before.usual = None
        return slot is not None

    def is_behind(self, job_id: str) -> bool:
        """Whether another job is before this one."""
        return job_id in self._slots and next(iter(self._slots)) != job_id

    def reach(self, now: float, *, only: bool) -> Reach | None:
        """How far a claim reaches; None: not now. `only`: there are jobs that no other server could run."""
        slots = tuple(self._slots.values())
        if not slots:
            return Reach.IDLE
        # What a server died over may kill it again: nobody's job waits behind it there, to be lost as well.
        alone = any(slot.job.losses for slot in slots)
        if len(slots) >= (1 if alone else DEPTH):
            return None
        left = slots[0].seconds_left(now)
        if left is not None and left <= self._lead_seconds:
            return Reach.READY
        return Reach.ONLY if only or now - self._looked_at >= self.look_seconds else None

    def seconds_to_look(self, now: float) -> float:
        """How soon the answer of `reach` may be another one: half of what is left until the running job is due, so that
        an estimate that changes is noticed in time.
        """
        if len(self._slots) != 1:
            return self.look_seconds
        left = next(iter(self._slots.values())).seconds_left(now)
        return _BLIND_SECONDS if left is None else max(0.05, (left - self._lead_seconds) / 2)

    def looked(self, now: float) -> None:
        """Nothing more was found that the server has already; −inf: it may have jobs from before."""
        self._looked_at = now

    def ask_back(self, job_id: str, now: float) -> None:
        """Another server is asked for a job."""
        self._asked_back[job_id] = now

    def asked_back(self, now: float) -> Collection[str]:
        """The jobs that it has asked for a moment ago, and that are where they are."""
        self._asked_back = {job_id: at for job_id, at in self._asked_back.items() if now - at < _ASKED_SECONDS}
        return self._asked_back
