"""`/imagine`: words in, pictures out, with any workflow that takes a prompt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES, CONTENT
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.commands.options import short
from bot.discord_ui.core.replies import tell
from bot.discord_ui.requests.runnable import runnable_first
from bot.discord_ui.requests.sizes import read_size, suggested_sizes, takes_size
from bot.discord_ui.requests.submission import ONLY_YOU, take_order
from bot.messages import shown_prompt
from bot.workflows import MAX_SEED, Pack, default_of, picture_of, taking_prompt

_NO_SIZE: Final = "“{title}” makes pictures of one size only. Leave `size` out, or choose another workflow."
_NOT_A_SIZE: Final = (
    "I do not understand the size {size}. Write it like `1024x768`, or `square`, `portrait`, `landscape`."
)
_NO_PICTURE: Final = "“{title}” does not start from a picture. {instead}"


def imagine_command() -> app_commands.Command[Any, ..., None]:
    """The command, to be added to a tree."""

    @app_commands.command(name="imagine", description="Make a picture from your words")
    @app_commands.describe(
        prompt="What the picture shows",
        seed="The same seed and words make the same picture again; left out: a random one",
        workflow="How it is made; left out: the usual way",
        negative="What the picture should not show",
        count="How many pictures at once",
        size="Like 1024x768, or square, portrait, landscape",
        image="A picture to start from, for workflows that take one",
        private=ONLY_YOU,
    )
    @app_commands.autocomplete(workflow=_matching_workflows, size=_sizes)
    async def imagine(
        interaction: discord.Interaction[Darkroom],
        prompt: app_commands.Range[str, 1, 6000],
        seed: app_commands.Range[int, 0, MAX_SEED] | None = None,
        workflow: str | None = None,
        negative: app_commands.Range[str, 1, 6000] | None = None,
        count: app_commands.Range[int, 1, 10] | None = None,
        size: app_commands.Range[str, 1, 40] | None = None,
        image: discord.Attachment | None = None,
        private: bool = False,
    ) -> None:
        packs = interaction.client.library.visible(interaction.guild_id)
        pack = _chosen(packs, workflow, with_picture=image is not None)
        if pack is None:
            await tell(interaction, _no_pack(packs, workflow))
            return
        given: dict[str, object] = {"prompt": prompt, "seed": seed, "negative": negative, "count": count}
        if size is not None:
            width_height = read_size(pack, size) if takes_size(pack) else None
            if width_height is None:
                await tell(interaction, _bad_size(pack, size))
                return
            given |= dict(zip(("width", "height"), width_height, strict=True))
        if image is not None:
            taker = picture_of(pack)
            if taker is None:
                await tell(interaction, _no_picture(packs, pack))
                return
            given[taker.name] = image
        values = {name: value for name, value in given.items() if value is not None}
        await take_order(interaction, pack, values, private=private)

    return imagine


def find_pack(packs: Sequence[Pack], wanted: str) -> Pack | None:
    """The pack a member means: by its name (what autocomplete fills in) or its title (what he may type)."""
    takers = taking_prompt(packs)
    wanted = wanted.strip().casefold()
    return next((pack for pack in takers if wanted in {pack.name.casefold(), pack.title.casefold()}), None)


def _chosen(packs: Sequence[Pack], workflow: str | None, *, with_picture: bool) -> Pack | None:
    if workflow:
        return find_pack(packs, workflow)
    usual = default_of(packs)
    if with_picture and usual is not None and picture_of(usual) is None:
        # The usual way cannot start from a picture: the first that can is what is meant.
        return default_of(_taking_picture(packs)) or usual
    return usual


def _taking_picture(packs: Sequence[Pack]) -> list[Pack]:
    return [pack for pack in taking_prompt(packs) if picture_of(pack) is not None]


def _bad_size(pack: Pack, size: str) -> str:
    if takes_size(pack):
        return _NOT_A_SIZE.format(size=f"“{shown_prompt(size, 40)}”")
    return _NO_SIZE.format(title=shown_prompt(pack.title, 80))


def _no_picture(packs: Sequence[Pack], pack: Pack) -> str:
    titles = ", ".join(shown_prompt(one.title, 80) for one in _taking_picture(packs))
    instead = f"These do: {titles}." if titles else "Leave `image` out."
    return _NO_PICTURE.format(title=shown_prompt(pack.title, 80), instead=instead)


def _no_pack(packs: Sequence[Pack], wanted: str | None) -> str:
    if not taking_prompt(packs):
        return "There is no workflow here yet that takes a prompt. Tell whoever runs this bot."
    titles = ", ".join(shown_prompt(pack.title, 80) for pack in taking_prompt(packs)[:CHOICES])
    return f"There is no workflow “{shown_prompt(wanted or '', 80)}”. There is: {titles}."[:CONTENT]


async def _matching_workflows(
    interaction: discord.Interaction[Darkroom], current: str
) -> list[app_commands.Choice[str]]:
    wanted = current.strip().casefold()
    takers = taking_prompt(interaction.client.library.visible(interaction.guild_id))
    return [
        app_commands.Choice(name=_named(pack, why), value=pack.name[:CHOICE])
        for pack, why in await runnable_first(interaction, takers)
        if wanted in pack.name.casefold() or wanted in pack.title.casefold()
    ][:CHOICES]


def _named(pack: Pack, why: str | None) -> str:
    """A workflow among choices, where nothing is Markdown and a reason has to be short."""
    if why is None:
        return short(pack.title)
    first, comma, _ = why.replace("`", "").partition(", ")
    return short(f"⚠️ {short(pack.title, 40)} {first}{' and more' if comma else ''}")


async def _sizes(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
    packs = interaction.client.library.visible(interaction.guild_id)
    chosen = interaction.namespace.workflow
    pack = find_pack(packs, chosen) if isinstance(chosen, str) and chosen else default_of(packs)
    if pack is None or not takes_size(pack):
        return []
    wanted = current.strip().casefold()
    return [
        app_commands.Choice(name=name, value=size)
        for name, size in suggested_sizes(pack).items()
        if wanted in name.casefold() or wanted in size
    ]
