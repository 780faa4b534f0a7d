"""Private answers that only one member sees."""

import logging
from typing import Any, Final

import aiohttp
import discord
from discord.utils import MISSING

from bot.discord_internals import AnsweredElsewhere

log = logging.getLogger(__name__)


_FAILURES: Final = (discord.HTTPException, aiohttp.ClientError, OSError, TimeoutError)
"""A reply that Discord refused, or that may not have arrived. Nothing depends on it."""


async def tell(
    interaction: discord.Interaction[Any],
    text: str,
    view: discord.ui.View | None = None,
    file: discord.File | None = None,
) -> None:
    """Say something that only this member sees. If that fails, the failure is only logged. If another program has
    answered the interaction, nothing is said.
    """
    try:
        if interaction.response.is_done():
            await interaction.followup.send(text, view=view or MISSING, file=file or MISSING, ephemeral=True)
        else:
            await interaction.response.send_message(text, view=view or MISSING, file=file or MISSING, ephemeral=True)
    except AnsweredElsewhere as fault:
        await say_unsure(interaction, fault, text)
    except _FAILURES as fault:
        log.warning("could not send a private reply: %s", fault)


async def say_unsure(interaction: discord.Interaction[Any], fault: AnsweredElsewhere, text: str) -> None:
    """Say something to this member if the first answer may have come from an earlier try of this process."""
    if not fault.unsure:
        log.info("interaction %d: another program has answered it", interaction.id)
        return
    try:
        await interaction.followup.send(text, ephemeral=True)
    except _FAILURES as failure:
        log.warning("could not send a private reply: %s", failure)


async def refuse(interaction: discord.Interaction[Any], text: str, view: discord.ui.View | None = None) -> None:
    """Refuse a request privately, even if a public reply was already deferred."""
    if interaction.response.is_done():
        await _withdraw(interaction, text, view or MISSING)
    else:
        await tell(interaction, text, view)


async def _withdraw(interaction: discord.Interaction[Any], text: str, view: discord.ui.View) -> None:
    """Replace a deferred public reply with a private one."""
    try:
        # The first follow-up to a deferred reply becomes that reply, and everybody would see it. So the deferred reply
        # is filled in first. If a later request fails, the member has read the text there.
        await interaction.edit_original_response(content=text)
        await interaction.followup.send(text, view=view, ephemeral=True)
        await interaction.delete_original_response()
    except _FAILURES as fault:
        log.warning("could not withdraw a public reply: %s", fault)
