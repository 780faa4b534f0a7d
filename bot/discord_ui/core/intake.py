"""Decides which interactions this process handles.

Discord sends every interaction to each gateway of its shard. With a shared database, the first process to write the
interaction's id takes it, and the others stay silent. They look after it: if it has no answer after a second, because
its process has died or hangs, the next one takes it over. Two processes can never act on one interaction, even if the
first was only slow: Discord accepts one first answer, and whatever changes something gives that first (`begin_act`).

Another program with the same token, but another database, knows nothing of this. Its answers are noticed.
"""

import asyncio
import logging
import re
from collections import deque
from collections.abc import Callable, Coroutine
from typing import Any, Final

import discord

from bot.concurrency import first_set
from bot.discord_internals import FirstAnswers, interaction_data, written_texts
from bot.discord_ui.core.pending import KEY, Pending
from bot.discord_ui.core.replies import tell
from bot.errors import LedgerAway
from bot.ledger import Ledger
from bot.logs import hide_words
from bot.messages import LEDGER_AWAY
from bot.translation import N_, _, spoken

log = logging.getLogger(__name__)

_REMEMBERED: Final = 1000
"""How many interactions are known by their ids, in case Discord sends one again."""
_ANSWER_SECONDS: Final = 1.0
"""An interaction without a first answer for so long is taken over. Discord waits three seconds for one."""
_TURNS: Final = 2
"""How often that is tried: the process that takes over may die, too."""
_UNREACHABLE_SECONDS: Final = 1.5
"""When the database is unreachable, others that reach it have so long to answer first."""
_FORM_SECONDS: Final = 0.5
"""How long a form is left to the process that has opened it, and still knows what it is about."""
_DEFERRALS: Final = frozenset(
    {
        discord.InteractionResponseType.deferred_channel_message.value,
        discord.InteractionResponseType.deferred_message_update.value,
    }
)
_SUGGESTIONS: Final = discord.InteractionResponseType.autocomplete_result.value
_RESTARTING: Final = N_("I’m restarting. Please try again in a few seconds.")


