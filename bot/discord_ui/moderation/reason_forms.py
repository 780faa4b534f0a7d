"""Forms that ask a moderator for a reason."""

from typing import Any, Final

import discord

from bot.discord_ui.access.acts import carry_out, moderator_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.forms import answers, form_of, text_field
from bot.discord_ui.core.replies import tell
from bot.moderation import interventions
from bot.translation import _, ngettext

LONGEST_REASON: Final = 300
"""Characters."""
WHY_CANCEL_FORM_ID: Final = "darkroom:moderate:why:{job_id}"
WHY_ALL_FORM_ID: Final = "darkroom:moderate:all:{sure}"
WHY_PAUSE_FORM_ID: Final = "darkroom:moderate:pausing:{sure}"
_REASON: Final = "reason"


async def ask_why(interaction: discord.Interaction[Darkroom], title: str, custom_id: str, reason: str = "") -> None:
    """Answer with a form for an optional reason, which everyone can read."""
    await interaction.response.send_modal(reason_form(title, custom_id, _("Reason (everyone can read it)"), reason))


def reason_form(title: str, custom_id: str, label: str, reason: str = "") -> discord.ui.Modal:
    """A form for an optional reason."""
    return form_of(title, custom_id, text_field(label, _REASON, reason, LONGEST_REASON, long=True))


def given_reason(interaction: discord.Interaction[Any]) -> str | None:
    """The reason that was typed in such a form; None if it was left empty."""
    return dict(answers(interaction)).get(_REASON, "").strip()[:LONGEST_REASON] or None


async def submit_cancel(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Cancel one job."""
    reason = given_reason(interaction)
    await carry_out(interaction, lambda moderator: interventions.cancel(moderator, job_id, reason))


async def submit_all(interaction: discord.Interaction[Darkroom], _unused: str) -> None:
    """Cancel every job of the guild."""
    reason = given_reason(interaction)
    await carry_out(interaction, lambda moderator: interventions.cancel_all(moderator, None, reason))


async def submit_pause(interaction: discord.Interaction[Darkroom], _unused: str) -> None:
    """Pause the queue."""
    reason = given_reason(interaction)
    await carry_out(interaction, lambda moderator: interventions.pause(moderator, reason))


async def ask_before_all(interaction: discord.Interaction[Darkroom], reason: str | None) -> None:
    """Confirm with a form before every job is cancelled; the form also takes the reason."""
    moderator = await moderator_of(interaction)
    if moderator is None:
        return
    count = len(await moderator.ledger.active_in(moderator.guild_id))
    if not count:
        await tell(interaction, _("There’s nothing to cancel in this server."))
        return
    title = ngettext("Cancel the only job?", "Cancel all {count} jobs?", count).format(count=count)
    await ask_why(interaction, title, WHY_ALL_FORM_ID.format(sure="yes"), reason or "")
