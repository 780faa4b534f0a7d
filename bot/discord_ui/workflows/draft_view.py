"""The message of a draft, with its summary and its buttons, and the form to edit it."""

import asyncio
from collections.abc import Sequence
from typing import Final

import discord

from bot.discord_limits import CHOICE, CHOICES, FORM_TITLE, TYPED
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.commands.plan import plan
from bot.discord_ui.core.forms import form_of, text_field
from bot.discord_ui.core.views import view_of
from bot.discord_ui.workflows.draft_summary import faulty, listed_fault, summary, value_at
from bot.errors import PackError
from bot.ledger import WordRule
from bot.messages import shown_prompt
from bot.moderation.words.word_rules import matching
from bot.translation import _, in_quotes
from bot.uploads.kept_workflows import Draft, packs_of
from bot.uploads.upload_rules import refused_graph, refused_pack
from bot.workflows import ObjectInfo, Pack
from bot.workflows.library.visible_texts import own_texts
from bot.workflows.manifests.found_parameters import Ambiguity
from bot.workflows.manifests.manifest_form import LONGEST_NAME, lost_in, questions, split, titled

DRAFT_LIVE_ID: Final = "darkroom:draft:live:{draft_id}"
DRAFT_EDIT_ID: Final = "darkroom:draft:edit:{draft_id}"
DRAFT_TRY_ID: Final = "darkroom:draft:try:{draft_id}"
DRAFT_DISCARD_ID: Final = "darkroom:draft:discard:{draft_id}"
DRAFT_FORM_ID: Final = "darkroom:draft:form:{draft_id}"


async def show_draft(interaction: discord.Interaction[Darkroom], draft: Draft) -> None:
    """Show a draft privately: in its own message after a button or a form, otherwise in a new message."""
    content, view = await _rendered(interaction.client, draft)
    if interaction.response.type is discord.InteractionResponseType.deferred_message_update:
        await interaction.edit_original_response(content=content, view=view)
    elif interaction.response.is_done():
        await interaction.followup.send(content, view=view, ephemeral=True)
    elif interaction.message is not None:
        await interaction.response.edit_message(content=content, view=view)
    else:
        await interaction.response.send_message(content, view=view, ephemeral=True)


async def faults_of(bot: Darkroom, draft: Draft, pack: Pack) -> tuple[str, ...]:
    """Why a draft with a valid manifest still can't go live."""
    others = [one for one in packs_of(bot.library, draft.guild_id) if one.name != draft.live_key and one.command]
    builtin = {command.name for command in bot.tree.get_commands(type=discord.AppCommandType.chat_input)}
    planned = plan([pack], builtin | {str(one.command) for one in others})
    unclear = [one.parameter for one in questions(draft.graph, pack.parameters, bot.library.distinct_infos)]
    missing = (_("it isn’t clear which text is the prompt: press Edit to choose"),) if "prompt" in unclear else ()
    partners = bot.settings.spending.allows_partners(draft.guild_id)
    refused = await asyncio.to_thread(
        _refused, draft, pack, bot.settings.workflow_nodes, bot.library.distinct_infos, partners
    )
    words = [listed_fault(rule) for rule in await _listed(bot, draft, pack) if rule.action == "refuse"]
    return (*missing, *refused, *words, *(fault for one in planned.faults for fault in one.faults))


async def _listed(bot: Darkroom, draft: Draft, pack: Pack) -> tuple[WordRule, ...]:
    """The rules of the word list that the workflow's own texts match."""
    rules = (await bot.ledger.rules.book(draft.guild_id)).words
    return await asyncio.to_thread(lambda: matching(rules, own_texts(pack)))


def _refused(
    draft: Draft,
    pack: Pack,
    allowed: tuple[str, ...],
    infos: Sequence[ObjectInfo],
    partners: bool,
) -> tuple[str, ...]:
    """Takes CPU time, because the graph and the manifest may be large."""
    return refused_graph(draft.graph, allowed, infos, partners=partners) + refused_pack(pack, infos)


