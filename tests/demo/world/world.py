"""A Discord server with members, a channel and the bot at work."""

import contextlib
import logging
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Self

import discord
import simcord
from simcord.http.router import RequestContext, route

from bot.workflows import Library
from tests.demo.world.cdn import ServedCdn
from tests.demo.world.clock import RunningClock
from tests.demo.world.process import BotProcess
from tests.demo.world.wire import Wire
from tests.ledgers import lay_ledger

_SETTLE_SECONDS: Final = 20.0


@route("GET", "/applications/{application_id}/guilds/{guild_id}/commands/permissions")
def _reassigned(_: RequestContext) -> list[object]:
    """Missing in simcord: here no admin has given a command to anybody."""
    return []


class World:
    """`async with World.open(...) as world`."""

    def __init__(self, process: BotProcess, wire: Wire, cdn: ServedCdn) -> None:
        self.wire: Final = wire
        self.ledger: Final = process.ledger
        # Nothing privileged is granted in the portal: a bot that asks for it is refused at its login.
        self.env: Final = simcord.Env(
            process.bot, approved_intents=discord.Intents.none(), settle_timeout=_SETTLE_SECONDS
        )
        self.env.backend.clock = RunningClock()
        self.env.backend.cdn = cdn
        self.env.backend.bot_user.name = "Darkroom"
        guild = self.env.create_guild("Night School of Painting")
        self.channel: Final = guild.create_text_channel("darkroom")
        moderators = guild.create_role("Moderators", permissions=discord.Permissions(manage_messages=True))
        administrators = guild.create_role("Administrators", permissions=discord.Permissions(manage_guild=True))
        self.alice: Final = guild.add_member(self.env.create_user("alice", global_name="Alice"))
        self.bob: Final = guild.add_member(self.env.create_user("bob", global_name="Bob"))
        self.carol: Final = guild.add_member(self.env.create_user("carol", global_name="Carol"), roles=[moderators])
        self.dave: Final = guild.add_member(self.env.create_user("dave", global_name="Dave"), roles=[administrators])

    @classmethod
    @contextlib.asynccontextmanager
    async def open(
        cls, folder: Path, library: Library, urls: Sequence[str], more: Mapping[str, str] | None = None
    ) -> AsyncIterator[Self]:
        """The bot at work on `urls`, with its ledger in `folder` and with more settings.

        Fails at the end when the bot raised or logged an error, or sent what Discord's document refuses.
        """
        wire, errors = Wire(), _Errors()

        lay_ledger(folder / "darkroom.db")
        with wire.tapped(), errors.heard():
            async with ServedCdn.serving() as cdn:
                process = await BotProcess.begin(folder, library, urls, more or {})
                world = cls(process, wire, cdn)
                try:
                    await world.env.start()
                    # simcord ends no action before all that the bot has started has come to rest, and the loops never
                    # rest: the bot did not start them. From here their requests still reach simcord.
                    with world.env.time_context():
                        process.work()
                    yield world
                finally:
                    await process.end()
                    await world.env.shutdown()
            world.env.raise_errors()
        found = [*errors.records, *wire.faults]
        assert not found, "\n".join(found)


class _Errors(logging.Handler):
    """Whatever the bot logs as an error: nobody should have to read logs to see that it went wrong."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(self.format(record))

    @contextlib.contextmanager
    def heard(self) -> Iterator[None]:
        logger = logging.getLogger("bot")
        logger.addHandler(self)
        try:
            yield
        finally:
            logger.removeHandler(self)
