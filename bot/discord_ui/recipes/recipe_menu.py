"""The context menu **Show recipe**: shows how an image was made."""

import io
import json
from collections.abc import Sequence
from typing import Final

import discord

from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.recipes.image_recipes import (
    NO_IMAGE,
    NO_RECIPE,
    EmbeddedRecipe,
    fetch_recipe,
    images_in,
    job_of,
    likeliest_image,
)
from bot.discord_ui.recipes.recipe_text import recipe_text
from bot.errors import PictureRefused, SpoolFailed
from bot.ledger import Job
from bot.messages import explain, explain_substituted, shown_prompt
from bot.translation import _
from bot.workflows import Graph, substitutions
from bot.workflows.imports.recipes import recipe_of_values

_INDENTED: Final = 200
"""Graphs of at most this many nodes are indented, for people to read. Larger ones would make the file too big."""


async def show_recipe(interaction: discord.Interaction[Darkroom], message: discord.Message) -> None:
    """Reply privately with the recipe and, if the image holds one, the graph."""
    if (job := await job_of(interaction, message)) is not None:
        await tell(interaction, _job_recipe(interaction.client, job))
        return
    found = images_in(message)
    if not found:
        await tell(interaction, _(NO_IMAGE))
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        embedded = await fetch_recipe(interaction.client, likeliest_image(found))
    except (PictureRefused, SpoolFailed) as fault:
        await tell(interaction, explain(fault))
        return
    if embedded.graph is None and not embedded.recipe:
        await tell(interaction, _(NO_RECIPE))
        return
    await interaction.edit_original_response(
        content=recipe_text(embedded.recipe, _heading(embedded), *_notes(embedded, found)),
        attachments=[] if embedded.graph is None else [_file(embedded.graph)],
    )


def _heading(embedded: EmbeddedRecipe) -> str:
    if embedded.recipe:
        return _("**Recipe** · read from the image")
    return _("**Recipe** · the image holds a workflow, but I can’t read its settings.")


def _notes(embedded: EmbeddedRecipe, found: Sequence[discord.Attachment]) -> list[str]:
    notes = []
    if embedded.graph is not None:
        notes.append(_("Drag `recipe.json` into ComfyUI to open the whole workflow."))
    if len(found) > 1:
        filename = shown_prompt(likeliest_image(found).filename, 60)
        notes.append(_("This is the recipe of `{filename}`.").format(filename=filename))
    return notes


def _job_recipe(bot: Darkroom, job: Job) -> str:
    heading = _("**Recipe** · {title} · by <@{user_id}>").format(
        title=shown_prompt(title_of(bot, job), 80), user_id=job.user_id
    )
    pack, info = bot.library.packs.get(job.workflow), bot.library.infos.get(job.server or "")
    notes = () if pack is None or info is None else explain_substituted(substitutions(pack, job.values, info))
    return recipe_text(recipe_of_values(job.values, pack), heading, *notes)


def _file(graph: Graph) -> discord.File:
    text = json.dumps(graph, ensure_ascii=False, indent=2 if len(graph) <= _INDENTED else None)
    return discord.File(io.BytesIO(text.encode()), "recipe.json")
