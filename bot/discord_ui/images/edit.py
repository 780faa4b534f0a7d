"""The button Edit: opens a job's request in a form and submits it with a new seed, as the presser's own job."""

from collections.abc import Mapping
from typing import Final

import discord

from bot.discord_limits import FIELD_HINT, TYPED
from bot.discord_ui.access.jobs import job_here, pack_here, seen_by_one
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.commands.options import short
from bot.discord_ui.core.forms import answers, form_of, text_field
from bot.discord_ui.core.replies import tell
from bot.discord_ui.requests.imagine.form_values import (
    SEED,
    SETTINGS,
    field_texts,
    read_form,
    settable,
    shown_values,
)
from bot.discord_ui.requests.imagine.given_options import parameters_of
from bot.discord_ui.requests.imagine.refused_form import requester_of_form
from bot.discord_ui.requests.resolution import escaped, for_another
from bot.discord_ui.requests.styles.named_style import style_is_gone
from bot.discord_ui.requests.submission import submit_request
from bot.ledger import Job
from bot.translation import N_, _, listed, shown_number
from bot.workflows import Pack
from bot.workflows.styles.style import STYLE

EDIT_FORM_ID: Final = "darkroom:words:{job_id}"

_LABELS: Final[Mapping[str, str]] = {
    "prompt": N_("Prompt"),
    "negative": N_("Negative prompt"),
    "size": N_("Size"),
    "model": N_("Model"),
    STYLE: N_("Style"),
    SETTINGS: N_("Settings"),
}
_HINTS: Final[Mapping[str, str]] = {
    "size": N_("Like 16:9, portrait or 1024x768. Empty: the workflow’s own."),
    "model": N_("Part of its name is enough. Empty: the workflow’s own."),
    STYLE: N_("Part of its name is enough. Empty: none."),
}
_LONG: Final = frozenset({"prompt", "negative", SETTINGS})


async def press_edit(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Open the form."""
    job = await job_here(interaction, job_id)
    pack = await pack_here(interaction, job) if job is not None else None
    if job is None or pack is None:
        return
    texts = field_texts(pack, await _request(interaction, job, pack), interaction.client.library, job.values)
    # A text that is too long for a field gets none, and stays as it is.
    fields = {name: text for name, text in texts.items() if len(text) <= TYPED}
    if not fields:
        refusal = _(
            "That prompt has {length} characters, but Discord’s forms hold only {most}. Press **Recipe** to get the "
            "whole prompt, then change it and use it with `/imagine`."
        )
        await tell(interaction, refusal.format(length=shown_number(len(texts["prompt"])), most=shown_number(TYPED)))
        return
    await interaction.response.send_modal(_form(job, pack, fields))


async def submit_edit(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Submit a job with what the form says, or tell the member everything that is wrong with it."""
    job = await job_here(interaction, job_id)
    pack = await pack_here(interaction, job) if job is not None else None
    if job is None or pack is None:
        return
    library = interaction.client.library
    fields = {name: text for name, text in answers(interaction) if name in _LABELS}
    fitted = read_form(pack, fields, library)
    requester = requester_of_form(interaction, lambda: _form(job, pack, fields))
    if (refusal := fitted.refusal(pack)) is not None:
        await requester.answers.refuse(refusal)
        return
    # A form may be of an earlier version with fewer fields, or of a job with texts that are too long for one.
    request = await _request(interaction, job, pack)
    replaced = shown_values(pack, request, fields, library).union(parameters_of(pack, SEED))
    kept = {name: value for name, value in request.items() if name not in replaced}
    private = seen_by_one(interaction)
    await submit_request(requester, pack, kept | fitted.values, private=private, spoiler=job.spoiler)


async def _request(interaction: discord.Interaction[Darkroom], job: Job, pack: Pack) -> dict[str, object]:
    """What the form shows. A style that is gone has left its text and settings in the job's values."""
    gone = await style_is_gone(interaction, pack, job.request)
    return for_another(escaped(pack, job.values) if gone else job.request)


def _form(job: Job, pack: Pack, fields: Mapping[str, str]) -> discord.ui.Modal:
    hints = {name: _(hint) for name, hint in _HINTS.items()}
    # For any workflow: a member sees here what can be typed at all.
    hints[SETTINGS] = _("You can set: {names}").format(names=listed(settable(pack)))
    if fields and "prompt" not in fields:
        hints[next(iter(fields))] = _("The prompt is too long for this form, so it stays as it is.")
    inputs = [
        text_field(
            _(label),
            name,
            fields[name],
            TYPED,
            hint=short(hints[name], FIELD_HINT) if name in hints else None,
            required=name == "prompt",
            long=name in _LONG,
        )
        for name, label in _LABELS.items()
        if name in fields
    ]
    return form_of(_("Edit: {title}").format(title=pack.title), EDIT_FORM_ID.format(job_id=job.id), *inputs)
