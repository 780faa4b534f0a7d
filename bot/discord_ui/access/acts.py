"""Answer what a moderator does: first the answer itself, then the messages of the jobs it cancelled."""

import discord

from bot.discord_ui.access.permissions import Moderating, moderated_guild
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import tell
from bot.ledger import Act, Entry, JobState
from bot.messages import tell_cancelled
from bot.moderation.moderator import Carry, Moderator, Outcome


async def moderator_of(
    interaction: discord.Interaction[Darkroom], command: Moderating = "moderate"
) -> Moderator | None:
    """The moderator behind this interaction: who may use the command. If the member may not, tells them so and returns
    None.
    """
    guild_id = await moderated_guild(interaction, command)
    if guild_id is None:
        return None
    bot = interaction.client
    return Moderator(bot.ledger, bot.library, bot.moderators_log, guild_id, interaction.user.id)


def note_act(interaction: discord.Interaction[Darkroom], act: Act, detail: str) -> None:
    """Write an act of a moderator or an administrator to the moderators' log."""
    if interaction.guild_id is not None:
        entry = Entry(interaction.guild_id, act, interaction.user.id, detail=detail)
        interaction.client.moderators_log.note(entry)


async def carry_out(interaction: discord.Interaction[Darkroom], act: Carry, command: Moderating = "moderate") -> None:
    """Carry out the act and answer privately with its outcome, for commands and for forms without a message."""
    moderator = await moderator_of(interaction, command)
    if moderator is None:
        return
    # A job's row can be locked while Discord handles an edit, which may exceed the three seconds for an answer.
    await begin_act(interaction, reply=True)
    outcome = await act(moderator)
    await tell(interaction, outcome.said)
    await show_ends(interaction.client, outcome)


async def show_ends(bot: Darkroom, outcome: Outcome) -> None:
    """Show in their messages that these jobs were cancelled."""
    for job in outcome.cancelled:
        if job.state is JobState.CANCELLED:
            await tell_cancelled(bot.messages, bot.ledger, job, title_of(bot, job), job.cancelled_by or 0)
