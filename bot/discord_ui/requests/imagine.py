"""`/imagine`: generates images from a prompt, with any workflow that takes one."""

from collections.abc import Sequence
from typing import Any

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES, CONTENT
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.commands.options import short
from bot.discord_ui.core.replies import tell
from bot.discord_ui.requests.runnable import runnable_first
from bot.discord_ui.requests.sizes import read_size, suggested_sizes, takes_size
from bot.discord_ui.requests.submission import PRIVATE_DESCRIPTION, submit_job
from bot.messages import shown_prompt
from bot.translation import N_, _
from bot.workflows import MAX_SEED, Pack, default_of, picture_of, taking_prompt


def imagine_command() -> app_commands.Command[Any, ..., None]:
    """The command, to be added to a tree."""

    @app_commands.command(name="imagine", description=N_("Generate an image from a prompt"))
    @app_commands.describe(
        prompt=N_("Describe what the image should show"),
        seed=N_("Seed. Same seed and settings give the same image (empty: random)"),
        workflow=N_("Workflow to use (default: the server’s standard one)"),
        negative=N_("Describe what the image should not show"),
        count=N_("Number of images to generate at once"),
        size=N_("Image size, like 1024x768, square, portrait, landscape or wide"),
        image=N_("Image to start from, for workflows that take one"),
        private=PRIVATE_DESCRIPTION,
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
        pack = _chosen(packs, workflow, with_image=image is not None)
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
            parameter = picture_of(pack)
            if parameter is None:
                await tell(interaction, _no_image(packs, pack))
                return
            given[parameter.name] = image
        values = {name: value for name, value in given.items() if value is not None}
        await submit_job(interaction, pack, values, private=private)

    return imagine


def find_pack(packs: Sequence[Pack], wanted: str) -> Pack | None:
    """The pack that a member means: by its name (autocomplete fills that in) or by its title (which they may type)."""
    wanted = wanted.strip().casefold()
    return next(
        (pack for pack in taking_prompt(packs) if wanted in {pack.name.casefold(), pack.title.casefold()}), None
    )


def _chosen(packs: Sequence[Pack], workflow: str | None, *, with_image: bool) -> Pack | None:
    if workflow:
        return find_pack(packs, workflow)
    default = default_of(packs)
    if with_image and default is not None and picture_of(default) is None:
        # The default workflow cannot start from an image, so use one that can.
        return default_of(_taking_image(packs)) or default
    return default


def _taking_image(packs: Sequence[Pack]) -> list[Pack]:
    return [pack for pack in taking_prompt(packs) if picture_of(pack) is not None]


def _bad_size(pack: Pack, size: str) -> str:
    if takes_size(pack):
        unknown = _(
            "I don’t understand the size “{size}”. Write it like `1024x768`, or use `square`, `portrait`, `landscape` "
            "or `wide`."
        )
        return unknown.format(size=shown_prompt(size, 40))
    fixed = _("“{title}” has a fixed image size. Leave `size` empty, or pick another workflow.")
    return fixed.format(title=shown_prompt(pack.title, 80))


def _no_image(packs: Sequence[Pack], pack: Pack) -> str:
    titles = ", ".join(shown_prompt(one.title, 80) for one in _taking_image(packs))
    if titles:
        refusal = _("“{title}” doesn’t take an image. These workflows do: {titles}.")
    else:
        refusal = _("“{title}” doesn’t take an image. Leave `image` empty.")
    return refusal.format(title=shown_prompt(pack.title, 80), titles=titles)


def _no_pack(packs: Sequence[Pack], wanted: str | None) -> str:
    if not taking_prompt(packs):
        return _("No workflow here takes a prompt yet. Tell whoever runs this bot.")
    titles = ", ".join(shown_prompt(pack.title, 80) for pack in taking_prompt(packs)[:CHOICES])
    unknown = _("There is no workflow called “{wanted}”. You can use: {titles}.")
    return unknown.format(wanted=shown_prompt(wanted or "", 80), titles=titles)[:CONTENT]


async def _matching_workflows(
    interaction: discord.Interaction[Darkroom], current: str
) -> list[app_commands.Choice[str]]:
    wanted = current.strip().casefold()
    packs = taking_prompt(interaction.client.library.visible(interaction.guild_id))
    return [
        app_commands.Choice(name=_choice_name(pack, obstacle), value=pack.name[:CHOICE])
        for pack, obstacle in await runnable_first(interaction, packs)
        if wanted in pack.name.casefold() or wanted in pack.title.casefold()
    ][:CHOICES]


def _choice_name(pack: Pack, obstacle: str | None) -> str:
    """A workflow's name in autocomplete, where Discord shows plain text of at most 100 characters."""
    if obstacle is None:
        return short(pack.title)
    reason, comma, _rest = obstacle.replace("`", "").partition(", ")
    if comma:
        reason = _("{reason} and more").format(reason=reason)
    return short(f"⚠️ {short(pack.title, 40)} {reason}")


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
