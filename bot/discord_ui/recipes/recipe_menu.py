"""The context menu **Show recipe**: what a picture was made from, for whoever asks."""

from __future__ import annotations

import io
import json
from typing import Final

import discord

from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.recipes.image_recipes import NO_FILE, NO_RECIPE, Carried, files_in, first_carried, job_of
from bot.discord_ui.recipes.recipe_text import recipe_text
from bot.errors import PictureRefused, SpoolFailed
from bot.ledger import Job
from bot.messages import explain, explain_substituted, shown_prompt
from bot.workflows import substitutions
from bot.workflows.imports.recipes import recipe_of_values

_READ: Final = "**Recipe**, as the picture carries it"
_UNREAD: Final = "**Recipe**: the picture carries a workflow that I cannot tell more about."
_GRAPH: Final = "`recipe.json` is the whole workflow: drag it into ComfyUI."
_TEXT: Final = "`recipe.txt` is all that the file says."
_INDENTED: Final = 200
"""Nodes up to which the file is made to be read by people."""


async def show_recipe(interaction: discord.Interaction[Darkroom], message: discord.Message) -> None:
    """Answer privately with all there is."""
    if (job := await job_of(interaction, message)) is not None:
        await tell(interaction, _of_job(interaction.client, job))
        return
    found = files_in(message)
    if not found:
        await tell(interaction, NO_FILE)
        return
    await interaction.response.defer(ephemeral=True, thinking=True)
    try:
        first = await first_carried(interaction.client, found)
    except (PictureRefused, SpoolFailed) as fault:
        await tell(interaction, explain(fault))
        return
    if first is None:
        await tell(interaction, NO_RECIPE)
        return
    chosen, carried = first
    notes = [] if carried.graph is None else [_GRAPH]
    notes += [_TEXT] if carried.text else []
    notes += [] if len(found) == 1 else [f"It is that of `{shown_prompt(chosen.filename, 60)}`."]
    await interaction.edit_original_response(
        content=recipe_text(carried.recipe, _READ if carried.recipe else _UNREAD, *notes), attachments=_files(carried)
    )


def _of_job(bot: Darkroom, job: Job) -> str:
    heading = f"**Recipe** · {shown_prompt(title_of(bot, job), 80)} · by <@{job.user_id}>"
    pack, info = bot.library.packs.get(job.workflow), bot.library.infos.get(job.server or "")
    notes = () if pack is None or info is None else explain_substituted(substitutions(pack, job.values, info))
    return recipe_text(recipe_of_values(job.values, pack), heading, *notes)


def _files(carried: Carried) -> list[discord.File]:
    if carried.graph is not None:
        indent = 2 if len(carried.graph) <= _INDENTED else None
        return [_file("recipe.json", json.dumps(carried.graph, ensure_ascii=False, indent=indent))]
    return [_file("recipe.txt", carried.text)] if carried.text else []


def _file(name: str, text: str) -> discord.File:
    return discord.File(io.BytesIO(text.encode("utf-8", "replace")), name)
