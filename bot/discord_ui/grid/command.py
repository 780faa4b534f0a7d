"""`/grid`: says what a grid would be and what it counts, and asks whether to start."""

from __future__ import annotations

from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES, CONTENT
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.commands.options import short
from bot.discord_ui.grid.axes import choices_in
from bot.discord_ui.grid.order import GridOrder
from bot.discord_ui.grid.plan import axis_options, read_axes
from bot.discord_ui.grid.start import ask
from bot.discord_ui.requests.chosen_pack import chosen_pack, explain_no_pack
from bot.discord_ui.requests.imagine.choices import (
    suggest_loras,
    suggest_models,
    suggest_samplers,
    suggest_sizes,
    suggest_workflows,
)
from bot.discord_ui.requests.imagine.defaults import own_workflow, preferences_of
from bot.discord_ui.requests.styles.named_style import suggest_styles
from bot.discord_ui.requests.submission import PRIVATE_DESCRIPTION
from bot.translation import N_
from bot.workflows import MAX_SEED, random_seed
from bot.workflows.library.meanings import parameter_for

_EXAMPLES: Final = {
    "steps": "steps 10..30 by 10",
    "guidance": "guidance 3, 5, 7",
    "seed": "seed 4 random",
    "size": "size 1:1, 16:9",
    "strength": "strength 0.2..0.8 by 0.2",
}


def grid_command() -> app_commands.Command[Any, ..., None]:
    """The command, to be added to a tree."""

    @app_commands.command(name="grid", description=N_("Compare variants of one prompt side by side, up to 25"))
    @app_commands.describe(
        prompt=N_("Describe what the images should show"),
        x=N_("What changes from left to right: steps 10..30 by 10, model a, b or a choice like {red|blue}"),
        y=N_("What changes from top to bottom, written the same way"),
        workflow=N_("Workflow to use (default: the server’s standard one)"),
        size=N_("Aspect ratio or size, like 16:9, portrait or 1024x768"),
        seed=N_("Seed of all images (empty: random, the same for all)"),
        negative=N_("Describe what the images should not show"),
        model=N_("Model to use (default: the workflow’s own)"),
        lora=N_("LoRAs to add, with their weights: detail:0.8, film grain"),
        style=N_("Style to give the images: a look with a name"),
        image=N_("Image to start from, for workflows that take one"),
        strength=N_("Strength (denoise). How much of the image to change: 0 is nothing, 1 is everything"),
        steps=N_("Sampling steps. More take longer and add detail, up to a point"),
        guidance=N_("Guidance (CFG). How closely to follow the prompt"),
        sampler=N_("Sampler to use (default: the workflow’s own)"),
        spoiler=N_("Hide the images until someone clicks them"),
        private=PRIVATE_DESCRIPTION,
    )
    @app_commands.autocomplete(
        x=_suggest_axes,
        y=_suggest_axes,
        workflow=suggest_workflows,
        size=suggest_sizes,
        model=suggest_models,
        lora=suggest_loras,
        style=suggest_styles,
        sampler=suggest_samplers,
    )
    async def grid(
        interaction: discord.Interaction[Darkroom],
        prompt: app_commands.Range[str, 1, 6000],
        x: app_commands.Range[str, 1, 1000],
        y: app_commands.Range[str, 1, 1000] | None = None,
        workflow: str | None = None,
        size: app_commands.Range[str, 1, 40] | None = None,
        seed: app_commands.Range[int, 0, MAX_SEED] | None = None,
        negative: app_commands.Range[str, 1, 6000] | None = None,
        model: app_commands.Range[str, 1, 300] | None = None,
        lora: app_commands.Range[str, 1, 1000] | None = None,
        style: app_commands.Range[str, 1, 100] | None = None,
        image: discord.Attachment | None = None,
        strength: app_commands.Range[float, 0, 1] | None = None,
        steps: app_commands.Range[int, 1, 10_000] | None = None,
        guidance: app_commands.Range[float, 0, 100] | None = None,
        sampler: app_commands.Range[str, 1, 100] | None = None,
        spoiler: bool = False,
        private: bool | None = None,
    ) -> None:
        # Checking 25 cells may take longer than the three seconds that Discord waits for a first reply.
        await begin_act(interaction, reply=True)
        packs = interaction.client.library.visible(interaction.guild_id)
        preferences = await preferences_of(interaction)
        own, notes = await own_workflow(interaction, packs, None if workflow else preferences.workflow)
        pack = chosen_pack(packs, workflow, with_image=image is not None, own=own)
        if pack is None:
            await interaction.edit_original_response(content=explain_no_pack(packs, workflow))
            return
        axes = read_axes(pack, prompt, x, y)
        if isinstance(axes, str):
            await interaction.edit_original_response(content=axes[:CONTENT])
            return
        options = {
            "prompt": prompt,
            "size": size,
            "seed": seed,
            "negative": negative,
            "model": model,
            "lora": lora,
            "style": style,
            "strength": strength,
            "steps": steps,
            "guidance": guidance,
            "sampler": sampler,
        }
        order = GridOrder(
            interaction=interaction,
            workflow=pack.name,
            options={option: value for option, value in options.items() if value is not None},
            axes=axes,
            seed=random_seed(parameter_for(pack, "seed")),
            image=image,
            private=bool(preferences.private) if private is None else private,
            spoiler=spoiler,
        )
        await ask(interaction, order, notes)

    return grid


async def _suggest_axes(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
    """The choices in the prompt, and an example for each option that the workflow has."""
    packs, workflow = interaction.client.library.visible(interaction.guild_id), interaction.namespace.workflow
    pack = chosen_pack(packs, workflow if isinstance(workflow, str) else None, with_image=False)
    if pack is None:
        return []
    prompt = interaction.namespace.prompt
    found = choices_in(prompt) if isinstance(prompt, str) else []
    found += [_EXAMPLES.get(option, f"{option} ") for option in axis_options(pack)]
    typed = current.strip().casefold()
    shown = [text for text in found if typed in text.casefold()]
    if typed and current not in shown:
        shown.insert(0, current)
    return [
        app_commands.Choice(name=short(text.strip()), value=text)
        for text in shown
        if text.strip() and len(text) <= CHOICE
    ][:CHOICES]
