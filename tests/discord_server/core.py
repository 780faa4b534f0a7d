"""What all parts of the stand-in share: the world and everything that happened in it."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from tests.discord_server.command_overwrites import CommandOverwrites
from tests.discord_server.commands import Commands
from tests.discord_server.faults import Faults
from tests.discord_server.gateway import DIRECT_MESSAGES, GUILD_MESSAGES, Gateway
from tests.discord_server.interactions import Interaction
from tests.discord_server.mailbox import Mailbox
from tests.discord_server.messages import Message
from tests.discord_server.payloads import Json
from tests.discord_server.requests import Call, Request
from tests.discord_server.waiting import Watchers
from tests.discord_server.world import Channel, World

_SHOWN: Final = 6


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Json | list[Any] | None = None


Handler: TypeAlias = "Callable[[Core, Call], Answer]"

ANSWER_SECONDS: Final = 30.0
"""Discord waits for an answer for three, which says nothing on a machine with much else to do."""


class Core:
    def __init__(self, world: World, token: str, address: Callable[[int, str], str]) -> None:
        self.world = world
        self.token = token
        self.faults = Faults()
        self.commands = Commands(world.application_id)
        self.command_overwrites = CommandOverwrites(world.application_id)
        self.requests: list[Request] = []
        self.reads: Callable[[Any], Any] = lambda body: body
        self.violations: list[str] = []
        self.interactions: dict[str, Interaction] = {}
        self.nonces: dict[tuple[int, str], Message] = {}
        self.watchers = Watchers()
        self.gateway = Gateway(world, token, self.violations.append, self.watchers)
        self.mailbox = Mailbox(world, address, self._announce)
        self.acknowledge_within = ANSWER_SECONDS
        self.token_lifetime = 900.0
        self.shards = 1

    def describe(self) -> str:
        """How things stand, for a test that waited in vain."""
        live = [session.process for session in self.gateway.live()]
        lines = [f"gateway sessions of {live or 'nobody'}; the last of {len(self.requests)} requests:"]
        lines += [
            f"  {one.process}: {one.method} {one.path} {_short(one.json)} -> {one.status}"
            for one in self.requests[-_SHOWN:]
        ]
        return "\n".join(lines + [f"  violation: {one}" for one in self.violations])

    def _announce(self, event: str, data: Json, channel: Channel) -> None:
        guild = self.world.guild_of(channel)
        intent = DIRECT_MESSAGES if guild is None else GUILD_MESSAGES
        self.gateway.dispatch(event, data, None if guild is None else guild.id, intent)


def _short(body: object) -> str:
    text = "" if body is None else json.dumps(body)
    limit = 160
    return text if len(text) <= limit else f"{text[:limit]}…"
