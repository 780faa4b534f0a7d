"""Answer what a moderator does: first the answer itself, then the messages of the jobs it cancelled."""

import asyncio

import discord

from bot.discord_ui.access.permissions import Moderating, moderated_guild
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import tell
from bot.ledger import Act, Entry, JobState
from bot.messages import tell_cancelled
from bot.moderation.log import Worded
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
    return Moderator(bot.ledger, bot.library, guild_id, interaction.user.id)


async def entry_of(interaction: discord.Interaction[Darkroom], guild_id: int, act: Act, detail: Worded) -> Entry:
    """What the moderators' log says about an act of the moderator or administrator behind this interaction."""
    bot = interaction.client
    return await Moderator(bot.ledger, bot.library, guild_id, interaction.user.id).entry(act, detail=detail)


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
    """Show in their messages that these jobs were cancelled. None waits for another: Discord may be slow with one."""
    over = [job for job in outcome.cancelled if job.state is JobState.CANCELLED]
    await asyncio.gather(
        *(tell_cancelled(bot.messages, bot.ledger, job, title_of(bot, job), job.cancelled_by or 0) for job in over)
    )
