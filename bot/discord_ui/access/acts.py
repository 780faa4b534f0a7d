"""How a moderator's act is answered: what happened first, then what it changes in messages."""

from __future__ import annotations

import discord

from bot.discord_ui.access.permissions import moderated_guild
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.ledger import JobState
from bot.messages import tell_cancelled
from bot.moderation.moderator import Carry, Moderator, Outcome


async def moderator_of(interaction: discord.Interaction[Darkroom]) -> Moderator | None:
    """The moderator who did this; None if they are none, and they have been told."""
    guild_id = await moderated_guild(interaction)
    return None if guild_id is None else acting(interaction, guild_id)


def acting(interaction: discord.Interaction[Darkroom], guild_id: int) -> Moderator:
    """Who did this, as a moderator of the guild. The caller has asked whether they are one."""
    bot = interaction.client
    return Moderator(bot.ledger, bot.library, bot.moderators_log, guild_id, interaction.user.id)


async def carry_out(interaction: discord.Interaction[Darkroom], act: Carry) -> None:
    """Answer a command, or a form that stands for itself, with what comes of the act: privately."""
    moderator = await moderator_of(interaction)
    if moderator is None:
        return
    # A row may be locked for as long as Discord takes for an edit: longer than an answer may take.
    await interaction.response.defer(ephemeral=True, thinking=True)
    outcome = await act(moderator)
    await tell(interaction, outcome.said)
    await show_ends(interaction.client, outcome)


async def show_ends(bot: Darkroom, outcome: Outcome) -> None:
    """Bring the messages of what was cancelled to their end."""
    for job in outcome.cancelled:
        if job.state is JobState.CANCELLED:
            await tell_cancelled(bot.messages, bot.ledger, job, title_of(bot, job), job.cancelled_by or 0)
