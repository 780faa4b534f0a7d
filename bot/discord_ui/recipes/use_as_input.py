"""The context menu **Use as input**: runs a workflow on an image from a message."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.discord_limits import CHOICE, CHOICES, TYPED
from bot.discord_ui.access.requester import Requester, age_restricted
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.commands.options import short
from bot.discord_ui.core.forms import answers, form_of, picked, text_field
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import select_of, view_of
from bot.discord_ui.recipes.image_recipes import NO_IMAGE, READ_SECONDS, fetch_recipe, images_in
from bot.discord_ui.requests.attachments import Given
from bot.discord_ui.requests.imagine.refused_form import requester_of_form
from bot.discord_ui.requests.submission import submit_request
from bot.translation import N_, _
from bot.workflows import Pack, escape, picture_of

INPUT_IMAGE_ID: Final = "darkroom:input:picture:{key}"
INPUT_WORKFLOW_ID: Final = "darkroom:input:workflow:{key}"
INPUT_PROMPT_ID: Final = "darkroom:input:words:{key}"

_NO_WORKFLOW: Final = N_("No workflow here can start from an image right now. `/workflows` lists the ones you can use.")
_LATE: Final = N_("That was too long ago. Use **Use as input** on the image again.")
_GONE: Final = N_("That workflow isn’t available any more. Use **Use as input** on the image again.")


@dataclass(frozen=True, slots=True)
class _Images:
    """The images of a message that has several. `private`: only the member sees that message."""

    found: tuple[Given, ...]
    private: bool


@dataclass(frozen=True, slots=True)
class _ChosenImage:
    """The image that a member chose, and the workflow once they have chosen that too. `private`: only they see the
    image, so only they see what is made of it.
    """

    attachment: Given
    private: bool
    workflow: str | None = None


async def use_as_input(interaction: discord.Interaction[Darkroom], message: discord.Message) -> None:
    """Ask for the image and the workflow where there is a choice, then for the prompt, and submit the job."""
    found, private = images_in(message), message.flags.ephemeral
    if not found:
        await tell(interaction, _(NO_IMAGE))
    elif not image_workflows(interaction):
        await tell(interaction, _(_NO_WORKFLOW))
    elif len(found) == 1:
        await _with_image(interaction, found[0], private=private)
    else:
        options = [
            discord.SelectOption(label=short(f"{number}. {one.filename}"), value=str(number))
            for number, one in enumerate(found[:CHOICES], start=1)
        ]
        key = interaction.client.pending.keep(interaction.user.id, _Images(tuple(found), private))
        await _choose(interaction, _("Which image do you want to use?"), INPUT_IMAGE_ID.format(key=key), options)


async def press_image(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """Continue with the image chosen from several."""
    images = interaction.client.pending.find(interaction.user.id, key, _Images)
    number = picked(interaction)
    if images is None or not number.isdecimal() or not 1 <= int(number) <= len(images.found):
        await tell(interaction, _(_LATE))
    else:
        await _with_image(interaction, images.found[int(number) - 1], private=images.private)


async def press_workflow(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """Continue with the workflow chosen from several."""
    chosen = interaction.client.pending.find(interaction.user.id, key, _ChosenImage)
    if chosen is None:
        await tell(interaction, _(_LATE))
        return
    pack = _pack(interaction, picked(interaction))
    if pack is None:
        await tell(interaction, _(_GONE))
    else:
        await _with_workflow(interaction, chosen.attachment, pack, private=chosen.private)


async def submit_prompt(interaction: discord.Interaction[Darkroom], key: str) -> None:
    """Submit the job with the prompt from the form."""
    chosen = interaction.client.pending.find(interaction.user.id, key, _ChosenImage)
    pack = None if chosen is None else _pack(interaction, chosen.workflow or "")
    if chosen is None or pack is None:
        await tell(interaction, _(_LATE) if chosen is None else _(_GONE))
        return
    typed = dict(answers(interaction)).get("prompt", "")
    requester = requester_of_form(interaction, lambda: _form(pack, typed, key))
    await _submit(requester, chosen.attachment, pack, typed.strip(), private=chosen.private)


def image_workflows(interaction: discord.Interaction[Darkroom]) -> list[Pack]:
    """The workflows that can run here now and need only an image, or an image and a prompt."""
    library = interaction.client.library
    return [
        pack
        for pack in library.visible(interaction.guild_id)
        if _needs_only_image(pack) and library.available(pack.name) and (not pack.nsfw or age_restricted(interaction))
    ]


def _needs_only_image(pack: Pack) -> bool:
    image = picture_of(pack)
    required = {one.name for one in pack.offered.values() if one.required and one.default is None}
    return image is not None and required <= {image.name, "prompt"}


def _pack(interaction: discord.Interaction[Darkroom], name: str) -> Pack | None:
    return next((pack for pack in image_workflows(interaction) if pack.name == name), None)


async def _with_image(interaction: discord.Interaction[Darkroom], attachment: Given, *, private: bool) -> None:
    packs = [pack for pack in image_workflows(interaction) if len(pack.name) <= CHOICE]
    if not packs:
        await tell(interaction, _(_NO_WORKFLOW))
    elif len(packs) == 1:
        await _with_workflow(interaction, attachment, packs[0], private=private)
    else:
        options = [
            discord.SelectOption(
                label=short(pack.title) or pack.key.title, value=pack.name, description=short(pack.description) or None
            )
            for pack in packs[:CHOICES]
        ]
        key = interaction.client.pending.keep(interaction.user.id, _ChosenImage(attachment, private))
        await _choose(interaction, _("What would you like to do with it?"), INPUT_WORKFLOW_ID.format(key=key), options)


async def _with_workflow(
    interaction: discord.Interaction[Darkroom], attachment: Given, pack: Pack, *, private: bool
) -> None:
    if "prompt" not in pack.offered:
        await _submit(Requester.of(interaction), attachment, pack, "", private=private)
        return
    key = interaction.client.pending.keep(interaction.user.id, _ChosenImage(attachment, private, pack.name))
    made_from = await _prompt_of(interaction.client, attachment)
    await interaction.response.send_modal(_form(pack, made_from, key))


def _form(pack: Pack, prompt_text: str, key: str) -> discord.ui.Modal:
    prompt = pack.offered["prompt"]
    hint = short(prompt.description) or None
    field = text_field(_("Prompt"), "prompt", prompt_text, TYPED, hint=hint, required=prompt.required, long=True)
    return form_of(pack.title or _("Use as input"), INPUT_PROMPT_ID.format(key=key), field)


async def _prompt_of(bot: Darkroom, attachment: Given) -> str:
    """The prompt that the image was made from, to start with; empty if it is unknown or takes too long to download."""
    reading = asyncio.create_task(fetch_recipe(bot, attachment))
    done, _unfinished = await asyncio.wait({reading}, timeout=READ_SECONDS)
    if not done:
        reading.cancel()
        return ""
    return "" if reading.exception() is not None else escape(reading.result().recipe.prompt, loras=False)


async def _submit(requester: Requester, attachment: Given, pack: Pack, prompt_text: str, *, private: bool) -> None:
    parameter = picture_of(pack)
    assert parameter is not None  # noqa: S101 - `image_workflows` lists only packs that take an image
    values = {parameter.name: attachment} | ({"prompt": prompt_text} if prompt_text else {})
    await submit_request(requester, pack, values, private=private)


async def _choose(
    interaction: discord.Interaction[Darkroom],
    question: str,
    custom_id: str,
    options: Sequence[discord.SelectOption],
) -> None:
    """Ask a question in a new message, or replace the previous question with it."""
    view = view_of(select_of(custom_id, options))
    if interaction.type is discord.InteractionType.component:
        await interaction.response.edit_message(content=question, view=view)
    else:
        await interaction.response.send_message(question, view=view, ephemeral=True)
