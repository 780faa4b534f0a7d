"""The recipe of an image in a message: the values of the job that made it, or else what the image file holds."""

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
from bot.translation import N_
from bot.workflows import Graph, ObjectInfo
from bot.workflows.imports.recipes import Recipe, graph_of, recipe_of_graph, recipe_told

MOST_BYTES: Final = 25 * 2**20
_ENDINGS: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".avif")

NO_IMAGE: Final = N_("That message has no image attached. Pick one that does.")
NO_RECIPE: Final = N_(
    "That image has no recipe. ComfyUI saves one in every PNG, but screenshots, copies and other formats lose it."
)

_few_at_a_time = asyncio.Semaphore(2)
"""The text chunks of an image are in memory while they are read."""


@dataclass(frozen=True, slots=True)
class EmbeddedRecipe:
    """What an image file holds. `recipe` is empty if nothing could be read from the graph."""

    recipe: Recipe
    graph: Graph | None


def images_in(message: discord.Message) -> list[discord.Attachment]:
    """The images attached to a message, or to the message that it forwards."""
    forwarded = [one for snapshot in message.message_snapshots for one in snapshot.attachments]
    return [one for one in (*message.attachments, *forwarded) if _is_image(one)]


def _is_image(attachment: discord.Attachment) -> bool:
    if attachment.content_type:
        return attachment.content_type.startswith("image/")
    return attachment.filename.casefold().endswith(_ENDINGS)


def likeliest_image(found: Sequence[discord.Attachment]) -> discord.Attachment:
    """The image to look for a recipe in: the first PNG, because no other format holds one."""
    return next((one for one in found if one.filename.casefold().endswith(".png")), found[0])


async def job_of(interaction: discord.Interaction[Darkroom], message: discord.Message) -> Job | None:
    """The job that this message shows, if this member may see its details."""
    job = await interaction.client.ledger.job_of_message(interaction.guild_id, message.id)
    return job if job is not None and Viewer.of(interaction).reads(job) else None


async def fetch_recipe(bot: Darkroom, attachment: discord.Attachment) -> EmbeddedRecipe:
    """Download an image and read its text chunks, without decoding pixels. Raises `PictureRefused` or `SpoolFailed`."""
    async with _few_at_a_time, bot.spool.box() as box:
        content = await download(attachment.url, MOST_BYTES, box)
        return await asyncio.to_thread(read_recipe, content, bot.library.distinct_infos)


def read_recipe(content: Content, infos: Sequence[ObjectInfo] = ()) -> EmbeddedRecipe:
    """Read the text chunks of an image file. Takes CPU time, so run it in a thread."""
    chunks = pictures.texts(source_of(content))
    graph = graph_of(chunks, infos)
    # A recipe that this bot wrote holds the prompt as the member typed it, so it comes before the graph's.
    own = recipe_told(chunks)
    return EmbeddedRecipe(own or (Recipe() if graph is None else recipe_of_graph(graph)), graph)
