"""`/moderate channels`: where the bot may be used, with which workflows, and how its pictures are shown there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import discord
from discord import app_commands

from bot.discord_limits import CHOICE, CHOICES
from bot.discord_ui.access.acts import carry_out
from bot.discord_ui.access.permissions import moderates
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.moderation.rules.channel_options import Place
from bot.ledger import Act, ChannelRules
from bot.messages import as_many_as_fit, shown_prompt
from bot.moderation.moderator import Moderator, Outcome
from bot.workflows import Library, Pack

_ANY: Final = "all"
_NOTHING: Final = "Nothing is said of any channel: the bot may be used wherever members can use its commands."
_UNKNOWN: Final = "There is no workflow “{name}” here. Pick from those that are suggested, or write `all`."
_NO_CHANGE: Final = "Say what should hold there: `use`, `workflows`, `spoiler` or `previews`."

Use = Literal["allow", "deny", "unset"]
Choice = Literal["yes", "no", "unset"]
_USES: Final = {"allow": True, "deny": False, "yes": True, "no": False, "unset": None}


def channel_commands() -> app_commands.Group:
    """The commands, to be added to `/moderate`."""
    group = app_commands.Group(name="channels", description="Where the bot may be used, and how")

    @group.command(name="set", description="Say what holds in a channel, or in all channels of a category")
    @app_commands.describe(
        channel="A channel or a category",
        use="May it be used there? Once one is allowed by name, the others are not",
        workflows="Only these there, comma-separated; all: any",
        spoiler="Pictures behind a spoiler?",
        previews="Previews while a picture is made?",
    )
    @app_commands.autocomplete(workflows=_suggest_workflows)
    async def set_(
        interaction: discord.Interaction[Darkroom],
        channel: Place,
        use: Use | None = None,
        workflows: app_commands.Range[str, 1, 1000] | None = None,
        spoiler: Choice | None = None,
        previews: Choice | None = None,
    ) -> None:
        given = {"allowed": use, "spoiler": spoiler, "previews": previews}
        changes: dict[str, object] = {name: _USES[word] for name, word in given.items() if word is not None}
        if workflows is not None:
            packs = interaction.client.library.visible(interaction.guild_id)
            chosen, unknown = chosen_workflows(packs, workflows)
            if unknown is not None:
                await tell(interaction, _UNKNOWN.format(name=shown_prompt(unknown, 60)))
                return
            changes["workflows"] = chosen
        if not changes:
            await tell(interaction, _NO_CHANGE)
            return
        await carry_out(interaction, lambda moderator: _change(moderator, channel.id, changes))

    @group.command(name="clear", description="Say nothing of a channel or a category any more")
    @app_commands.describe(channel="A channel or a category")
    async def clear(interaction: discord.Interaction[Darkroom], channel: Place) -> None:
        await carry_out(interaction, lambda moderator: _clear(moderator, channel.id))

    @group.command(name="list", description="What is said of channels and categories")
    async def list_(interaction: discord.Interaction[Darkroom]) -> None:
        await carry_out(interaction, _show)

    return group


def chosen_workflows(packs: Sequence[Pack], text: str) -> tuple[list[str] | None, str | None]:
    """The names that are meant (None: any workflow), and the first that means none."""
    names = [name.strip() for name in text.split(",") if name.strip()]
    if [name.casefold() for name in names] == [_ANY]:
        return None, None
    known = {key.casefold(): pack.name for pack in packs for key in (pack.title, pack.name)}
    unknown = next((name for name in names if name.casefold() not in known), None)
    if unknown is not None or not names:
        return None, unknown or text
    return list(dict.fromkeys(known[name.casefold()] for name in names)), None


async def _change(moderator: Moderator, channel_id: int, changes: dict[str, object]) -> Outcome:
    rules = moderator.ledger.rules
    await rules.change_channel(moderator.guild_id, channel_id, **changes)
    now = (await rules.book(moderator.guild_id)).channels[channel_id]
    said = _said(now, moderator.library)
    moderator.note(Act.CHANNEL, detail=said)
    return Outcome(said)


async def _clear(moderator: Moderator, channel_id: int) -> Outcome:
    if not await moderator.ledger.rules.forget_channel(moderator.guild_id, channel_id):
        return Outcome(f"Nothing is said of <#{channel_id}>.")
    moderator.note(Act.CHANNEL, detail=f"<#{channel_id}>: nothing is said any more")
    return Outcome(f"Nothing is said of <#{channel_id}> any more.")


async def _show(moderator: Moderator) -> Outcome:
    channels = (await moderator.ledger.rules.book(moderator.guild_id)).channels.values()
    if not channels:
        return Outcome(_NOTHING)
    lines = [_said(one, moderator.library) for one in channels]
    if any(one.allowed for one in channels):
        lines.append("-# Channels that are not allowed by name are not to be used.")
    return Outcome(as_many_as_fit(lines))


def _said(rules: ChannelRules, library: Library) -> str:
    facts = [] if rules.allowed is None else ["allowed" if rules.allowed else "not to be used"]
    if rules.workflows is not None:
        facts.append("only " + ", ".join(shown_prompt(library.title_of(key), 40) for key in rules.workflows))
    if rules.spoiler is not None:
        facts.append("behind a spoiler" if rules.spoiler else "no spoiler")
    if rules.previews is not None:
        facts.append("with previews" if rules.previews else "no previews")
    return f"<#{rules.channel_id}>: {' · '.join(facts) or 'nothing is said'}"


async def _suggest_workflows(
    interaction: discord.Interaction[Darkroom], current: str
) -> list[app_commands.Choice[str]]:
    """What completes the last name of a list."""
    if not await moderates(interaction):
        return []
    before, _, last = current.rpartition(",")
    kept = f"{before.strip()}, " if before.strip() else ""
    packs = interaction.client.library.visible(interaction.guild_id)
    titles = {pack.name: pack.title for pack in packs}
    shown = "".join(f"{titles.get(name.strip(), name.strip())}, " for name in before.split(",") if name.strip())
    named = [(pack.title, pack.name) for pack in packs] + ([] if kept else [("All of them", _ANY)])
    wanted = last.strip().casefold()
    choices = [
        app_commands.Choice(name=f"{shown}{title}", value=f"{kept}{name}")
        for title, name in named
        if wanted in title.casefold() or wanted in name.casefold()
    ]
    # What is longer than Discord takes cannot be suggested; it can be typed.
    return [one for one in choices if len(one.name) <= CHOICE and len(one.value) <= CHOICE][:CHOICES]
