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
from bot.translation import N_
from bot.worker.files.downloads import Collected
from bot.worker.files.image_policy import HOLD, REFUSE, PicturePolicy
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
        # What has no content is not sent.
        sent = [(one.picked.file.filename, one.content) for one in files if one.content is not None]
        found = await self.look(job, sent, policy, samples)
        if found is None:
            return None
        if job.guild_id is None:
            # Nobody moderates direct messages, so what would be held for a moderator is shown to nobody.
            log.info("job %s: the image check in direct messages: %s", job.id, found.why)
            return Objection(REFUSE, found.why) if found.action == HOLD else found
        self.note(Entry(job.guild_id, _ACTS[found.action], user_id=job.user_id, job_id=job.id, detail=found.why))
        return found

    async def look(
        self, job: Job, files: Sequence[tuple[str, Content]], policy: PicturePolicy, samples: Samples
    ) -> Objection | None:
        """The same for files by their names, without a line in the log."""
        if policy.check is None:
            return None
        try:
            score = await self._highest(files, policy.threshold, samples)
        except Unchecked as fault:
            # Files that could not be checked are never shown before a moderator has seen them.
            log.warning("job %s: could not check its images: %s", job.id, fault.reason)
            return Objection(HOLD, f"not checked: {fault.reason}")
        return None if score < policy.threshold else Objection(policy.check, f"score {score:.2f}")

    async def _highest(self, files: Sequence[tuple[str, Content]], enough: float, samples: Samples) -> float:
        """The highest score of all files, or the first that reaches `enough`. Raises `Unchecked`."""
        highest = 0.0
        for filename, content in files:
            kind = kind_of(filename)
            if kind in _HARMLESS:
                continue  # nothing to see in it
            if self.check is None:
                raise Unchecked(N_("this process has no image check"))
            shots = await samples(content)
            if not shots:
                raise Unchecked(N_("this kind of file can’t be checked"))
            for shot in shots:
                highest = max(highest, await self.check.score(await asyncio.to_thread(read, shot)))
                if highest >= enough:
                    return highest
        return highest
