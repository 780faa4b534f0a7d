"""The recipe of a file in a message: what its job was ordered with, else what the file itself carries."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot import pictures
from bot.discord_ui.access.viewer import Viewer
from bot.discord_ui.bot import Darkroom
from bot.errors import PictureRefused
from bot.ledger import Job
from bot.messages import download
from bot.spool import Content, source_of
from bot.workflows import Graph, ObjectInfo
from bot.workflows.imports.foreign import foreign_text, recipe_of_texts
from bot.workflows.imports.recipe import Recipe
from bot.workflows.imports.recipes import graph_of, recipe_of_graph, recipe_told

MOST_BYTES: Final = 50 * 2**20
READ_SECONDS: Final = 1.5
"""A form must be the first answer, within three seconds of the press."""
_ENDINGS: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".avif")
_CARRYING: Final = (*_ENDINGS, ".mp4", ".mov", ".webm", ".mkv", ".flac", ".mp3", ".opus", ".ogg", ".glb")
_CARRYING_TYPES: Final = ("image/", "video/", "audio/", "model/")

NO_PICTURE: Final = "There is no image in that message. Choose a message that one is attached to."
NO_FILE: Final = "There is no image, video or audio file in that message. Choose a message that one is attached to."
NO_RECIPE: Final = (
    "That image carries no recipe. ComfyUI, Forge and other programs write one into the files they save; screenshots,"
    " edited copies and many chat apps drop it."
)

_few_at_a_time = asyncio.Semaphore(2)
"""Its texts are in memory while they are read."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What a file carries; an empty recipe where nothing could be told from its graph. `text` is all that another
    program wrote into it.
    """

    recipe: Recipe
    graph: Graph | None
    text: str = ""

    def __bool__(self) -> bool:
        return self.graph is not None or bool(self.recipe)


def pictures_in(message: discord.Message) -> list[discord.Attachment]:
    """The images that are attached to a message, or to the one that it passes on."""
    return [one for one in _attached(message) if _is(one, ("image/",), _ENDINGS)]


def files_in(message: discord.Message) -> list[discord.Attachment]:
    """The files there that may carry a recipe, the likeliest first: PNGs lose it less often than others."""
    found = [one for one in _attached(message) if _is(one, _CARRYING_TYPES, _CARRYING)]
    return sorted(found, key=lambda one: not one.filename.casefold().endswith(".png"))


def _attached(message: discord.Message) -> list[discord.Attachment]:
    passed_on = [one for snapshot in message.message_snapshots for one in snapshot.attachments]
    return [*message.attachments, *passed_on]


def _is(attachment: discord.Attachment, types: tuple[str, ...], endings: tuple[str, ...]) -> bool:
    if attachment.content_type:
        return attachment.content_type.startswith(types)
    return attachment.filename.casefold().endswith(endings)


async def job_of(interaction: discord.Interaction[Darkroom], message: discord.Message) -> Job | None:
    """The job that this message carries, if the member may know what it is."""
    job = await interaction.client.ledger.job_of_message(interaction.guild_id, message.id)
    return job if job is not None and Viewer.of(interaction).reads(job) else None


async def first_carried(
    bot: Darkroom, found: Sequence[discord.Attachment]
) -> tuple[discord.Attachment, Carried] | None:
    """The first of these files that carries anything, and what. Raises `PictureRefused` or `SpoolFailed` where none of
    those that could be read does.
    """
    trouble: PictureRefused | None = None
    for one in found:
        try:
            if carried := await carried_by(bot, one):
                return one, carried
        except PictureRefused as fault:
            trouble = trouble or fault
    if trouble is not None:
        raise trouble
    return None


async def carried_by(bot: Darkroom, attachment: discord.Attachment) -> Carried:
    """Read a file's texts; no pixel is decoded. Raises `PictureRefused` or `SpoolFailed`."""
    async with _few_at_a_time, bot.spool.box() as box:
        content = await download(attachment.url, MOST_BYTES, box)
        return await asyncio.to_thread(read_carried, content, bot.library.distinct_infos)


def read_carried(content: Content, infos: Sequence[ObjectInfo] = ()) -> Carried:
    """The same of the file itself. Takes CPU time."""
    texts = pictures.texts(source_of(content))
    # Our own words, where there are any, are those that the member typed.
    graph, told = graph_of(texts, infos), recipe_told(texts)
    if told:
        return Carried(told, graph)
    foreign = recipe_of_texts(texts)
    if not foreign and graph is None:
        texts = pictures.hidden_texts(source_of(content))
        foreign = recipe_of_texts(texts)
    read = Recipe() if graph is None else recipe_of_graph(graph)
    return Carried(read.completed(foreign), graph, foreign_text(texts) if foreign and graph is None else "")
