"""The job and the workflow that a press is about: only what belongs to the place where it was pressed."""

from __future__ import annotations

from typing import Final

import discord

from bot.discord_ui.access.permissions import moderates
from bot.discord_ui.access.viewer import Viewer
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.ledger import Job
from bot.workflows import Pack

_NO_JOB: Final = "I do not remember that picture any more. Order a new one with `/imagine`."
_NO_PACK: Final = "The workflow behind this is not here any more. `/workflows` lists those that are."


async def find_job(interaction: discord.Interaction[Darkroom], job_id: str) -> Job | None:
    """The job of this id, if it belongs here and this member may know what it is."""
    job = await interaction.client.ledger.job(job_id)
    viewer = Viewer.of(interaction)
    if job is None or not viewer.sees(job):
        return None
    moderating = job.hidden and not viewer.owns(job) and await moderates(interaction)
    return job if viewer.reads(job, moderates=moderating) else None


async def job_here(interaction: discord.Interaction[Darkroom], job_id: str) -> Job | None:
    """The job of this id; None where it is not to be found here, and the member has been told."""
    job = await find_job(interaction, job_id)
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
