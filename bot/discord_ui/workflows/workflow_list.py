"""`/workflows`: the workflows of this place and what can be typed for them. Those that can't run come last."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.commands.plan import IMAGINE
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.requests.runnable import in_short, runnable_first
from bot.discord_ui.requests.styles.named_style import known_names
from bot.discord_ui.workflows.option_words import command_options, imagine_options
from bot.messages import shown_prompt
from bot.translation import N_, _
from bot.workflows import Library, Pack, default_of

WORKFLOWS_PAGE_ID: Final = "darkroom:workflows:{page}"

_PAGE: Final = 1800
"""The most characters of a page. Discord accepts 2,000."""
_ENTRY: Final = 900
"""The most characters of one workflow, so that two always fit on a page."""
_NOTHING: Final = N_("There are no workflows here yet. Ask the people who run this bot to add one.")


def workflows_command() -> app_commands.Command[Any, ..., None]:
    """Build `/workflows`."""

    @app_commands.command(name="workflows", description=N_("List the workflows you can use here and their options"))
    async def workflows(interaction: discord.Interaction[Darkroom]) -> None:
        pages = await _pages(interaction)
        if not pages:
            await tell(interaction, _(_NOTHING))
            return
        await interaction.response.send_message(pages[0], view=_turning(0, len(pages)), ephemeral=True)

    return workflows


async def press_page(interaction: discord.Interaction[Darkroom], page: str) -> None:
    """Show another page of the same answer."""
    pages = await _pages(interaction) or [_(_NOTHING)]
    number = min(int(page) if page.isdecimal() else 0, len(pages) - 1)
    await interaction.response.edit_message(content=pages[number], view=_turning(number, len(pages)))


def pages_of(entries: Iterable[str]) -> list[str]:
    """Pages of the entries in order, with as many on each as fit."""
    pages: list[str] = []
    for entry in entries:
        if pages and len(pages[-1]) + len(entry) + 2 <= _PAGE:
            pages[-1] += f"\n\n{entry}"
        else:
            pages.append(entry)
    return pages


def entry_of(
    pack: Pack,
    library: Library,
    styles: Sequence[str],
    command: str | None,
    why: str | None,
    *,
    default: bool = False,
) -> str:
    """One workflow: how to run it, what it does and what can be typed; of one that can't run, only `why`."""
    title = shown_prompt(pack.title, 80)
    if command is not None:
        how = f"`/{command}`"
    elif default:
        how = _("`/imagine` (default)")
    else:
        how = _("`/imagine` workflow: {title}").format(title=title)
    lines = [f"**{title}** · {how}"]
    if why is not None:
        lines.append(_("⚠️ Can’t run here right now: it {why}.").format(why=in_short(why))[:400])
        return "\n".join(lines)
    if pack.description:
        lines.append(shown_prompt(pack.description, 200))
    if pack.nsfw:
        lines.append(_("🔞 Only in age-restricted channels."))
    words = imagine_options(pack, library, styles) if command is None else command_options(pack, library)
    options = [f"-# • {one}" for one in words]
    while options:
        entry = "\n".join([*lines, *options])
        if len(entry) <= _ENTRY:
            return entry
        options = [*options[:-2], "-# • …"] if len(options) > 1 else []
    return "\n".join(lines)[:_ENTRY]


async def _pages(interaction: discord.Interaction[Darkroom]) -> list[str]:
    bot = interaction.client
    reached = bot.command_sync.commands_of(interaction.guild_id)
    packs = [
        pack
        for pack in bot.library.usable(interaction.guild_id)
        if pack.name in reached or (pack.command in {None, IMAGINE} and "prompt" in pack.offered)
    ]
    listed = await runnable_first(interaction, packs)
    usual, styles = default_of(packs), await known_names(interaction)
    return pages_of(
        entry_of(pack, bot.library, styles, reached.get(pack.name), why, default=pack is usual) for pack, why in listed
    )


def _turning(page: int, pages: int) -> discord.ui.View:
    """Buttons to the neighbouring pages; none if there is one page."""
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
