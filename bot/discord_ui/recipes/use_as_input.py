"""The context menu **Use as input**: a picture from a message goes into a workflow that starts from one."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.discord_limits import CHOICE, CHOICES, TYPED
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.commands.options import short
from bot.discord_ui.core.forms import answers, form_of, picked, text_field
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import select_of, view_of
from bot.discord_ui.recipes.image_recipes import NO_PICTURE, READ_SECONDS, carried_by, pictures_in
from bot.discord_ui.requests.submission import age_restricted, take_order
from bot.workflows import Pack, picture_of

INPUT_IMAGE_ID: Final = "darkroom:input:picture:{key}"
INPUT_WORKFLOW_ID: Final = "darkroom:input:workflow:{key}"
INPUT_PROMPT_ID: Final = "darkroom:input:words:{key}"

_NO_WORKFLOW: Final = "No workflow here starts from a picture just now. `/workflows` lists what there is."
_LATE: Final = "That was too long ago. Use **Use as input** on the picture again."
_GONE: Final = "That workflow is not here any more. Use **Use as input** on the picture again."
_WHICH_PICTURE: Final = "Which of its pictures?"
_WHICH_WORKFLOW: Final = "What is to be done with it?"


@dataclass(frozen=True, slots=True)
class _Pictures:
    """A message had several."""

    found: tuple[discord.Attachment, ...]


@dataclass(frozen=True, slots=True)
class _Picture:
    """One is chosen, and perhaps the workflow that it goes into."""

    attachment: discord.Attachment
    workflow: str | None = None


async def use_as_input(interaction: discord.Interaction[Darkroom], message: discord.Message) -> None:
    """Ask for what is not clear, one thing after the other, and order."""
    found = pictures_in(message)
    if not found:
        await tell(interaction, NO_PICTURE)
    elif not starting_from_picture(interaction):
        await tell(interaction, _NO_WORKFLOW)
    elif len(found) == 1:
        await _with_picture(interaction, found[0])
    else:
        options = [
            discord.SelectOption(label=short(f"{number}. {one.filename}"), value=str(number))
            for number, one in enumerate(found[:CHOICES], start=1)
        ]
        key = interaction.client.pending.keep(interaction.user.id, _Pictures(tuple(found)))
        await _choose(interaction, _WHICH_PICTURE, INPUT_IMAGE_ID.format(key=key), options)


async def press_picture(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """Go on with one of several pictures."""
    pictures = interaction.client.pending.find(interaction.user.id, key, _Pictures)
    number = picked(interaction)
    if pictures is None or not number.isdecimal() or not 1 <= int(number) <= len(pictures.found):
        await tell(interaction, _LATE)
    else:
        await _with_picture(interaction, pictures.found[int(number) - 1])


async def press_workflow(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """Go on with one of several workflows."""
    picture = interaction.client.pending.find(interaction.user.id, key, _Picture)
    if picture is None:
        await tell(interaction, _LATE)
        return
    pack = _pack(interaction, picked(interaction))
    if pack is None:
        await tell(interaction, _GONE)
    else:
        await _with_workflow(interaction, picture.attachment, pack)


async def submit_words(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """The prompt is there: order."""
    picture = interaction.client.pending.find(interaction.user.id, key, _Picture)
    pack = None if picture is None else _pack(interaction, picture.workflow or "")
    if picture is None or pack is None:
        await tell(interaction, _LATE if picture is None else _GONE)
        return
    await _order(interaction, picture.attachment, pack, dict(answers(interaction)).get("prompt", "").strip())


def starting_from_picture(interaction: discord.Interaction[Darkroom]) -> list[Pack]:
    """The workflows that can be used here and now and want a picture, and nothing else but perhaps words."""
    library = interaction.client.library
    return [
        pack
        for pack in library.visible(interaction.guild_id)
        if _is_enough(pack) and library.available(pack.name) and (not pack.nsfw or age_restricted(interaction))
    ]


def _is_enough(pack: Pack) -> bool:
    taker = picture_of(pack)
    wanted = {one.name for one in pack.offered.values() if one.required and one.default is None}
    return taker is not None and wanted <= {taker.name, "prompt"}


def _pack(interaction: discord.Interaction[Darkroom], name: str) -> Pack | None:
    return next((pack for pack in starting_from_picture(interaction) if pack.name == name), None)


async def _with_picture(interaction: discord.Interaction[Darkroom], attachment: discord.Attachment) -> None:
    packs = [pack for pack in starting_from_picture(interaction) if len(pack.name) <= CHOICE]
    if not packs:
        await tell(interaction, _NO_WORKFLOW)
    elif len(packs) == 1:
        await _with_workflow(interaction, attachment, packs[0])
    else:
        options = [
            discord.SelectOption(
                label=short(pack.title) or pack.key.title, value=pack.name, description=short(pack.description) or None
            )
            for pack in packs[:CHOICES]
        ]
        key = interaction.client.pending.keep(interaction.user.id, _Picture(attachment))
        await _choose(interaction, _WHICH_WORKFLOW, INPUT_WORKFLOW_ID.format(key=key), options)


async def _with_workflow(
    interaction: discord.Interaction[Darkroom], attachment: discord.Attachment, pack: Pack
) -> None:
    prompt = pack.offered.get("prompt")
    if prompt is None:
        await _order(interaction, attachment, pack, "")
        return
    key = interaction.client.pending.keep(interaction.user.id, _Picture(attachment, pack.name))
    told = await _prompt_of(interaction.client, attachment)
    hint = short(prompt.description) or None
    field = text_field("Prompt", "prompt", told, TYPED, hint=hint, required=prompt.required, long=True)
    await interaction.response.send_modal(form_of(pack.title or "Use as input", INPUT_PROMPT_ID.format(key=key), field))


async def _prompt_of(bot: Darkroom, attachment: discord.Attachment) -> str:
    """The prompt that the image was made from, to begin with; "" where that is not known in time."""
    reading = asyncio.create_task(carried_by(bot, attachment))
    done, _ = await asyncio.wait({reading}, timeout=READ_SECONDS)
    if not done:
        reading.cancel()
        return ""
    return "" if reading.exception() is not None else reading.result().recipe.prompt


async def _order(
    interaction: discord.Interaction[Darkroom], attachment: discord.Attachment, pack: Pack, prompt_text: str
) -> None:
    taker = picture_of(pack)
    assert taker is not None  # noqa: S101 - it was chosen for having one
    await take_order(interaction, pack, {taker.name: attachment} | ({"prompt": prompt_text} if prompt_text else {}))


async def _choose(
    interaction: discord.Interaction[Darkroom],
    question: str,
    custom_id: str,
    options: Sequence[discord.SelectOption],
) -> None:
    """Ask, or turn our question before this one into this one."""
    view = view_of(select_of(custom_id, options))
    if interaction.type is discord.InteractionType.component:
        await interaction.response.edit_message(content=question, view=view)
    else:
        await interaction.response.send_message(question, view=view, ephemeral=True)
