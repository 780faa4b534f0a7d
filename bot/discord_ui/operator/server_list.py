"""The servers that the bot is in, page by page, with what each uses: those that use the most come first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES
from bot.discord_ui.access.permissions import operates
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.operator.operators import operating
from bot.ledger import USE_DAYS, GuildUse
from bot.messages import plain_line, shown_prompt
from bot.translation import N_, _, ngettext, shown_number

SERVERS_PAGE_ID: Final = "darkroom:operator:page:{page}"
_PAGE: Final = 10
"""Servers. They fit a message even if every character of their names has to be escaped."""
_NAME: Final = 36
_SAME_NAME: Final = 76
"""Characters of a name that several servers have, beside an id in a suggestion."""
_MEGABYTE: Final = 2**20
_NO_SERVERS: Final = N_("This bot isn’t in any server.")


@dataclass(frozen=True, slots=True)
class ListedServer:
    """A server, as far as it is known here: `name` and `members` only if one of this process's shards has it."""

    id: int
    name: str | None
    members: int | None
    use: GuildUse


async def listed_servers(bot: Darkroom) -> list[ListedServer]:
    """All servers. Those of other processes' shards are listed if they use anything."""
    uses = await bot.ledger.guild_uses.of_guilds()
    here = {guild.id: guild for guild in bot.guilds}
    listed = [
        ListedServer(guild.id, guild.name or None, guild.member_count, uses.get(guild.id, GuildUse()))
        for guild in here.values()
    ]
    # One process with all shards sees everything: what it doesn't, the bot has left.
    if len(bot.settings.shard_ids) < bot.settings.shard_count:
        listed += [ListedServer(guild_id, None, None, use) for guild_id, use in uses.items() if guild_id not in here]
    return sorted(listed, key=_by_use)


async def show_servers(interaction: discord.Interaction[Darkroom]) -> None:
    """Answer with the first page, privately."""
    await begin_act(interaction, reply=True)
    text, view = _page(await listed_servers(interaction.client), 0)
    await tell(interaction, text, view)


async def press_servers(interaction: discord.Interaction[Darkroom], page: str) -> None:
    """Show another page in place of this one."""
    if not await operating(interaction):
        return
    await begin_act(interaction, reply=False)
    text, view = _page(await listed_servers(interaction.client), int(page) if page.isdecimal() else 0)
    await interaction.edit_original_response(content=text, view=view)


async def suggest_servers(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
    """Suggest servers by their names, to the people who run the bot alone."""
    if not operates(interaction):
        return []
    wanted = current.strip().casefold()
    named = sorted((plain_line(guild.name) or str(guild.id), str(guild.id)) for guild in interaction.client.guilds)
    counts = Counter(name for name, _value in named)
    told = ((f"{name[:_SAME_NAME]} ({value})" if counts[name] > 1 else name, value) for name, value in named)
    fitting = [(name, value) for name, value in told if wanted in name.casefold() or wanted == value]
    return [app_commands.Choice(name=name[:CHOICE], value=value) for name, value in fitting][:CHOICES]


def named(server: ListedServer) -> str:
    """The server's name, or its id where no name is known."""
    return f"**{shown_prompt(server.name, _NAME)}**" if server.name else f"`{server.id}`"


def named_apart(server: ListedServer, servers: Sequence[ListedServer]) -> str:
    """The same, with its id if another one of the servers looks the same."""
    name = named(server)
    return name if all(named(one) != name for one in servers if one.id != server.id) else f"{name} (`{server.id}`)"


def _by_use(server: ListedServer) -> tuple[int, int, int, int]:
    return -server.use.waiting, -server.use.images, -server.use.disk, server.id


def _page(servers: Sequence[ListedServer], page: int) -> tuple[str, discord.ui.View]:
    pages = max(1, -(-len(servers) // _PAGE))
    page = min(page, pages - 1)
    count = ngettext("**{count} server**", "**{count} servers**", len(servers)).format(count=shown_number(len(servers)))
    head = [_("{servers} · page {page} of {pages}").format(servers=count, page=page + 1, pages=pages)]
    lines = [_line(server) for server in servers[page * _PAGE : (page + 1) * _PAGE]]
    turns = ((_("Back"), page - 1), (_("Next"), page + 1))
    buttons = (
        discord.ui.Button[discord.ui.View](label=label, custom_id=SERVERS_PAGE_ID.format(page=target))
        for label, target in turns
        if 0 <= target < pages
    )
    return "\n".join([*head, *(lines or [_(_NO_SERVERS)])]), view_of(*buttons)


def _line(server: ListedServer) -> str:
    use, facts = server.use, [named(server)]
    if server.name:
        facts.append(f"`{server.id}`")
    if (members := server.members) is not None:
        facts.append(ngettext("{count} member", "{count} members", members).format(count=shown_number(members)))
    facts += [
        ngettext("{count} waiting", "{count} waiting", use.waiting).format(count=shown_number(use.waiting)),
        ngettext("{count} image in {days} days", "{count} images in {days} days", use.images).format(
            count=shown_number(use.images), days=USE_DAYS
        ),
        _("{megabytes} MB").format(megabytes=shown_number(-(-use.disk // _MEGABYTE))),
    ]
    return " · ".join(facts)
