"""The gateway: sessions over websockets, what they missed, and events to those who asked for them."""

import asyncio
import contextlib
import json
import secrets
import time
import zlib
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from aiohttp import WSCloseCode, WSMsgType, web

from tests.discord_server import payloads
from tests.discord_server.payloads import Json
from tests.discord_server.waiting import Watchers
from tests.discord_server.world import Guild, World

_NOT_AUTHENTICATED, _AUTHENTICATION_FAILED, _INVALID_SHARD = 4003, 4004, 4010

GUILDS: Final = 1 << 0
GUILD_MESSAGES: Final = 1 << 9
DIRECT_MESSAGES: Final = 1 << 12
_PRIVILEGED: Final = {1 << 1: "GUILD_MEMBERS", 1 << 8: "GUILD_PRESENCES", 1 << 15: "MESSAGE_CONTENT"}
_REMEMBERED: Final = 2_000


class Op(IntEnum):
    DISPATCH = 0
    HEARTBEAT = 1
    IDENTIFY = 2
    RESUME = 6
    RECONNECT = 7
    REQUEST_MEMBERS = 8
    INVALID_SESSION = 9
    HELLO = 10
    HEARTBEAT_ACK = 11


@dataclass(slots=True, eq=False)
class Connection:
    """One websocket: what is put in its queue goes out in order; a number is a close code, None an abrupt end."""

    socket: web.WebSocketResponse
    transport: asyncio.Transport | None
    process: str
    compressed: bool
    queue: asyncio.Queue[str | int | None] = field(default_factory=asyncio.Queue)

    def send(self, op: int, data: object, **more: object) -> None:
        self.queue.put_nowait(json.dumps({"op": op, "d": data, "s": None, "t": None} | more))

    async def write(self) -> None:
        # A peer that was killed does not say goodbye.
        with contextlib.suppress(ConnectionError):
            await self._write()

    async def _write(self) -> None:
        # Discord's zlib-stream: one stream for the whole connection, flushed after each event.
        stream = zlib.compressobj()
        while True:
            item = await self.queue.get()
            if item is None:
                if self.transport is not None:
                    self.transport.abort()
                return
            if isinstance(item, int):
                await self.socket.close(code=item)
                return
            if self.compressed:
                await self.socket.send_bytes(stream.compress(item.encode()) + stream.flush(zlib.Z_SYNC_FLUSH))
            else:
                await self.socket.send_str(item)


@dataclass(slots=True, eq=False)
class Session:
    """What IDENTIFY started; it outlives its connection, and RESUME gets what it missed. Invalidated: no id."""

    process: str
    intents: int
    shard: tuple[int, int]
    connection: Connection | None
    id: str = field(default_factory=lambda: secrets.token_hex(16))
    at: float = field(default_factory=time.monotonic)
    resumes: int = 0
    sequence: int = 0
    missed: deque[tuple[int, str]] = field(default_factory=lambda: deque(maxlen=_REMEMBERED), repr=False)

    @property
    def live(self) -> bool:
        return self.connection is not None

    def owns(self, guild_id: int | None) -> bool:
        number, count = self.shard
        return number == (0 if guild_id is None else (guild_id >> 22) % count)

    def dispatch(self, event: str, data: object) -> None:
        self.sequence += 1
        text = json.dumps({"op": Op.DISPATCH, "t": event, "s": self.sequence, "d": data})
        self.missed.append((self.sequence, text))
        if self.connection is not None:
            self.connection.queue.put_nowait(text)


