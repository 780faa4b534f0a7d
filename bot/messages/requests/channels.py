"""Everything that the bot writes into a channel without an interaction's token, at the pace that Discord allows."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import random
import time
from collections.abc import AsyncIterator, Coroutine, Iterable
from typing import Any, Final, TypeVar

import aiohttp
import discord

from bot.errors import DarkroomError
from bot.messages.rendering.job_rendering import Attachment
from bot.messages.requests.pacing import Answer, Budgets, UnderWay, Urgency, Wish, choose, read_answer
from bot.operating_system.open_files import large_uploads
from bot.spool import Spooled

T = TypeVar("T")

_AGED_SECONDS: Final = 3600.0
_DONE: Final = 400
"""Statuses below say that it is done."""
_SPREAD_SECONDS: Final = 0.1
"""Several processes write into one channel, and none hears of the others: they had better not wake up together."""
_REMEMBERED: Final = 256
"""Routes of channels; beyond that those are forgotten where nothing happens."""


class Limited(DarkroomError):  # noqa: N818
    """Discord says to wait; nothing of the request is on its way any more."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"Discord says to wait for {seconds:g} s")
        self.seconds = seconds


class Turn:
    """The leave to send one request."""

    def __init__(self, pacer: _Pacer, wish: Wish) -> None:
        self.wish = wish
        self.granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.begun = False
        self.answered = False
        self._pacer = pacer
        self._verdict: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    async def carry_out(self, request: Coroutine[Any, Any, object]) -> None:
        """Send the request. Returns once Discord has done it. Raises `Limited`, or what discord.py raises.

        discord.py itself returns later where a bucket is used up: it sleeps until that is full again.
        """
        sending = self._begin(request)
        try:
            await asyncio.wait((sending, self._verdict), return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            sending.cancel()
            raise
        if sending.done():
            sending.result()
        elif (seconds := self._verdict.result().retry_after) is not None:
            sending.cancel()
            raise Limited(seconds)

    async def result_of(self, request: Coroutine[Any, Any, T]) -> T:
        """Send the request. Returns what discord.py makes of the answer; a refusal it tries again by itself."""
        return await self._begin(request)

    def heard(self, status: int, answer: Answer) -> None:
        """An answer to its request has come; it is not the last one where discord.py tries again."""
        self.answered = True
        # A refusal of everything is left to discord.py, which keeps all its requests until it is over: one that is
        # taken away meanwhile would leave the others there.
        if (status < _DONE or answer.for_bucket) and not self._verdict.done():
            self._verdict.set_result(answer)
        self._pacer.heard(self, answer, over=status < _DONE)

    def _begin(self, request: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        self.begun = True
        sending = asyncio.create_task(request, name="a request to Discord")
        self._pacer.sending[sending] = self
        sending.add_done_callback(self._ended)
        return sending

    def _ended(self, sending: asyncio.Task[Any]) -> None:
        del self._pacer.sending[sending]
        if not sending.cancelled():
            # What nobody waits for any more is nobody's fault to hear of.
            sending.exception()


class _Pacer:
    """The requests of one route about one channel's messages: the most urgent first, and no more than Discord takes."""

    def __init__(self, channels: Channels) -> None:
        self.sending = channels.sending
        self._channels = channels
        self._waiting: dict[Wish, Turn] = {}
        self._under_way: set[Turn] = set()
        self._budgets = Budgets()
        self._news_at = -math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._numbers = itertools.count()
        self._loop = asyncio.get_running_loop()

    @property
    def idle(self) -> bool:
        """Whether nothing is lost with it."""
        return not self._waiting and not self._under_way and self._budgets.idle(self._loop.time())

    @contextlib.asynccontextmanager
    async def turn(
        self, urgency: Urgency, since: float | None = None, *, aged: bool = False, large: bool = False
    ) -> AsyncIterator[Turn]:
        """Waits until it is this one's turn, which lasts until the block ends."""
        since = self._loop.time() if since is None else since
        turn = Turn(self, Wish(urgency, since, next(self._numbers), aged, large))
        self._waiting[turn.wish] = turn
        self.advance()
        try:
            await turn.granted
            yield turn
        finally:
            self._waiting.pop(turn.wish, None)
            if turn in self._under_way:
                self._under_way.remove(turn)
                if turn.begun and not turn.answered:
                    self._budgets = self._budgets.unanswered(aged=aged, now=self._loop.time())
            self.advance()

    def heard(self, turn: Turn, answer: Answer, *, over: bool) -> None:
        """An answer has come; `over`: it is the last one to this request."""
        if over:
            self._under_way.discard(turn)
        under_way = len(self._under_way - {turn})
        self._budgets = self._budgets.heard(answer, aged=turn.wish.aged, now=self._loop.time(), under_way=under_way)
        self.advance()

    def advance(self) -> None:
        """Let all go that may, and look again when the next one may."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            now = self._loop.time()
            aged = sum(turn.wish.aged for turn in self._under_way)
            large = sum(turn.wish.large for turn in self._under_way)
            under_way = UnderWay(len(self._under_way) - aged, aged, large)
            wish, seconds = None, self._channels.rests_until - now
            if seconds <= 0:
                wish, seconds = choose(self._waiting, self._budgets, under_way, self._news_at, now)
            if wish is None:
                if math.isfinite(seconds):
                    seconds += random.uniform(0, _SPREAD_SECONDS)  # noqa: S311 - no secret
                    self._timer = self._loop.call_later(seconds, self.advance)
                return
            turn = self._waiting.pop(wish)
            if turn.granted.done():
                continue  # it was given up while it waited
            if wish.urgency is Urgency.NEWS:
                self._news_at = now
            self._under_way.add(turn)
            turn.granted.set_result(None)


class Channels:
    """The channels of a client, each with one pacer a route: editing, sending and deleting are limited apart.

    It hears what Discord says about limits by `trace`, which has to be the client's own (`http_trace`): discord.py
    itself tells nobody. The client must not have logged in yet. `connections` is how many the client may have: however
    long Discord takes for edits, some are left for interactions, which have to be answered within three seconds.
    """

    def __init__(self, client: discord.Client, trace: aiohttp.TraceConfig, connections: int = 64) -> None:
        self.client = client
        self.news = asyncio.Semaphore(max(1, connections // 2))
        self.endings = asyncio.Semaphore(max(1, connections // 4))
        self._large = asyncio.Semaphore(large_uploads(connections))
        self.sending: dict[asyncio.Task[Any], Turn] = {}
        """By the task that carries the request out; what Discord says is heard in the same task."""
        self.rests_until = -math.inf
        """No request may go before: the limit of the bot as a whole was reached. By the event loop's clock."""
        self._pacers: dict[tuple[int, str], _Pacer] = {}
        trace.on_request_end.append(self._hear)

    @contextlib.asynccontextmanager
    async def uploading(self, files: Iterable[Attachment] | None) -> AsyncIterator[None]:
        """The leave to send these files: large ones wait until few others are on their way, small ones do not.

        To be asked for in the turn: who waits for that keeps nobody elsewhere from sending.
        """
        async with contextlib.AsyncExitStack() as leave:
            if _large(files):
                await leave.enter_async_context(self._large)
            yield

    def sends(
        self, channel_id: int, urgency: Urgency, files: Iterable[Attachment] | None = None
    ) -> contextlib.AbstractAsyncContextManager[Turn]:
        """The turn to send a message there, with these files."""
        return self._pacer(channel_id, "send").turn(urgency, large=_large(files))

    def edits(
        self,
        channel_id: int,
        message_id: int,
        urgency: Urgency,
        since: float | None = None,
        files: Iterable[Attachment] | None = None,
    ) -> contextlib.AbstractAsyncContextManager[Turn]:
        """The turn to edit a message of the bot's there, with these files. `since`: when it was last edited, by the
        event loop's clock: of news the stalest go first.
        """
        aged = time.time() - discord.utils.snowflake_time(message_id).timestamp() > _AGED_SECONDS
        return self._pacer(channel_id, "edit").turn(urgency, since, aged=aged, large=_large(files))

    def deletes(self, channel_id: int) -> contextlib.AbstractAsyncContextManager[Turn]:
        """The turn to delete a message there, for somebody who waits for that."""
        return self._pacer(channel_id, "delete").turn(Urgency.FINISHED)

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Delete a message, in its turn. Raises what discord.py raises."""
        message = self.client.get_partial_messageable(channel_id).get_partial_message(message_id)
        async with self.deletes(channel_id) as turn:
            await turn.result_of(message.delete())

    def _pacer(self, channel_id: int, route: str) -> _Pacer:
        if len(self._pacers) >= _REMEMBERED:
            self._pacers = {key: pacer for key, pacer in self._pacers.items() if not pacer.idle}
        pacer = self._pacers.get((channel_id, route))
        if pacer is None:
            pacer = self._pacers[channel_id, route] = _Pacer(self)
        return pacer

    async def _hear(self, _: object, __: object, end: aiohttp.TraceRequestEndParams) -> None:
        answer = read_answer(end.response.status, end.response.headers)
        if answer.for_all and answer.retry_after is not None:
            self.rests_until = max(self.rests_until, asyncio.get_running_loop().time() + answer.retry_after)
        task = asyncio.current_task()
        turn = None if task is None else self.sending.get(task)
        if turn is not None:
            turn.heard(end.response.status, answer)


def _large(files: Iterable[Attachment] | None) -> bool:
    """Whether one of these files is read from disk while it is sent."""
    return any(isinstance(file.content, Spooled) for file in files or ())
