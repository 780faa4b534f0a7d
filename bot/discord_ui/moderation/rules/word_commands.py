"""`/moderate words`: the words that prompts are checked for, and what happens to a prompt that has one."""

import io
from collections.abc import Mapping
from functools import partial
from typing import Final, Literal

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES
from bot.discord_ui.access.acts import carry_out, moderator_of
from bot.discord_ui.access.permissions import moderates
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.ledger import MOST_SHOWN, Act, WordRule
from bot.messages import shown_prompt
from bot.moderation.moderator import Moderator, Outcome
from bot.moderation.waiting_requests import apply_to_waiting, release_what_waits_for
from bot.moderation.words.word_rules import LONGEST_RULE, MOST_RULES, rule_fault
from bot.translation import N_, _, ngettext

_NONE: Final = N_("The word list is empty. Add a rule with `/moderate words add`.")
_FULL: Final = N_("The word list is full: it can have {most} rules. Remove one first.")
_NO_RULE: Final = N_("That rule isn’t in the list. Pick one of the suggestions.")
_NO_FORMS: Final = N_("Only a `word` has forms. A `phrase` or a `pattern` means what you write.")
_WITH_FORMS: Final = N_("-# Also with the endings s, es, d, ed, ing, ings, ity and ness.")
_AT_ONCE: Final = N_(
    "-# Moderators see {most} prompts at once; the others follow as they decide. To decide about all of them, add the "
    "word again with `refuse`, or remove it."
)
_ADDED: Final = {
    "refuse": N_("I now refuse prompts with “{text}”."),
    "hold": N_("Prompts with “{text}” now need a moderator’s approval."),
    "spoiler": N_("Images from prompts with “{text}” now appear behind a spoiler."),
}

_KINDS: Final[Mapping[str, str]] = {"word": N_("word"), "phrase": N_("phrase"), "pattern": N_("pattern")}
_ACTIONS: Final[Mapping[str, str]] = {"refuse": N_("refuse"), "hold": N_("hold"), "spoiler": N_("spoiler")}
"""The choices as members read them, too: `core.commands.localizations` looks their names up."""

Kind = Literal["word", "phrase", "pattern"]
Action = Literal["refuse", "hold", "spoiler"]


def word_commands() -> app_commands.Group:
    """The commands, ready to be added to `/moderate`."""
    group = app_commands.Group(name="words", description=N_("Manage the words that prompts are checked for"))

    @group.command(name="add", description=N_("Check prompts for a word, a phrase or a pattern, however it is spelled"))
    @app_commands.describe(
        kind=N_("One word, a phrase of several words, or a pattern (RE2)"),
        text=N_("Text to look for"),
        action=N_("Refuse the prompt, hold it for approval, or put its images behind a spoiler"),
        forms=N_("Whether to match its forms too: for nude, also nudes and nudity (default: no)"),
    )
    async def add(
        interaction: discord.Interaction[Darkroom],
        kind: Kind,
        text: app_commands.Range[str, 1, LONGEST_RULE],
        action: Action,
        forms: bool = False,
    ) -> None:
        await carry_out(interaction, lambda moderator: _add(moderator, kind, text.strip(), action, forms=forms))

    @group.command(name="remove", description=N_("Remove a word from the list"))
    @app_commands.describe(rule=N_("Rule to remove"))
    @app_commands.autocomplete(rule=_suggest_rules)
    async def remove(interaction: discord.Interaction[Darkroom], rule: str) -> None:
        await carry_out(interaction, lambda moderator: _remove(moderator, rule))

    @group.command(name="list", description=N_("Show the whole list as a file that only you can see"))
    async def list_(interaction: discord.Interaction[Darkroom]) -> None:
        await _send_list(interaction)

    return group