async def draft_form(draft: Draft, infos: Sequence[ObjectInfo]) -> discord.ui.Modal:
    """The form, filled in with the draft as it is."""
    typed = split(draft.manifest)
    fields = [
        text_field(_("Title"), "title", typed.title, 100, required=True),
        text_field(_("Description"), "description", typed.description, 300),
        text_field(_("Command (empty: /imagine only)"), "command", typed.command, LONGEST_NAME),
    ]
    if len(typed.options) <= TYPED:
        fields.append(text_field(_("Options"), "options", typed.options, TYPED, long=True))
    if question := await asyncio.to_thread(_first_question, draft, infos):
        fields.append(_choice(draft, question))
    return form_of(_("Edit {name}").format(name=draft.name), DRAFT_FORM_ID.format(draft_id=draft.id), *fields)


def _choice(draft: Draft, question: Ambiguity) -> discord.ui.Label[discord.ui.View]:
    options = [
        discord.SelectOption(
            label=one[:CHOICE],
            value=str(number),
            description=(value_at(draft.graph, one) or "")[:CHOICE].strip() or None,
        )
        for number, one in enumerate(question.candidates[:CHOICES])
    ]
    select: discord.ui.Select[discord.ui.View] = discord.ui.Select(
        custom_id=f"choose:{question.parameter}", options=options, required=False, placeholder=_("Not decided yet")
    )
    label = _("Which one is the {option}?").format(option=question.parameter)
    return discord.ui.Label(text=label[:FORM_TITLE], component=select)


def _first_question(draft: Draft, infos: Sequence[ObjectInfo]) -> Ambiguity | None:
    """The question that the form asks: it has room for one."""
    try:
        parameters = draft.pack().parameters
    except PackError:
        return None
    return next(iter(questions(draft.graph, parameters, infos)), None)


async def _rendered(bot: Darkroom, draft: Draft) -> tuple[str, discord.ui.View]:
    try:
        pack = await asyncio.to_thread(draft.pack)
    except PackError as fault:
        return faulty(titled(draft.name), fault.faults), _buttons(draft, works=False, ready=False)
    if faults := await faults_of(bot, draft, pack):
        unclear = questions(draft.graph, pack.parameters, bot.library.distinct_infos)
        if not any(one.parameter == "prompt" for one in unclear):
            safe = not await asyncio.to_thread(refused_pack, pack, bot.library.distinct_infos)
            return faulty(pack.title, faults), _buttons(draft, works=safe, ready=False)
    # The library's copy has the ranges of the ComfyUI servers.
    seen = bot.library.packs.get(draft.key, pack)
    text = summary(
        seen,
        pack.command,
        draft.name,
        questions(draft.graph, pack.parameters, bot.library.distinct_infos),
        bot.library.lacking(draft.key),
        lost_in(draft.manifest),
        replaces=any(one.name == draft.live_key for one in packs_of(bot.library, draft.guild_id)),
        listed=[] if faults else await _listed(bot, draft, pack),
    )
    return text, _buttons(draft, works=bot.library.available(draft.key), ready=not faults)


def _buttons(draft: Draft, *, works: bool, ready: bool) -> discord.ui.View:
    style = discord.ButtonStyle
    return view_of(
        *(
            discord.ui.Button(
                label=label, custom_id=custom_id.format(draft_id=draft.id), style=colour, disabled=not enabled
            )
            for label, custom_id, colour, enabled in (
                (_("Make it live"), DRAFT_LIVE_ID, style.success, ready),
                (_("Edit"), DRAFT_EDIT_ID, style.secondary, True),
                (_("Try it"), DRAFT_TRY_ID, style.secondary, works),
                (_("Discard"), DRAFT_DISCARD_ID, style.danger, True),
            )
        )
    )


def named(pack: Pack) -> str:
    """A pack's title as it appears in a sentence."""
    return in_quotes(shown_prompt(pack.title, 80))
