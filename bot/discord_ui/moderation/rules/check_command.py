"""`/moderate check`: whether images are checked for nudity before they are shown, and what happens to those found."""

from functools import partial
from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_ui.access.acts import entry_of
from bot.discord_ui.access.permissions import moderated_guild
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.acts import begin_act
from bot.discord_ui.core.replies import tell
from bot.ledger import Act, GuildRules
from bot.translation import N_, _

_OFF: Final = "off"
_DEFAULT_THRESHOLD: Final = 0.5
"""From 0 to 1."""
_ACTIONS: Final = {
    "hold": N_("Hold images until a moderator approves them"),
    "refuse": N_("Refuse to show images"),
    "spoiler": N_("Put images behind a spoiler"),
    _OFF: N_("Off: check nothing"),
}
_OUT_OF_ORDER: Final = N_(
    "⚠️ The image check isn’t installed or doesn’t start, so every image waits for a moderator. "
    "Ask the people who run this bot to set it up."
)
_NO_CHANNEL: Final = N_(
    "⚠️ There’s no channel for approvals yet. Set one with `/moderate approvals`: until then, nobody sees held images."
)


def check_command() -> app_commands.Command[Any, ..., None]:
    """The command, ready to be added to the group."""

    @app_commands.command(name="check", description=N_("Check images for nudity before anyone sees them"))
    @app_commands.describe(
        action=N_("What to do with images that the check finds (leave empty to see the setting)"),
        threshold=N_("How certain the check has to be, in percent; lower is stricter (default: 50)"),
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
        await begin_act(interaction, reply=True)
        rules = interaction.client.ledger.rules
        guild = (await rules.book(guild_id)).guild
        wanted = _wanted(guild, action.value if action is not None else None, threshold)
        if wanted is not None:
            await rules.set_guild(
                guild_id,
                check_action=wanted.check_action,
                check_threshold=wanted.check_threshold,
                entry=await entry_of(interaction, guild_id, Act.CHECK, partial(_setting, wanted)),
            )
            guild = wanted
        said = [_("🔎 Image check: {setting}.").format(setting=_setting(guild))]
        if guild.check_action is not None:
            said += await _warnings(interaction.client, guild)
        await tell(interaction, "\n".join(said))

    return check


def _wanted(guild: GuildRules, action: str | None, percent: int | None) -> GuildRules | None:
    """The guild's new rules; None where nothing changes."""
    if action is None and (percent is None or guild.check_action is None):
        return None
    if action == _OFF:
        return GuildRules(guild.guild_id)
    threshold = percent / 100 if percent is not None else guild.check_threshold or _DEFAULT_THRESHOLD
    return GuildRules(
        guild.guild_id,
        audit_channel=guild.audit_channel,
        approval_channel=guild.approval_channel,
        check_action=action or guild.check_action,
        check_threshold=threshold,
    )


def _setting(guild: GuildRules) -> str:
    if guild.check_action is None:
        return _("off")
    percent = round((guild.check_threshold or _DEFAULT_THRESHOLD) * 100)
    return _("{action}, at {percent}% certainty or more").format(
        action=_(_ACTIONS[guild.check_action]), percent=percent
    )


async def _warnings(bot: Darkroom, guild: GuildRules) -> list[str]:
    """What stands in the way of the check, as far as this process can tell."""
    warnings = []
    if bot.judge.check is None or not await bot.judge.check.works():
        warnings.append(_(_OUT_OF_ORDER))
    if guild.approval_channel is None and guild.audit_channel is None:
        warnings.append(_(_NO_CHANNEL))
    return warnings
