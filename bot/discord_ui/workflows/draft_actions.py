"""The buttons and the form of a draft. Each checks again that the presser administers the draft's guild."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final

import discord

from bot.discord_ui.access.acts import entry_of
from bot.discord_ui.access.permissions import administered_guild
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.forms import answers
from bot.discord_ui.core.replies import tell
from bot.discord_ui.workflows.draft_summary import how_to_run
from bot.discord_ui.workflows.draft_view import draft_form, faults_of, named, show_draft
from bot.discord_ui.workflows.trial import try_out
from bot.errors import PackError
from bot.ledger import Act
from bot.translation import N_, _, in_quotes
from bot.uploads.kept_workflows import MOST_OWN, Draft, drop_draft, find_draft, go_live, keep_draft, packs_of
from bot.workflows import ObjectInfo
from bot.workflows.manifests.manifest_form import Form, compose, questions, settled, split

log = logging.getLogger(__name__)

_GONE: Final = N_("This draft no longer exists. Add the file again with `/workflow add`.")
_FULL: Final = N_("This server has reached its limit of {most} workflows. Remove one first with `/workflow remove`.")
_CHOOSE: Final = "choose:"


async def press_live(interaction: discord.Interaction[Darkroom], draft_id: str) -> None:
    """Make the draft available to members."""
    draft = await _administered_draft(interaction, draft_id)
    if draft is None:
        return
    bot = interaction.client
    try:
        pack = await asyncio.to_thread(draft.pack)
    except PackError:
        await show_draft(interaction, draft)
        return
    if await faults_of(bot, draft, pack):
        # Something has changed since the summary was shown: show why it can't go live.
        await show_draft(interaction, draft)
        return
    own = {one.name for one in packs_of(bot.library, draft.guild_id) if one.uploaded}
    if len(own) >= MOST_OWN and draft.live_key not in own:
        await tell(interaction, _(_FULL).format(most=MOST_OWN))
        return
    await begin_act(interaction, reply=False)
    entry = await entry_of(interaction, draft.guild_id, Act.WORKFLOW_LIVE, partial(in_quotes, pack.title))
    await go_live(bot.library, bot.ledger.shelf, draft, entry)
    bot.commands_changed()
    log.info("guild %d: workflow %s made live by user %d", draft.guild_id, draft.name, interaction.user.id)
    live = _("✅ {name} is live: {how}. To take it down, use `/workflow disable` or `/workflow remove`.")
    await _close(interaction, live.format(name=named(pack), how=how_to_run(pack.command)))


async def press_edit(interaction: discord.Interaction[Darkroom], draft_id: str) -> None:
    """Open the draft's form."""
    draft = await _administered_draft(interaction, draft_id)
    if draft is not None:
        await interaction.response.send_modal(await draft_form(draft, interaction.client.library.distinct_infos))


async def press_try(interaction: discord.Interaction[Darkroom], draft_id: str) -> None:
    """Run the draft once in this channel."""
    draft = await _administered_draft(interaction, draft_id)
    if draft is None:
        return
    pack = interaction.client.library.packs.get(draft.key)
    if pack is None:
        await show_draft(interaction, draft)
        return
    await try_out(interaction, pack)


async def press_discard(interaction: discord.Interaction[Darkroom], draft_id: str) -> None:
    """Delete the draft."""
    draft = await _administered_draft(interaction, draft_id)
    if draft is None:
        return
    await begin_act(interaction, reply=False)
    entry = await entry_of(interaction, draft.guild_id, Act.WORKFLOW_DISCARDED, partial(in_quotes, draft.name))
    await drop_draft(interaction.client.library, interaction.client.ledger.shelf, draft, entry)
    await _close(interaction, _("🗑️ Discarded the draft `{name}`.").format(name=draft.name))


async def submit_form(interaction: discord.Interaction[Darkroom], draft_id: str) -> None:
    """Save the form, valid or not, and show the draft again."""
    draft = await _administered_draft(interaction, draft_id)
    if draft is None:
        return
    await begin_act(interaction, reply=False)
    edited = await asyncio.to_thread(
        _edited, draft, dict(answers(interaction)), interaction.client.library.distinct_infos
    )
    entry = await entry_of(interaction, edited.guild_id, Act.WORKFLOW_EDITED, partial(in_quotes, edited.name))
    await keep_draft(interaction.client.library, interaction.client.ledger.shelf, edited, entry)
    await show_draft(interaction, edited)


async def _administered_draft(interaction: discord.Interaction[Darkroom], draft_id: str) -> Draft | None:
    guild_id = await administered_guild(interaction)
    if guild_id is None:
        return None
    draft = await find_draft(interaction.client.ledger.shelf, guild_id, draft_id)
    if draft is None:
        await tell(interaction, _(_GONE))
    return draft


async def _close(interaction: discord.Interaction[Darkroom], text: str) -> None:
    """Replace the draft's message with a text without buttons."""
    await interaction.edit_original_response(content=text, view=None)


def _edited(draft: Draft, typed: Mapping[str, str], infos: Sequence[ObjectInfo]) -> Draft:
    before = split(draft.manifest)
    options = typed.get("options", before.options)
    for key, number in typed.items():
        if key.startswith(_CHOOSE):
            options = f"{options}\n\n{_settled(draft, key.removeprefix(_CHOOSE), number, infos)}"
    form = Form(
        typed.get("title", before.title),
        typed.get("description", before.description),
        typed.get("command", before.command).strip().removeprefix("/"),
        options,
    )
    return Draft(draft.id, draft.guild_id, draft.name, draft.graph, compose(form), draft.added_by)


def _settled(draft: Draft, parameter: str, number: str, infos: Sequence[ObjectInfo]) -> str:
    """The lines of the manifest that make the candidate with this number the parameter's target."""
    asked = questions(draft.graph, {}, infos)
    candidates = next((one.candidates for one in asked if one.parameter == parameter), ())
    return settled(draft.name, draft.graph, parameter, candidates[int(number)], infos) if candidates else ""
