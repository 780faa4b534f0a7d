"""`/imagine`: generates images from a prompt, with any workflow that takes one."""

import re
from collections.abc import Sequence
from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_limits import CONTENT
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.requests.chosen_pack import chosen_pack, explain_no_pack, taking_image
from bot.discord_ui.requests.imagine.choices import (
    suggest_counts,
    suggest_loras,
    suggest_models,
    suggest_samplers,
    suggest_sizes,
    suggest_styles_or_none,
    suggest_workflows,
)
from bot.discord_ui.requests.imagine.defaults import (
    drop_missing_style,
    fit_with_defaults,
    notes_text,
    own_workflow,
    preferences_of,
)
from bot.discord_ui.requests.imagine.lora_words import add_words
from bot.discord_ui.requests.imagine.option_types import (
    COUNT_DESCRIPTION,
    DESCRIPTIONS,
    CountOption,
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
from bot.discord_ui.requests.imagine.style_workflow import implied_style, pack_of_style
from bot.discord_ui.requests.imagine.values import explain_other_files, takes_style
from bot.discord_ui.requests.styles.named_style import style_here
from bot.discord_ui.requests.submission import submit_job
from bot.messages import shown_prompt
from bot.translation import N_, _, listed
from bot.workflows import Pack, picture_of
from bot.workflows.styles.style import STYLE, Style, means_no_style

_LINK: Final = re.compile(r"\s*<?https?://\S+\s+\S", re.IGNORECASE)
"""Midjourney takes the image behind an address at the beginning of a prompt."""
_LINK_IS_TEXT: Final = N_("I don’t open links in prompts. To start from an image, attach it with `image`.")


def imagine_command() -> app_commands.Command[Any, ..., None]:
    """The command, to be added to a tree."""

    @app_commands.command(name="imagine", description=N_("Generate an image from a prompt"))
    @app_commands.describe(
        prompt=N_("Describe what the image should show. Options can follow, like --ar 16:9 --no text"),
        count=COUNT_DESCRIPTION,
        seed=N_("Seed. Same seed and settings give the same image (empty: random)"),
        negative=N_("Describe what the image should not show"),
        style=N_("Style to apply to the image"),
        spoiler=N_("Hide the image until someone clicks it"),
        **DESCRIPTIONS,
    )
    @app_commands.autocomplete(
        workflow=suggest_workflows,
        size=suggest_sizes,
        model=suggest_models,
        lora=suggest_loras,
        style=suggest_styles_or_none,
        sampler=suggest_samplers,
    )
    @app_commands.autocomplete(count=suggest_counts)
    async def imagine(
        interaction: discord.Interaction[Darkroom],
        prompt: PromptOption,
        workflow: str | None = None,
        size: SizeOption | None = None,
        count: CountOption | None = None,
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
        packs = interaction.client.library.usable(interaction.guild_id)
        preferences = await preferences_of(interaction)
        own, notes = await own_workflow(interaction, packs, None if workflow else preferences.workflow)
        pack = chosen_pack(packs, workflow, with_image=image is not None, own=own)
        if pack is None:
            await tell(interaction, explain_no_pack(packs, workflow))
            return
        options = {
            "prompt": prompt,
            "size": size,
            "count": count,
            "seed": seed,
            "negative": negative,
            "model": model,
            "lora": lora,
            "strength": strength,
            "steps": steps,
            "guidance": guidance,
            "sampler": sampler,
        }
        given = {option: value for option, value in options.items() if value is not None}
        found: Style | None = None
        if style is not None and takes_style(pack) and not means_no_style(style):
            named = await style_here(interaction, style)
            if isinstance(named, str):
                await tell(interaction, named[:CONTENT])
                return
            found, style = named, named.name
        elif style is None and not workflow and takes_style(pack):
            found = await implied_style(interaction, prompt, preferences.style if own is None else None)
        if found is not None and not workflow:
            with_image = image is not None
            pack = await pack_of_style(interaction, packs, found, given, with_image=with_image) or pack
        fitted, defaults, unused = fit_with_defaults(pack, given, preferences, interaction.client.library, packs)
        await add_words(fitted, interaction.client.ledger)
        start = picture_of(pack)
        if image is not None and start is None:
            fitted.refusals.append(_no_image(packs, pack))
        elif image is not None and start is not None:
            fitted.values[start.name] = image
        if (other := explain_other_files(pack)) is not None:
            fitted.refusals.append(other)
        if style is not None:
            # Where the workflow has a parameter of this name, it's that parameter's value and no style.
            fitted.values[STYLE] = style
            defaults.pop(STYLE, None)
        if (refusal := fitted.refusal(pack)) is not None:
            await tell(interaction, refusal[:CONTENT])
            return
        unused += await drop_missing_style(interaction, defaults)
        private = bool(preferences.private) if private is None else private
        if not await submit_job(interaction, pack, fitted.values, defaults=defaults, private=private, spoiler=spoiler):
            return
        if image is None and _LINK.match(prompt):
            await tell(interaction, _(_LINK_IS_TEXT))
        if notes or unused:
            await tell(interaction, notes_text([*notes, *unused]))

    return imagine


def _no_image(packs: Sequence[Pack], pack: Pack) -> str:
    titles = listed(f"**{shown_prompt(one.title, 80)}**" for one in taking_image(packs))
    if titles:
        refusal = _("“{title}” doesn’t take an image. These workflows do: {titles}.")
    else:
        refusal = _("“{title}” doesn’t take an image. Leave `image` empty.")
    return refusal.format(title=shown_prompt(pack.title, 80), titles=titles)
