"""`/workflows`: what a member may use here, what can run first, with what each takes; and why the others can't run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.commands.options import Option, options_of
from bot.discord_ui.core.commands.plan import IMAGINE
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.requests.runnable import runnable_first
from bot.messages import shown_prompt
from bot.workflows import Library, Pack

WORKFLOWS_PAGE_ID: Final = "darkroom:workflows:{page}"

_PAGE: Final = 1800
"""Characters of a page; Discord takes 2,000."""
_ENTRY: Final = 900
"""Characters of one workflow: two fit a page, whatever their authors wrote."""
_CHOICES: Final = 5
_NOTHING: Final = "There is no workflow here yet. Tell whoever runs this bot."
_TYPES: Final = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
    "image": "image",
    "video": "video",
    "audio": "sound file",
}


def workflows_command() -> app_commands.Command[Any, ..., None]:
    """The command, to be added to a tree."""

    @app_commands.command(name="workflows", description="What there is here, and what each workflow takes")
    async def workflows(interaction: discord.Interaction[Darkroom]) -> None:
        pages = await _pages(interaction)
        if not pages:
            await tell(interaction, _NOTHING)
            return
        await interaction.response.send_message(pages[0], view=_turning(0, len(pages)), ephemeral=True)

    return workflows


async def press_page(interaction: discord.Interaction[Darkroom], page: str) -> None:
    """Show another page of the same answer."""
    pages = await _pages(interaction) or [_NOTHING]
    number = min(int(page) if page.isdecimal() else 0, len(pages) - 1)
    await interaction.response.edit_message(content=pages[number], view=_turning(number, len(pages)))


def pages_of(entries: Iterable[str], limit: int = _PAGE) -> list[str]:
    """The entries in order, as many to a page as fit."""
    pages: list[str] = []
    for entry in entries:
        if pages and len(pages[-1]) + len(entry) + 2 <= limit:
            pages[-1] += f"\n\n{entry}"
        else:
            pages.append(entry)
    return pages


def entry_of(pack: Pack, library: Library, command: str | None, why: str | None) -> str:
    """One workflow: how to reach it, what it does, what it takes, and why it can't run where that is so."""
    title = shown_prompt(pack.title, 80)
    reach = f"`/{command}`" if command else f"`/imagine` workflow: {title}"
    lines = [f"**{title}** · {reach}"]
    if pack.description:
        lines.append(shown_prompt(pack.description, 200))
    if why is not None:
        lines.append(f"⚠️ Can’t run here right now: it {why}."[:400])
    elif pack.nsfw:
        lines.append("🔞 In age-restricted channels only.")
    options = [f"-# • {_option(option, pack, library)}" for option in options_of(pack)]
    while options:
        entry = "\n".join([*lines, *options])
        if len(entry) <= _ENTRY:
            return entry
        options = [*options[:-2], "-# • …"] if len(options) > 1 else []
    return "\n".join(lines)[:_ENTRY]


def _option(option: Option, pack: Pack, library: Library) -> str:
    name = f"`{option.name}`" + (" (required)" if option.required else "")
    choices = library.choices(pack, pack.offered[option.parameter]) if option.suggests else option.choices
    if choices:
        shown = ", ".join(f"`{_last(choice)}`" for choice in choices[:_CHOICES])
        more = f" and {len(choices) - _CHOICES} more" if len(choices) > _CHOICES else ""
        return f"{name}: {shown}{more}"
    if option.type in {"integer", "number"} and option.min is not None and option.max is not None:
        return f"{name}: {option.min:,} to {option.max:,}"
    return f"{name}: {_TYPES[option.type]}"


def _last(choice: str) -> str:
    return choice.replace("\\", "/").rsplit("/", 1)[-1].replace("`", "")[:60]


async def _pages(interaction: discord.Interaction[Darkroom]) -> list[str]:
    bot = interaction.client
    reached = bot.command_sync.commands_of(interaction.guild_id)
    packs = [
        pack
        for pack in bot.library.visible(interaction.guild_id)
        if pack.name in reached or (pack.command in {None, IMAGINE} and "prompt" in pack.offered)
    ]
    listed = await runnable_first(interaction, packs)
    return pages_of(entry_of(pack, bot.library, reached.get(pack.name), why) for pack, why in listed)


def _turning(page: int, pages: int) -> discord.ui.View:
    """Buttons to the pages before and after; none where there is one page."""
    buttons: list[discord.ui.Button[discord.ui.View]] = []
    neighbours: Sequence[tuple[str, int]] = [("◀", page - 1), ("▶", page + 1)]
    for label, number in neighbours if pages > 1 else ():
        custom_id = (
            WORKFLOWS_PAGE_ID.format(page=max(number, 0))
            if 0 <= number < pages
            else f"{WORKFLOWS_PAGE_ID.format(page='end')}{label}"
        )
        buttons.append(discord.ui.Button(label=label, custom_id=custom_id, disabled=not 0 <= number < pages))
    return view_of(*buttons)