class Gateway:
    """`sessions` are all that were ever started, the newest last; `heartbeats` counts those that arrived. `repeats`:
    every event comes twice, as Discord may send one again after a broken connection.
    """

    def __init__(self, world: World, token: str, violation: Callable[[str], None], watchers: Watchers) -> None:
        self.sessions: list[Session] = []
        self.heartbeats = 0
        self.heartbeat_interval = 41.25
        self.repeats = False
        self.url = ""
        self._world = world
        self._token = token
        self._violation = violation
        self._watchers = watchers
        self._connections: set[Connection] = set()

    def live(self, process: str | None = None) -> list[Session]:
        return [one for one in self.sessions if one.live and process in {None, one.process}]

    def dispatch(self, event: str, data: object, guild_id: int | None, intent: int = 0) -> None:
        """`intent`: who asked for none of these bits does not get it; 0 goes to everybody."""
        for session in self.sessions:
            if session.id and session.owns(guild_id) and (not intent or session.intents & intent):
                for _ in range(1 + self.repeats):
                    session.dispatch(event, data)

    def ask_to_reconnect(self) -> None:
        """As Discord does when it moves its gateways: RECONNECT, after which the bot comes back with RESUME."""
        for connection in self._connections:
            connection.send(Op.RECONNECT, None)

    def invalidate(self) -> None:
        """Every session is forgotten: the bot has to IDENTIFY again."""
        for session in self.sessions:
            session.id, session.connection = "", None
        for connection in self._connections:
            connection.send(Op.INVALID_SESSION, data=False)

    def close(self, code: int = 4000) -> None:
        self._end(code)

    def drop(self) -> None:
        """The connections break without a word."""
        self._end(None)

    def _end(self, how: int | None) -> None:
        for connection in self._connections:
            connection.queue.put_nowait(how)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        # A client that asks for another compression gets text, which discord.py takes just as well.
        compressed = request.query.get("compress") == "zlib-stream"
        connection = Connection(socket, request.transport, request.match_info["process"], compressed)
        self._connections.add(connection)
        writer = asyncio.create_task(connection.write())
        connection.send(Op.HELLO, {"heartbeat_interval": int(self.heartbeat_interval * 1000)})
        try:
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    self._receive(connection, json.loads(message.data))
        finally:
            self._connections.discard(connection)
            for session in self.sessions:
                if session.connection is connection:
                    session.connection = None
            writer.cancel()
            self._watchers.changed()
        return socket

    def shut(self) -> None:
        self._end(WSCloseCode.GOING_AWAY)

    def _receive(self, connection: Connection, message: Json) -> None:
        data: Any = message.get("d")
        match message["op"]:
            case Op.HEARTBEAT:
                self.heartbeats += 1
                connection.send(Op.HEARTBEAT_ACK, None)
            case Op.IDENTIFY | Op.RESUME as op:
                if data["token"] != self._token:
                    connection.queue.put_nowait(_AUTHENTICATION_FAILED)
                elif op == Op.IDENTIFY:
                    self._identify(connection, data)
                else:
                    self._resume(connection, data)
            case Op.REQUEST_MEMBERS:
                self._members(connection, data)
            case _:
                pass
        self._watchers.changed()

    def _identify(self, connection: Connection, data: Json) -> None:
        for bit, name in _PRIVILEGED.items():
            if data["intents"] & bit:
                self._violation(f"IDENTIFY asks for the privileged intent {name}")
        shard = (data["shard"][0], data["shard"][1]) if "shard" in data else (0, 1)
        if not 0 <= shard[0] < shard[1]:
            connection.queue.put_nowait(_INVALID_SHARD)
            return
        session = Session(connection.process, data["intents"], shard, connection)
        guilds = [guild for guild in self._world.guilds.values() if session.owns(guild.id)]
        session.dispatch("READY", self._ready(session, guilds))
        if session.intents & GUILDS:
            for guild in guilds:
                session.dispatch("GUILD_CREATE", payloads.created_guild(self._world, guild))
        self.sessions.append(session)

    def _ready(self, session: Session, guilds: Iterable[Guild]) -> Json:
        return {
            "v": 10,
            "user": payloads.own_user(self._world),
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in guilds],
            "session_id": session.id,
            "resume_gateway_url": f"{self.url}/{session.process}/gateway",
            "session_type": "normal",
            "private_channels": [],
            "shard": list(session.shard),
            "application": {"id": str(self._world.application_id), "flags": 0},
        }

    def _resume(self, connection: Connection, data: Json) -> None:
        session = next((one for one in self.sessions if one.id and one.id == data["session_id"]), None)
        oldest = session.missed[0][0] if session is not None and session.missed else 1
        if session is None or not oldest - 1 <= data["seq"] <= session.sequence:
            connection.send(Op.INVALID_SESSION, data=False)
            return
        session.connection = connection
        session.resumes += 1
        for sequence, text in session.missed:
            if sequence > data["seq"]:
                connection.queue.put_nowait(text)
        session.dispatch("RESUMED", {})

    def _members(self, connection: Connection, data: Json) -> None:
        """Members by their ids need no privileged intent."""
        session = next((one for one in self.sessions if one.connection is connection), None)
        if session is None:
            connection.queue.put_nowait(_NOT_AUTHENTICATED)
            return
        asked = data.get("user_ids") or []
        wanted = [int(one) for one in (asked if isinstance(asked, list) else [asked])]
        there = [one for one in wanted if (int(data["guild_id"]), one) not in self._world.left]
        known = [self._world.users[one] for one in there if one in self._world.users]
        chunk = {
            "guild_id": str(data["guild_id"]),
            "members": [payloads.member(self._world, one) for one in known],
            "not_found": [str(one) for one in wanted if one not in {user.id for user in known}],
            "chunk_index": 0,
            "chunk_count": 1,
        }
        session.dispatch("GUILD_MEMBERS_CHUNK", chunk | ({"nonce": data["nonce"]} if "nonce" in data else {}))
