"""What is noted about each prompt that was sent, so that none is lost and none runs twice.

The server gives each job an id of its own. What makes a submit safe is its `Idempotency-Key`: a second request with the
same key is refused, never run. So a prompt whose answer got lost can be sent again, with the same key, for as long as
the server remembers keys. A prompt that the server has lost gets another key.
"""

import re
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from bot.comfyui.sent_prompts import SentPrompts

_KEY_SECONDS: Final = 23 * 3600
"""Keys expire after 24 hours (the contract, `postJobs`). Clocks may differ."""
_NOTE: Final = re.compile(r"(?P<attempt>[0-9]{1,6})(?P<state>[ ?!-])(?P<rest>.*)")


@dataclass(frozen=True, slots=True)
class SentJob:
    """`attempt` counts the keys of the prompt, from 1. `theirs` is the server's id of its job, if that is known.
    `since` is when it was sent, in seconds since 1970, if its answer is not known. With neither, it is not there.
    `taken_back`: we cancelled the job before it began, so a cancelled one is as good as never sent.
    """

    attempt: int = 1
    theirs: str | None = None
    since: float | None = None
    taken_back: bool = False

    @property
    def text(self) -> str:
        """As it is stored."""
        if self.theirs is not None:
            return f"{self.attempt}{'-' if self.taken_back else ' '}{self.theirs}"
        return f"{self.attempt}!" if self.since is None else f"{self.attempt}?{self.since:.0f}"

    @classmethod
    def parse(cls, text: str | None) -> "SentJob | None":
        """None: it was never sent."""
        found = _NOTE.fullmatch(text or "")
        if found is None:
            return None
        attempt, rest = int(found["attempt"]), found["rest"]
        match found["state"]:
            case " " | "-":
                return cls(attempt, rest, taken_back=found["state"] == "-")
            case "?":
                return cls(attempt, since=float(rest) if rest.isdecimal() else 0.0)
            case _:
                return cls(attempt)

    def key(self, prompt_id: str) -> str:
        """The idempotency key: our own id, and after a loss one made from it."""
        if self.attempt == 1:
            return prompt_id
        return str(uuid.uuid5(uuid.NAMESPACE_OID, f"darkroom/{prompt_id}/{self.attempt}"))


class SentJobs:
    """The notes of one server (`name`). `changed` is called when the id of a job is known."""

    def __init__(self, sent: SentPrompts, name: str, changed: Callable[[], None]) -> None:
        self._sent = sent
        self._name = name
        self._changed = changed

    async def of(self, prompt_id: str) -> SentJob | None:
        """What is noted; None if it was never sent."""
        return SentJob.parse(await self._sent.of(self._name, prompt_id))

    async def sending(self, prompt_id: str, job: SentJob) -> SentJob:
        """It is about to be sent, with the key of `job`. A repeated request keeps the time of the first."""
        noted = SentJob(job.attempt, since=job.since if job.since is not None else time.time())
        await self._note(prompt_id, noted)
        return noted

    async def arrived(self, prompt_id: str, job: SentJob, theirs: str) -> None:
        """The server has it under this id."""
        await self._note(prompt_id, SentJob(job.attempt, theirs))
        self._changed()

    async def unsent(self, prompt_id: str, job: SentJob) -> None:
        """It is certainly not there, and its key is free."""
        if job.attempt == 1:
            await self._sent.drop(self._name, prompt_id)
        else:
            await self._note(prompt_id, SentJob(job.attempt))

    async def taking_back(self, prompt_id: str, theirs: str) -> None:
        """Its job is about to be cancelled before it begins."""
        if (job := await self.of(prompt_id)) is not None and job.theirs == theirs:
            await self._note(prompt_id, replace(job, taken_back=True))

    async def is_taken_back(self, prompt_id: str, theirs: str) -> bool:
        """Whether this job was taken back, perhaps so long ago that its note is gone."""
        job = await self.of(prompt_id)
        return job is None or job.theirs != theirs or job.taken_back

    async def lost(self, prompt_id: str, theirs: str) -> None:
        """The server had it and no longer does. Its key may stay taken, so the next attempt has another one."""
        # Another process may have sent it again in the meantime: then there is nothing to note.
        if (job := await self.of(prompt_id)) is not None and job.theirs == theirs:
            await self._note(prompt_id, SentJob(job.attempt + 1))

    async def _note(self, prompt_id: str, job: SentJob) -> None:
        await self._sent.note(self._name, prompt_id, job.text)


def key_expired(job: SentJob) -> bool:
    """Whether the server may have forgotten the key of a request whose answer is not known."""
    return job.since is not None and time.time() - job.since > _KEY_SECONDS
