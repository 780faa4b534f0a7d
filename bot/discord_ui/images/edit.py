"""Edit: the words of a job in a form; sent off, they are the presser's own order with a new seed."""

from __future__ import annotations

from typing import Final

import discord

from bot.discord_limits import TYPED
from bot.discord_ui.access.jobs import job_here, pack_here, seen_by_one
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.forms import answers, form_of, text_field
from bot.discord_ui.core.replies import tell
from bot.discord_ui.requests.submission import take_order
from bot.ledger import Job
from bot.workflows import Pack

EDIT_FORM_ID: Final = "darkroom:words:{job_id}"

_TOO_LONG: Final = (
    f"That prompt has {{length:,}} characters, and Discord’s forms take {TYPED:,}. "
    "**Recipe** hands you the whole of it, to change and use with `/imagine`."
)
_LABELS: Final = {"prompt": "Prompt", "negative": "What it should not show"}


async def press_words(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Open the form."""
    job = await job_here(interaction, job_id)
    pack = await pack_here(interaction, job) if job is not None else None
    if job is None or pack is None:
        return
    if (length := len(_words(job, "prompt"))) > TYPED:
        await tell(interaction, _TOO_LONG.format(length=length))
        return
    await interaction.response.send_modal(_form(job, pack))


async def submit_words(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Order with the words of the form."""
    job = await job_here(interaction, job_id)
    pack = await pack_here(interaction, job) if job is not None else None
    if job is None or pack is None:
        return
    typed = {name: text for name, text in answers(interaction) if name in _LABELS}
    values = {name: value for name, value in job.values.items() if name not in {"seed", *typed}}
    values |= {name: text for name, text in typed.items() if text.strip()}
    await take_order(interaction, pack, values, private=seen_by_one(interaction))


def _form(job: Job, pack: Pack) -> discord.ui.Modal:
    # What is too long for a field is left as it is.
    fields = [
        text_field(label, name, words, TYPED, required=name == "prompt", long=True)
        for name, label in _LABELS.items()
        if name in pack.offered and len(words := _words(job, name)) <= TYPED
    ]
    return form_of("Other words, a new picture", EDIT_FORM_ID.format(job_id=job.id), *fields)


def _words(job: Job, name: str) -> str:
    given = job.values.get(name)
    return given if isinstance(given, str) else ""
