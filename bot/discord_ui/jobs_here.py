"""The job and the workflow that a press is about: only what belongs to the place where it was pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import discord

from bot.discord_ui.permissions import moderates
from bot.discord_ui.replies import tell
from bot.ledger import Job
from bot.workflows import Pack

if TYPE_CHECKING:
    from bot.discord_ui.client import Darkroom

_NO_JOB: Final = "I do not remember that picture any more. Order a new one with `/imagine`."
_NO_PACK: Final = "The workflow behind this is not here any more. `/workflows` lists those that are."


async def find_job(interaction: discord.Interaction[Darkroom], job_id: str) -> Job | None:
    """The job of this id, if it was ordered here and is not somebody else's private one."""
    job = await interaction.client.ledger.job(job_id)
    if job is None or job.guild_id != interaction.guild_id:
        return None
    if job.guild_id is None and job.channel_id != interaction.channel_id:
        return None  # somebody else's direct messages
    return None if job.private and job.user_id != interaction.user.id else job


async def job_here(interaction: discord.Interaction[Darkroom], job_id: str) -> Job | None:
    """The job of this id; None where it is not to be found here, and the member has been told."""
    job = await find_job(interaction, job_id)
    if job is not None and job.hidden and job.user_id != interaction.user.id and not await moderates(interaction):
        job = None
    if job is None:
        await tell(interaction, _NO_JOB)
    return job


async def pack_here(interaction: discord.Interaction[Darkroom], job: Job) -> Pack | None:
    """The job's workflow as it is now; None where members may not use it here, and the member has been told."""
    pack = visible_pack(interaction, job.workflow)
    if pack is None:
        await tell(interaction, _NO_PACK)
    return pack


def visible_pack(interaction: discord.Interaction[Darkroom], name: str) -> Pack | None:
    """The workflow of this name, if members may use it here."""
    return next((pack for pack in interaction.client.library.visible(interaction.guild_id) if pack.name == name), None)


async def may_decide(interaction: discord.Interaction[Darkroom], job: Job) -> bool:
    """Whether this member may cancel or delete the job: its owner, or a moderator of its guild who acts there."""
    return job.user_id == interaction.user.id or (job.guild_id == interaction.guild_id and await moderates(interaction))


def seen_by_one(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether only the presser sees the message whose button he pressed: what comes of it is his alone as well."""
    return interaction.message is not None and interaction.message.flags.ephemeral
