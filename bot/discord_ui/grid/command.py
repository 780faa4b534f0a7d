"""`/grid`: says what the grid would be and what it counts as, and asks whether to start."""

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
    suggest_styles_or_none,
    suggest_workflows,
)
from bot.discord_ui.requests.imagine.defaults import own_workflow, preferences_of
from bot.discord_ui.requests.imagine.option_types import (
    DESCRIPTIONS,
    GuidanceOption,
    LoraOption,
    ModelOption,
    PromptOption,
    SamplerOption,
    SeedOption,
    SizeOption,
    StepsOption,
    StrengthOption,
    StyleOption,
)
from bot.translation import N_
from bot.workflows import random_seed
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
        seed=N_("Seed for all images (empty: one random seed for all of them)"),
        negative=N_("Describe what the images should not show"),
        style=N_("Style to apply to the images"),
        spoiler=N_("Hide the images until someone clicks them"),
        **DESCRIPTIONS,
    )
    @app_commands.autocomplete(
        x=_suggest_axes,
        y=_suggest_axes,
        workflow=suggest_workflows,
        size=suggest_sizes,
        model=suggest_models,
        lora=suggest_loras,
        style=suggest_styles_or_none,
        sampler=suggest_samplers,
    )
    async def grid(
        interaction: discord.Interaction[Darkroom],
        prompt: PromptOption,
        x: app_commands.Range[str, 1, 1000],
        y: app_commands.Range[str, 1, 1000] | None = None,
        workflow: str | None = None,
        size: SizeOption | None = None,
        seed: SeedOption | None = None,
        negative: PromptOption | None = None,
        model: ModelOption | None = None,
        lora: LoraOption | None = None,
        style: StyleOption | None = None,
        image: discord.Attachment | None = None,
        strength: StrengthOption | None = None,
        steps: StepsOption | None = None,
        guidance: GuidanceOption | None = None,
        sampler: SamplerOption | None = None,
        spoiler: bool = False,
        private: bool | None = None,
    ) -> None:
        # Checking 25 cells may take longer than the three seconds that Discord waits for a first reply.
        await begin_act(interaction, reply=True)
        packs = interaction.client.library.usable(interaction.guild_id)
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
    packs, workflow = interaction.client.library.usable(interaction.guild_id), interaction.namespace.workflow
    pack = chosen_pack(packs, workflow if isinstance(workflow, str) else None, with_image=False)
    if pack is None:
        return []
    prompt = interaction.namespace.prompt
    found = choices_in(prompt) if isinstance(prompt, str) else []
    for option, kind in axis_options(pack).items():
        found.append(f"{option} true, false" if kind == "truth" else _EXAMPLES.get(option, f"{option} "))
    typed = current.strip().casefold()
    shown = [text for text in found if typed in text.casefold()]
    if typed and current not in shown:
        shown.insert(0, current)
    return [
        app_commands.Choice(name=short(text.strip()), value=text)
        for text in shown
        if text.strip() and len(text) <= CHOICE
    ][:CHOICES]
