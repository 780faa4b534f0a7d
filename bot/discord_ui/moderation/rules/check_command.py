"""`/moderate check`: whether pictures are looked at before they are shown, and what becomes of those it objects to."""

from __future__ import annotations

from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_ui.access.permissions import moderated_guild
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.ledger import Act, Entry, GuildRules

_OFF: Final = "off"
_USUAL: Final = 0.5
_ACTIONS: Final = {
    "hold": "Hold them until a moderator has looked",
    "refuse": "Refuse them",
    "spoiler": "Put them under a spoiler",
    _OFF: "Off: check nothing",
}
_NO_PLACE: Final = (
    "\n⚠️ There is no channel for approvals yet: set one with `/moderate approvals`, or what is held waits unseen."
)


def check_command() -> app_commands.Command[Any, ..., None]:
    """The command, to be added to the group."""

    @app_commands.command(name="check", description="Have pictures checked for nudity before anybody sees them")
    @app_commands.describe(
        action="What becomes of pictures that the check objects to; left out: shows what is set",
        threshold="How sure it has to be, in percent: lower is stricter; left out: 50",
    )
    @app_commands.choices(action=[app_commands.Choice(name=name, value=value) for value, name in _ACTIONS.items()])
    async def check(
        interaction: discord.Interaction[Darkroom],
        action: app_commands.Choice[str] | None = None,
        threshold: app_commands.Range[int, 1, 100] | None = None,
    ) -> None:
        guild_id = await moderated_guild(interaction)
        if guild_id is None:
            return
        rules = interaction.client.ledger.rules
        guild = (await rules.book(guild_id)).guild
        wanted = _wanted(guild, action.value if action is not None else None, threshold)
        if wanted is not None:
            await rules.set_guild(guild_id, check_action=wanted.check_action, check_threshold=wanted.check_threshold)
            said = Entry(guild_id, Act.CHECK, interaction.user.id, detail=_words(wanted))
            interaction.client.moderators_log.note(said)
            guild = wanted
        await tell(interaction, f"🔎 Picture check: {_words(guild)}.{_warning(guild)}")

    return check


def _wanted(guild: GuildRules, action: str | None, percent: int | None) -> GuildRules | None:
    """What is set from now on; None: nothing is to be changed."""
    if action is None and (percent is None or guild.check_action is None):
        return None
    if action == _OFF:
        return GuildRules(guild.guild_id)
    threshold = percent / 100 if percent is not None else guild.check_threshold or _USUAL
    return GuildRules(
        guild.guild_id,
        audit_channel=guild.audit_channel,
        approval_channel=guild.approval_channel,
        check_action=action or guild.check_action,
        check_threshold=threshold,
    )


def _words(guild: GuildRules) -> str:
    if guild.check_action is None:
        return "off"
    percent = round((guild.check_threshold or _USUAL) * 100)
    return f"{_ACTIONS[guild.check_action].lower()}, from {percent} % on"


def _warning(guild: GuildRules) -> str:
    placed = guild.approval_channel is not None or guild.audit_channel is not None
    return "" if guild.check_action is None or placed else _NO_PLACE
