"""`/workflow` for administrators: add, test, disable, enable, remove, export. It changes their own guild only."""

import io
import json
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES
from bot.discord_ui.access.acts import entry_of
from bot.discord_ui.access.permissions import administered_guild, administers
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.workflows.draft_view import named
from bot.discord_ui.workflows.trial import try_out
from bot.discord_ui.workflows.upload import add_workflow
from bot.ledger import Act
from bot.translation import N_, _, in_quotes
from bot.uploads.kept_workflows import packs_of, remove_own, set_enabled
from bot.workflows import Pack, WorkflowKey
from bot.workflows.manifests.manifest_text import manifest_text

log = logging.getLogger(__name__)

REMOVE_WORKFLOW_ID: Final = "darkroom:workflow:remove:{name}"
KEEP_WORKFLOW_ID: Final = "darkroom:workflow:keep:{name}"
_NONE: Final = N_("I can’t find that workflow. Pick one of the suggestions.")
_SHARED: Final = N_("{name} comes with the bot, so it can’t be removed. Hide it with `/workflow disable`.")


def workflow_commands() -> app_commands.Group:
    """Build `/workflow`."""
    group = app_commands.Group(
        name="workflow",
        description=N_("Manage this server’s workflows"),
        default_permissions=discord.Permissions(manage_guild=True),
        guild_only=True,
    )

    @group.command(name="add", description=N_("Upload a ComfyUI workflow and check it before it goes live"))
    @app_commands.describe(
        file=N_("Workflow saved or exported by ComfyUI (JSON), or an image it made (PNG)"),
        name=N_("Short name (default: the file’s name)"),
        manifest=N_("Options from /workflow export (TOML). Default: found in the workflow"),
    )
    async def add(
        interaction: discord.Interaction[Darkroom],
        file: discord.Attachment,
        name: app_commands.Range[str, 1, 32] | None = None,
        manifest: discord.Attachment | None = None,
    ) -> None:
        await add_workflow(interaction, file, name, manifest)

    @group.command(name="test", description=N_("Run a workflow once in this channel with its own values"))
    @app_commands.describe(name=N_("Workflow to test"))
    @app_commands.autocomplete(name=_suggest(lambda _asked: True))
    async def test(interaction: discord.Interaction[Darkroom], name: str) -> None:
        if (pack := await _asked_for(interaction, name)) is not None:
            await try_out(interaction, pack)

    @group.command(name="disable", description=N_("Hide a workflow from the members of this server"))
    @app_commands.describe(name=N_("Workflow to disable"))
    @app_commands.autocomplete(name=_suggest(_enabled))
    async def disable(interaction: discord.Interaction[Darkroom], name: str) -> None:
        await _switch(interaction, name, enabled=False)

    @group.command(name="enable", description=N_("Make a disabled workflow available again"))
    @app_commands.describe(name=N_("Workflow to enable"))
    @app_commands.autocomplete(name=_suggest(lambda asked: not _enabled(asked)))
    async def enable(interaction: discord.Interaction[Darkroom], name: str) -> None:
        await _switch(interaction, name, enabled=True)

    @group.command(name="remove", description=N_("Remove one of this server’s own workflows for good"))
    @app_commands.describe(name=N_("Workflow to remove"))
    @app_commands.autocomplete(name=_suggest(lambda asked: asked[1].uploaded))
    async def remove(interaction: discord.Interaction[Darkroom], name: str) -> None:
        pack = await _asked_for(interaction, name, own_only=True)
        if pack is None:
            return
        if not pack.uploaded:
            await tell(interaction, _(_SHARED).format(name=named(pack)))
            return
        await interaction.response.send_message(
            _("Remove {name} for good? To keep a copy, use `/workflow export` first.").format(name=named(pack)),
            view=_confirmation(pack.key.name),
            ephemeral=True,
        )

    @group.command(name="export", description=N_("Get a workflow as files: its graph (JSON) and its options (TOML)"))
    @app_commands.describe(name=N_("Workflow to export"))
    @app_commands.autocomplete(name=_suggest(lambda _asked: True))
    async def export(interaction: discord.Interaction[Darkroom], name: str) -> None:
        if (pack := await _asked_for(interaction, name)) is not None:
            await _export(interaction, pack)

    return group


async def press_remove(interaction: discord.Interaction[Darkroom], name: str) -> None:
    """Remove the workflow: the member has confirmed."""
    pack = await _asked_for(interaction, str(WorkflowKey(interaction.guild_id, name)))
    if pack is None or interaction.guild_id is None:
        return
    await begin_act(interaction, reply=False)
    bot, guild_id = interaction.client, interaction.guild_id
    entry = await entry_of(interaction, guild_id, Act.WORKFLOW_REMOVED, partial(in_quotes, pack.title))
    await remove_own(bot.library, bot.ledger.shelf, guild_id, pack.name, entry)
    interaction.client.commands_changed()
    log.info("guild %d: workflow %s removed by user %d", interaction.guild_id, name, interaction.user.id)
    await interaction.edit_original_response(content=_("🗑️ Removed {name}.").format(name=named(pack)), view=None)


