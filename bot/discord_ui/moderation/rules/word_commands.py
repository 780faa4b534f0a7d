"""`/moderate words`: the words that prompts are checked for, and what happens to a prompt that has one."""

import io
from typing import Final, Literal

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES
from bot.discord_ui.access.acts import carry_out, moderator_of
from bot.discord_ui.access.permissions import moderates
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.ledger import Act, WordRule
from bot.messages import shown_prompt
from bot.moderation.moderator import Moderator, Outcome
from bot.moderation.word_rules import LONGEST_RULE, MOST_RULES, rule_fault
from bot.translation import N_, _, ngettext

_NONE: Final = N_("The word list is empty. Add a rule with `/moderate words add`.")
_FULL: Final = N_("The word list is full: it can have {most} rules. Remove one first.")
_NO_RULE: Final = N_("That rule isn’t in the list. Pick one of the suggestions.")
_ADDED: Final = {
    "refuse": N_("I now refuse prompts with “{text}”."),
    "hold": N_("Prompts with “{text}” now need a moderator’s approval."),
    "spoiler": N_("Images from prompts with “{text}” now appear behind a spoiler."),
}

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
    )
    async def add(
        interaction: discord.Interaction[Darkroom],
        kind: Kind,
        text: app_commands.Range[str, 1, LONGEST_RULE],
        action: Action,
    ) -> None:
        await carry_out(interaction, lambda moderator: _add(moderator, kind, text.strip(), action))

    @group.command(name="remove", description=N_("Remove a word from the list"))
    @app_commands.describe(rule=N_("Rule to remove"))
    @app_commands.autocomplete(rule=_suggest_rules)
    async def remove(interaction: discord.Interaction[Darkroom], rule: str) -> None:
        await carry_out(interaction, lambda moderator: _remove(moderator, rule))

    @group.command(name="list", description=N_("Show the whole list as a file that only you can see"))
    async def list_(interaction: discord.Interaction[Darkroom]) -> None:
        await _send_list(interaction)

    return group


async def _add(moderator: Moderator, kind: str, text: str, action: str) -> Outcome:
    rules, guild_id = moderator.ledger.rules, moderator.guild_id
    if (fault := rule_fault(kind, text)) is not None:
        return Outcome(fault)
    words = (await rules.book(guild_id)).words
    known = any((rule.kind, rule.text) == (kind, text) for rule in words)
    if not known and len(words) >= MOST_RULES:
        return Outcome(_(_FULL).format(most=MOST_RULES))
    await rules.add_word(guild_id, kind, text, action, moderator.user_id)
    moderator.note(Act.WORDS, detail=f"{kind} “{text}”: {action}")
    return Outcome(_(_ADDED[action]).format(text=shown_prompt(text)))


async def _remove(moderator: Moderator, given: str) -> Outcome:
    rules, guild_id = moderator.ledger.rules, moderator.guild_id
    rule = _find_rule((await rules.book(guild_id)).words, given)
    if rule is None or not await rules.remove_word(guild_id, rule.number):
        return Outcome(_(_NO_RULE))
    moderator.note(Act.WORDS, detail=_("{kind} “{text}”: removed").format(kind=rule.kind, text=rule.text))
    return Outcome(_("Removed “{text}” from the list.").format(text=shown_prompt(rule.text)))


async def _send_list(interaction: discord.Interaction[Darkroom]) -> None:
    moderator = await moderator_of(interaction)
    if moderator is None:
        return
    words = (await moderator.ledger.rules.book(moderator.guild_id)).words
    if not words:
        await tell(interaction, _(_NONE))
        return
    lines = "".join(f"{rule.action}\t{rule.kind}\t{rule.text}\n" for rule in words)
    counted = ngettext("{count} rule", "{count} rules", len(words)).format(count=len(words))
    await interaction.response.send_message(
        _("{rules}. Each line has the action, the kind and the text.").format(rules=counted),
        file=discord.File(io.BytesIO(lines.encode()), "words.txt", description=_("The word list as a file")),
        ephemeral=True,
    )


def _find_rule(words: tuple[WordRule, ...], given: str) -> WordRule | None:
    """The rule with this number (autocomplete fills it in) or this text (people can type it)."""
    wanted = given.strip()
    return next((rule for rule in words if wanted in {str(rule.number), rule.text}), None)


async def _suggest_rules(interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
    if interaction.guild_id is None or not await moderates(interaction):
        return []
    wanted = current.strip().casefold()
    return [
        app_commands.Choice(name=f"{rule.kind} “{rule.text}”: {rule.action}"[:CHOICE], value=str(rule.number))
        for rule in (await interaction.client.ledger.rules.book(interaction.guild_id)).words
        if wanted in rule.text.casefold()
    ][:CHOICES]