class Intake(FirstAnswers):
    """The interactions of this process. `other_program` is called when a program with another database has answered
    one. Each interaction is open until the task that handles it has ended, and every task that was added with `extend`.
    """

    def __init__(self, ledger: Ledger, pending: Pending, other_program: Callable[[], None]) -> None:
        self._ledger = ledger
        self._pending = pending
        self._other_program = other_program
        self._seen: deque[int] = deque(maxlen=_REMEMBERED)
        self._handlers: set[asyncio.Task[Any]] = set()
        self._open: dict[int, set[asyncio.Task[Any]]] = {}
        self._noted: set[int] = set()
        """Open interactions that the ledger knows."""
        self._taken_from: dict[int, str] = {}
        """Open interactions that were taken over, and the processes that had them."""
        self._notes: set[asyncio.Task[None]] = set()
        self._stopping = asyncio.Event()

    @property
    def stopping(self) -> bool:
        """Whether this process takes nothing new."""
        return self._stopping.is_set()

    @property
    def is_open(self) -> bool:
        """Whether the ledger has interactions for which this process is still at work."""
        return bool(self._noted)

    async def takes(self, interaction: discord.Interaction[Any]) -> bool:
        """Whether this process handles the interaction, in the running task. The answer takes a while if another
        process comes first, in case that one dies.
        """
        # From here on, the log never quotes the member, whatever goes wrong.
        hide_words(written_texts(interaction))
        if interaction.type is discord.InteractionType.autocomplete:
            # The first answer counts. A suggestion is cheap and changes nothing.
            return not self.stopping
        # The gateway delivers an event at least once: after a broken connection it may send it again.
        if interaction.id in self._seen:
            log.info("interaction %d came again", interaction.id)
            return False
        self._seen.append(interaction.id)
        if self.stopping:
            if not self._ledger.shared:
                await tell(interaction, _(_RESTARTING))
            return False
        # From here on, the process waits for this task before it ends: it may have taken the interaction already.
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - handlers run in tasks
        self._handlers.add(task)
        task.add_done_callback(self._handlers.discard)
        if self._ledger.shared and not await self._is_first(interaction):
            return False
        self._watch(interaction.id, task)
        return True

    def took_over(self, interaction_id: int) -> bool:
        """Whether another process had this interaction first, and may have begun with it."""
        return interaction_id in self._taken_from

    def extend(self, interaction: discord.Interaction[Any], task: asyncio.Task[Any]) -> None:
        """The interaction stays open until this task has ended, too. If the process dies before, somebody says so."""
        if not self._ledger.shared and interaction.id not in self._noted:
            self._noted.add(interaction.id)
            self._note(self._ledger.interactions.take(interaction.id, interaction.token, spoken().code))
        self._watch(interaction.id, task)

    async def answering(self, interaction_id: int, token: str, answer: int) -> None:
        """The first answer is about to be sent. If more has to follow it, the ledger knows before Discord does."""
        if not self._ledger.shared and answer in _DEFERRALS and interaction_id in self._open:
            try:
                await self._ledger.interactions.take(interaction_id, token, spoken().code)
            except LedgerAway as fault:
                log.warning("interaction %d is not noted: %s", interaction_id, fault)
            else:
                self._noted.add(interaction_id)

    def answered(self, interaction_id: int, answer: int) -> None:
        """Discord has accepted the first answer."""
        if interaction_id in self._noted:
            self._note(self._ledger.interactions.answered(interaction_id, answer))

    def answered_elsewhere(self, interaction_id: int, answer: int) -> None:
        """Discord has refused this process's first answer, because there is one already."""
        if not self._ledger.shared:
            self._other_program()
        elif answer != _SUGGESTIONS:
            self._note(self._look_who_answered(interaction_id, answer))

    async def stop(self, seconds: float) -> None:
        """Take nothing new: that is left to the other processes. Returns when everything that has begun has ended, or
        after so many seconds.
        """
        self._stopping.set()
        if self._handlers:
            await asyncio.wait(self._handlers, timeout=seconds)

    async def close(self) -> None:
        """Finish what is still to be noted."""
        while self._notes:
            await asyncio.wait(self._notes)

    async def _is_first(self, interaction: discord.Interaction[Any]) -> bool:
        clock = asyncio.get_running_loop().time
        asked_at = clock()
        try:
            first = await self._take(interaction)
        except LedgerAway as fault:
            log.warning("interaction %d: the database cannot be used: %s", interaction.id, fault)
            await asyncio.sleep(asked_at + _UNREACHABLE_SECONDS - clock())
            await tell(interaction, _(LEDGER_AWAY))
            return False
        if first:
            self._noted.add(interaction.id)
        return first

    async def _take(self, interaction: discord.Interaction[Any]) -> bool:
        interactions = self._ledger.interactions
        if self._is_of_another(interaction):
            await first_set(self._stopping, seconds=_FORM_SECONDS)
            if self.stopping:
                return False
        if await interactions.take(interaction.id, interaction.token, spoken().code):
            return True
        for _turn in range(_TURNS):
            await first_set(self._stopping, seconds=_ANSWER_SECONDS)
            if self.stopping:
                return False
            if before := await interactions.take_over(interaction.id, _ANSWER_SECONDS):
                log.info("interaction %d: process %s has not answered it, so this one does", interaction.id, before)
                self._taken_from[interaction.id] = before
                return True
        return False

    def _is_of_another(self, interaction: discord.Interaction[Any]) -> bool:
        """Whether it belongs to a form or a question that another process has opened."""
        keys = re.findall(KEY, str(interaction_data(interaction).get("custom_id", "")))
        return bool(keys) and not any(self._pending.has(key) for key in keys)

    def _watch(self, interaction_id: int, task: asyncio.Task[Any]) -> None:
        self._open.setdefault(interaction_id, set()).add(task)
        task.add_done_callback(lambda _task: self._over(interaction_id, task))

    def _over(self, interaction_id: int, task: asyncio.Task[Any]) -> None:
        tasks = self._open.get(interaction_id, set())
        tasks.discard(task)
        if tasks:
            return
        self._open.pop(interaction_id, None)
        self._taken_from.pop(interaction_id, None)
        # A handler that was cut off, as when the program has to stop, leaves it to those who look after it.
        if interaction_id in self._noted and not task.cancelled():
            self._note(self._ledger.interactions.ended(interaction_id))
        self._noted.discard(interaction_id)

    async def _look_who_answered(self, interaction_id: int, answer: int) -> None:
        if before := self._taken_from.pop(interaction_id, None):
            self._noted.discard(interaction_id)
            await self._ledger.interactions.hand_back(interaction_id, before, answer)
        elif not await self._ledger.interactions.is_shared(interaction_id):
            self._other_program()

    def _note(self, writing: Coroutine[Any, Any, object]) -> None:
        async def write() -> None:
            try:
                await writing
            except LedgerAway as fault:
                log.warning("could not note what happened to an interaction: %s", fault)

        task = asyncio.create_task(write())
        self._notes.add(task)
        task.add_done_callback(self._notes.discard)
