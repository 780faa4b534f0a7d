"""Whether a server answers: found out before each claim, and again after every sign that it may have restarted."""

import asyncio
import contextlib
import logging
import math

from bot.comfyui import Server
from bot.errors import LedgerAway, LockedOut, Unreachable
from bot.ledger import ASLEEP, Ledger
from bot.worker.gpu_sharing.sleeper import Sleeper
from bot.worker.jobs_from_before import stop_strays, until_jobs_located
from bot.worker.placement.placement import Placement
from bot.worker.server_offers import ServerOffers
from bot.worker.server_trouble import described, seconds_to_retry, trouble_of
from bot.worker.sockets.streams import Streams

log = logging.getLogger(__name__)


class ServerPresence:
    """`strays`: jobs that the server had when it became unreachable. `loaded` names the models that the
    server should have in memory, as long as it has not restarted.
    """

    def __init__(
        self,
        server: Server,
        ledger: Ledger,
        placement: Placement,
        offers: ServerOffers,
        sleeper: Sleeper,
        streams: Streams,
        strays: set[str],
    ) -> None:
        self.answering = False
        self.loaded: str | None = None
        self._server = server
        self._ledger = ledger
        self._placement = placement
        self._offers = offers
        self._sleeper = sleeper
        self._streams = streams
        self._strays = strays
        self._refusing = False
        self._seen_breaks = 0
        """The number of broken sockets when the server's jobs were last checked."""

    @property
    def idle(self) -> bool:
        """Whether it answers, and has no job."""
        return self.answering and not self._placement.slots

    async def may_be_asked(self) -> bool:
        """Whether the server is to be asked anything now. Its machine may be left asleep, or is woken."""
        try:
            return bool(self._placement.slots) or await self._sleeper.may_be_asked(answering=self.answering)
        except (Unreachable, TimeoutError):
            await self.mark_away()
            return True

    async def until_answering(self) -> None:
        """Ask until it answers and its jobs from before are found, or until it may not be asked any more."""
        failures, reported = 0, None
        while not self.answering:
            try:
                await self._server.alive()
                await self._offers.learn(answering=False)
                await until_jobs_located(self._server, self._placement, self._ledger)
                await stop_strays(self._server, self._strays, self._ledger)
            except Unreachable as fault:
                waking = self._sleeper.is_waking and not fault.answered
                trouble = ASLEEP if waking else trouble_of(fault)
                if failures == 0 or trouble != reported:
                    reported = trouble
                    log.warning("%s cannot be used: %s", self._server.url, await described(self._server, fault))
                    await self._report_away(reported)
                if not await self.may_be_asked():
                    return
                await asyncio.sleep(seconds_to_retry(fault, failures))
                failures += 1
            else:
                self.answering = True
                self._sleeper.heard()
                # The server may have jobs from before.
                self._placement.looked(-math.inf)
                self._ledger.signals.ring()
                log.info("%s answers", self._server.url)

    async def keep_offers_new(self, pause: float) -> None:
        """Ask the server again from time to time, until cancelled: it may have new models, or new nodes after a
        restart, without any job. Beside the claims, since a long answer takes seconds and many servers take turns.
        """
        while True:
            await asyncio.sleep(pause)
            try:
                await self._ask_again()
            except LedgerAway as fault:
                log.warning("%s: could not report what it offers: %s", self._server.url, fault)
            except Exception:
                log.exception("%s: could not ask what it offers", self._server.url)

    async def _ask_again(self) -> None:
        if not self.answering or not self._offers.are_old or (self._sleeper.sleeps and self.idle):
            return
        try:
            await self._offers.learn(answering=True)
        except Unreachable as fault:
            if await self._only_lists_nothing(fault):
                log.warning("%s does not list its nodes (%s): using its last list", self._server.url, fault.reason)
            else:
                log.warning("%s can no longer be used: %s", self._server.url, fault.reason)
                await self.mark_away()

    async def _only_lists_nothing(self, fault: Unreachable) -> bool:
        """Whether the server works, and only this question gets no answer, or none that can be used."""
        if isinstance(fault, LockedOut) or fault.unsent:
            return False
        try:
            await self._server.alive()
        except Unreachable:
            return False
        return True

    async def after_breaks(self) -> None:
        """Check whether the server has restarted. A job's own poll may notice that only after the next job was sent."""
        if self._seen_breaks == (breaks := self._streams.breaks):
            return
        try:
            await until_jobs_located(self._server, self._placement, self._ledger)
        except Unreachable:
            await self.mark_away()
        else:
            self._seen_breaks = breaks

    async def mark_away(self) -> None:
        """The server may have restarted: check that it answers, and ask again what it offers."""
        self._server.forget()
        self.loaded = None
        if self.answering:
            self.answering = False
            await self._report_away(ASLEEP if self._sleeper.is_waking else None)

    async def strands(self, job_id: str) -> None:
        """The job is over, and the server did not answer when it was to stop it: that is made up for."""
        self._strays.add(job_id)
        await self.mark_away()

    def refused(self) -> None:
        """The server locks the bot out while it has jobs: report that at once, and retry until it does not."""
        if self.answering and not self._refusing:
            self._refusing = True
            self._ledger.signals.ring()

    async def after_refusal(self) -> None:
        """Check whether the server still locks the bot out, if it has."""
        if self._refusing:
            self._refusing = False
            await self.mark_away()

    async def _report_away(self, trouble: str | None = None) -> None:
        with contextlib.suppress(LedgerAway):
            await self._ledger.servers.say(self._server.name, answering=False, trouble=trouble)
        self._ledger.signals.ring()
