"""The buttons Again and Retry: run the same request again, as a job of the member who pressed."""

import discord

from bot.discord_ui.access.jobs import job_here, pack_here, seen_by_one
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.requests.resolution import Resolved, for_another
from bot.discord_ui.requests.submission import submit_job


async def press_again(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Submit the same values with a new seed, for another image."""
    await _repeat(interaction, job_id, same_seed=False)


async def press_retry(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Submit exactly the same values, after the job failed."""
    await _repeat(interaction, job_id, same_seed=True)


async def _repeat(interaction: discord.Interaction[Darkroom], job_id: str, *, same_seed: bool) -> None:
    job = await job_here(interaction, job_id)
    pack = await pack_here(interaction, job) if job is not None else None
    if job is None or pack is None:
        return
    given = None if job.given is None else dict(job.given)
    values = Resolved(dict(job.values), given) if same_seed else for_another(job.request)
    await submit_job(interaction, pack, values, private=seen_by_one(interaction), spoiler=job.spoiler)
