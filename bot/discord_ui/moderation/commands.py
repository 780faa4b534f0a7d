"""`/moderate`: the queue, members, channels, words and the log, for members with the permission Manage Messages."""

from typing import Final

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES
from bot.discord_ui.access.acts import carry_out
from bot.discord_ui.access.grids import one_for_each_grid, with_cells
from bot.discord_ui.access.permissions import moderates
from bot.discord_ui.access.viewer import state_of, title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.moderation.log_commands import add_log_commands
from bot.discord_ui.moderation.member_commands import add_member_commands
from bot.discord_ui.moderation.panel.panel_presses import open_panel
from bot.discord_ui.moderation.reason_forms import LONGEST_REASON, ask_before_all
from bot.discord_ui.moderation.rules.channel_commands import channel_commands
from bot.discord_ui.moderation.rules.check_command import check_command
from bot.discord_ui.moderation.rules.limit_commands import add_limit_commands
from bot.discord_ui.moderation.rules.word_commands import word_commands
from bot.ledger import Job
from bot.messages import plain_line
from bot.moderation import interventions
from bot.moderation.moderator import plain_words
from bot.translation import N_, _

_ONE_OF_THREE: Final = N_("Choose exactly one of `job`, `user` and `all`.")


def moderate_commands() -> app_commands.Group:
    """The whole group, ready to be added to a command tree."""
    group = app_commands.Group(
        name="moderate",
        description=N_("Manage the queue, members, channels and words"),
        default_permissions=discord.Permissions(manage_messages=True),
        guild_only=True,
    )
    _add_queue_commands(group)
    add_member_commands(group)
    add_limit_commands(group)
    add_log_commands(group)
    group.add_command(channel_commands())
    group.add_command(word_commands())
    group.add_command(check_command())
    return group


def _add_queue_commands(group: app_commands.Group) -> None:
    @group.command(name="queue", description=N_("Post a live panel of the queue in this channel"))
    async def queue(interaction: discord.Interaction[Darkroom]) -> None:
        await open_panel(interaction)

    @group.command(name="cancel", description=N_("Cancel one job, all jobs of a member, or everything"))
    @app_commands.describe(
        job=N_("Job to cancel, waiting or running"),
        user=N_("Member whose jobs to cancel"),
        all=N_("Cancel every job in this server"),
        reason=N_("Reason (everyone can read it)"),
    )
    @app_commands.autocomplete(job=_suggest_jobs)
    async def cancel(
        interaction: discord.Interaction[Darkroom],
        job: str | None = None,
        user: discord.User | None = None,
        all: bool = False,  # noqa: A002 - the option's name
        reason: app_commands.Range[str, 1, LONGEST_REASON] | None = None,
    ) -> None:
        if [job is not None, user is not None, all].count(True) != 1:
            await tell(interaction, _(_ONE_OF_THREE))
        elif job is not None:
            await carry_out(interaction, lambda moderator: interventions.cancel(moderator, job.strip(), reason))
        elif user is not None:
            await carry_out(interaction, lambda moderator: interventions.cancel_all(moderator, user.id, reason))
        else:
            await ask_before_all(interaction, reason)

    @group.command(name="front", description=N_("Move a job to the front of the queue"))
    @app_commands.describe(job=N_("Job to move"))
    @app_commands.autocomplete(job=_suggest_jobs)
    async def front(interaction: discord.Interaction[Darkroom], job: str) -> None:
        await carry_out(interaction, lambda moderator: interventions.to_the_front(moderator, job.strip()))

    @group.command(name="pause", description=N_("Pause this server’s queue; running jobs finish"))
    @app_commands.describe(reason=N_("Reason (everyone can read it)"))
    async def pause(
        interaction: discord.Interaction[Darkroom],
        reason: app_commands.Range[str, 1, LONGEST_REASON] | None = None,
    ) -> None:
        await carry_out(interaction, lambda moderator: interventions.pause(moderator, reason))

    @group.command(name="resume", description=N_("Resume this server’s queue"))
    async def resume(interaction: discord.Interaction[Darkroom]) -> None:
        await carry_out(interaction, interventions.resume)


async def _suggest_jobs(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
    if interaction.guild_id is None or not await moderates(interaction):
        return []
    wanted = current.strip().casefold()
    bot = interaction.client
    active = one_for_each_grid(await bot.ledger.active_in(interaction.guild_id), lambda job: job)
    names = await bot.member_names.of(interaction.guild_id, (job.user_id for job, _count in active))
    named = [(job, _named(job, count, title_of(bot, job), names.get(job.user_id))) for job, count in active]
    choices = [app_commands.Choice(name=f"{state_of(job)}: {words}"[:CHOICE], value=job.id) for job, words in named]
    return [choice for choice in choices if wanted in choice.name.casefold()][:CHOICES]


def _named(job: Job, count: int, title: str, member: str | None) -> str:
    """Whose job it is, as far as that is known, and what."""
    words = with_cells(plain_words(job, title), job, count)
    return words if member is None else f"{plain_line(member)} · {words}"