async def _add(moderator: Moderator, kind: str, text: str, action: str, *, forms: bool) -> Outcome:
    rules, guild_id = moderator.ledger.rules, moderator.guild_id
    if forms and kind != "word":
        return Outcome(_(_NO_FORMS))
    if (fault := rule_fault(kind, text)) is not None:
        return Outcome(fault)
    words = (await rules.book(guild_id)).words
    known = any((rule.kind, rule.text) == (kind, text) for rule in words)
    if not known and len(words) >= MOST_RULES:
        return Outcome(_(_FULL).format(most=MOST_RULES))
    rule = WordRule(0, guild_id, kind, text, action, moderator.user_id, forms)
    entry = await moderator.entry(Act.WORDS, detail=partial(_described, rule))
    await rules.add_word(guild_id, kind, text, action, moderator.user_id, forms=forms, entry=entry)
    said = [_(_ADDED[action]).format(text=shown_prompt(text)), *([_(_WITH_FORMS)] if forms else [])]
    if action == "spoiler":
        return Outcome("\n".join(said))
    held, rejected = await apply_to_waiting(moderator, rule)
    if held:
        counted = ngettext(
            "{count} waiting request contains it and is now on hold.",
            "{count} waiting requests contain it and are now on hold.",
            held,
        )
        said.append(counted.format(count=held))
    if held > MOST_SHOWN:
        said.append(_(_AT_ONCE).format(most=MOST_SHOWN))
    if rejected:
        counted = ngettext(
            "{count} waiting request contained it and was rejected.",
            "{count} waiting requests contained it and were rejected.",
            len(rejected),
        )
        said.append(counted.format(count=len(rejected)))
    return Outcome("\n".join(said), rejected)


async def _remove(moderator: Moderator, given: str) -> Outcome:
    rules, guild_id = moderator.ledger.rules, moderator.guild_id
    rule = _find_rule((await rules.book(guild_id)).words, given)
    if rule is None:
        return Outcome(_(_NO_RULE))
    entry = await moderator.entry(Act.WORDS, detail=partial(_removed, rule))
    if not await rules.remove_word(guild_id, rule.number, entry=entry):
        return Outcome(_(_NO_RULE))
    said = _("Removed “{text}” from the list.").format(text=shown_prompt(rule.text))
    released = await release_what_waits_for(moderator, rule)
    if released:
        counted = ngettext(
            "{count} request was on hold only for that. It’s back in the queue.",
            "{count} requests were on hold only for that. They’re back in the queue.",
            released,
        )
        said += "\n" + counted.format(count=released)
    return Outcome(said)


async def _send_list(interaction: discord.Interaction[Darkroom]) -> None:
    moderator = await moderator_of(interaction)
    if moderator is None:
        return
    words = (await moderator.ledger.rules.book(moderator.guild_id)).words
    if not words:
        await tell(interaction, _(_NONE))
        return
    lines = "".join(f"{_list_line(rule)}\n" for rule in words)
    counted = ngettext("{count} rule", "{count} rules", len(words)).format(count=len(words))
    await interaction.response.send_message(
        _("{rules}. Each line has the action, the kind and the text.").format(rules=counted),
        file=discord.File(io.BytesIO(lines.encode()), "words.txt", description=_("The word list as a file")),
        ephemeral=True,
    )


def _list_line(rule: WordRule) -> str:
    forms = _(" (and its forms)") if rule.forms else ""
    return f"{_(_ACTIONS[rule.action])}\t{_(_KINDS[rule.kind])}\t{rule.text}{forms}"


def _described(rule: WordRule) -> str:
    text = _("{kind} “{text}” and its forms: {action}") if rule.forms else _("{kind} “{text}”: {action}")
    return text.format(kind=_(_KINDS[rule.kind]), text=rule.text, action=_(_ACTIONS[rule.action]))


def _removed(rule: WordRule) -> str:
    return _("{kind} “{text}”: removed").format(kind=_(_KINDS[rule.kind]), text=rule.text)


def _find_rule(words: tuple[WordRule, ...], given: str) -> WordRule | None:
    """The rule with this number (autocomplete fills it in) or this text (people can type it)."""
    wanted = given.strip()
    return next((rule for rule in words if wanted in {str(rule.number), rule.text}), None)


async def _suggest_rules(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
    if interaction.guild_id is None or not await moderates(interaction):
        return []
    wanted = current.strip().casefold()
    return [
        app_commands.Choice(name=_described(rule)[:CHOICE], value=str(rule.number))
        for rule in (await interaction.client.ledger.rules.book(interaction.guild_id)).words
        if wanted in rule.text.casefold()
    ][:CHOICES]
