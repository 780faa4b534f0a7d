"""The recipe of a picture in a message: what its job was ordered with, else what the picture itself carries."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot import pictures
from bot.discord_ui.access.viewer import Viewer
from bot.discord_ui.bot import Darkroom
from bot.ledger import Job
from bot.messages import download
from bot.spool import Content, source_of
from bot.workflows import Graph, ObjectInfo
from bot.workflows.imports.recipes import Recipe, graph_of, recipe_of_graph, recipe_told

MOST_BYTES: Final = 25 * 2**20
_ENDINGS: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".avif")

NO_PICTURE: Final = "There is no picture in that message. Choose a message that one is attached to."
NO_RECIPE: Final = (
    "That picture carries no recipe. ComfyUI writes one into each PNG; copies, screenshots and other formats lose it."
)

_few_at_a_time = asyncio.Semaphore(2)
"""Its texts are in memory while they are read."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a picture carries; an empty recipe where nothing could be told from its graph."""

    recipe: Recipe
    graph: Graph | None


def pictures_in(message: discord.Message) -> list[discord.Attachment]:
    """The pictures that are attached to a message, or to the one that it passes on."""
    passed_on = [one for snapshot in message.message_snapshots for one in snapshot.attachments]
    return [one for one in (*message.attachments, *passed_on) if _is_picture(one)]


def _is_picture(attachment: discord.Attachment) -> bool:
    if attachment.content_type:
        return attachment.content_type.startswith("image/")
    return attachment.filename.casefold().endswith(_ENDINGS)


def likeliest(found: Sequence[discord.Attachment]) -> discord.Attachment:
    """The one to look for a recipe in: only PNGs carry one."""
    return next((one for one in found if one.filename.casefold().endswith(".png")), found[0])


async def job_of(interaction: discord.Interaction[Darkroom], message: discord.Message) -> Job | None:
    """The job that this message carries, if the member may know what it is."""
    job = await interaction.client.ledger.job_of_message(interaction.guild_id, message.id)
    return job if job is not None and Viewer.of(interaction).reads(job) else None


async def carried_by(bot: Darkroom, attachment: discord.Attachment) -> Carried:
    """Read a picture's text chunks; no pixel is decoded. Raises `PictureRefused` or `SpoolFailed`."""
    async with _few_at_a_time, bot.spool.box() as box:
        content = await download(attachment.url, MOST_BYTES, box)
        return await asyncio.to_thread(read_carried, content, bot.library.distinct_infos)


def read_carried(content: Content, infos: Sequence[ObjectInfo] = ()) -> Carried:
    """The same of the picture itself. Takes CPU time."""
    chunks = pictures.texts(source_of(content))
    graph = graph_of(chunks, infos)
    # Our own words, where there are any, are those that the member typed.
    told = recipe_told(chunks)
    return Carried(told or (Recipe() if graph is None else recipe_of_graph(graph)), graph)
