"""Who may use `/operator` and its buttons."""

from typing import Final

import discord

from bot.discord_ui.access.permissions import operates
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.translation import N_, _

_NOT_YOURS: Final = N_("Only the people who run this bot can do that (`OWNER_IDS` in its settings).")


async def operating(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether this member runs the bot. If not, tells them so."""
    if operates(interaction):
        return True
    await tell(interaction, _(_NOT_YOURS))
    return False
