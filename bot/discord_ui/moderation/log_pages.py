"""Pages of the moderators' log, newest first, filtered. What is asked for stands in the buttons themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.discord_ui.access.acts import moderator_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.views import view_of
from bot.ledger import Act, LogLine
from bot.moderation.log import line_of

LOG_PAGE_ID: Final = "darkroom:log:{asked}"
_LARGEST: Final = 2**63 - 1
"""Of any number in the ledger: databases count in 64 bits."""
_ACTS: Final = tuple(Act)
_PAGE: Final = 8
_LINE: Final = 230
"""Characters: a page of such lines fits a message."""
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_NOTHING: Final = "There is nothing of that in the log."


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a guild's log is to be seen; `before` is the number of the last line of the page before."""

    act: Act | None = None
    user_id: int | None = None
    actor_id: int | None = None
    before: int | None = None

    def __str__(self) -> str:
        """So short that it fits a custom_id."""
        act = 0 if self.act is None else _ACTS.index(self.act) + 1
        return "_".join(_base36(number or 0) for number in (act, self.user_id, self.actor_id, self.before))

    @staticmethod
    def read(text: str) -> Asked:
        """What `str` has written. Anything else is the whole log."""
        parts = text.split("_")
        if len(parts) != len(Asked.__dataclass_fields__) or not all(part.isalnum() for part in parts):
            return Asked()
        act, user_id, actor_id, before = numbers = [int(part, 36) for part in parts]
        if max(numbers) > _LARGEST:
            return Asked()
        return Asked(
            _ACTS[act - 1] if 0 < act <= len(_ACTS) else None, user_id or None, actor_id or None, before or None
        )


async def show_log(
    interaction: discord.Interaction[Darkroom], act: Act | None, user_id: int | None, actor_id: int | None
) -> None:
    """Answer with the first page."""
    page = await _page(interaction, Asked(act, user_id, actor_id))
    if page is not None:
        text, view = page
        await interaction.response.send_message(text, view=view, ephemeral=True)


async def press_older(interaction: discord.Interaction[Darkroom], asked: str) -> None:
    """Turn to another page."""
    page = await _page(interaction, Asked.read(asked))
    if page is not None:
        text, view = page
        await interaction.response.edit_message(content=text, view=view)


async def _page(interaction: discord.Interaction[Darkroom], asked: Asked) -> tuple[str, discord.ui.View] | None:
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
    text = "\n".join(_dated(line) for line in lines[:_PAGE]) or _NOTHING
    return text, _turning(asked, lines)


def _dated(line: LogLine) -> str:
    told = line_of(line)
    return f"<t:{int(line.at)}:f> {told if len(told) <= _LINE else told[: _LINE - 1] + '…'}"


def _turning(asked: Asked, lines: Sequence[LogLine]) -> discord.ui.View:
    turns = {"Newest": None if asked.before is None else Asked(asked.act, asked.user_id, asked.actor_id)}
    older = Asked(asked.act, asked.user_id, asked.actor_id, lines[_PAGE - 1].number) if len(lines) > _PAGE else None
    return view_of(
        *(
            discord.ui.Button(label=label, custom_id=LOG_PAGE_ID.format(asked=target))
            for label, target in {**turns, "Older": older}.items()
            if target is not None
        )
    )


def _base36(number: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits or "0"
