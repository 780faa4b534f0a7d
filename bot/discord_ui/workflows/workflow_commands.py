"""`/workflow` for administrators: add, test, disable, enable, remove, export. Everything is the guild's own affair."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES
from bot.discord_ui.access.permissions import administered_guild, administers
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.requests.submission import take_order
from bot.discord_ui.workflows.draft_view import named
from bot.discord_ui.workflows.sample_values import default_values
from bot.discord_ui.workflows.upload import add_workflow
from bot.uploads.kept_workflows import packs_of, remove_own, set_enabled
from bot.workflows import Pack, WorkflowKey
from bot.workflows.manifests.manifest_text import manifest_text

log = logging.getLogger(__name__)

REMOVE_WORKFLOW_ID: Final = "darkroom:workflow:remove:{name}"
KEEP_WORKFLOW_ID: Final = "darkroom:workflow:keep:{name}"
_NONE: Final = "There is no such workflow here. Pick one of the names that are suggested."
_SHARED: Final = (
    "{pack} belongs to whoever runs this bot: it can be disabled here with `/workflow disable`, but not removed."
)


def workflow_commands() -> app_commands.Group:
    """The commands, to be added to a tree."""
    group = app_commands.Group(
        name="workflow",
        description="The workflows of this server",
        default_permissions=discord.Permissions(manage_guild=True),
        guild_only=True,
    )

    @group.command(name="add", description="Bring a ComfyUI workflow; nothing is live before you say so")
    @app_commands.describe(
        file="What ComfyUI saves or exports (JSON), or a picture that it made (PNG)",
        name="A short name; left out: the file's",
        manifest="Its options as /workflow export gives them (TOML); left out: worked out from the workflow",
    )
    async def add(
        interaction: discord.Interaction[Darkroom],
        file: discord.Attachment,
        name: app_commands.Range[str, 1, 32] | None = None,
        manifest: discord.Attachment | None = None,
    ) -> None:
        await add_workflow(interaction, file, name, manifest)

    @group.command(name="test", description="Run a workflow in this channel, with what it holds by itself")
    @app_commands.describe(name="Which one")
    @app_commands.autocomplete(name=_suggested(lambda _: True))
    async def test(interaction: discord.Interaction[Darkroom], name: str) -> None:
        if (pack := await _asked_for(interaction, name)) is not None:
            await take_order(interaction, pack, await default_values(interaction.client, pack))

    @group.command(name="disable", description="Take a workflow away from the members of this server for now")
    @app_commands.describe(name="Which one")
    @app_commands.autocomplete(name=_suggested(_enabled))
    async def disable(interaction: discord.Interaction[Darkroom], name: str) -> None:
        await _switch(interaction, name, enabled=False)

    @group.command(name="enable", description="Give a disabled workflow back to the members of this server")
    @app_commands.describe(name="Which one")
    @app_commands.autocomplete(name=_suggested(lambda asked: not _enabled(asked)))
    async def enable(interaction: discord.Interaction[Darkroom], name: str) -> None:
        await _switch(interaction, name, enabled=True)

    @group.command(name="remove", description="Take one of this server's own workflows away for good")
    @app_commands.describe(name="Which one")
    @app_commands.autocomplete(name=_suggested(lambda asked: asked[1].uploaded))
    async def remove(interaction: discord.Interaction[Darkroom], name: str) -> None:
        pack = await _asked_for(interaction, name)
        if pack is None:
            return
        if not pack.uploaded:
            await tell(interaction, _SHARED.format(pack=named(pack)))
            return
        await interaction.response.send_message(
            f"Remove {named(pack)} for good? `/workflow export` would keep a copy.",
            view=_confirmation(pack.key.name),
            ephemeral=True,
        )

    @group.command(name="export", description="A workflow as files: its graph (JSON) and its options (TOML)")
    @app_commands.describe(name="Which one")
    @app_commands.autocomplete(name=_suggested(lambda _: True))
    async def export(interaction: discord.Interaction[Darkroom], name: str) -> None:
        if (pack := await _asked_for(interaction, name)) is not None:
            await _export(interaction, pack)

    return group


async def press_remove(interaction: discord.Interaction[Darkroom], name: str) -> None:
    """The confirmation was pressed."""
    pack = await _asked_for(interaction, str(WorkflowKey(interaction.guild_id, name)))
    if pack is None or interaction.guild_id is None:
        return
    await remove_own(interaction.client.library, interaction.client.ledger.shelf, interaction.guild_id, pack.name)
    interaction.client.commands_changed()
    log.info("guild %d: workflow %s removed by user %d", interaction.guild_id, name, interaction.user.id)
    await interaction.response.edit_message(content=f"🗑️ {named(pack)} is removed.", view=None)


async def press_keep(interaction: discord.Interaction[Darkroom], _: str) -> None:
    """Thought better of it."""
    await interaction.response.edit_message(content="Nothing is removed.", view=None)


def _confirmation(name: str) -> discord.ui.View:
    return view_of(
        discord.ui.Button(
            label="Remove", custom_id=REMOVE_WORKFLOW_ID.format(name=name), style=discord.ButtonStyle.danger
        ),
        discord.ui.Button(label="Keep", custom_id=KEEP_WORKFLOW_ID.format(name=name)),
    )


async def _asked_for(interaction: discord.Interaction[Darkroom], name: str) -> Pack | None:
    """The pack that an administrator means; else he has been told."""
    guild_id = await administered_guild(interaction)
    if guild_id is None:
        return None
    wanted = name.strip().casefold()
    packs = packs_of(interaction.client.library, guild_id)
    # A guild's own comes before a shared one of the same name; that one's title leads to it.
    own_first = sorted(packs, key=lambda pack: not pack.uploaded)
    meanings: list[Callable[[Pack], str]] = [
        lambda pack: pack.name,
        lambda pack: pack.key.name,
        lambda pack: pack.title,
    ]
    for means in meanings:
        if found := next((pack for pack in own_first if means(pack).casefold() == wanted), None):
            return found
    await tell(interaction, _NONE)
    return None


async def _switch(interaction: discord.Interaction[Darkroom], name: str, *, enabled: bool) -> None:
    pack = await _asked_for(interaction, name)
    if pack is None or interaction.guild_id is None:
        return
    bot = interaction.client
    await set_enabled(
        bot.library, bot.ledger.shelf, interaction.guild_id, pack.name, enabled=enabled, by=interaction.user.id
    )
    bot.commands_changed()
    word = "enabled" if enabled else "disabled"
    log.info("guild %d: workflow %s %s by user %d", interaction.guild_id, pack.name, word, interaction.user.id)
    await tell(interaction, f"{named(pack)} is {word} in this server.")


async def _export(interaction: discord.Interaction[Darkroom], pack: Pack) -> None:
    name = pack.key.name
    kept = await interaction.client.ledger.shelf.workflow(interaction.guild_id or 0, name) if pack.uploaded else None
    # One of its own as it was written; of a shared one, what it comes to on this bot's servers.
    manifest = kept.manifest if kept is not None and kept.manifest is not None else manifest_text(pack)
    graph = json.dumps(pack.graph, indent=2, ensure_ascii=False)
    files = [
        discord.File(io.BytesIO(text.encode()), f"{name}.{suffix}")
        for suffix, text in (("json", graph), ("toml", manifest))
    ]
    await interaction.response.send_message(
        f"{named(pack)} as files. `/workflow add` takes them back.",
        files=files,
        ephemeral=True,
    )


Asked = tuple["Darkroom", Pack, int]
Suggest = Callable[[discord.Interaction[Darkroom], str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]


def _enabled(asked: Asked) -> bool:
    bot, pack, guild_id = asked
    return bot.library.is_enabled(guild_id, pack.name)


def _suggested(fits: Callable[[Asked], bool]) -> Suggest:
    """An autocomplete of the packs that fit."""

    async def suggest(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
        guild_id = interaction.guild_id
        if guild_id is None or not await administers(interaction):
            return []
        wanted = current.strip().casefold()
        return [
            app_commands.Choice(name=_shown(pack)[:CHOICE], value=pack.name[:CHOICE])
            for pack in packs_of(interaction.client.library, guild_id)
            if wanted in _shown(pack).casefold() and fits((interaction.client, pack, guild_id))
        ][:CHOICES]

    return suggest


def _shown(pack: Pack) -> str:
    return f"{pack.title} ({pack.key.name})"
