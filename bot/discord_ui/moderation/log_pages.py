"""Pages of the moderators' log, newest first. The buttons carry the filter, so they work after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.discord_times import shown_time
from bot.discord_ui.access.acts import moderator_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.views import view_of
from bot.ledger import Act, LogLine
from bot.moderation.act_wording import log_sentence
from bot.translation import N_, _

LOG_PAGE_ID: Final = "darkroom:log:{asked}"
_LARGEST: Final = 2**63 - 1
"""Databases hold numbers of 64 bits: a larger one comes from no button of ours."""
_ACTS: Final = tuple(Act)
_PAGE: Final = 8
"""Entries."""
_ENTRY_SHOWN: Final = 230
"""Characters: a page of entries this long fits a message."""
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_NO_ENTRIES: Final = N_("No matching entries.")


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which entries of a guild's log to show. `before` is the number of the last entry on the previous page."""

    act: Act | None = None
    user_id: int | None = None
    actor_id: int | None = None
    before: int | None = None

    def __str__(self) -> str:
        """The filter in base 36, short enough for a custom id."""
        act = 0 if self.act is None else _ACTS.index(self.act) + 1
        return "_".join(_base36(number or 0) for number in (act, self.user_id, self.actor_id, self.before))

    @staticmethod
    def read(text: str) -> LogFilter:
        """Read what `str` wrote. Any other text stands for the whole log."""
        parts = text.split("_")
        if len(parts) != len(LogFilter.__dataclass_fields__) or not all(part.isalnum() for part in parts):
            return LogFilter()
        act, user_id, actor_id, before = numbers = [int(part, 36) for part in parts]
        if max(numbers) > _LARGEST:
            return LogFilter()
        return LogFilter(
            _ACTS[act - 1] if 0 < act <= len(_ACTS) else None, user_id or None, actor_id or None, before or None
        )


async def show_log(
    interaction: discord.Interaction[Darkroom], act: Act | None, user_id: int | None, actor_id: int | None
) -> None:
    """Answer with the first page, privately."""
    page = await _page(interaction, LogFilter(act, user_id, actor_id))
    if page is not None:
        text, view = page
        await interaction.response.send_message(text, view=view, ephemeral=True)


async def press_older(interaction: discord.Interaction[Darkroom], asked: str) -> None:
    """Show another page in place of this one."""
    page = await _page(interaction, LogFilter.read(asked))
    if page is not None:
        text, view = page
        await interaction.response.edit_message(content=text, view=view)


async def _page(interaction: discord.Interaction[Darkroom], asked: LogFilter) -> tuple[str, discord.ui.View] | None:
    moderator = await moderator_of(interaction)
    if moderator is None:
        return None
    lines = await moderator.ledger.audit.log(
        moderator.guild_id,
        act=asked.act,
        user_id=asked.user_id,
        actor_id=asked.actor_id,
        before=asked.before,
        limit=_PAGE + 1,
    )
    text = "\n".join(_dated(line) for line in lines[:_PAGE]) or _(_NO_ENTRIES)
    return text, _page_buttons(asked, lines)


def _dated(line: LogLine) -> str:
    said = log_sentence(line)
    return f"{shown_time(line.at, 'f')} {said if len(said) <= _ENTRY_SHOWN else said[: _ENTRY_SHOWN - 1] + '…'}"


def _page_buttons(asked: LogFilter, lines: Sequence[LogLine]) -> discord.ui.View:
    newest = None if asked.before is None else LogFilter(asked.act, asked.user_id, asked.actor_id)
    older = LogFilter(asked.act, asked.user_id, asked.actor_id, lines[_PAGE - 1].number) if len(lines) > _PAGE else None
    return view_of(
        *(
            discord.ui.Button(label=label, custom_id=LOG_PAGE_ID.format(asked=target))
            for label, target in ((_("Newest"), newest), (_("Older"), older))
            if target is not None
        )
    )


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
