"""The buttons Vary and Upscale: start a new job of the presser's own from a finished image.

If the message has several images, the bot asks which one.
"""

from collections.abc import Mapping, Sequence
from typing import Final

import discord

from bot.discord_ui.access.jobs import job_here, seen_by_one
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.requests.attachments import ImageAt
from bot.discord_ui.requests.submission import submit_job
from bot.ledger import Job
from bot.translation import N_, _
from bot.workflows import Pack, continuations, picture_of
from bot.workflows.graphs.parameters import check_value

PICK_IMAGE_ID: Final = "darkroom:pick:{way}:{job_id}:{number}"

_VARY: Final = "vary"
_UPSCALE: Final = "upscale"
_PRIVATELY: Final = "-privately"
"""Ends the action in a custom id if only the presser sees the new job. The question itself is always private."""
_QUESTIONS: Final = {_VARY: N_("Which image should I vary?"), _UPSCALE: N_("Which image should I upscale?")}
_NO_WORKFLOW: Final = {
    _VARY: N_("No workflow here can vary an image right now. `/workflows` lists the ones you can use."),
    _UPSCALE: N_("No workflow here can upscale an image right now. `/workflows` lists the ones you can use."),
}
NO_IMAGE: Final = N_("The image under this message is gone. Press **Again** for a new one.")
_CARRIED: Final = ("prompt", "negative", "checkpoint")
"""Parameters that a variation takes over from the original job, if both workflows have them."""


async def press_vary(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Generate a variation of the image from the same prompt."""
    await _continue_with(interaction, job_id, _VARY)


async def press_upscale(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """Upscale the image."""
    await _continue_with(interaction, job_id, _UPSCALE)


async def press_pick(interaction: discord.Interaction[Darkroom], way: str, job_id: str, number: str) -> None:
    """Start from the image with this number. `way` comes from the custom id of the pressed button."""
    job = await job_here(interaction, job_id)
    if job is None or interaction.message is None:
        return
    shown = {embed.title: embed.thumbnail.url for embed in interaction.message.embeds}
    url = shown.get(number)
    if url is None:
        await tell(interaction, _(NO_IMAGE))
        return
    action, private = way.removesuffix(_PRIVATELY), way.endswith(_PRIVATELY)
    await _submit(interaction, job, action, ImageAt(url), private=private)


async def _continue_with(interaction: discord.Interaction[Darkroom], job_id: str, action: str) -> None:
    job = await job_here(interaction, job_id)
    if job is None or interaction.message is None:
        return
    images = images_under(interaction.message)
    if not images:
        await tell(interaction, _(NO_IMAGE))
    elif _pack(interaction, action) is None:
        await tell(interaction, _(_NO_WORKFLOW[action]))
    elif len(images) == 1:
        await _submit(interaction, job, action, images[0], private=seen_by_one(interaction))
    else:
        await _ask_which(interaction, job, action, images)


def images_under(message: discord.Message) -> list[discord.Attachment]:
    """The message's attachments that Discord considers images."""
    return [one for one in message.attachments if (one.content_type or "").startswith("image/")]


async def _ask_which(
    interaction: discord.Interaction[Darkroom], job: Job, action: str, images: Sequence[discord.Attachment]
) -> None:
    """Show the images with a number each and a button for each number. `press_pick` finds the image in this message."""
    privately = _PRIVATELY if seen_by_one(interaction) else ""
    buttons: list[discord.ui.Button[discord.ui.View]] = []
    embeds = []
    for number, image in enumerate(images, start=1):
        custom_id = PICK_IMAGE_ID.format(way=f"{action}{privately}", job_id=job.id, number=number)
        buttons.append(discord.ui.Button(label=str(number), custom_id=custom_id))
        embeds.append(discord.Embed(title=str(number)).set_thumbnail(url=image.url))
    await interaction.response.send_message(
        _(_QUESTIONS[action]), embeds=embeds, view=view_of(*buttons), ephemeral=True
    )


async def _submit(
    interaction: discord.Interaction[Darkroom],
    job: Job,
    action: str,
    image: discord.Attachment | ImageAt,
    *,
    private: bool,
) -> None:
    pack = _pack(interaction, action)
    parameter = picture_of(pack) if pack is not None else None
    if pack is None or parameter is None:
        await tell(interaction, _(_NO_WORKFLOW[action]))
        return
    carried = carried_over(job.values, pack) if action == _VARY else {}
    await submit_job(interaction, pack, {**carried, parameter.name: image}, private=private, spoiler=job.spoiler)


def _pack(interaction: discord.Interaction[Darkroom], action: str) -> Pack | None:
    offered = continuations(interaction.client.library, interaction.guild_id)
    return offered.vary if action == _VARY else offered.upscale


def carried_over(values: Mapping[str, object], pack: Pack) -> dict[str, object]:
    """The values of the original job that a variation with this pack takes over."""
    return {
        name: values[name]
        for name in _CARRIED
        if name in values and name in pack.offered and check_value(pack.offered[name], values[name]) is None
    }
