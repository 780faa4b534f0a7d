"""`/queue`: the line, shown privately and kept up to date for some minutes."""

from __future__ import annotations

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

log = logging.getLogger(__name__)

QUEUE_REFRESH_ID: Final = "darkroom:queue:{again}"

LIVE_SECONDS: Final = 300.0
"""The interaction's token would last for 15 minutes; nobody looks for so long."""
MOST_OPEN: Final = 40
"""Lists that one process keeps up to date at once."""
_PACE_SECONDS: Final = 2.5
_LOOK_SECONDS: Final = 5.0
"""The bell may not ring for everything."""
_FRESH_SECONDS: Final = 1.0
"""However many look, the ledger is asked once in this time."""
_OVER: Final = frozenset({401, 403, 404})

_LIVE: Final = f"-# Kept up to date for {LIVE_SECONDS / 60:.0f} minutes."
_STILL: Final = "-# This list stands still now. **Refresh**, or `/queue`, shows it anew."
_CROWDED: Final = "-# Many people watch the line just now, so this list stands still: **Refresh** shows it anew."


@dataclass(frozen=True, slots=True)
class _Open:
    task: asyncio.Task[None]
    closing: asyncio.Event


class LiveQueues(Service):
    """The lists that are open in this process, one a member: a newer one ends the one before."""

    def __init__(self, bot: Darkroom) -> None:
        self._ledger = bot.ledger
        self._open: dict[int, _Open] = {}
        self._seen: tuple[float, Overview] | None = None

    def has_room(self, user_id: int) -> bool:
        """Whether a list of this member would be kept up to date."""
        return user_id in self._open or len(self._open) < MOST_OPEN

    def follow(self, interaction: discord.Interaction[Darkroom], shown: str) -> None:
        """Keep the answer to this interaction, which shows this now, up to date."""
        user_id = interaction.user.id
        if before := self._open.pop(user_id, None):
            before.closing.set()
        closing = asyncio.Event()
        task = asyncio.create_task(self._follow(interaction, shown, closing), name=f"queue of {user_id}")
        opened = self._open[user_id] = _Open(task, closing)
        task.add_done_callback(lambda _: self._forget(user_id, opened))

    async def close(self) -> None:
        """Keep nothing up to date any more."""
        tasks = [one.task for one in self._open.values()]
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
                if not unchanged(shown, text) and await _edited(interaction, f"{text}\n{_LIVE}"):
                    shown = text
            await _edited(interaction, f"{await self._look(viewer, title) or shown}\n{_STILL}")
        except discord.HTTPException as fault:
            log.info("a /queue reply is no longer updated: %s", fault)
        except Exception:
            log.exception("could not update a /queue reply")

    async def _look(self, viewer: Viewer, title: Titled) -> str | None:
        """The line as it is now; None while the ledger cannot be asked."""
        clock = asyncio.get_running_loop().time
        if self._seen is None or clock() - self._seen[0] > _FRESH_SECONDS:
            try:
                self._seen = clock(), await self._ledger.overview()
            except LedgerAway as fault:
                log.warning("/queue replies are not updated, because the database cannot be used: %s", fault)
                return None
        return queue_text(self._seen[1], viewer, title)


async def _edited(interaction: discord.Interaction[Darkroom], text: str) -> bool:
    """Show this; False: perhaps next time. Raises `discord.HTTPException` once there is nothing left to edit."""
    try:
        await interaction.edit_original_response(content=text, view=_refresh())
    except discord.HTTPException as fault:
        if fault.status in _OVER:
            raise
        log.info("could not edit a /queue reply: %s", fault)
        return False
    except (OSError, TimeoutError) as fault:
        log.info("could not edit a /queue reply: %s", fault)
        return False
    return True


def queue_command() -> app_commands.Command[Any, ..., None]:
    """The command, to be added to a tree."""

    @app_commands.command(name="queue", description="What is being made, what waits, and how long it takes")
    async def queue(interaction: discord.Interaction[Darkroom]) -> None:
        text, live = await _first_look(interaction)
        await interaction.response.send_message(
            f"{text}\n{_LIVE if live else _CROWDED}", view=_refresh(), ephemeral=True
        )
        if live:
            interaction.client.service(LiveQueues).follow(interaction, text)

    return queue


async def press_refresh(interaction: discord.Interaction[Darkroom], _: str) -> None:
    """Show the line as it is now, and keep it so for a while again."""
    text, live = await _first_look(interaction)
    await interaction.response.edit_message(content=f"{text}\n{_LIVE if live else _CROWDED}", view=_refresh())
    if live:
        interaction.client.service(LiveQueues).follow(interaction, text)


async def _first_look(interaction: discord.Interaction[Darkroom]) -> tuple[str, bool]:
    line = await interaction.client.ledger.overview()
    text = queue_text(line, Viewer.of(interaction), partial(title_of, interaction.client))
    return text, interaction.client.service(LiveQueues).has_room(interaction.user.id)


def _refresh() -> discord.ui.View:
    return view_of(discord.ui.Button(label="Refresh", custom_id=QUEUE_REFRESH_ID.format(again="again")))
