"""The buttons Again and Retry: run the same request again, as a job of the member who pressed."""

from collections.abc import Mapping

import discord

from bot.discord_ui.access.jobs import job_here, pack_here, seen_by_one
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.requests.resolution import Resolved, escaped, for_another
from bot.discord_ui.requests.styles.named_style import style_is_gone
from bot.discord_ui.requests.submission import submit_job
from bot.messages import shown_prompt
from bot.translation import _
from bot.workflows.styles.style import STYLE


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
    gone = not same_seed and await style_is_gone(interaction, pack, job.request)
    values: Mapping[str, object] | Resolved
    if same_seed:
        values = Resolved(dict(job.values), None if job.given is None else dict(job.given))
    else:
        # What a style added that is gone is in the job's values.
        values = for_another(escaped(pack, job.values) if gone else job.request)
    await submit_job(interaction, pack, values, private=seen_by_one(interaction), spoiler=job.spoiler)
    if gone:
        kept = _("The style “{name}” isn’t available any more, so I used its text and settings as they were.")
        await tell(interaction, kept.format(name=shown_prompt(str(job.request[STYLE]), 80)))
