"""A Discord server with members, a channel and the bot, and what a member does there."""

import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import discord
import simcord
from simcord import InteractionResult, MemberActor
from simcord.actors import _component_interaction
from simcord.enums import ComponentType
from simcord.http.router import RequestContext, route

from bot.workflows import Library
from tests.ledgers import lay_ledger
from tests.simcord_world.cdn import ServedCdn
from tests.simcord_world.clock import RunningClock
from tests.simcord_world.messages import Messages, Shown, buttons
from tests.simcord_world.process import BotProcess
from tests.simcord_world.wire import Wire

_SETTLE_SECONDS: Final = 20.0


@route("GET", "/applications/{application_id}/guilds/{guild_id}/commands/permissions")
def _reassigned(_: RequestContext) -> list[object]:
    """Missing in simcord: here no admin has given a command to anybody."""
    return []


@dataclass(frozen=True, slots=True)
class Ordered:
    """A job as members see it: the message that carries it. `id` is the job's, and its prompt_id's."""

    id: str
    message: Shown


class World:
    """`async with World.open(...) as world`. The bot may die in it, and be started again."""

    def __init__(
        self, begin: Callable[[], Awaitable[BotProcess]], process: BotProcess, wire: Wire, cdn: ServedCdn
    ) -> None:
        self.wire: Final = wire
        # Nothing privileged is granted in the portal: a bot that asks for it is refused at its login.
        self.env: Final = simcord.Env(
            process.bot, approved_intents=discord.Intents.none(), settle_timeout=_SETTLE_SECONDS
        )
        self.env.backend.clock = RunningClock()
        self.env.backend.cdn = cdn
        self.env.backend.bot_user.name = "Darkroom"
        self.process = process
        self._begin: Final = begin
        self._messages: Final = Messages(self.env.backend)
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
    async def open(cls, folder: Path, library: Library, urls: Sequence[str]) -> AsyncIterator[Self]:
        """The bot at work on `urls`, with its ledger in `folder`.

        Fails at the end when the bot raised or logged an error, sent what Discord's document refuses, or sent
        progress faster than Discord takes it.
        """
        wire, errors = Wire(), _Errors()

        lay_ledger(folder / "darkroom.db")

        async def begin() -> BotProcess:
            return await BotProcess.begin(folder, library, urls)

        with wire.tapped(), errors.heard():
            async with ServedCdn.serving() as cdn:
                world = cls(begin, await begin(), wire, cdn)
                try:
                    await world.env.start()
                    world._work()
                    yield world
                finally:
                    await world.process.die()
                    await world.env.shutdown()
            world.env.raise_errors()
        assert not errors.records, "\n".join(errors.records)
        found = [*wire.faults, *wire.hurried()]
        assert not found, "\n".join(found)

    def _work(self) -> None:
        # simcord ends no action before all that the bot has started has come to rest, and the loops never rest: they
        # are not started by the bot. From this context their requests reach simcord all the same.
        with self.env.time_context():
            self.process.work()

    async def kill_bot(self) -> None:
        """The bot dies in the middle of everything; its ledger's file is what stays."""
        await self.process.die()

    async def start_bot(self) -> None:
        """A new process takes up where the dead one left off."""
        self.process = await self._begin()
        await self.env.restart_bot(self.process.bot)
        self._work()

    async def imagine(self, member: MemberActor, prompt: str, **options: object) -> Ordered:
        """`/imagine` that is accepted."""
        response = (await self.slash(member, "imagine", prompt=prompt, **options)).response
        assert response is not None
        assert not response.ephemeral, response.content
        shown = self._messages.shown(response.id)
        # Its first look: a small picture may be done by the time that the command has come to rest.
        return Ordered(shown.looks[0].buttons["Cancel"].rpartition(":")[2], shown)

    async def slash(self, member: MemberActor, name: str, **options: object) -> InteractionResult:
        """A command, with what the bot did before it came to rest."""
        return await member.slash(self.channel, name, **options)

    async def ask(self, member: MemberActor, name: str, **options: object) -> str:
        """A command that is answered privately: the answer."""
        answer = _private(await self.slash(member, name, **options))
        assert answer is not None
        return answer

    async def press(self, member: MemberActor, ordered: Ordered, label: str = "Cancel") -> str | None:
        """Press a button under a job. Returns the private answer, if there was one."""
        message = self._stored(ordered)
        return _private(await member.click(simcord.ResponseMessage(self.env, message), label=label))

    def aim(self, member: MemberActor, ordered: Ordered, label: str = "Cancel") -> Callable[[], Awaitable[str | None]]:
        """A press of a button that is there now, which reaches the bot only when it is called: the button may be
        gone by then.
        """
        message = self._stored(ordered)
        pressed = {"custom_id": buttons(message.components)[label], "component_type": ComponentType.BUTTON}

        async def press() -> str | None:
            # simcord's own click, without its look whether the button is there.
            self.env._begin_operation("click")  # noqa: SLF001
            try:
                return _private(await _component_interaction(member, message, pressed))
            finally:
                self.env._end_operation()  # noqa: SLF001

        return press

    async def choices(self, member: MemberActor, command: str, option: str, typed: str) -> dict[str, str]:
        """What the bot offers while a member types into an option: name -> value."""
        offered = await member.autocomplete(self.channel, command, option, typed)
        return {choice["name"]: choice["value"] for choice in offered}

    def messages(self) -> list[Shown]:
        """Every message of the channel, the oldest first."""
        return self._messages.all()

    def _stored(self, ordered: Ordered) -> simcord.backend.models.Message:
        return self.env.backend.get_message(self.channel.id, ordered.message.id)


def _private(result: InteractionResult) -> str | None:
    answers = [result.response, *result.followups]
    private = [answer.content for answer in answers if answer is not None and answer.ephemeral]
    assert len(private) <= 1, private
    assert result.acknowledged, "Discord would show that the application did not respond"
    return private[0] if private else None


class _Errors(logging.Handler):
    """Whatever the bot logs as an error: nobody should have to read logs to see that a test went wrong."""

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
