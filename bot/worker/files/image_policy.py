"""How a job's pictures may be shown: by what its order fell under, and by its guild's picture check. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Self

from bot.ledger import GuildRules, Job
from bot.messages import Attachment, spoilered

HOLD = "hold"
REFUSE = "refuse"
SPOILER = "spoiler"


@dataclass(frozen=True, slots=True)
class PicturePolicy:
    """`check` is what becomes of pictures whose score is over `threshold`: hold, refuse or spoiler; None: nobody
    looks. Without `previews` nothing is shown before the end; under a `spoiler` pictures are hidden until clicked.
    """

    previews: bool = True
    spoiler: bool = False
    check: str | None = None
    threshold: float = 1.0

    @classmethod
    def of(cls, job: Job, guild: GuildRules | None) -> Self:
        """What holds for a job by now."""
        check = guild.check_action if guild is not None else None
        threshold = guild.check_threshold if guild is not None and guild.check_threshold is not None else 1.0
        return cls(job.previews and check not in {HOLD, REFUSE}, job.spoiler, check, threshold)

    def shown_meanwhile(self, files: Iterable[Attachment]) -> tuple[Attachment, ...]:
        """What of these may be shown while nobody has looked at them yet."""
        if not self.previews:
            return ()
        return spoilered(files) if self.spoiler or self.check == SPOILER else tuple(files)
