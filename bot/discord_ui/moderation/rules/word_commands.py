"""`/moderate words`: what prompts are looked through for, and what becomes of one that has it."""

from __future__ import annotations

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

_NONE: Final = "The list of this server is empty. `/moderate words add` begins it."
_FULL: Final = f"The list is full: {MOST_RULES} rules are the most. Take one away first."
_NO_RULE: Final = "There is no such rule. Pick one of those that are suggested."

Kind = Literal["word", "phrase", "pattern"]
Action = Literal["refuse", "hold", "spoiler"]


def word_commands() -> app_commands.Group:
    """The commands, to be added to `/moderate`."""
    group = app_commands.Group(name="words", description="What prompts are looked through for")

    @group.command(name="add", description="Look for something in every prompt, however it is spelled")
    @app_commands.describe(
        kind="A word, several in a row, or a pattern (RE2)",
        text="What to look for",
        action="refuse: not taken; hold: you approve it first; spoiler: shown behind one",
    )
    async def add(
        interaction: discord.Interaction[Darkroom],
        kind: Kind,
        text: app_commands.Range[str, 1, LONGEST_RULE],
        action: Action,
    ) -> None:
        await carry_out(interaction, lambda moderator: _add(moderator, kind, text.strip(), action))

    @group.command(name="remove", description="Look for it no more")
    @app_commands.describe(rule="Which one")
    @app_commands.autocomplete(rule=_suggest_rules)
    async def remove(interaction: discord.Interaction[Darkroom], rule: str) -> None:
        await carry_out(interaction, lambda moderator: _remove(moderator, rule))

    @group.command(name="list", description="The whole list, as a file that only you see")
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
        return Outcome(_FULL)
    await rules.add_word(guild_id, kind, text, action, moderator.user_id)
    moderator.note(Act.WORDS, detail=f"{kind} “{text}”: {action}")
    return Outcome(f"Prompts are looked through for the {kind} “{shown_prompt(text)}” from now on: {action}.")


async def _remove(moderator: Moderator, given: str) -> Outcome:
    rules, guild_id = moderator.ledger.rules, moderator.guild_id
    rule = _meant((await rules.book(guild_id)).words, given)
    if rule is None or not await rules.remove_word(guild_id, rule.number):
        return Outcome(_NO_RULE)
    moderator.note(Act.WORDS, detail=f"{rule.kind} “{rule.text}”: no more")
    return Outcome(f"Prompts are not looked through for the {rule.kind} “{shown_prompt(rule.text)}” any more.")


async def _send_list(interaction: discord.Interaction[Darkroom]) -> None:
    moderator = await moderator_of(interaction)
    if moderator is None:
        return
    words = (await moderator.ledger.rules.book(moderator.guild_id)).words
    if not words:
        await tell(interaction, _NONE)
        return
    lines = "".join(f"{rule.action}\t{rule.kind}\t{rule.text}\n" for rule in words)
    counted = "1 rule" if len(words) == 1 else f"{len(words)} rules"
    await interaction.response.send_message(
        f"{counted}: what becomes of a prompt, what is looked for, and how it is written.",
        file=discord.File(io.BytesIO(lines.encode()), "words.txt"),
        ephemeral=True,
    )


def _meant(words: tuple[WordRule, ...], given: str) -> WordRule | None:
    """The rule of this number (what autocomplete fills in) or text (what may be typed)."""
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
