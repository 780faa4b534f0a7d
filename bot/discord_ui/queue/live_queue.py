"""`/queue`: a private view of the queue that updates for some minutes."""

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import discord
from discord import app_commands

from bot.concurrency import first_set
from bot.discord_ui.access.viewer import Titled, Viewer, title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.feature import Service
from bot.discord_ui.core.views import view_of
from bot.discord_ui.queue.queue_page import queue_text, unchanged
from bot.errors import LedgerAway
from bot.ledger import Overview
from bot.translation import N_, _, ngettext

log = logging.getLogger(__name__)

QUEUE_REFRESH_ID: Final = "darkroom:queue:{again}"

LIVE_SECONDS: Final = 300.0
"""How long a view updates. The interaction's token would last 15 minutes, but nobody watches that long."""
MOST_OPEN: Final = 40
"""The most views that one process keeps updating at once."""
_PACE_SECONDS: Final = 2.5
"""The shortest time between two edits of a view."""
_LOOK_SECONDS: Final = 5.0
"""The longest time between two looks at the ledger, because its bell does not ring for every change."""
_CLOSE_SECONDS: Final = 2.0
"""How long the views may take to say that they have ended, when the process ends."""
_FRESH_SECONDS: Final = 1.0
"""All views share one look at the ledger for this long."""
_GONE_STATUSES: Final = frozenset({401, 403, 404})
"""HTTP statuses with which Discord says that a reply can never be edited again."""

_STILL: Final = N_("-# No longer updating. Press **Refresh**.")
_CROWDED: Final = N_("-# Not updating: too many people are watching the queue. Press **Refresh**.")


@dataclass(frozen=True, slots=True)
class _Open:
    task: asyncio.Task[None]
    closing: asyncio.Event


class LiveQueues(Service):
    """The open views of this process. Each member has one: a new view ends the one before."""

    def __init__(self, bot: Darkroom) -> None:
        self._ledger = bot.ledger
        self._open: dict[int, _Open] = {}
        self._seen: tuple[float, Overview] | None = None

    def has_room(self, user_id: int) -> bool:
        """Whether a view of this member would be kept updating."""
        return user_id in self._open or len(self._open) < MOST_OPEN

    def follow(self, interaction: discord.Interaction[Darkroom], shown: str) -> None:
        """Keep the reply to this interaction up to date. `shown` is its text so far, without the last line."""
        user_id = interaction.user.id
        if before := self._open.pop(user_id, None):
            before.closing.set()
        closing = asyncio.Event()
        task = asyncio.create_task(self._follow(interaction, shown, closing), name=f"queue of {user_id}")
        opened = self._open[user_id] = _Open(task, closing)
        task.add_done_callback(lambda _task: self._forget(user_id, opened))
        interaction.client.intake.extend(interaction, task)

    async def close(self) -> None:
        """Stop updating every view, and let it say so."""
        tasks = [one.task for one in self._open.values()]
        for one in self._open.values():
            one.closing.set()
        if tasks:
            await asyncio.wait(tasks, timeout=_CLOSE_SECONDS)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _forget(self, user_id: int, opened: _Open) -> None:
        if self._open.get(user_id) is opened:
            del self._open[user_id]

    async def _follow(self, interaction: discord.Interaction[Darkroom], shown: str, closing: asyncio.Event) -> None:
        clock = asyncio.get_running_loop().time
        ends_at = clock() + LIVE_SECONDS
        viewer, title = Viewer.of(interaction), partial(title_of, interaction.client)
        try:
            while not closing.is_set() and (left := ends_at - clock()) > 0:
                bell = self._ledger.signals.bell()
                await first_set(closing, seconds=min(_PACE_SECONDS, left))
                await first_set(closing, bell, seconds=min(_LOOK_SECONDS, max(0.0, ends_at - clock())))
                text = await self._look(viewer, title) or shown
                if not unchanged(shown, text) and await _edited(interaction, _live(text)):
                    shown = text
            await _edited(interaction, f"{await self._look(viewer, title) or shown}\n{_(_STILL)}")
        except discord.HTTPException as fault:
            log.info("a /queue reply is no longer updated: %s", fault)
        except Exception:
            log.exception("could not update a /queue reply")

    async def _look(self, viewer: Viewer, title: Titled) -> str | None:
        """The queue as this viewer sees it now; None while the ledger is unreachable."""
        clock = asyncio.get_running_loop().time
        if self._seen is None or clock() - self._seen[0] > _FRESH_SECONDS:
            try:
                self._seen = clock(), await self._ledger.overview()
            except LedgerAway as fault:
                log.warning("/queue replies are not updated, because the database cannot be used: %s", fault)
                return None
        return queue_text(self._seen[1], viewer, title)


async def _edited(interaction: discord.Interaction[Darkroom], text: str) -> bool:
    """Show this text. Returns False if another try may work; raises `discord.HTTPException` if the reply is gone."""
    try:
        await interaction.edit_original_response(content=text, view=_refresh())
    except discord.HTTPException as fault:
        if fault.status in _GONE_STATUSES:
            raise
        log.info("could not edit a /queue reply: %s", fault)
        return False
    except (OSError, TimeoutError) as fault:
        log.info("could not edit a /queue reply: %s", fault)
        return False
    return True


def farewell(message: discord.Message) -> str | None:
    """What a view shows once the process that updated it has died; None if the message is no such view."""
    note = _live("")
    return f"{message.content.removesuffix(note)}\n{_(_STILL)}" if message.content.endswith(note) else None


def queue_command() -> app_commands.Command[Any, ..., None]:
    """Build `/queue`."""

    @app_commands.command(name="queue", description=N_("See what is running, what is waiting and how long it takes"))
    async def queue(interaction: discord.Interaction[Darkroom]) -> None:
        text, live = await _first_look(interaction)
        await interaction.response.send_message(_with_note(text, live=live), view=_refresh(), ephemeral=True)
        if live:
            interaction.client.service(LiveQueues).follow(interaction, text)

    return queue


async def press_refresh(interaction: discord.Interaction[Darkroom], _again: str) -> None:
    """Show the queue as it is now and keep the view updating again."""
    text, live = await _first_look(interaction)
    await interaction.response.edit_message(content=_with_note(text, live=live), view=_refresh())
    if live:
        interaction.client.service(LiveQueues).follow(interaction, text)


async def _first_look(interaction: discord.Interaction[Darkroom]) -> tuple[str, bool]:
    """The text of a view, and whether it can be kept updating."""
    overview = await interaction.client.ledger.overview()
    text = queue_text(overview, Viewer.of(interaction), partial(title_of, interaction.client))
    return text, interaction.client.service(LiveQueues).has_room(interaction.user.id)


def _with_note(text: str, *, live: bool) -> str:
    return _live(text) if live else f"{text}\n{_(_CROWDED)}"


def _live(text: str) -> str:
    minutes = round(LIVE_SECONDS / 60)
    note = ngettext("-# Updates for {count} minute.", "-# Updates for {count} minutes.", minutes)
    return f"{text}\n{note.format(count=minutes)}"


def _refresh() -> discord.ui.View:
    return view_of(discord.ui.Button(label=_("Refresh"), custom_id=QUEUE_REFRESH_ID.format(again="again")))
