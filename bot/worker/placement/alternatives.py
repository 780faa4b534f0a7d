"""Which other servers could run what this one is asked to."""

from bot.ledger import Job, Ledger
from bot.worker.placement.failure_streaks import FailureStreaks
from bot.workflows import Library


class Alternatives:
    """The alternatives to the server called `name`."""

    def __init__(self, name: str, ledger: Ledger, library: Library, failure_streaks: FailureStreaks) -> None:
        self._name = name
        self._ledger = ledger
        self._library = library
        self._failure_streaks = failure_streaks

    def could_run(self, url: str, key: str, needs: str = "") -> bool:
        """Whether the server called `url` could run a workflow with these needs."""
        # Claims call this in the ledger's thread.
        able = self._library.runs(url, key) and key not in self._failure_streaks.resting(url)
        return able and (not needs or self._library.offers(url, needs))

    async def avoided(self) -> frozenset[str]:
        """The workflows that this server fails again and again, while another server could run them."""
        resting = self._failure_streaks.resting(self._name)
        if not resting:
            return resting
        others = await self._others()
        return frozenset(key for key in resting if any(self.could_run(other, key) for other in others))

    async def has(self, job: Job) -> bool:
        """Whether another working server can run this job."""
        return any(self.could_run(url, job.workflow, job.needs) for url in await self._others())

    async def _others(self) -> tuple[str, ...]:
        known = await self._ledger.servers.known()
        return tuple(server.url for server in known if server.works and server.url != self._name)
