"""Find the job and the workflow behind a press. Only those of the server where it was pressed are found."""

from typing import Final

import discord

from bot.discord_ui.access.permissions import moderates
from bot.discord_ui.access.viewer import Viewer
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.ledger import Job
from bot.translation import N_, _
from bot.workflows import Pack

_NO_JOB: Final = N_("I no longer have that request. Start a new one with `/imagine`.")
IMAGE_DELETED: Final = N_("That image was deleted, so it can’t be changed any more.")
_NO_PACK: Final = N_("The workflow behind this is no longer available. `/workflows` lists the ones that are.")


async def find_job(interaction: discord.Interaction[Darkroom], job_id: str) -> Job | None:
    """The job with this id, if it belongs to this server and the member may see what it is."""
    job = await interaction.client.ledger.job(job_id)
    viewer = Viewer.of(interaction)
    if job is None or job.erased_at is not None or not viewer.sees(job):
        return None
    moderating = job.hidden and not viewer.owns(job) and await moderates(interaction)
    return job if viewer.reads(job, moderates=moderating) else None


async def job_here(interaction: discord.Interaction[Darkroom], job_id: str) -> Job | None:
    """`find_job`, but if there is no such job, tells the member so and returns None."""
    job = await find_job(interaction, job_id)
    if job is None:
        await tell(interaction, _(_NO_JOB))
    return job


async def image_here(interaction: discord.Interaction[Darkroom], job_id: str) -> Job | None:
    """`job_here` for what starts from the job's image. A deleted image starts nothing, even though Discord may still
    have it at its address, or the member a private copy of it.
    """
    job = await job_here(interaction, job_id)
    if job is None or job.deleted_by is None:
        return job
    await tell(interaction, _(IMAGE_DELETED))
    return None


async def pack_here(interaction: discord.Interaction[Darkroom], job: Job) -> Pack | None:
    """The job's workflow as it is now. If members may not use it here, tells the member so and returns None."""
    pack = visible_pack(interaction, job.workflow)
    if pack is None:
        await tell(interaction, _(_NO_PACK))
    return pack


def visible_pack(interaction: discord.Interaction[Darkroom], name: str) -> Pack | None:
    """The workflow with this name, if members may use it here."""
    return next((pack for pack in interaction.client.library.visible(interaction.guild_id) if pack.name == name), None)


async def may_decide(interaction: discord.Interaction[Darkroom], job: Job) -> bool:
    """Whether this member may cancel or delete the job: as its owner, or as a moderator in the job's own guild."""
    return job.user_id == interaction.user.id or (job.guild_id == interaction.guild_id and await moderates(interaction))


def seen_by_one(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether the button is under a private message. What follows from the press is private as well then."""
    return interaction.message is not None and interaction.message.flags.ephemeral
