"""The button Change part: choose cells of an image or a larger frame, give a prompt, and submit a job of one's own."""

import logging
from collections.abc import Sequence

import discord

from bot.discord_internals import interaction_data
from bot.discord_limits import TYPED
from bot.discord_ui.access.jobs import job_here, seen_by_one
from bot.discord_ui.access.requester import Requester
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.forms import answers, form_of, text_field
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.images.part_reply import (
    GRID_FILE,
    PART_FORM_ID,
    PART_IMAGE_ID,
    PRIVATE,
    PUBLIC,
    form_title,
    paint_url_of,
    part_embed,
    part_question,
    part_view,
    region_of,
    source_of,
)
from bot.discord_ui.images.variations import NO_IMAGE, images_under
from bot.discord_ui.images.vary_values import carried_over
from bot.discord_ui.painting.paint_page import PaintPage
from bot.discord_ui.requests.changed_part import MOST_BYTES, ChangedPart
from bot.discord_ui.requests.resolution import escaped
from bot.discord_ui.requests.submission import submit_job
from bot.errors import PictureRefused, SpoolFailed
from bot.ledger import Job
from bot.messages import discord_file, download, explain
from bot.pictures.parts.regions import Region
from bot.translation import N_, _
from bot.workflows import Inpainting, Pack, continuations, escape

log = logging.getLogger(__name__)

_NO_WORKFLOW = N_("No workflow here can change a part of an image right now. `/workflows` lists the ones you can use.")
_GONE = N_("I can’t tell any more which image this was about. Press **Change part** under the image again.")


async def press_part(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Show the image with its grid; if the message has several images, ask which one first."""
    job = await job_here(interaction, job_id)
    if job is None or interaction.message is None:
        return
    images, seen = images_under(interaction.message), PRIVATE if seen_by_one(interaction) else PUBLIC
    if not images:
        await tell(interaction, _(NO_IMAGE))
    elif _inpainting(interaction) is None:
        await tell(interaction, _(_NO_WORKFLOW))
    elif len(images) == 1:
        await interaction.response.defer(ephemeral=True, thinking=True)
        await _show_grid(interaction, job, seen, images[0].url, None)
    else:
        await _ask_which(interaction, job, seen, images)


async def press_image(interaction: discord.Interaction[Darkroom], seen: str, job_id: str, number: str) -> None:
    """Show the image with this number in place of the question."""
    job = await job_here(interaction, job_id)
    if job is None or interaction.message is None:
        return
    shown = {embed.title: embed.thumbnail.url for embed in interaction.message.embeds}
    url = shown.get(number)
    if url is None:
        await tell(interaction, _(NO_IMAGE))
        return
    await interaction.response.defer()
    await _show_grid(interaction, job, seen, url, int(number))


async def choose_cells(interaction: discord.Interaction[Darkroom], seen: str, job_id: str) -> None:
    """Keep the chosen cells in the reply's buttons."""
    if not _is_own_reply(interaction):
        await tell(interaction, _(_GONE))
        return
    values = interaction_data(interaction).get("values") or []
    numbers = [int(value) for value in map(str, values) if value.isdecimal()]
    view = part_view(seen, job_id, numbers, paint_url=paint_url_of(interaction.message))
    await interaction.response.edit_message(view=view)


async def press_open(interaction: discord.Interaction[Darkroom], seen: str, job_id: str, region: str) -> None:
    """Open the form for the prompt, filled in with the image's own."""
    job = await job_here(interaction, job_id)
    area = region_of(region)
    if job is None:
        return
    if area is None or not _is_own_reply(interaction):
        await tell(interaction, _(_GONE))
    elif _inpainting(interaction) is None:
        await tell(interaction, _(_NO_WORKFLOW))
    else:
        await interaction.response.send_modal(_form(job, seen, region, area))


async def submit_part(interaction: discord.Interaction[Darkroom], seen: str, job_id: str, region: str) -> None:
    """Submit a job for the region with the prompt from the form."""
    job = await job_here(interaction, job_id)
    area, inpainting = region_of(region), _inpainting(interaction)
    url = None if interaction.message is None else source_of(interaction.message)
    if job is None:
        return
    if area is None or url is None or not _is_own_reply(interaction):
        await tell(interaction, _(_GONE))
    elif inpainting is None:
        await tell(interaction, _(_NO_WORKFLOW))
    else:
        part = ChangedPart(area, inpainting, url)
        typed = dict(answers(interaction)).get("prompt", "")
        values = {**_carried(interaction, job, inpainting.pack), **part.values(), "prompt": typed}
        await submit_job(interaction, inpainting.pack, values, private=seen == PRIVATE, spoiler=job.spoiler)


async def _show_grid(
    interaction: discord.Interaction[Darkroom], job: Job, seen: str, url: str, number: int | None
) -> None:
    """Fill in the deferred reply with the image and its grid, or with why that is impossible."""
    bot = interaction.client
    async with bot.spool.box() as box:
        try:
            grid = await bot.conversions.grid(box, await download(url, MOST_BYTES, box))
        except (PictureRefused, SpoolFailed) as fault:
            log.info("job %s: could not show its image with a grid: %s", job.id, fault)
            await interaction.edit_original_response(content=explain(fault), embeds=[], view=None)
            return
        await interaction.edit_original_response(
            content=part_question(),
            embeds=[part_embed(url, number)],
            attachments=[discord_file(grid, GRID_FILE, _("The image with a grid of 5 columns, A to E, and 5 rows."))],
            view=part_view(seen, job.id, paint_url=await _paint_url(interaction, job, seen, url)),
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
        private=seen == PRIVATE,
        spoiler=job.spoiler,
    )


async def _ask_which(
    interaction: discord.Interaction[Darkroom], job: Job, seen: str, images: Sequence[discord.Attachment]
) -> None:
    """Show the images, each with a number and its button. `press_image` finds the image in this message."""
    buttons: list[discord.ui.Button[discord.ui.View]] = []
    embeds = []
    for number, image in enumerate(images, start=1):
        custom_id = PART_IMAGE_ID.format(seen=seen, job_id=job.id, number=number)
        buttons.append(discord.ui.Button(label=str(number), custom_id=custom_id))
        embeds.append(discord.Embed(title=str(number)).set_thumbnail(url=image.url))
    question = _("Which image should I change a part of?")
    await interaction.response.send_message(question, embeds=embeds, view=view_of(*buttons), ephemeral=True)


def _carried(interaction: discord.Interaction[Darkroom], job: Job, pack: Pack) -> dict[str, object]:
    """What the new job takes over from the image's, to be given once more."""
    library = interaction.client.library
    return escaped(pack, carried_over(library.packs.get(job.workflow), job.values, pack, library))


def _inpainting(interaction: discord.Interaction[Darkroom]) -> Inpainting | None:
    return continuations(interaction.client.library, interaction.guild_id).inpaint


def _is_own_reply(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether this comes from the private reply. A modified client can press any button under any message."""
    message = interaction.message
    return message is not None and seen_by_one(interaction) and source_of(message) is not None


def _form(job: Job, seen: str, region: str, area: Region) -> discord.ui.Modal:
    given = job.values.get("prompt")
    prompt = escape(given) if isinstance(given, str) else ""
    cut = _("Only the first {count} characters fit here.").format(count=f"{TYPED:,}")
    hint = cut if len(prompt) > TYPED else _("What the whole image shows, with what is new in it.")
    field = text_field(_("Prompt"), "prompt", prompt, TYPED, hint=hint, required=True, long=True)
    return form_of(form_title(area), PART_FORM_ID.format(seen=seen, job_id=job.id, region=region), field)
