"""The context menu **Show recipe**: shows how an image was made."""

import io
import json
from typing import Final

import discord

from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.recipes.image_recipes import NO_IMAGE, NO_RECIPE, EmbeddedRecipe, files_in, first_recipe, job_of
from bot.discord_ui.recipes.recipe_text import recipe_text
from bot.errors import PictureRefused, SpoolFailed
from bot.ledger import Job
from bot.messages import explain, explain_substituted, shown_prompt
from bot.translation import _
from bot.workflows import substitutions
from bot.workflows.imports.recipes import recipe_of_values

_INDENTED: Final = 200
"""Graphs of at most this many nodes are indented, for people to read. Larger ones would make the file too big."""


async def show_recipe(interaction: discord.Interaction[Darkroom], message: discord.Message) -> None:
    """Reply privately with the recipe and, if the image holds one, the graph."""
    if (job := await job_of(interaction, message)) is not None:
        await tell(interaction, _job_recipe(interaction.client, job))
        return
    found = files_in(message)
    if not found:
        await tell(interaction, _(NO_IMAGE))
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        first = await first_recipe(interaction.client, found)
    except (PictureRefused, SpoolFailed) as fault:
        await tell(interaction, explain(fault))
        return
    if first is None:
        await tell(interaction, _(NO_RECIPE))
        return
    chosen, embedded = first
    notes = _notes(embedded, chosen.filename if len(found) > 1 else "")
    await interaction.edit_original_response(
        content=recipe_text(embedded.recipe, _heading(embedded), *notes), attachments=_files(embedded)
    )


def _heading(embedded: EmbeddedRecipe) -> str:
    if embedded.recipe:
        return _("**Recipe** · read from the image")
    return _("**Recipe** · the image contains a workflow, but I can’t read its settings.")


def _notes(embedded: EmbeddedRecipe, filename: str) -> list[str]:
    """`filename` is empty if there is only one file."""
    notes = []
    if embedded.graph is not None:
        notes.append(_("Drag `recipe.json` into ComfyUI to open the whole workflow."))
    if embedded.text:
        notes.append(_("`recipe.txt` has everything that the image says about itself."))
    if filename:
        notes.append(_("This is the recipe of `{filename}`.").format(filename=shown_prompt(filename, 60)))
    return notes


def _job_recipe(bot: Darkroom, job: Job) -> str:
    heading = _("**Recipe** · {title} · by <@{user_id}>").format(
        title=shown_prompt(title_of(bot, job), 80), user_id=job.user_id
    )
    pack, info = bot.library.packs.get(job.workflow), bot.library.infos.get(job.server or "")
    notes = () if pack is None or info is None else explain_substituted(substitutions(pack, job.values, info))
    return recipe_text(recipe_of_values(job.values, pack), heading, *notes)


def _files(embedded: EmbeddedRecipe) -> list[discord.File]:
    if embedded.graph is not None:
        indent = 2 if len(embedded.graph) <= _INDENTED else None
        return [_file("recipe.json", json.dumps(embedded.graph, ensure_ascii=False, indent=indent))]
    return [_file("recipe.txt", embedded.text)] if embedded.text else []


def _file(name: str, text: str) -> discord.File:
    content = io.BytesIO(text.encode("utf-8", "replace"))
    return discord.File(content, name, description=_("The image’s recipe as a file"))
