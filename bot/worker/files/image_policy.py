"""How a job's images may be shown, by the rules at its request and by its guild's image check. Pure."""

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
    """`check` is what happens to images that score over `threshold`: hold, refuse or spoiler (None: no check). Without
    `previews` nothing is shown before the end. `spoiler` hides images until they are clicked.
    """

    previews: bool = True
    spoiler: bool = False
    check: str | None = None
    threshold: float = 1.0

    @classmethod
    def of(cls, job: Job, guild: GuildRules) -> Self:
        """The policy for a job by its guild's current rules, or those for direct messages."""
        check = guild.check_action
        threshold = 1.0 if guild.check_threshold is None else guild.check_threshold
        return cls(job.previews and check not in {HOLD, REFUSE}, job.spoiler, check, threshold)

    def shown_meanwhile(self, files: Iterable[Attachment]) -> tuple[Attachment, ...]:
        """Those of these files that may be shown before anybody has checked them."""
        if not self.previews:
            return ()
        return spoilered(files) if self.spoiler or self.check == SPOILER else tuple(files)
