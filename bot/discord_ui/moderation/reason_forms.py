"""Forms in which a moderator says why."""

from __future__ import annotations

from typing import Any, Final

import discord

from bot.discord_ui.access.acts import carry_out, moderator_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.forms import answers, form_of, text_field
from bot.moderation import interventions

LONGEST_REASON: Final = 300
WHY_CANCEL_FORM_ID: Final = "darkroom:moderate:why:{job_id}"
WHY_ALL_FORM_ID: Final = "darkroom:moderate:all:{sure}"
WHY_PAUSE_FORM_ID: Final = "darkroom:moderate:pausing:{sure}"
_REASON: Final = "reason"


async def ask_why(interaction: discord.Interaction[Darkroom], title: str, custom_id: str, reason: str = "") -> None:
    """Answer with a form for a reason that may be left out."""
    await interaction.response.send_modal(reason_form(title, custom_id, "Why (everybody can read it)", reason))


def reason_form(title: str, custom_id: str, label: str, reason: str = "") -> discord.ui.Modal:
    """A form for a reason that may be left out."""
    return form_of(title, custom_id, text_field(label, _REASON, reason, LONGEST_REASON, long=True))


def given_reason(interaction: discord.Interaction[Any]) -> str | None:
    """What was written in such a form."""
    return dict(answers(interaction)).get(_REASON, "").strip()[:LONGEST_REASON] or None


async def submit_cancel(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """The reason why one picture is cancelled."""
    reason = given_reason(interaction)
    await carry_out(interaction, lambda moderator: interventions.cancel(moderator, job_id, reason))


async def submit_all(interaction: discord.Interaction[Darkroom], _: str) -> None:
    """Everything is to be cancelled, and why."""
    reason = given_reason(interaction)
    await carry_out(interaction, lambda moderator: interventions.cancel_all(moderator, None, reason))


async def submit_pause(interaction: discord.Interaction[Darkroom], _: str) -> None:
    """Why the line is paused."""
    reason = given_reason(interaction)
    await carry_out(interaction, lambda moderator: interventions.pause(moderator, reason))


async def ask_before_all(interaction: discord.Interaction[Darkroom], reason: str | None) -> None:
    """Whether really everything is to be cancelled."""
    moderator = await moderator_of(interaction)
    if moderator is None:
        return
    count = len(await moderator.ledger.active_in(moderator.guild_id))
    title = "Cancel the 1 picture there is?" if count == 1 else f"Cancel all {count} pictures?"
    await ask_why(interaction, title, WHY_ALL_FORM_ID.format(sure="yes"), reason or "")
