"""Send everything the bot writes into channels with its own token, within Discord's rate limits."""

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

from bot.discord_times import CLOCKS
from bot.messages.rendering.rendered import Attachment
from bot.messages.requests.answers import read_clock
from bot.messages.requests.pacing import Answer, Budgets, UnderWay, Urgency, WaitingRequest, choose, read_answer
from bot.messages.requests.response_check import Limited, check_responses
from bot.messages.requests.stalled_requests import SILENT_SECONDS, report_progress
from bot.operating_system.open_files import large_uploads
from bot.spool import Spooled

T = TypeVar("T")

_AGED_SECONDS: Final = 3600.0
_FIRST_ERROR_STATUS: Final = 400
"""HTTP statuses below this mean success."""
_SPREAD_SECONDS: Final = 0.1
"""Random delay, so that several processes that write into the same channel do not all wake up together."""
_MOST_PACERS: Final = 256
"""How many channel routes are remembered. Beyond this, idle ones are forgotten."""


class Turn:
    """Permission to send one request."""

    def __init__(self, pacer: _Pacer, request: WaitingRequest) -> None:
        self.request = request
        self.granted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.begun = False
        self.answered = False
        self._pacer = pacer
        self._verdict: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

    async def carry_out(self, request: Coroutine[Any, Any, object]) -> None:
        """Send the request and return once Discord has carried it out. Raises `Limited`, or discord.py's errors.

        discord.py itself would return later if the bucket is used up: it sleeps until the bucket is full again.
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
        """Send the request and return discord.py's result. discord.py retries refused requests by itself."""
        return await self._begin(request)

    def heard(self, status: int, answer: Answer) -> None:
        """Record an answer to its request. It is not the last one if discord.py retries."""
        self.answered = True
        # Leave a short global limit to discord.py: it holds back all its requests until the limit is over.
        if answer.for_bucket and not self._verdict.done():
            self._verdict.set_result(answer)
        self._pacer.heard(self, answer, over=status < _FIRST_ERROR_STATUS)

    def carried_out(self) -> None:
        """Discord has done what was asked, and has said so to the end."""
        if not self._verdict.done():
            self._verdict.set_result(Answer())

    def _begin(self, request: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        self.begun = True
        sending = asyncio.create_task(request, name="a request to Discord")
        self._pacer.sending[sending] = self
        sending.add_done_callback(self._ended)
        return sending

    def _ended(self, sending: asyncio.Task[Any]) -> None:
        del self._pacer.sending[sending]
        if not sending.cancelled():
            # Retrieve the exception: nobody waits for it any more, and asyncio would log it as never retrieved.
            sending.exception()


class _Pacer:
    """The requests of one route for one channel: the most urgent first, and never more than Discord allows."""

    def __init__(self, channels: Channels) -> None:
        self.sending = channels.sending
        self._channels = channels
        self._waiting: dict[WaitingRequest, Turn] = {}
        self._under_way: set[Turn] = set()
        self._budgets = Budgets()
        self._news_at = -math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._numbers = itertools.count()
        self._loop = asyncio.get_running_loop()

    @property
    def idle(self) -> bool:
        """Whether it can be forgotten without losing anything."""
        return not self._waiting and not self._under_way and self._budgets.idle(self._loop.time())

    @contextlib.asynccontextmanager
    async def turn(
        self, urgency: Urgency, since: float | None = None, *, aged: bool = False, large: bool = False
    ) -> AsyncIterator[Turn]:
        """Wait for this request's turn, which lasts until the block ends."""
        since = self._loop.time() if since is None else since
        turn = Turn(self, WaitingRequest(urgency, since, next(self._numbers), aged, large))
        self._waiting[turn.request] = turn
        self.advance()
        try:
            await turn.granted
            yield turn
        finally:
            self._waiting.pop(turn.request, None)
            if turn in self._under_way:
                self._under_way.remove(turn)
                if turn.begun and not turn.answered:
                    self._budgets = self._budgets.unanswered(aged=aged, now=self._loop.time())
            self.advance()

    def heard(self, turn: Turn, answer: Answer, *, over: bool) -> None:
        """Record an answer. `over`: it is the last answer to this request."""
        if over:
            self._under_way.discard(turn)
        under_way = len(self._under_way - {turn})
        self._budgets = self._budgets.heard(answer, aged=turn.request.aged, now=self._loop.time(), under_way=under_way)
        self.advance()

    def advance(self) -> None:
        """Let all requests go that may go now, and schedule the next look."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        while self._waiting:
            now = self._loop.time()
            aged = sum(turn.request.aged for turn in self._under_way)
            large = sum(turn.request.large for turn in self._under_way)
            under_way = UnderWay(len(self._under_way) - aged, aged, large)
            request, seconds = None, self._channels.rests_until - now
            if seconds <= 0:
                request, seconds = choose(self._waiting, self._budgets, under_way, self._news_at, now)
            if request is None:
                if math.isfinite(seconds):
                    seconds += random.uniform(0, _SPREAD_SECONDS)  # noqa: S311 - no secret
                    self._timer = self._loop.call_later(seconds, self.advance)
                return
            turn = self._waiting.pop(request)
            if turn.granted.done():
                continue  # cancelled while it waited
            if request.urgency is Urgency.NEWS:
                self._news_at = now
            self._under_way.add(turn)
            turn.granted.set_result(None)


class Channels:
    """A client's channels, each with one pacer per route: Discord limits editing, sending and deleting separately.

    It learns Discord's limits through `trace`, which must be the client's own (`http_trace`), since discord.py does not
    expose them. Create it before the client logs in. `connections` is how many the client may open: a part of them is
    reserved for interactions, which must be answered within three seconds however slow edits are. `silent_seconds`: a
    request that makes no progress for so long is given up and repeated.
    """

    def __init__(
        self,
        client: discord.Client,
        trace: aiohttp.TraceConfig,
        connections: int = 64,
        silent_seconds: float = SILENT_SECONDS,
    ) -> None:
        self.client = client
        self.silent_seconds = silent_seconds
        self.news = asyncio.Semaphore(max(1, connections // 2))
        self.endings = asyncio.Semaphore(max(1, connections // 4))
        self._large = asyncio.Semaphore(large_uploads(connections))
        self.sending: dict[asyncio.Task[Any], Turn] = {}
        """The turn of each task that is sending a request. The trace runs in the same task."""
        self.rests_until = -math.inf
        """No request may start before this time (event loop clock), because the bot's global limit was reached."""
        self._pacers: dict[tuple[int, str], _Pacer] = {}
        report_progress(trace)
        trace.on_request_end.append(self._on_request_end)
        check_responses(trace, self._holds_message, self._on_response)

    @contextlib.asynccontextmanager
    async def uploading(self, files: Iterable[Attachment] | None) -> AsyncIterator[None]:
        """Permission to send these files. Large files wait while too many others are being sent; small ones never wait.

        Ask for it within the turn: then requests to other channels are not delayed by this wait.
        """
        async with contextlib.AsyncExitStack() as leave:
            if _large(files):
                await leave.enter_async_context(self._large)
            yield

    def sends(
        self, channel_id: int, urgency: Urgency, files: Iterable[Attachment] | None = None
    ) -> contextlib.AbstractAsyncContextManager[Turn]:
        """The turn to send a message with these files in the channel."""
        return self._pacer(channel_id, "send").turn(urgency, large=_large(files))

    def edits(
        self,
        channel_id: int,
        message_id: int,
        urgency: Urgency,
        since: float | None = None,
        files: Iterable[Attachment] | None = None,
    ) -> contextlib.AbstractAsyncContextManager[Turn]:
        """The turn to edit one of the bot's messages in the channel, with these files. `since`: when it was last
        edited, by the event loop's clock. Among progress updates, the most outdated message goes first.
        """
        aged = time.time() - discord.utils.snowflake_time(message_id).timestamp() > _AGED_SECONDS
        return self._pacer(channel_id, "edit").turn(urgency, since, aged=aged, large=_large(files))

    def deletes(self, channel_id: int) -> contextlib.AbstractAsyncContextManager[Turn]:
        """The turn to delete a message in the channel. A person is waiting for this."""
        return self._pacer(channel_id, "delete").turn(Urgency.FINISHED)

    async def delete(self, channel_id: int, message_id: int) -> None:
        """Delete a message when its turn comes. Raises discord.py's errors."""
        message = self.client.get_partial_messageable(channel_id).get_partial_message(message_id)
        async with self.deletes(channel_id) as turn:
            await turn.result_of(message.delete())

    def _pacer(self, channel_id: int, route: str) -> _Pacer:
        if len(self._pacers) >= _MOST_PACERS:
            self._pacers = {key: pacer for key, pacer in self._pacers.items() if not pacer.idle}
        pacer = self._pacers.get((channel_id, route))
        if pacer is None:
            pacer = self._pacers[channel_id, route] = _Pacer(self)
        return pacer

    async def _on_request_end(self, _: object, __: object, end: aiohttp.TraceRequestEndParams) -> None:
        answer = read_answer(end.response.status, end.response.headers)
        if (said := read_clock(end.response.headers)) is not None:
            CLOCKS.discord_said(said, time.time())
        if answer.for_all and answer.retry_after is not None:
            self.rests_until = max(self.rests_until, asyncio.get_running_loop().time() + answer.retry_after)
        if (turn := self._turn()) is not None:
            turn.heard(end.response.status, answer)

    def _on_response(self, status: int) -> None:
        if status < _FIRST_ERROR_STATUS and (turn := self._turn()) is not None:
            turn.carried_out()

    def _holds_message(self, method: str) -> bool:
        """Whether the answer to the request that this task is sending must contain a message."""
        return method != "DELETE" and self._turn() is not None

    def _turn(self) -> Turn | None:
        task = asyncio.current_task()
        return None if task is None else self.sending.get(task)


def _large(files: Iterable[Attachment] | None) -> bool:
    """Whether one of these files is read from disk while it is sent."""
    return any(isinstance(file.content, Spooled) for file in files or ())
