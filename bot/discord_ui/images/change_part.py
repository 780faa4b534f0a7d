"""The button Change part: choose cells of an image or a larger frame, give a prompt, and submit a job of one's own."""

import logging
from dataclasses import dataclass
from typing import Final

import discord

from bot.discord_internals import interaction_data
from bot.discord_limits import TYPED
from bot.discord_ui.access.jobs import image_here, seen_by_one
from bot.discord_ui.access.requester import Requester
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.forms import answers, form_of, text_field
from bot.discord_ui.core.replies import tell
from bot.discord_ui.images.part_reply import (
    GRID_FILE,
    PART_FORM_ID,
    PRIVATE,
    PUBLIC,
    Choice,
    choice_in,
    form_title,
    paint_url_of,
    part_embed,
    part_question,
    part_view,
    region_of,
)
from bot.discord_ui.images.variations import NO_IMAGE, images_under
from bot.discord_ui.images.vary_values import carried_over
from bot.discord_ui.painting.paint_page import PaintPage
from bot.discord_ui.requests.changed_part import MOST_BYTES, ChangedPart
from bot.discord_ui.requests.imagine.refused_form import requester_of_form
from bot.discord_ui.requests.resolution import escaped
from bot.discord_ui.requests.submission import submit_request
from bot.errors import PictureRefused, SpoolFailed
from bot.ledger import Job
from bot.messages import discord_file, download, explain
from bot.pictures.parts.regions import Region
from bot.translation import N_, _, shown_number
from bot.workflows import Inpainting, Pack, continuations, escape

log = logging.getLogger(__name__)

PART_AGAIN_ID: Final = "darkroom:part:again:{key}"
"""The form that a refusal offers. The message of that refusal has no image."""
_NO_WORKFLOW = N_("No workflow here can change a part of an image right now. `/workflows` lists the ones you can use.")
_GONE = N_("I can’t tell any more which image this was about. Press **Change part** under the image again.")


@dataclass(frozen=True, slots=True)
class _Part:
    """What a form is about: the parts of its custom id, and the image's address at Discord if that is known."""

    job_id: str
    seen: str
    region: str
    url: str | None


