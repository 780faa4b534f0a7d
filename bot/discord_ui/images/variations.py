"""Vary and Upscale: a finished picture as the beginning of the presser's own order. Of several, which one is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import discord

from bot.discord_ui.access.jobs import job_here, seen_by_one
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.requests.attachments import PictureAt
from bot.discord_ui.requests.submission import take_order
from bot.ledger import Job
from bot.workflows import Pack, continuations, picture_of
from bot.workflows.graphs.parameters import check_value

PICK_IMAGE_ID: Final = "darkroom:pick:{way}:{job_id}:{number}"

_VARY: Final = "vary"
_UPSCALE: Final = "upscale"
_PRIVATELY: Final = "-privately"
"""After a way: what comes of it is the presser's alone. The question itself always is."""
_QUESTIONS: Final = {_VARY: "Which picture shall I vary?", _UPSCALE: "Which picture shall I enlarge?"}
_NO_WAY: Final = {
    _VARY: "No workflow here can vary a picture at the moment. `/workflows` shows what there is.",
    _UPSCALE: "No workflow here can enlarge a picture at the moment. `/workflows` shows what there is.",
}
_NO_PICTURE: Final = "There is no picture under this message any more. **Again** makes a new one."
_CARRIED: Final = ("prompt", "negative", "checkpoint")
"""What a variation has in common with its picture, where both workflows know it."""


async def press_vary(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """The picture painted again after the same words."""
    await _go_on(interaction, job_id, _VARY)


async def press_upscale(interaction: discord.Interaction[Darkroom], job_id: str) -> None:
    """The picture, larger."""
    await _go_on(interaction, job_id, _UPSCALE)


async def press_pick(interaction: discord.Interaction[Darkroom], way: str, job_id: str, number: str) -> None:
    """Of several, the one with this number."""
    job = await job_here(interaction, job_id)
    if job is None or interaction.message is None:
        return
    shown = {embed.title: embed.thumbnail.url for embed in interaction.message.embeds}
    url = shown.get(number)
    if url is None:
        await tell(interaction, _NO_PICTURE)
        return
    await _order(interaction, job, way.removesuffix(_PRIVATELY), PictureAt(url), private=way.endswith(_PRIVATELY))


async def _go_on(interaction: discord.Interaction[Darkroom], job_id: str, way: str) -> None:
    job = await job_here(interaction, job_id)
    if job is None or interaction.message is None:
        return
    pictures = pictures_under(interaction.message)
    if not pictures:
        await tell(interaction, _NO_PICTURE)
    elif _pack(interaction, way) is None:
        await tell(interaction, _NO_WAY[way])
    elif len(pictures) == 1:
        await _order(interaction, job, way, pictures[0], private=seen_by_one(interaction))
    else:
        await _ask_which(interaction, job, way, pictures)


def pictures_under(message: discord.Message) -> list[discord.Attachment]:
    """The message's attachments that Discord takes for pictures."""
    return [one for one in message.attachments if (one.content_type or "").startswith("image/")]


async def _ask_which(
    interaction: discord.Interaction[Darkroom], job: Job, way: str, pictures: Sequence[discord.Attachment]
) -> None:
    """The pictures with a number each, and a button for each number: the answer finds its picture in the question."""
    privately = _PRIVATELY if seen_by_one(interaction) else ""
    buttons: list[discord.ui.Button[discord.ui.View]] = []
    embeds = []
    for number, picture in enumerate(pictures, start=1):
        custom_id = PICK_IMAGE_ID.format(way=f"{way}{privately}", job_id=job.id, number=number)
        buttons.append(discord.ui.Button(label=str(number), custom_id=custom_id))
        embeds.append(discord.Embed(title=str(number)).set_thumbnail(url=picture.url))
    await interaction.response.send_message(_QUESTIONS[way], embeds=embeds, view=view_of(*buttons), ephemeral=True)


async def _order(
    interaction: discord.Interaction[Darkroom],
    job: Job,
    way: str,
    picture: discord.Attachment | PictureAt,
    *,
    private: bool,
) -> None:
    pack = _pack(interaction, way)
    parameter = picture_of(pack) if pack is not None else None
    if pack is None or parameter is None:
        await tell(interaction, _NO_WAY[way])
        return
    carried = carried_over(job.values, pack) if way == _VARY else {}
    await take_order(interaction, pack, {**carried, parameter.name: picture}, private=private)


def _pack(interaction: discord.Interaction[Darkroom], way: str) -> Pack | None:
    offered = continuations(interaction.client.library, interaction.guild_id)
    return offered.vary if way == _VARY else offered.upscale


def carried_over(values: Mapping[str, object], pack: Pack) -> dict[str, object]:
    """What of a picture's values a variation with this pack keeps."""
    return {
        name: values[name]
        for name in _CARRIED
        if name in values and name in pack.offered and check_value(pack.offered[name], values[name]) is None
    }
