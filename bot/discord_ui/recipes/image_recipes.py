"""The recipe of a file in a message: the values of the job that made it, or else what the file holds."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot import pictures
from bot.discord_ui.access.viewer import Viewer
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.recipes.shown_files import shown_files
from bot.discord_ui.requests.attachments import Given
from bot.errors import PictureRefused
from bot.ledger import Job
from bot.messages import download
from bot.spool import Content, source_of
from bot.translation import N_
from bot.workflows import Graph, ObjectInfo
from bot.workflows.imports.foreign import foreign_text, recipe_of_texts
from bot.workflows.imports.recipe import Recipe
from bot.workflows.imports.recipes import graph_of, recipe_of_graph, recipe_told

MOST_BYTES: Final = 50 * 2**20
READ_SECONDS: Final = 1.5
"""Discord accepts a form only as the first reply, within three seconds of the command."""
_ENDINGS: Final = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".bmp", ".avif")
_CARRYING: Final = (
    *_ENDINGS,
    ".mp4",
    ".mov",
    ".webm",
    ".mkv",
    ".flac",
    ".mp3",
    ".opus",
    ".ogg",
    ".glb",
    ".svg",
    ".latent",
)
_CARRYING_TYPES: Final = ("image/", "video/", "audio/", "model/")

NO_IMAGE: Final = N_("That message has no image attached. Pick one that has one.")
NO_RECIPE: Final = N_(
    "That image has no recipe. ComfyUI, Forge and other programs save one in their files, but screenshots, edited"
    " copies and many chat apps lose it."
)

few_at_a_time = asyncio.Semaphore(2)
"""The text chunks of an image are in memory while they are read."""


@dataclass(frozen=True, slots=True)
class EmbeddedRecipe:
    """What a file holds. `recipe` is empty if nothing could be read from the graph. `text` is everything that another
    program wrote into the file.
    """

    recipe: Recipe
    graph: Graph | None
    text: str = ""

    def __bool__(self) -> bool:
        return self.graph is not None or bool(self.recipe)


def images_in(message: discord.Message) -> list[Given]:
    """The images that a message shows."""
    return [one for one in shown_files(message) if _is(one, ("image/",), _ENDINGS)]


def files_in(message: discord.Message) -> list[Given]:
    """The files there that may hold a recipe. PNGs come first, because they lose it least often."""
    found = [one for one in shown_files(message) if _is(one, _CARRYING_TYPES, _CARRYING)]
    return sorted(found, key=lambda one: not one.filename.casefold().endswith(".png"))


def _is(attachment: Given, types: tuple[str, ...], endings: tuple[str, ...]) -> bool:
    if attachment.content_type:
        return attachment.content_type.startswith(types)
    return attachment.filename.casefold().endswith(endings)


async def job_of(interaction: discord.Interaction[Darkroom], message: discord.Message) -> Job | None:
    """The job that this message shows, if this member may see its details."""
    job = await interaction.client.ledger.job_of_message(interaction.guild_id, message.id)
    return job if job is not None and Viewer.of(interaction).reads(job) else None


async def first_recipe(bot: Darkroom, found: Sequence[Given]) -> tuple[Given, EmbeddedRecipe] | None:
    """The first of these files that holds anything, and what. If none does and one could not be downloaded, raises
    `PictureRefused`; raises `SpoolFailed` if the disk is full.
    """
    trouble: PictureRefused | None = None
    for one in found:
        try:
            if embedded := await fetch_recipe(bot, one):
                return one, embedded
        except PictureRefused as fault:
            trouble = trouble or fault
    if trouble is not None:
        raise trouble
    return None


async def fetch_recipe(bot: Darkroom, attachment: Given) -> EmbeddedRecipe:
    """Download a file and read its texts. Raises `PictureRefused` or `SpoolFailed`."""
    async with few_at_a_time, bot.spool.box() as box:
        content = await download(attachment.url, MOST_BYTES, box)
        return await asyncio.to_thread(read_recipe, content, bot.library.distinct_infos)


def read_recipe(content: Content, infos: Sequence[ObjectInfo] = ()) -> EmbeddedRecipe:
    """Read the texts of a file. Takes CPU time, so run it in a thread."""
    texts = pictures.texts(source_of(content))
    # A recipe that this bot wrote holds the prompt as the member typed it, so it comes before the graph's.
    graph, own = graph_of(texts, infos), recipe_told(texts)
    if own:
        return EmbeddedRecipe(own, graph)
    foreign = recipe_of_texts(texts)
    if not foreign and graph is None:
        texts = pictures.hidden_texts(source_of(content))
        foreign = recipe_of_texts(texts)
    read = Recipe() if graph is None else recipe_of_graph(graph)
    return EmbeddedRecipe(read.completed(foreign), graph, foreign_text(texts) if foreign and graph is None else "")
