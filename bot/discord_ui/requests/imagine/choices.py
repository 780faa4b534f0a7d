"""What `/imagine` suggests while a member types: from the servers that can run the chosen workflow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.commands.options import short
from bot.discord_ui.requests.chosen_pack import chosen_pack
from bot.discord_ui.requests.imagine.defaults import known_preferences, own_workflow
from bot.discord_ui.requests.imagine.lora_words import known_words
from bot.discord_ui.requests.imagine.sizes import suggested_sizes, takes_size
from bot.discord_ui.requests.imagine.values import loras_offered
from bot.discord_ui.requests.runnable import in_short, runnable_first
from bot.discord_ui.requests.styles.named_style import suggest_styles
from bot.ledger import Preferences
from bot.translation import _
from bot.workflows import Pack, taking_prompt
from bot.workflows.library.meanings import Meaning, parameter_for
from bot.workflows.loras.trigger_words import WITH_WORDS
from bot.workflows.name_search import matches, search, short_name
from bot.workflows.quoted_lists import OPENING, in_list, split_last, split_quoted
from bot.workflows.styles.style import NO_STYLE

TextChoices = list[app_commands.Choice[str]]

_MOST_COUNTED: Final = 10
"""The largest `count` that the option accepts: a message holds ten files."""


async def suggest_workflows(interaction: discord.Interaction[Darkroom], current: str) -> TextChoices:
    """The workflows that take a prompt, those that can run first."""
    wanted = current.strip().casefold()
    packs = taking_prompt(interaction.client.library.usable(interaction.guild_id))
    return [
        app_commands.Choice(name=_choice_name(pack, obstacle), value=pack.name[:CHOICE])
        for pack, obstacle in await runnable_first(interaction, packs)
        if wanted in pack.name.casefold() or wanted in pack.title.casefold()
    ][:CHOICES]


async def suggest_sizes(interaction: discord.Interaction[Darkroom], current: str) -> TextChoices:
    """The shapes by name, and what was typed if it is a size."""
    pack, preferences = await _filled_in(interaction)
    if pack is None or not takes_size(pack):
        return []
    model = interaction.namespace.model or preferences.model
    wanted = current.strip().casefold()
    most = interaction.client.settings.caps.pixels
    return [
        app_commands.Choice(name=name, value=size)
        for name, size in suggested_sizes(pack, current, model if isinstance(model, str) else "", most).items()
        if wanted in name.casefold() or wanted == size.casefold()
    ][:CHOICES]


async def suggest_counts(
    interaction: discord.Interaction[Darkroom], current: int | str
) -> list[app_commands.Choice[int]]:
    """One up to as many as the workflow generates at once."""
    pack, _preferences = await _filled_in(interaction)
    parameter = None if pack is None else parameter_for(pack, "count")
    if parameter is None:
        return []
    first, last = int(parameter.min or 1), int(min(parameter.max or _MOST_COUNTED, _MOST_COUNTED))
    return [
        app_commands.Choice(name=str(count), value=count)
        for count in range(max(1, first), last + 1)
        if str(count).startswith(str(current).strip())
    ]


async def suggest_models(interaction: discord.Interaction[Darkroom], current: str) -> TextChoices:
    """The models for the workflow."""
    return await _suggested(interaction, "model", current)


async def suggest_samplers(interaction: discord.Interaction[Darkroom], current: str) -> TextChoices:
    """The samplers for the workflow."""
    return await _suggested(interaction, "sampler", current)


async def suggest_styles_or_none(interaction: discord.Interaction[Darkroom], current: str) -> TextChoices:
    """The styles, and none for members who have a default style."""
    styles = await suggest_styles(interaction, current)
    label, typed = _("No style this time"), current.strip().casefold()
    fits = typed in label.casefold() or NO_STYLE.startswith(typed)
    if not fits or (await known_preferences(interaction)).style is None:
        return styles
    return [app_commands.Choice(name=short(label), value=NO_STYLE), *styles][:CHOICES]


async def suggest_loras(interaction: discord.Interaction[Darkroom], current: str) -> TextChoices:
    """The LoRAs for the last entry of the list; the entries before it and its weight stay as they are."""
    pack, _preferences = await _filled_in(interaction)
    if pack is None:
        return []
    names = loras_offered(pack, interaction.client.library)
    before, entry = split_last(current)
    typed, colon, weight = _parted(entry.removesuffix(WITH_WORDS).strip())
    head = f"{before}, " if before else ""
    found = search(names, typed)[:CHOICES]
    words = await known_words(interaction.client.ledger, found)
    plain, with_words = [], []
    for one in found:
        # The short name leaves more room for further LoRAs, if it means no other.
        brief = short_name(one)
        name = in_list(brief if matches(names, brief) == [one] else one)
        value = f"{head}{name}{colon}{weight.strip()}"
        plain.append((value, value))
        if one in words:
            with_words.append((f"{value} {WITH_WORDS}: {words[one]}", f"{value} {WITH_WORDS}"))
    return [
        app_commands.Choice(name=short(name), value=value) for name, value in plain + with_words if len(value) <= CHOICE
    ][:CHOICES]


def _parted(entry: str) -> tuple[str, str, str]:
    """The name in an entry, the colon and the weight, as far as they are typed."""
    quoted = split_quoted(entry)
    if quoted is not None:
        return quoted[0], quoted[1][:1], quoted[1][1:]
    if entry[:1] in OPENING or ":" not in entry:
        return entry.lstrip(OPENING), "", ""
    return entry.rpartition(":")


def name_choices(names: Sequence[str], typed: str) -> TextChoices:
    """The names that hold what was typed, without folder and ending unless two would look the same."""
    shorts = [short_name(name) for name in names]
    return [
        app_commands.Choice(name=short(short_name(name) if shorts.count(short_name(name)) == 1 else name), value=name)
        for name in _that_fit(search(names, typed))
    ][:CHOICES]


def _that_fit(names: Iterable[str]) -> Iterable[str]:
    """Without those that Discord can't hold as a choice: members have to type those themselves."""
    return (name for name in names if name.strip() and len(name) <= CHOICE)


async def _suggested(interaction: discord.Interaction[Darkroom], meaning: Meaning, current: str) -> TextChoices:
    pack, _preferences = await _filled_in(interaction)
    parameter = None if pack is None else parameter_for(pack, meaning)
    if pack is None or parameter is None:
        return []
    return name_choices(interaction.client.library.choices(pack, parameter), current)


async def _filled_in(interaction: discord.Interaction[Darkroom]) -> tuple[Pack | None, Preferences]:
    """The workflow that the command would use with what is filled in so far, and the member's defaults."""
    workflow, preferences = interaction.namespace.workflow, await known_preferences(interaction)
    packs = interaction.client.library.usable(interaction.guild_id)
    wanted = workflow if isinstance(workflow, str) else None
    own, _notes = await own_workflow(interaction, packs, None if wanted else preferences.workflow)
    return chosen_pack(packs, wanted, with_image=interaction.namespace.image is not None, own=own), preferences


def _choice_name(pack: Pack, obstacle: str | None) -> str:
    """A workflow's name in autocomplete, where Discord shows plain text of at most 100 characters."""
    if obstacle is None:
        return short(pack.title)
    reason = in_short(obstacle.replace("`", ""))
    return short(f"⚠️ {short(pack.title, 40)} {reason}")
