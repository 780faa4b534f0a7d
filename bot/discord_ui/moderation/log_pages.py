"""Pages of the moderators' log, newest first. The buttons carry the filter, so they work after a restart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import discord

from bot.discord_limits import CONTENT
from bot.discord_ui.access.acts import moderator_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.views import view_of
from bot.ledger import Act, LogLine
from bot.moderation.act_wording import dated_sentence
from bot.translation import N_, _, ngettext

LOG_PAGE_ID: Final = "darkroom:log:{asked}"
LOG_SINCE_ID: Final = "darkroom:log:{asked}:{since}"
_LARGEST: Final = 2**63 - 1
"""Databases hold numbers of 64 bits, so no button of ours has a larger one."""
_ACTS: Final = tuple(Act)
_PAGE: Final = 8
"""Entries. A page has fewer if they are long."""
_DETAIL_SHOWN: Final = 100
"""Characters of an entry's detail, and of its prompt."""
_NOTE_ROOM: Final = 200
"""Characters for the note above the entries."""
_DIGITS: Final = "0123456789abcdefghijklmnopqrstuvwxyz"
_NO_ENTRIES: Final = N_("No matching entries.")


def waiting_reports(count: int) -> str:
    """Tells moderators how many reports nobody has been shown."""
    said = ngettext(
        "🚩 {count} report is waiting. Choose a channel for reports with `/moderate approvals`.",
        "🚩 {count} reports are waiting. Choose a channel for reports with `/moderate approvals`.",
        count,
    )
    return said.format(count=count)


@dataclass(frozen=True, slots=True)
class LogFilter:
    """Which entries of a guild's log to show. `member_id` is whom an entry is about or who acted; `before` is the
    number of the last entry on the previous page; `since` is in seconds since 1970.
    """

    act: Act | None = None
    member_id: int | None = None
    actor_id: int | None = None
    before: int | None = None
    since: int | None = None

    @property
    def custom_id(self) -> str:
        """The button that shows these entries. Its numbers are in base 36, because custom ids are short."""
        act = 0 if self.act is None else _ACTS.index(self.act) + 1
        asked = "_".join(_base36(number or 0) for number in (act, self.member_id, self.actor_id, self.before))
        if self.since is None:
            return LOG_PAGE_ID.format(asked=asked)
        return LOG_SINCE_ID.format(asked=asked, since=_base36(self.since))

    @staticmethod
    def read(asked: str, since: str = "0") -> LogFilter:
        """Read what is in a button. Any other text stands for the whole log."""
        parts = [*asked.split("_"), since]
        if len(parts) != len(LogFilter.__dataclass_fields__) or not all(part.isalnum() for part in parts):
            return LogFilter()
        act, *others = numbers = [int(part, 36) for part in parts]
        if max(numbers) > _LARGEST:
            return LogFilter()
        return LogFilter(_ACTS[act - 1] if 0 < act <= len(_ACTS) else None, *(number or None for number in others))


async def show_log(interaction: discord.Interaction[Darkroom], asked: LogFilter) -> None:
    """Answer with the first page, privately."""
    page = await _page(interaction, asked)
    if page is not None:
        text, view = page
        await interaction.response.send_message(text, view=view, ephemeral=True)


async def press_older(interaction: discord.Interaction[Darkroom], asked: str, since: str = "0") -> None:
    """Show another page in place of this one."""
    page = await _page(interaction, LogFilter.read(asked, since))
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
        member_id=asked.member_id,
        actor_id=asked.actor_id,
        since=asked.since,
        before=asked.before,
        limit=_PAGE + 1,
    )
    shown = _that_fit(lines[:_PAGE])
    waiting = await moderator.ledger.reports.waiting(moderator.guild_id)
    text = "\n".join([*([waiting_reports(waiting)] if waiting else []), *(shown or [_(_NO_ENTRIES)])])
    oldest = lines[len(shown) - 1].number if len(lines) > len(shown) else None
    return text, _page_buttons(asked, oldest)


def _that_fit(lines: Sequence[LogLine]) -> list[str]:
    """The first entries that fit a message together; at least one."""
    shown: list[str] = []
    for line in lines:
        said = dated_sentence(line, _DETAIL_SHOWN)
        if shown and len("\n".join([*shown, said])) > CONTENT - _NOTE_ROOM:
            break
        shown.append(said)
    return shown


def _page_buttons(asked: LogFilter, oldest: int | None) -> discord.ui.View:
    newest = None if asked.before is None else replace(asked, before=None)
    older = None if oldest is None else replace(asked, before=oldest)
    return view_of(
        *(
            discord.ui.Button(label=label, custom_id=target.custom_id)
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
