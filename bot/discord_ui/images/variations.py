"""The buttons Vary and Upscale: start a new job of the presser's own from a finished image.

If there is something to choose, the bot asks in one private message: which of several images, and how much to vary it.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import discord

from bot.discord_ui.access.jobs import image_here, seen_by_one
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.images.vary_values import STRONG, SUBTLE, carried_over, vary_strengths
from bot.discord_ui.requests.attachments import ImageAt
from bot.discord_ui.requests.resolution import escaped
from bot.discord_ui.requests.submission import submit_job
from bot.ledger import Job
from bot.translation import N_, _
from bot.workflows import Pack, continuations, picture_of
from bot.workflows.library.meanings import parameter_for

PICK_IMAGE_ID: Final = "darkroom:pick:{way}:{job_id}:{number}"
"""`way` is the action, then how much to vary if that was chosen, then `privately` if only the presser sees the job."""

_VARY: Final = "vary"
_UPSCALE: Final = "upscale"
_PRIVATELY: Final = "-privately"
"""Ends the action in a custom id if only the presser sees the new job. The question itself is always private."""
_ROW: Final = 5
"""The most buttons in a row."""
_STEPS: Final[Mapping[str, str]] = {SUBTLE: N_("Subtle"), STRONG: N_("Strong")}
_QUESTIONS: Final = {_VARY: N_("Which image should I vary?"), _UPSCALE: N_("Which image should I upscale?")}
_HOW_MUCH: Final = N_("How much should I vary it? **Subtle** keeps most of the image, **Strong** keeps only its idea.")
_WHICH_HOW_MUCH: Final = N_(
    "Which image should I vary, and how much? **Subtle** keeps most of it, **Strong** keeps only its idea."
)
_NO_WORKFLOW: Final = {
    _VARY: N_("No workflow here can vary an image right now. `/workflows` lists the ones you can use."),
    _UPSCALE: N_("No workflow here can upscale an image right now. `/workflows` lists the ones you can use."),
}
NO_IMAGE: Final = N_("The image under this message is gone. Press **Again** for a new one.")


async def press_vary(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Generate a variation of the image from the same prompt."""
    await _continue_with(interaction, job_id, _VARY)


async def press_upscale(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Upscale the image."""
    await _continue_with(interaction, job_id, _UPSCALE)


async def press_pick(interaction: discord.Interaction[Darkroom], way: str, job_id: str, number: str) -> None:
    """Start from the image with this number. `way` comes from the custom id of the pressed button."""
    job = await image_here(interaction, job_id)
    if job is None or interaction.message is None:
        return
    shown = {str(place): embed.thumbnail.url for place, embed in enumerate(interaction.message.embeds, start=1)}
    url = shown.get(number)
    if url is None:
        await tell(interaction, _(NO_IMAGE))
        return
    action, _dash, step = way.removesuffix(_PRIVATELY).partition("-")
    await _submit(interaction, job, action, ImageAt(url), step=step, private=way.endswith(_PRIVATELY))


async def _continue_with(interaction: discord.Interaction[Darkroom], job_id: str, action: str) -> None:
    job = await image_here(interaction, job_id)
    if job is None or interaction.message is None:
        return
    images = images_under(interaction.message)
    pack = _pack(interaction, action)
    if not images:
        await tell(interaction, _(NO_IMAGE))
    elif pack is None:
        await tell(interaction, _(_NO_WORKFLOW[action]))
    elif steps := [*vary_strengths(pack)] if action == _VARY else []:
        await _ask(interaction, job, _WHICH_HOW_MUCH if len(images) > 1 else _HOW_MUCH, images, action, steps)
    elif len(images) > 1:
        await _ask(interaction, job, _QUESTIONS[action], images, action, [])
    else:
        await _submit(interaction, job, action, images[0], private=seen_by_one(interaction))


def images_under(message: discord.Message) -> list[discord.Attachment]:
    """The message's attachments that Discord considers images."""
    return [one for one in message.attachments if (one.content_type or "").startswith("image/")]


async def _ask(
    interaction: discord.Interaction[Darkroom],
    job: Job,
    question: str,
    images: Sequence[discord.Attachment],
    action: str,
    steps: Sequence[str],
) -> None:
    """Show the images, with a number each if there are several, and a button for each number and each of the steps.
    `press_pick` finds the image in this message.
    """
    privately = _PRIVATELY if seen_by_one(interaction) else ""
    several = len(images) > 1
    buttons: list[discord.ui.Button[discord.ui.View]] = []
    for place, step in enumerate(steps or [""]):
        for index in range(len(images)):
            number = str(index + 1) if several else ""
            way = f"{action}-{step}{privately}" if step else f"{action}{privately}"
            custom_id = PICK_IMAGE_ID.format(way=way, job_id=job.id, number=index + 1)
            label = f"{_(_STEPS[step])} {number}".strip() if step else number
            # Each step begins a row of its own: ten images with two steps fill four of Discord's five.
            row = place * -(-len(images) // _ROW) + index // _ROW if several else 0
            buttons.append(discord.ui.Button(label=label, custom_id=custom_id, row=row))
    embeds = [
        discord.Embed(title=str(number) if several else None).set_thumbnail(url=image.url)
        for number, image in enumerate(images, start=1)
    ]
    await interaction.response.send_message(_(question), embeds=embeds, view=view_of(*buttons), ephemeral=True)


async def _submit(
    interaction: discord.Interaction[Darkroom],
    job: Job,
    action: str,
    image: discord.Attachment | ImageAt,
    *,
    private: bool,
    step: str = "",
) -> None:
    pack = _pack(interaction, action)
    parameter = picture_of(pack) if pack is not None else None
    if pack is None or parameter is None:
        await tell(interaction, _(_NO_WORKFLOW[action]))
        return
    carried = {}
    if action == _VARY:
        library = interaction.client.library
        carried = escaped(pack, carried_over(library.packs.get(job.workflow), job.values, pack, library))
        strength = parameter_for(pack, "strength")
        if strength is not None and (chosen := vary_strengths(pack).get(step)) is not None:
            carried[strength.name] = chosen
    await submit_job(interaction, pack, {**carried, parameter.name: image}, private=private, spoiler=job.spoiler)


def _pack(interaction: discord.Interaction[Darkroom], action: str) -> Pack | None:
    offered = continuations(interaction.client.library, interaction.guild_id)
    return offered.vary if action == _VARY else offered.upscale
