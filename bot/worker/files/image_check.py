"""Checks whether a job's images may be shown, if its guild has images checked."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.errors import Unchecked
from bot.ledger import Act, Entry, Job
from bot.picture_check import PictureCheck
from bot.spool import Content, read
from bot.worker.files.downloads import Collected
from bot.worker.files.image_policy import HOLD, PicturePolicy
from bot.workflows import kind_of

log = logging.getLogger(__name__)

Samples = Callable[[Content], Awaitable[Sequence[Content]]]

_HARMLESS: Final = frozenset({"text", "audio", "model"})
"""Kinds of files that show nothing by themselves."""
_ACTS: Final = {"hold": Act.IMAGE_HELD, "refuse": Act.IMAGE_REFUSED, "spoiler": Act.IMAGE_SPOILERED}


def _discard(_: Entry) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Objection:
    """Why images are not shown as usual, and what happens instead: hold, refuse or spoiler."""

    action: str
    why: str


@dataclass(frozen=True, slots=True)
class Judge:
    """Scores images with `check`, and reports objections to the moderators' log with `note`."""

    check: PictureCheck | None = None
    note: Callable[[Entry], None] = _discard

    async def objection(
        self, job: Job, files: Sequence[Collected], policy: PicturePolicy, samples: Samples
    ) -> Objection | None:
        """The objection to a job's files, or None if they may be shown. `samples` makes small images of a file."""
        if policy.check is None or job.guild_id is None:
            return None
        try:
            score = await self._highest(files, policy.threshold, samples)
        except Unchecked as fault:
            # Files that could not be checked are never shown before a moderator has seen them.
            log.warning("job %s: could not check its images: %s", job.id, fault.reason)
            found = Objection(HOLD, f"not checked: {fault.reason}")
        else:
            if score < policy.threshold:
                return None
            found = Objection(policy.check, f"score {score:.2f}")
        self.note(Entry(job.guild_id, _ACTS[found.action], user_id=job.user_id, job_id=job.id, detail=found.why))
        return found

    async def _highest(self, files: Sequence[Collected], enough: float, samples: Samples) -> float:
        """The highest score of all files, or the first that reaches `enough`. Raises `Unchecked`."""
        highest = 0.0
        for file in files:
            kind = kind_of(file.picked.file.filename)
            if file.content is None or kind in _HARMLESS:
                continue  # not sent, or nothing to see in it
            if self.check is None:
                raise Unchecked("this process has no image check")
            shots = await samples(file.content)
            if not shots:
                raise Unchecked(f"a {kind} cannot be looked at")
            for shot in shots:
                highest = max(highest, await self.check.score(await asyncio.to_thread(read, shot)))
                if highest >= enough:
                    return highest
        return highest