async def press_keep(interaction: discord.Interaction[Darkroom], _name: str) -> None:
    """Keep the workflow: the member has changed their mind."""
    await interaction.response.edit_message(content=_("Nothing was removed."), view=None)


def _confirmation(name: str) -> discord.ui.View:
    return view_of(
        discord.ui.Button(
            label=_("Remove"), custom_id=REMOVE_WORKFLOW_ID.format(name=name), style=discord.ButtonStyle.danger
        ),
        discord.ui.Button(label=_("Keep"), custom_id=KEEP_WORKFLOW_ID.format(name=name)),
    )


async def _asked_for(interaction: discord.Interaction[Darkroom], name: str, *, own_only: bool = False) -> Pack | None:
    """The pack that an administrator asked for. If it can't be found, tells them so and returns None.

    `own_only`: only the guild's own can be meant, so a shared one is found only if none of those has the name.
    """
    guild_id = await administered_guild(interaction)
    if guild_id is None:
        return None
    wanted = name.strip().casefold()
    packs = packs_of(interaction.client.library, guild_id)
    # A guild's own pack wins over a shared one with the same name. The shared one is still found by its title.
    own_first = sorted(packs, key=lambda pack: not pack.uploaded)
    meanings: list[Callable[[Pack], str]] = [
        lambda pack: pack.name,
        lambda pack: pack.key.name,
        lambda pack: pack.title,
    ]
    own = [pack for pack in packs if pack.uploaded]
    for candidates in (own, own_first) if own_only else (own_first,):
        for means in meanings:
            if found := next((pack for pack in candidates if means(pack).casefold() == wanted), None):
                return found
    await tell(interaction, _(_NONE))
    return None


async def _switch(interaction: discord.Interaction[Darkroom], name: str, *, enabled: bool) -> None:
    pack = await _asked_for(interaction, name)
    if pack is None or interaction.guild_id is None:
        return
    bot = interaction.client
    await begin_act(interaction, reply=True)
    by, act = interaction.user.id, Act.WORKFLOW_ENABLED if enabled else Act.WORKFLOW_DISABLED
    entry = await entry_of(interaction, interaction.guild_id, act, partial(in_quotes, pack.title))
    await set_enabled(bot.library, bot.ledger.shelf, interaction.guild_id, pack.name, entry, enabled=enabled, by=by)
    bot.commands_changed()
    word = "enabled" if enabled else "disabled"
    log.info("guild %d: workflow %s %s by user %d", interaction.guild_id, pack.name, word, interaction.user.id)
    text = _("{name} is enabled in this server.") if enabled else _("{name} is disabled in this server.")
    await tell(interaction, text.format(name=named(pack)))


async def _export(interaction: discord.Interaction[Darkroom], pack: Pack) -> None:
    name = pack.key.name
    kept = await interaction.client.ledger.shelf.workflow(interaction.guild_id or 0, name) if pack.uploaded else None
    # A guild's own pack is exported as it was written, a shared one with what the ComfyUI servers add to it.
    manifest = kept.manifest if kept is not None and kept.manifest is not None else manifest_text(pack)
    graph = json.dumps(pack.graph, indent=2, ensure_ascii=False)
    files = [
        discord.File(io.BytesIO(text.encode()), f"{name}.{suffix}", description=_("The workflow as a file"))
        for suffix, text in (("json", graph), ("toml", manifest))
    ]
    await interaction.response.send_message(
        _("{name} as files. You can add them again with `/workflow add`.").format(name=named(pack)),
        files=files,
        ephemeral=True,
    )


Asked = tuple["Darkroom", Pack, int]
Suggest = Callable[[discord.Interaction[Darkroom], str], Coroutine[Any, Any, list[app_commands.Choice[str]]]]


def _enabled(asked: Asked) -> bool:
    bot, pack, guild_id = asked
    return bot.library.is_enabled(guild_id, pack.name)


def _suggest(fits: Callable[[Asked], bool]) -> Suggest:
    """Autocompletion with the packs for which `fits` is true."""

    async def suggest(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
        guild_id = interaction.guild_id
        if guild_id is None or not await administers(interaction):
            return []
        wanted = current.strip().casefold()
        return [
            app_commands.Choice(name=_label(pack)[:CHOICE], value=pack.name[:CHOICE])
            for pack in packs_of(interaction.client.library, guild_id)
            if wanted in _label(pack).casefold() and fits((interaction.client, pack, guild_id))
        ][:CHOICES]

    return suggest


def _label(pack: Pack) -> str:
    return f"{pack.title} ({pack.key.name})"
