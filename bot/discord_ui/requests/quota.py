"""`/quota`: a member's limits here, and how much of them is used."""

from typing import Any

import discord
from discord import app_commands

from bot.discord_internals import role_ids
from bot.discord_times import shown_time
from bot.discord_ui.access.rules import rules_for
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.ledger import Allowance, Usage
from bot.moderation.admission import blocked_words
from bot.moderation.caps import capped
from bot.translation import N_, _, listed, ngettext, shown_decimal, shown_number


def quota_command() -> app_commands.Command[Any, ..., None]:
    """The command, to be added to a tree."""

    @app_commands.command(name="quota", description=N_("Show your limits here and how much is left"))
    async def quota(interaction: discord.Interaction[Darkroom]) -> None:
        ledger = interaction.client.ledger
        book = await rules_for(interaction.client, interaction.guild_id, interaction.user.id)
        if (block := book.block_of(interaction.user.id)) is not None:
            await tell(interaction, blocked_words(block, book.guild.guild_id))
            return
        allowance = capped(book.allowance(role_ids(interaction.user)), interaction.client.settings.caps)
        await tell(interaction, quota_text(allowance, await ledger.usage(interaction.user.id, interaction.guild_id)))

    return quota


def quota_text(allowance: Allowance, used: Usage) -> str:
    """Each limit with what is used of it, and the member's priority in the queue. Pure."""
    lines = [_queued(allowance, used), _today(allowance, used)]
    per_request = _per_request(allowance)
    if allowance.queued is None and allowance.daily is None and not per_request:
        lines.insert(0, _("You have no limits here: request as many images as you like."))
    if per_request:
        lines.append(_("📐 Per request: at most {limits}").format(limits=listed(per_request)))
    lines += [text for text in (_lane(allowance.lane), _weight(allowance.weight)) if text]
    return "\n".join(lines)


def _per_request(allowance: Allowance) -> list[str]:
    """The limits of a single request, like “30 steps”."""
    told = []
    if (images := allowance.pictures) is not None:
        told.append(ngettext("{count} image", "{count} images", images).format(count=shown_number(images)))
    if (pixels := allowance.pixels) is not None:
        told.append(
            ngettext("{count} pixel per image", "{count} pixels per image", pixels).format(count=shown_number(pixels))
        )
    if (steps := allowance.steps) is not None:
        told.append(ngettext("{count} step", "{count} steps", steps).format(count=shown_number(steps)))
    return told


def _queued(allowance: Allowance, used: Usage) -> str:
    if allowance.queued is None:
        return _("🕓 In the queue: **{used}**").format(used=used.waiting)
    text = _("🕓 In the queue: **{used} of {limit}**").format(used=used.waiting, limit=allowance.queued)
    if used.waiting < allowance.queued:
        return text
    return f"{text} · {_('you can request another when one of these starts')}"


def _today(allowance: Allowance, used: Usage) -> str:
    if allowance.daily is None:
        return _("🎨 Images in the last 24 hours: **{used}**").format(used=used.today)
    text = _("🎨 Images in the last 24 hours: **{used} of {limit}**").format(used=used.today, limit=allowance.daily)
    if used.frees_at is None:
        return text
    frees = _("the oldest stops counting {when}").format(when=shown_time(used.frees_at + 1, "R"))
    return f"{text} · {frees}"


def _lane(lane: int) -> str:
    if lane < 0:
        return _("⏫ High priority: your requests run before the normal queue.")
    return _("⏬ Low priority: your requests run when nobody in the normal queue is waiting.") if lane > 0 else ""


def _weight(weight: float) -> str:
    if weight == 1:
        return ""
    told = _("⚖️ When others are waiting too, your requests run {times} times as often as usual.")
    return told.format(times=shown_decimal(weight))
