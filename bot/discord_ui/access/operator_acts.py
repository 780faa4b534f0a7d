"""Tells the people who run the bot what one of them has done to all Discord servers."""

from typing import Final

import discord

from bot.discord_ui.bot import Darkroom
from bot.messages import tell_owners
from bot.translation import ENGLISH, N_, _, speaking

PAUSED_ALL: Final = N_("⏸️ {who} paused all ComfyUI servers until somebody resumes them.")
PAUSED_ALL_UNTIL: Final = N_("⏸️ {who} paused all ComfyUI servers until {when}.")
PAUSED_ONE: Final = N_("⏸️ {who} paused the ComfyUI server `{server}` until somebody resumes it.")
PAUSED_ONE_UNTIL: Final = N_("⏸️ {who} paused the ComfyUI server `{server}` until {when}.")
RESUMED_ALL: Final = N_("▶️ {who} resumed all ComfyUI servers.")
RESUMED_ONE: Final = N_("▶️ {who} resumed the ComfyUI server `{server}`.")
LEFT: Final = N_("👋 {who} made me leave {server}.")


async def tell_other_owners(interaction: discord.Interaction[Darkroom], text: str, **facts: str) -> None:
    """Send a direct message (`text` is marked and gets these facts, and `who`) to the other OWNER_IDS."""
    bot = interaction.client
    others = [one for one in bot.settings.owner_ids if one != interaction.user.id]
    # Their languages are not known.
    with speaking(ENGLISH):
        said = _(text).format(who=interaction.user.mention, **facts)
    await tell_owners(bot.channels, others, said, str(interaction.id))
