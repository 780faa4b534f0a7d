"""`/privacy`: what is kept about the member, for how long, and what erasing does not reach."""

from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.views import view_of
from bot.discord_ui.privacy.erasure import ERASE_ID
from bot.discord_ui.privacy.export import EXPORT_ID
from bot.ledger import Holdings
from bot.translation import N_, _, ngettext, shown_number

_TOKENS: Final = N_("Discord’s tokens for my replies: for an hour at most.")
_STAYS: Final = N_("**What stays if you erase it**")
_TODAY: Final = N_("How many images you requested today, for the limits: for a day, without prompts.")
_REPORTS: Final = N_("Reports about your images, with the copy that moderators got.")
_ELSEWHERE: Final = N_(
    "What I can’t erase: images that others saved, and what is on the image servers and in the backups of the people "
    "who run this bot."
)


def privacy_command() -> app_commands.Command[Any, ..., None]:
    """Build `/privacy`. Blocked members can use it as well."""

    @app_commands.command(name="privacy", description=N_("See, export or erase what I keep about you"))
    async def privacy(interaction: discord.Interaction[Darkroom]) -> None:
        bot = interaction.client
        log_days = None
        if interaction.guild_id is not None:
            log_days = (await bot.ledger.rules.book(interaction.guild_id)).guild.log_days
        days = bot.settings.history_days
        held = await bot.ledger.personal_data.holdings(interaction.user.id)
        view = view_of(
            discord.ui.Button(label=_("Export"), custom_id=EXPORT_ID),
            discord.ui.Button(label=_("Erase"), custom_id=ERASE_ID, style=discord.ButtonStyle.danger),
        )
        text = privacy_text(held, days, days if log_days is None else log_days)
        await interaction.response.send_message(text, view=view, ephemeral=True)

    return privacy


def privacy_text(held: Holdings, history_days: int, log_days: int) -> str:
    """The page. 0 days: without end. Pure."""
    requests = ngettext("{count} request", "{count} requests", held.jobs).format(count=shown_number(held.jobs))
    files = ngettext("{count} file", "{count} files", held.files).format(count=shown_number(held.files))
    others = ngettext("{count} entry", "{count} entries", held.others).format(count=shown_number(held.others))
    kept = _("{requests}: prompt, options, seed, channel and times, for {days} after they end.")
    if not history_days:
        kept = _("{requests}: prompt, options, seed, channel and times, until you erase them.")
    log = _("The moderators’ log of this server, and blocks: {days}.")
    if not log_days:
        log = _("The moderators’ log of this server, and blocks, for as long as moderators keep them.")
    lines = [
        _("**What I keep about you, in all servers**"),
        kept.format(requests=requests, days=_days(history_days)),
        _("{files} that you gave as input: as long as a request needs them.").format(files=files),
        _("{entries} in your own settings and reports.").format(entries=others),
        _(_TOKENS),
        _(_STAYS),
        log.format(days=_days(log_days)),
        _(_REPORTS),
        _(_TODAY),
        _(_ELSEWHERE),
        _("Finished images are in Discord’s messages. You can have those deleted too."),
    ]
    return "\n".join(line if line.startswith("**") else f"- {line}" for line in lines)


def _days(count: int) -> str:
    return ngettext("{count} day", "{count} days", count).format(count=count)
