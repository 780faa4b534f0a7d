"""Forms in which a moderator says why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, cast

import discord

from bot.discord_ui.access.acts import carry_out, moderator_of
from bot.discord_ui.bot import Darkroom
from bot.moderation import interventions

LONGEST_REASON: Final = 300
WHY_CANCEL_ID: Final = "darkroom:moderate:why:{job_id}"
WHY_ALL_ID: Final = "darkroom:moderate:all:{sure}"
WHY_PAUSE_ID: Final = "darkroom:moderate:pausing:{sure}"
_REASON: Final = "reason"


async def ask_why(interaction: discord.Interaction[Darkroom], title: str, custom_id: str, reason: str = "") -> None:
    """Answer with a form for a reason that may be left out."""
    form = discord.ui.Modal(title=title, custom_id=custom_id, timeout=None)
    field: discord.ui.TextInput[discord.ui.View] = discord.ui.TextInput(
        custom_id=_REASON,
        default=reason or None,
        max_length=LONGEST_REASON,
        required=False,
        style=discord.TextStyle.paragraph,
    )
    form.add_item(discord.ui.Label(text="Why (everybody can read it)", component=field))
    await interaction.response.send_modal(form)
    # Forms are answered by their custom_id: discord.py need not remember this one.
    form.stop()


async def submit_cancel(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """The reason why one picture is cancelled."""
    reason = _answered(interaction)
    await carry_out(interaction, lambda moderator: interventions.cancel(moderator, job_id, reason))


async def submit_all(interaction: discord.Interaction[Darkroom], _: str) -> None:
    """Everything is to be cancelled, and why."""
    reason = _answered(interaction)
    await carry_out(interaction, lambda moderator: interventions.cancel_all(moderator, None, reason))


async def submit_pause(interaction: discord.Interaction[Darkroom], _: str) -> None:
    """Why the line is paused."""
    reason = _answered(interaction)
    await carry_out(interaction, lambda moderator: interventions.pause(moderator, reason))


async def ask_before_all(interaction: discord.Interaction[Darkroom], reason: str | None) -> None:
    """Whether really everything is to be cancelled."""
    moderator = await moderator_of(interaction)
    if moderator is None:
        return
    count = len(await moderator.ledger.active_in(moderator.guild_id))
    title = "Cancel the 1 picture there is?" if count == 1 else f"Cancel all {count} pictures?"
    await ask_why(interaction, title, WHY_ALL_ID.format(sure="yes"), reason or "")


def _answered(interaction: discord.Interaction[Any]) -> str | None:
    rows = cast("Mapping[str, Any]", interaction.data or {}).get("components", ())
    fields = (row.get("component") or {} for row in rows)
    text = next((str(field["value"]).strip() for field in fields if field.get("custom_id") == _REASON), "")
    return text[:LONGEST_REASON] or None
