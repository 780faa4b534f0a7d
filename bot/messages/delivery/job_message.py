"""The one writer of a job's message: progress is coalesced, the last state always lands."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import math
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Final

from bot.errors import LedgerAway, SpoolFailed
from bot.ledger import JobState, Standing
from bot.messages.delivery.edits import Address, edit, is_deleted, look, turn_to_edit
from bot.messages.delivery.fallbacks import retire, send_elsewhere, sent_already
from bot.messages.rendering.job_rendering import Attachment, Rendered, ending_of, small_print
from bot.messages.requests.channels import Channels, Turn
from bot.messages.requests.pacing import Urgency
from bot.messages.requests.refusals import Cause, NotNow, TokenDead, Undeliverable

log = logging.getLogger(__name__)

PACE_SECONDS: Final = 1.2
"""Between two edits of one message: Discord lets about five through in five seconds."""
_RETRY_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
_PATIENCE_SECONDS: Final = 24 * 3600.0
"""How long a last state is tried again: Discord may be down for hours."""
_REFUSED_SECONDS: Final = 60.0
"""After a refusal progress rests for so long: Discord shuts out whoever is refused too often."""

Hold = Callable[[], contextlib.AbstractAsyncContextManager[object]]
"""Keeps the job as it is while a request about it is on its way; what it gives is false if that is too late."""


def _always() -> bool:
    return True


async def _nothing() -> None:
    pass


class JobMessage:
    """The message of one job. Whoever sends to Discord for this job holds `lock` while the request is on its way,
    so that what was sent last is what stays. Between processes the job itself is held: a waiting one by `hold`, a
    running one by its lease, which `permitted` knows of.

    `unread`: what it shows is not known here, since another process wrote it last and may have died right after.
    Once it is read, `ended` says how the job ended where it shows that, and `gone` that there is no such message.
    `told`: the place in line that the reply tells, or is about to, where this process gives it.

    Once the interaction's token is dead, whatever it shows waits for its turn in the channel, and is made only then.
    """

    def __init__(self, channels: Channels, job_id: str, address: Address, *, unread: bool = False) -> None:
        self.lock = asyncio.Lock()
        self.forgotten = asyncio.Event()
        """Set once the job is over for this process, and written down."""
        self.unread = unread
        self.ended: JobState | None = None
        self.gone = False
        self.told: Standing | None = None
        self.channels = channels
        self._job_id = job_id
        self._address = address
        self.permitted: Callable[[], bool] = _always
        self._pending: tuple[Callable[[], Rendered], Hold] | None = None
        # A thousand jobs may wait: of what their messages show only so much is kept as is asked for.
        self._shown: int | None = None
        self._small_print = ""
        self._owed: tuple[Attachment, ...] | None = None
        """Files that were to be shown and did not arrive: an edit that brings none leaves those from before them."""
        self._pump: asyncio.Task[None] | None = None
        self._edited_at = -math.inf
        self._next_at = 0.0
        self._over = False

    @property
    def message_id(self) -> int | None:
        """Its number, where that is known."""
        return self._address.message_id

    @property
    def user_id(self) -> int:
        """Whose job it is."""
        return self._address.user_id

    @property
    def ending(self) -> bool:
        """Whether its last state is on its way to Discord, or there."""
        return self._over

    def acknowledged(self, message_id: int | None, rendered: Rendered) -> None:
        """The reply shows `rendered`, and has this number where that is known."""
        self.found(message_id)
        self.unread = False
        self._shows(rendered)
        self._edited()

    def notes(self, text: str) -> bool:
        """Whether its small print says this, as far as we know."""
        return text in self._small_print

    def _shows(self, rendered: Rendered) -> None:
        self._shown, self._small_print = hash(rendered), small_print(rendered.content)

    def found(self, message_id: int | None) -> None:
        """The reply's number is known by now."""
        if self._address.message_id is None:
            self._address = replace(self._address, message_id=message_id)

    def show(self, render: Callable[[], Rendered], hold: Hold | None = None) -> None:
        """Show this soon, unless something newer comes before: `render` is called when its turn has come.

        Returns at once; failures are only logged.
        """
        if self._over:
            return
        self._pending = render, hold or self._permission
        if self._pump is None:
            self._pump = asyncio.create_task(self._send_newest(), name=f"message of {self._job_id}")

    async def read(self) -> None:
        """See what it shows, where that is not known. Where Discord does not say, it stays `unread`."""
        if self.unread:
            async with self.lock:
                await self._read()

    async def _read(self) -> None:
        try:
            seen = await look(self.channels.client, self._address)
        except (Undeliverable, NotNow) as fault:
            log.info("job %s: could not read its message: %s", self._job_id, fault)
            return
        self.gone = seen is None
        if seen is not None:
            self._address = replace(self._address, message_id=seen.message_id)
            self.ended = ending_of(seen.content)
            self.unread = False

    async def find_end(self) -> int | None:
        """The number of a new message with its end, which a process sent right before it died: then it is `ended`."""
        if self.ended is not None:
            return None
        seen = await sent_already(self.channels.client, self._address, self._job_id)
        if seen is not None:
            await retire(self.channels, self._address, self._job_id, seen.content, seen.message_id)
            self._address = replace(self._address, message_id=seen.message_id, token="")
            self.ended = ending_of(seen.content)
        return None if seen is None else seen.message_id

    async def part(self, rendered: Rendered) -> None:
        """Show the last words that the token brings. Raises `TokenDead`, `Undeliverable` or `NotNow`."""
        await self.read()
        async with self.lock:
            if not self._over and self.ended is None:
                await edit(self.channels.client, self._address, rendered, None)
                self._shows(rendered)

    async def finish(self, rendered: Rendered, confirmed: Callable[[], Awaitable[None]] = _nothing) -> int | None:
        """Show the last state. Returns once it has reached its owner: None where this message shows it or a direct
        message does, else the number of a new message in its channel. Raises `Undeliverable` where nothing of that goes
        or the files are too large, or `SpoolFailed` where those are gone.

        Each try waits until it is `confirmed` that the job is nobody else's by now.
        """
        self._over = True
        clock = asyncio.get_running_loop().time
        asked_at = clock()
        for pause in itertools.chain(_RETRY_SECONDS, itertools.repeat(_RETRY_SECONDS[-1])):
            try:
                return await self._end(rendered, asked_at, confirmed)
            except NotNow as fault:
                if clock() > asked_at + _PATIENCE_SECONDS:
                    raise Undeliverable(str(fault)) from fault
                log.warning("job %s: its result is not delivered yet, retrying: %s", self._job_id, fault)
                await asyncio.sleep(0.0 if fault.limited else pause)
        raise AssertionError  # it tries for ever

    async def _end(self, rendered: Rendered, asked_at: float, confirmed: Callable[[], Awaitable[None]]) -> int | None:
        try:
            try:
                await self._bring(rendered, asked_at, confirmed)
            except TokenDead:
                self._address = self._address.without_token()
                await self._bring(rendered, asked_at, confirmed)
        except Undeliverable as fault:
            too_large = fault.cause is Cause.TOO_LARGE and rendered.files
            never_sent = fault.cause is Cause.NO_MESSAGE and self._address.message_id is None
            if too_large or never_sent:
                raise
            # What a moderator has deleted is not to come back: its owner has `/history`.
            if fault.cause is Cause.NO_MESSAGE and await is_deleted(self.channels.client, self._address):
                raise
            log.info("job %s: cannot edit its message (%s), so its end is sent another way", self._job_id, fault)
            await confirmed()
            async with self.lock:
                return await send_elsewhere(self.channels, self._address, self._job_id, rendered, fault.cause)
        return None

    async def _bring(self, rendered: Rendered, asked_at: float, confirmed: Callable[[], Awaitable[None]]) -> None:
        urgency = Urgency.FINISHED if ending_of(rendered.content) is JobState.DONE else Urgency.ENDED
        async with (
            turn_to_edit(self.channels, self._address, urgency, asked_at, rendered.files) as turn,
            self.channels.uploading(rendered.files),
            self.channels.endings,
        ):
            # Last of all: however long it waited, it is nobody else's at this moment.
            await confirmed()
            async with self.lock:
                if self._pump is not None:  # it waits for its turn, or for this lock: nothing of it is on its way
                    self._pump.cancel()
                await edit(self.channels.client, self._address, rendered, turn)

    @contextlib.asynccontextmanager
    async def _permission(self) -> AsyncIterator[bool]:
        yield self.permitted()

    async def close(self) -> None:
        """Show nothing more."""
        self._over = True
        if self._pump is not None:
            self._pump.cancel()
            await asyncio.gather(self._pump, return_exceptions=True)

    async def _send_newest(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._pending is not None:
                await asyncio.sleep(self._next_at - loop.time())
                await self._send()
        finally:
            self._pump = None

    async def _send(self) -> None:
        await self.read()
        if self._over or self.ended is not None:
            self._pending = None
            return
        try:
            async with (
                turn_to_edit(self.channels, self._address, Urgency.NEWS, self._edited_at) as turn,
                self.channels.news,
                self.lock,
            ):
                if self.unread:
                    await self._read()
                await self._send_in(turn)
        except (NotNow, LedgerAway, SpoolFailed) as fault:
            log.info("job %s: could not show progress this time: %s", self._job_id, fault)
        except Undeliverable as fault:
            log.info("job %s: cannot show progress: %s", self._job_id, fault)
            self._owed = None
            if fault.cause is not Cause.TOO_LARGE:
                self._rest(_REFUSED_SECONDS)

    async def _send_in(self, turn: Turn | None) -> None:
        pending, self._pending = self._pending, None
        if self._over or self.ended is not None or pending is None or self._address.parting:
            return
        render, hold = pending
        rendered = render()
        if rendered.files is None and self._owed is not None:
            rendered = replace(rendered, files=self._owed)
        if hash(rendered) == self._shown:
            return
        self._owed = rendered.files
        try:
            async with hold() as held:
                if not held:
                    return
                self._edited()
                await edit(self.channels.client, self._address, rendered, turn)
        except TokenDead:
            self._address = self._address.without_token()
            self._put_back(*pending)
            self._rest(0.0)
        except NotNow as fault:
            if fault.limited:
                self._put_back(*pending)
            raise
        else:
            self._shows(rendered)
            self._owed = None

    def _put_back(self, render: Callable[[], Rendered], hold: Hold) -> None:
        """It could not be shown yet: it is still what there is to show, unless something newer is."""
        if self._pending is None:
            self._pending = render, hold

    def _edited(self) -> None:
        self._edited_at = asyncio.get_running_loop().time()
        self._rest(PACE_SECONDS)

    def _rest(self, seconds: float) -> None:
        self._next_at = asyncio.get_running_loop().time() + seconds
