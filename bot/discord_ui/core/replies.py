"""Private answers that only one member sees."""

import logging
from typing import Any

import discord

log = logging.getLogger(__name__)


async def tell(interaction: discord.Interaction[Any], text: str) -> None:
    """Say something that only this member sees. If Discord refuses it, the failure is only logged."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except discord.HTTPException as fault:
        log.warning("could not send a private reply: %s", fault)


async def refuse(interaction: discord.Interaction[Any], text: str) -> None:
    """Refuse a request privately, even if a public reply was already deferred."""
    if interaction.response.is_done():
        await _withdraw(interaction, text)
    else:
        await tell(interaction, text)


async def _withdraw(interaction: discord.Interaction[Any], text: str) -> None:
    """Replace a deferred public reply with a private one."""
    try:
        # The first follow-up to a deferred reply becomes that reply, and everybody would see it. So the deferred reply
        # is filled in first. If a later request fails, the member has read the text there.
        await interaction.edit_original_response(content=text)
        await interaction.followup.send(text, ephemeral=True)
        await interaction.delete_original_response()
    except discord.HTTPException as fault:
        log.warning("could not withdraw a public reply: %s", fault)
