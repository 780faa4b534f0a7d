"""Why jobs wait, if not because of jobs ahead of them: as members read it. A snapshot for one look at the queue."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.ledger import BUDGET, Job, KnownServer, Ledger, Left, OverBudget, Rest
from bot.messages import explain_missing, explain_rest, why_waiting
from bot.translation import N_, _
from bot.workflows import Library

_LACKING: Final = N_("No image server can run this right now: it {needs}. Your place is kept until one can.")


@dataclass(frozen=True, slots=True)
class WaitingReasons:
    """`away`: all servers are certainly unreachable. `left`: what is left of the month's budget, if anybody asked."""

    library: Library
    servers: Sequence[KnownServer]
    away: bool
    left: Left | None

    def of(self, job: Job) -> str | None:
        """Why this job waits; None if it only waits for its turn."""
        if (why := why_waiting(self.servers, away=self.away)) is not None:
            return why
        if not self.library.available(job.workflow):
            lacking = min(self.library.lacking(job.workflow).values(), key=len)
            return _(_LACKING).format(needs=explain_missing(lacking))
        if (over := self.over(job)) is not None:
            return explain_rest(Rest(BUDGET, over.until))
        # Others may work, but cannot run this.
        return why_waiting(self.able(job), away=False)

    def able(self, job: Job) -> Sequence[KnownServer]:
        """The servers that could run the job."""
        return [one for one in self.servers if self.library.runs(one.url, job.workflow)]

    def over(self, job: Job) -> OverBudget | None:
        """Whether the month's budget does not pay for the job's partner nodes any more."""
        return None if self.left is None else self.left.over(job.partner_price or 0, measured=True)


async def waiting_reasons(
    ledger: Ledger, library: Library, limit: int | None, waiting: Iterable[Job]
) -> WaitingReasons:
    """Why these jobs wait, now. `limit` is how much may be spent in a month, in millionths. Raises `LedgerAway`."""
    left = None
    if limit is not None and any(job.partner_price for job in waiting):
        left = await ledger.spending.left(limit)
    servers = await ledger.servers.known()
    return WaitingReasons(library, servers, ledger.servers.away(servers), left)
