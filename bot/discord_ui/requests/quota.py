"""`/quota`: what a member may order here, and how much of it he has used."""

from __future__ import annotations

from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_internals import role_ids
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.ledger import Allowance, Usage
from bot.moderation.admission import blocked_words

_NO_LIMITS: Final = "There are no limits for you here: order as much as you like."


def quota_command() -> app_commands.Command[Any, ..., None]:
    """The command, to be added to a tree."""

    @app_commands.command(name="quota", description="How much you may order here, and what is left of it")
    async def quota(interaction: discord.Interaction[Darkroom]) -> None:
        ledger, allowance = interaction.client.ledger, Allowance()
        if interaction.guild_id is not None:
            book = await ledger.rules.book(interaction.guild_id)
            if (block := book.block_of(interaction.user.id)) is not None:
                await tell(interaction, blocked_words(block))
                return
            allowance = book.allowance(role_ids(interaction.user))
        await tell(interaction, quota_text(allowance, await ledger.usage(interaction.user.id, interaction.guild_id)))

    return quota


def quota_text(allowance: Allowance, used: Usage) -> str:
    """Each limit with what is used of it, and what the member's place in line is worth. Pure."""
    lines = [_waiting(allowance, used), _today(allowance, used)]
    if all(limit is None for limit in (allowance.queued, allowance.daily, *_each(allowance).values())):
        lines.insert(0, _NO_LIMITS)
    lines += [text for text in (_largest(allowance), _lane(allowance.lane), _weight(allowance.weight)) if text]
    return "\n".join(lines)


def _each(allowance: Allowance) -> dict[str, int | None]:
    """What one order may be at most."""
    return {"pictures": allowance.pictures, "pixels a picture": allowance.pixels, "steps": allowance.steps}


def _largest(allowance: Allowance) -> str:
    told = [f"{limit:,} {what}" for what, limit in _each(allowance).items() if limit is not None]
    return f"📐 One order at most: {', '.join(told)}" if told else ""


def _waiting(allowance: Allowance, used: Usage) -> str:
    if allowance.queued is None:
        return f"🕓 Waiting now: **{used.waiting}**"
    full = " · the next one can be ordered when one of them begins" if used.waiting >= allowance.queued else ""
    return f"🕓 Waiting now: **{used.waiting} of {allowance.queued}**{full}"


def _today(allowance: Allowance, used: Usage) -> str:
    if allowance.daily is None:
        return f"🎨 Pictures in the last 24 hours: **{used.today}**"
    frees = f" · more from <t:{int(used.frees_at) + 1}:R>" if used.frees_at is not None else ""
    return f"🎨 Pictures in the last 24 hours: **{used.today} of {allowance.daily}**{frees}"


def _lane(lane: int) -> str:
    if lane < 0:
        return "⏫ Your orders go before the ordinary line."
    return "⏬ Your orders are made when nobody in the ordinary line is waiting." if lane > 0 else ""


def _weight(weight: float) -> str:
    if weight == 1:
        return ""
    return f"⚖️ When others wait too, your orders come up {weight:g} times as often as usual."