async def press_part(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Show the image with its grid; if the message has several images, the first, with buttons for the others."""
    job = await image_here(interaction, job_id)
    if job is None or interaction.message is None:
        return
    images, seen = images_under(interaction.message), PRIVATE if seen_by_one(interaction) else PUBLIC
    if not images:
        await tell(interaction, _(NO_IMAGE))
    elif _inpainting(interaction) is None:
        await tell(interaction, _(_NO_WORKFLOW))
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await _show_grid(interaction, job, seen, Choice([one.url for one in images]))


async def press_image(interaction: discord.Interaction[Darkroom], seen: str, job_id: str, number: str) -> None:
    """Show the image with this number in the same reply."""
    job = await image_here(interaction, job_id)
    if job is None:
        return
    shown = _choice(interaction)
    place = int(number) if number.isdecimal() else 0
    if shown is None or not 0 < place <= len(shown.urls):
        await tell(interaction, _(_GONE))
        return
    await interaction.response.defer()
    await _show_grid(interaction, job, seen, Choice(shown.urls, place), kept=True)


async def choose_cells(interaction: discord.Interaction[Darkroom], seen: str, job_id: str) -> None:
    """Keep the chosen cells in the reply's buttons."""
    shown = _choice(interaction)
    if shown is None:
        await tell(interaction, _(_GONE))
        return
    values = interaction_data(interaction).get("values") or []
    numbers = [int(value) for value in map(str, values) if value.isdecimal()]
    view = part_view(seen, job_id, shown, numbers, paint_url=paint_url_of(interaction.message))
    await interaction.response.edit_message(view=view)


async def press_open(interaction: discord.Interaction[Darkroom], seen: str, job_id: str, region: str) -> None:
    """Open the form for the prompt, filled in with the image's own."""
    job = await image_here(interaction, job_id)
    area = region_of(region)
    if job is None:
        return
    if area is None or _choice(interaction) is None:
        await tell(interaction, _(_GONE))
    elif _inpainting(interaction) is None:
        await tell(interaction, _(_NO_WORKFLOW))
    else:
        given = job.values.get("prompt")
        prompt = escape(given) if isinstance(given, str) else ""
        form_id = PART_FORM_ID.format(seen=seen, job_id=job_id, region=region)
        await interaction.response.send_modal(_form(area, prompt, form_id))


async def submit_part(interaction: discord.Interaction[Darkroom], seen: str, job_id: str, region: str) -> None:
    """Submit a job for the region with the prompt from the form."""
    shown = _choice(interaction)
    await _submit(interaction, _Part(job_id, seen, region, None if shown is None else shown.url))


async def submit_again(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """Submit a job with the form that was offered again."""
    part = interaction.client.pending.find(interaction.user.id, key, _Part)
    if part is None:
        await tell(interaction, _(_GONE))
    else:
        await _submit(interaction, part)


async def _submit(interaction: discord.Interaction[Darkroom], part: _Part) -> None:
    job = await image_here(interaction, part.job_id)
    area, inpainting = region_of(part.region), _inpainting(interaction)
    if job is None:
        return
    if area is None or part.url is None:
        await tell(interaction, _(_GONE))
    elif inpainting is None:
        await tell(interaction, _(_NO_WORKFLOW))
    else:
        typed = dict(answers(interaction)).get("prompt", "")

        def again() -> discord.ui.Modal:
            key = interaction.client.pending.keep(interaction.user.id, part)
            return _form(area, typed, PART_AGAIN_ID.format(key=key))

        values = {
            **_carried(interaction, job, inpainting.pack),
            **ChangedPart(area, inpainting, part.url).values(),
            "prompt": typed,
        }
        requester = requester_of_form(interaction, again)
        await submit_request(requester, inpainting.pack, values, private=part.seen == PRIVATE, spoiler=job.spoiler)


async def _show_grid(
    interaction: discord.Interaction[Darkroom], job: Job, seen: str, choice: Choice, *, kept: bool = False
) -> None:
    """Fill in the deferred reply with the image and its grid, or with why that is impossible. `kept`: it shows another
    image so far, and keeps that one if this is impossible.
    """
    bot = interaction.client
    async with bot.spool.box() as box:
        try:
            grid = await bot.conversions.grid(box, await download(choice.url, MOST_BYTES, box))
        except (PictureRefused, SpoolFailed) as fault:
            log.info("job %s: could not show its image with a grid: %s", job.id, fault)
            if kept:
                await tell(interaction, explain(fault))
            else:
                await interaction.edit_original_response(content=explain(fault), embeds=[], view=None)
            return
        await interaction.edit_original_response(
            content=part_question(),
            embeds=[part_embed(choice)],
            attachments=[discord_file(grid, GRID_FILE, _("The image with a grid of 5 columns, A to E, and 5 rows."))],
            view=part_view(seen, job.id, choice, paint_url=await _paint_url(interaction, job, seen, choice.url)),
        )


async def _paint_url(interaction: discord.Interaction[Darkroom], job: Job, seen: str, url: str) -> str | None:
    """The address of the paint page for this member and this image, if there is such a page."""
    inpainting = _inpainting(interaction)
    if inpainting is None:
        return None
    return await interaction.client.service(PaintPage).link(
        Requester.of(interaction),
        inpainting.pack.name,
        _carried(interaction, job, inpainting.pack),
        url,
        job,
        private=seen == PRIVATE,
    )


def _carried(interaction: discord.Interaction[Darkroom], job: Job, pack: Pack) -> dict[str, object]:
    """What the new job takes over from the image's, to be given once more."""
    library = interaction.client.library
    return escaped(pack, carried_over(library.packs.get(job.workflow), job.values, pack, library))


def _inpainting(interaction: discord.Interaction[Darkroom]) -> Inpainting | None:
    return continuations(interaction.client.library, interaction.guild_id).inpaint


def _choice(interaction: discord.Interaction[Darkroom]) -> Choice | None:
    """The images that the private reply is about. None if this comes from elsewhere: a modified client can press any
    button under any message.
    """
    message = interaction.message
    return choice_in(message) if message is not None and seen_by_one(interaction) else None


def _form(area: Region, prompt: str, form_id: str) -> discord.ui.Modal:
    cut = _("Only the first {count} characters fit here.").format(count=shown_number(TYPED))
    hint = cut if len(prompt) > TYPED else _("Describe the whole image, including the new part.")
    field = text_field(_("Prompt"), "prompt", prompt, TYPED, hint=hint, required=True, long=True)
    return form_of(form_title(area), form_id, field)
