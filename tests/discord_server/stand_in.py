"""A stand-in for Discord on loopback: REST, gateway and attachments for an unmodified discord.py process."""

import base64
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Literal, Self
from urllib.parse import quote

from aiohttp import web

from tests.discord_server import payloads
from tests.discord_server.acting import Acting
from tests.discord_server.api import Api
from tests.discord_server.core import Core
from tests.discord_server.faults import Failure, Faults
from tests.discord_server.gateway import GUILDS, Gateway
from tests.discord_server.messages import Message
from tests.discord_server.payloads import Json
from tests.discord_server.requests import Request
from tests.discord_server.world import Channel, Guild, Permission, Role, User, World
from tests.waiting import DEADLINE

_HOOK: Final = Path(__file__).with_name("hook")


class DiscordStandIn(Acting):
    """`async with DiscordStandIn() as discord:`; leaving it raises AssertionError if there were violations.

    `faults`: latency, rate limits. `gateway`: sessions, reconnects. `requests`: all of them, in order.
    """

    def __init__(self, *guilds: Guild) -> None:
        world = World(guilds or (Guild(),))
        # Shaped like a bot's token, of which the first part is the application's id.
        number = base64.b64encode(str(world.application_id).encode()).decode().rstrip("=")
        super().__init__(Core(world, f"{number}.made-up.token-for-tests", self._address))
        self.url = ""
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        self._runner = web.AppRunner(Api(self._core).application(), shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0)
        await site.start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._core.gateway.url = self.url.replace("http", "ws", 1)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        assert self._runner is not None
        self._core.gateway.shut()
        await self._runner.cleanup()
        if not self.violations:
            return
        told = "the bot broke Discord's or the project's rules:\n  " + "\n  ".join(self.violations)
        if error is None:
            raise AssertionError(told)
        error.add_note(told)

    def environment(self, process: str = "bot") -> dict[str, str]:
        """What a process needs to take this for Discord; `process` names it in `requests` and `gateway.sessions`."""
        paths = [str(_HOOK), *filter(None, [os.environ.get("PYTHONPATH")])]
        return {
            "DISCORD_TOKEN": self._core.token,
            "DISCORD_STAND_IN": f"{self.url}/{process}",
            "PYTHONPATH": os.pathsep.join(paths),
        }

    @property
    def guild(self) -> Guild:
        return next(iter(self._core.world.guilds.values()))

    @property
    def bot(self) -> User:
        return self._core.world.bot

    @property
    def faults(self) -> Faults:
        return self._core.faults

    @property
    def gateway(self) -> Gateway:
        return self._core.gateway

    @property
    def requests(self) -> list[Request]:
        return self._core.requests

    @property
    def violations(self) -> list[str]:
        return self._core.violations

    def read_with(self, reads: Callable[[Any], Any]) -> None:
        """What members make of the JSON that the bot sends: in a language that a test has made up, nothing else fits
        what tests look for.
        """
        self._core.reads = reads

    def fail_next(
        self,
        method: str,
        path: str,
        failure: int | Failure,
        times: int = 1,
        when: Callable[[Request], bool] = lambda _: True,
    ) -> None:
        """`path` without the prefix, with `*` for anything; an int is an HTTP status. `when`: only such requests."""
        planned = Failure(failure) if isinstance(failure, int) else failure
        self._core.faults.plan(method, path, planned, times, when)

    def set_token_lifetime(self, seconds: float) -> None:
        """For interactions from now on; `interaction.expire()` ends one at once."""
        self._core.token_lifetime = seconds

    def set_answer_deadline(self, seconds: float) -> None:
        """Within how many seconds an interaction must be answered: 3 at Discord, `ANSWER_SECONDS` here."""
        self._core.acknowledge_within = seconds

    def set_shards(self, count: int) -> None:
        """How many shards Discord recommends."""
        self._core.shards = count

    def direct(self, user: User) -> Channel:
        return self._core.world.direct_channel(user)

    def leave(self, guild: Guild, user: User) -> None:
        """The user is not in this guild any more, which the bot does not hear of."""
        self._core.world.meet(user)
        self._core.world.left.add((guild.id, user.id))

    def remove_bot(self, guild: Guild) -> None:
        """Moderators of this guild have removed the bot from it."""
        del self._core.world.guilds[guild.id]
        self._core.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)}, guild.id, GUILDS)

    def outside(self, kind: Literal["group", "foreign"]) -> Channel:
        """A group chat, or a channel of a guild without the bot, where somebody has it as their own app."""
        channel = Channel(f"some-{kind}", kind=kind)
        self._core.world.outside.add(channel)
        return channel

    def close_direct(self, user: User) -> None:
        """The user takes no direct messages any more."""
        self._core.world.closed.add(user.id)

    def messages(self, channel: Channel | None = None) -> Sequence[Message]:
        """All of a channel that still stand and everybody sees, the newest first."""
        return self._core.mailbox.history(self._place(channel))

    def set_bot_permissions(self, channel: Channel, permissions: Permission) -> None:
        self._core.world.set_bot_permissions(channel, permissions)
        self._tell("CHANNEL_UPDATE", channel)

    def let_in(self, channel: Channel, *who: Role | User) -> None:
        """Only these can read the channel from now on; without any, everybody can."""
        self._core.world.let_in[channel.id] = who
        if not who:
            del self._core.world.let_in[channel.id]
        self._tell("CHANNEL_UPDATE", channel)

    def archive(self, thread: Channel, *, locked: bool = False) -> None:
        """Nothing in it can be edited until a message opens it again, which a locked one takes from moderators only."""
        self._core.world.archived[thread.id] = locked

    def reopen(self, thread: Channel) -> None:
        """Somebody has opened an archived thread again."""
        del self._core.world.archived[thread.id]

    def set_upload_limit(self, guild: Guild, limit: int) -> None:
        """In bytes a file, from now on."""
        self._core.world.set_upload_limit(guild, limit)

    def plant(self, channel: Channel, custom_ids: Sequence[str]) -> Message:
        """A message of the bot's that it never wrote, with these buttons: what a doctored client may press."""
        buttons = [{"type": 2, "style": 2, "label": one[-80:], "custom_id": one} for one in custom_ids]
        rows = [{"type": 1, "components": buttons[place : place + 5]} for place in range(0, len(buttons), 5)]
        return self._core.mailbox.write(channel, self.bot, {"content": "planted", "components": rows}, {})

    def delete_message(self, message: Message) -> None:
        """Somebody who may deletes it."""
        self._core.mailbox.delete(message)

    def forget_nonces(self) -> None:
        """As Discord does after a few minutes: a message that is sent again is another one."""
        self._core.nonces.clear()

    def delete_channel(self, channel: Channel) -> None:
        self._tell("THREAD_DELETE" if channel.kind == "thread" else "CHANNEL_DELETE", channel)
        self._core.world.remove_channel(channel)

    def delete_role(self, guild: Guild, role: Role) -> None:
        self._core.world.remove_role(role)
        self.gateway.dispatch(
            "GUILD_ROLE_DELETE", {"guild_id": str(guild.id), "role_id": str(role.id)}, guild.id, GUILDS
        )

    async def until(self, condition: Callable[[], bool], deadline: float = DEADLINE) -> None:
        """Waits for a condition on requests, sessions or violations; raises TimeoutError."""
        await self._core.watchers.until(condition, deadline, self._core.describe)

    def commands(self, guild: Guild | None = None) -> list[Json]:
        """What is registered globally or in a guild."""
        return self._core.commands.listed(None if guild is None else guild.id)

    def _tell(self, event: str, channel: Channel) -> None:
        guild = self._core.world.guild_of(channel)
        if guild is not None:
            self.gateway.dispatch(event, payloads.channel(self._core.world, channel), guild.id, GUILDS)

    def _address(self, attachment_id: int, name: str) -> str:
        return f"{self.url}/attachments/{attachment_id}/{quote(name)}"
