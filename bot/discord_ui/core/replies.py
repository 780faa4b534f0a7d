"""Private answers."""

from __future__ import annotations

import logging
from typing import Any

import discord

log = logging.getLogger(__name__)


async def tell(interaction: discord.Interaction[Any], text: str) -> None:
    """Say something that only this member sees. A failure is logged: there is nobody left to tell."""
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, ephemeral=True)
        else:
            await interaction.response.send_message(text, ephemeral=True)
    except discord.HTTPException as fault:
        log.warning("could not send a private reply: %s", fault)


async def refuse(interaction: discord.Interaction[Any], text: str) -> None:
    """Tell a member that his order is not taken, also where a public reply was promised already."""
    if interaction.response.is_done():
        await _take_back(interaction, text)
    else:
        await tell(interaction, text)


async def _take_back(interaction: discord.Interaction[Any], text: str) -> None:
    """Say `text` to this member alone, in place of a public reply that was promised."""
    try:
        # A follow-up to a reply that is still promised would become that reply, for everybody to see: the promise is
        # kept first. Should anything fail after that, the member has been told.
        await interaction.edit_original_response(content=text)
        await interaction.followup.send(text, ephemeral=True)
        await interaction.delete_original_response()
    except discord.HTTPException as fault:
        log.warning("could not delete a reply: %s", fault)
