"""The command tree: which commands are carried out, and what is said after an error."""

import logging
from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_internals import AnsweredElsewhere
from bot.discord_ui.core.replies import refuse, say_unsure, tell
from bot.errors import LedgerAway
from bot.messages import LEDGER_AWAY
from bot.translation import N_, _

log = logging.getLogger(__name__)

_CHANGED: Final = N_("That command has changed. Wait a moment until Discord shows the new one, then type it again.")
_WENT_WRONG: Final = N_("Something went wrong. Please try again. If it keeps failing, tell a moderator.")


class Commands(app_commands.CommandTree[Any]):
    """The command tree. It answers after every error, so that no member sees “did not respond”."""

    async def interaction_check(self, interaction: discord.Interaction[Any]) -> bool:
        """Whether this process handles a command, a menu or a request for suggestions. Commands are refused where the
        bot takes no requests.
        """
        if not await interaction.client.intake.takes(interaction):
            return False
        await interaction.client.note_language(interaction)
        refusal = interaction.client.refusal_of_command(interaction)
        if refusal is None:
            return True
        if interaction.type is discord.InteractionType.autocomplete:
            await interaction.response.autocomplete([])
        else:
            await tell(interaction, refusal)
        return False

    async def on_error(self, interaction: discord.Interaction[Any], error: app_commands.AppCommandError) -> None:
        """Log the error and tell the member."""
        if isinstance(error, app_commands.CommandNotFound | app_commands.CommandSignatureMismatch):
            log.info("someone used a command that no longer exists: %s", error)
            await tell(interaction, _(_CHANGED))
            return
        cause = error.original if isinstance(error, app_commands.CommandInvokeError) else error
        if isinstance(cause, AnsweredElsewhere):
            await say_unsure(interaction, cause, _(_WENT_WRONG))
            return
        if isinstance(cause, LedgerAway):
            log.warning("a command was not carried out, because the database cannot be used: %s", cause)
            await refuse(interaction, _(LEDGER_AWAY))
            return
        log.error("command %s failed", interaction.command and interaction.command.name, exc_info=error)
        await tell(interaction, _(_WENT_WRONG))
