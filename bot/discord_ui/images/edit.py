"""The button Edit: opens a job's prompts in a form and submits them with a new seed, as the presser's own job."""

from typing import Final

import discord

from bot.discord_limits import TYPED
from bot.discord_ui.access.jobs import job_here, pack_here, seen_by_one
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.forms import answers, form_of, text_field
from bot.discord_ui.core.replies import tell
from bot.discord_ui.requests.submission import submit_job
from bot.ledger import Job
from bot.translation import N_, _
from bot.workflows import Pack

EDIT_FORM_ID: Final = "darkroom:words:{job_id}"

_LABELS: Final = {"prompt": N_("Prompt"), "negative": N_("Negative prompt")}
"""The parameters that the form shows, each with its field's label."""


async def press_edit(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Open the form."""
    job = await job_here(interaction, job_id)
    pack = await pack_here(interaction, job) if job is not None else None
    if job is None or pack is None:
        return
    if (length := len(_text(job, "prompt"))) > TYPED:
        refusal = _(
            "That prompt has {length} characters, but Discord’s forms hold only {most}. Press **Recipe** to get the "
            "whole prompt, then change it and use it with `/imagine`."
        )
        await tell(interaction, refusal.format(length=f"{length:,}", most=f"{TYPED:,}"))
        return
    await interaction.response.send_modal(_form(job, pack))


async def submit_edit(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Submit a job with the prompts from the form."""
    job = await job_here(interaction, job_id)
    pack = await pack_here(interaction, job) if job is not None else None
    if job is None or pack is None:
        return
    typed = {name: text for name, text in answers(interaction) if name in _LABELS}
    values = {name: value for name, value in job.values.items() if name not in {"seed", *typed}}
    values |= {name: text for name, text in typed.items() if text.strip()}
    await submit_job(interaction, pack, values, private=seen_by_one(interaction), spoiler=job.spoiler)


def _form(job: Job, pack: Pack) -> discord.ui.Modal:
    # A text that is too long for a field gets none, and stays as it is.
    fields = [
        text_field(_(label), name, text, TYPED, required=name == "prompt", long=True)
        for name, label in _LABELS.items()
        if name in pack.offered and len(text := _text(job, name)) <= TYPED
    ]
    return form_of(_("Edit the prompt"), EDIT_FORM_ID.format(job_id=job.id), *fields)


def _text(job: Job, name: str) -> str:
    given = job.values.get(name)
    return given if isinstance(given, str) else ""
