"""Again and Retry: the same order once more, now the presser's own."""

from __future__ import annotations

import discord

from bot.discord_ui.access.jobs import job_here, pack_here, seen_by_one
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.requests.submission import take_order


async def press_again(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """The same with another seed: another picture."""
    await _order(interaction, job_id, same_seed=False)


async def press_retry(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """The very same: the picture that did not come."""
    await _order(interaction, job_id, same_seed=True)


async def _order(interaction: discord.Interaction[Darkroom], job_id: str, *, same_seed: bool) -> None:
    job = await job_here(interaction, job_id)
    pack = await pack_here(interaction, job) if job is not None else None
    if job is None or pack is None:
        return
    values = {name: value for name, value in job.values.items() if same_seed or name != "seed"}
    await take_order(interaction, pack, values, private=seen_by_one(interaction))
