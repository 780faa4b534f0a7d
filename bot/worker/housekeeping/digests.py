"""Posts a guild's weekly digest for moderators who want it. One process does it for all."""

import asyncio
import datetime as dt
import logging
from collections.abc import Callable
from typing import Final

from bot.discord_limits import NONCE
from bot.ledger import Act, Due, Ledger, Week, poll
from bot.messages import (
    Cause,
    Channels,
    NotNow,
    Undeliverable,
    Urgency,
    digest_heading,
    note_refusal,
    plot_labels,
    plot_legend,
    plot_number,
    post,
    render_digest,
    says_already,
)
from bot.pictures.plots import weekly_bars
from bot.translation import language_called, speaking
from bot.workflows import Library

log = logging.getLogger(__name__)

_LOOK_SECONDS: Final = 60.0
_REST_SECONDS: Final = 600.0
"""How long a channel is left alone that has refused a digest."""
_HOUR: Final = 9
"""On Mondays, UTC: a time of day when people are online."""


def next_digest(now: float) -> float:
    """When the next digest is due, in seconds since 1970."""
    today = dt.datetime.fromtimestamp(now, dt.UTC).replace(hour=_HOUR, minute=0, second=0, microsecond=0)
    monday = today - dt.timedelta(days=today.weekday())
    return (monday if monday.timestamp() > now else monday + dt.timedelta(weeks=1)).timestamp()


class Digests:
    """`leads` says whether this process is the one that posts them. A digest that a channel refuses is sent as soon as
    the channel takes it, and the log says so meanwhile.
    """

    def __init__(
        self,
        ledger: Ledger,
        channels: Channels,
        library: Library,
        leads: Callable[[], bool],
    ) -> None:
        self._ledger = ledger
        self._channels = channels
        self._library = library
        self._leads = leads
        self._rests_until: dict[int, tuple[float, int]] = {}
        """Guild -> the end of its rest (seconds of the event loop's clock), and the channel that refused."""

    async def run(self) -> None:
        """Post each digest when it is due, until cancelled."""
        await poll(self._look, _LOOK_SECONDS, "could not send the weekly digests")

    async def _look(self) -> None:
        if self._leads():
            now, none = asyncio.get_running_loop().time(), (0.0, 0)
            for due in await self._ledger.digests.due():
                until, channel_id = self._rests_until.get(due.guild_id, none)
                if until <= now or channel_id != due.channel_id:
                    await self._post(due)

    async def _post(self, due: Due) -> None:
        week, before = await self._ledger.digests.weeks(due)
        with speaking(language_called(await self._ledger.rules.language(due.guild_id))):
            plot = await asyncio.to_thread(
                weekly_bars, plot_labels(week), week.days, before.days, plot_legend(), plot_number
            )
            rendered = render_digest(week, before, self._titles(week), plot)
            try:
                # An earlier process may have posted it and died before the ledger knew. Do not post it twice.
                if not await says_already(self._channels.client, due.channel_id, digest_heading(week)):
                    await post(self._channels, due.channel_id, rendered, _nonce(due), Urgency.ENDED)
            except NotNow as fault:
                log.warning("guild %d: its weekly digest is sent later: %s", due.guild_id, fault)
                return
            except Undeliverable as fault:
                log.info("guild %d: cannot send its weekly digest: %s", due.guild_id, fault)
                if fault.cause is Cause.NO_CHANNEL:
                    await self._ledger.rules.channel_deleted(due.guild_id, due.channel_id)
                    return
                await note_refusal(self._ledger, due.guild_id, due.channel_id, Act.DIGEST)
                self._rests_until[due.guild_id] = asyncio.get_running_loop().time() + _REST_SECONDS, due.channel_id
                return
            await self._ledger.digests.told(due)

    def _titles(self, week: Week) -> dict[str, str]:
        return {name: self._library.title_of(name) for name, _count in week.workflows}


def _nonce(due: Due) -> str:
    """Discord recognises a repeated message by this nonce."""
    return f"{int(due.at) // 86_400}{due.guild_id}"[:NONCE]
