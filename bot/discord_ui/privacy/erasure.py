"""Erase what is kept about a member: asked for, confirmed, carried out."""

import asyncio
import logging
from typing import Final

import discord

from bot.concurrency import first_set
from bot.discord_ui.access.jobs import seen_by_one
from bot.discord_ui.access.viewer import title_of
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.core.views import view_of
from bot.discord_ui.privacy.message_removal import MessageRemoval
from bot.ledger import Cancellation
from bot.messages import tell_cancelled
from bot.translation import N_, _, ngettext

log = logging.getLogger(__name__)

ERASE_ID: Final = "darkroom:privacy:erase"
SURE_ID: Final = "darkroom:privacy:sure:{what}"
KEEP_ID: Final = "darkroom:privacy:keep"

_DATA, _MESSAGES = "data", "messages"
_STOP_SECONDS: Final = 20.0
"""How long running jobs may take to stop. What still runs then is not erased, and the answer says so."""
_LOOK_SECONDS: Final = 0.5

_SURE: Final = N_(
    "Erase your prompts, options, input files, history, settings and reports in all servers? Waiting and running "
    "requests are cancelled first. This can’t be undone."
)
_ERASED: Final = N_("🧹 Erased. The moderators’ log says only that you erased something, not what.")
_DELETING: Final = N_("I’m deleting the messages with your images now. If there are many, that takes a while.")


async def press_erase(interaction: discord.Interaction[Darkroom]) -> None:
    """Ask whether to erase, and what."""
    view = view_of(
        discord.ui.Button(label=_("Erase"), custom_id=SURE_ID.format(what=_DATA), style=discord.ButtonStyle.danger),
        discord.ui.Button(
            label=_("Erase, delete messages"),
            custom_id=SURE_ID.format(what=_MESSAGES),
            style=discord.ButtonStyle.danger,
        ),
        discord.ui.Button(label=_("Keep"), custom_id=KEEP_ID),
    )
    await interaction.response.send_message(_(_SURE), view=view, ephemeral=True)


async def press_keep(interaction: discord.Interaction[Darkroom]) -> None:
    """Erase nothing."""
    if seen_by_one(interaction):
        await interaction.response.edit_message(content=_("Kept."), view=None)
    else:
        await tell(interaction, _("Kept."))


async def press_sure(interaction: discord.Interaction[Darkroom], what: str) -> None:
    """Erase everything about the member who pressed: they confirmed it."""
    bot, user_id = interaction.client, interaction.user.id
    # Whose button it is plays no part: everybody erases what is their own.
    if seen_by_one(interaction):
        await interaction.response.defer()
    else:
        await interaction.response.defer(ephemeral=True, thinking=True)
    # What they typed into a form, or were asked about, is theirs as well.
    bot.pending.forget(user_id)
    telling = await _cancel_all(bot, user_id)
    try:
        left = await _still_active(bot, user_id)
        await bot.ledger.personal_data.erase(user_id, messages=what == _MESSAGES)
        bot.service(MessageRemoval).wake()
        await interaction.edit_original_response(content=_said(left, messages=what == _MESSAGES), view=None)
    finally:
        # Many messages, or a Discord that is slow with edits, delay neither the erasure nor its answer.
        await telling


def _said(left: int, *, messages: bool) -> str:
    lines = [_(_ERASED)]
    if messages:
        lines.append(_(_DELETING))
    if left:
        stopping = ngettext(
            "{count} request is still stopping. Use `/privacy` again in a minute to erase it as well.",
            "{count} requests are still stopping. Use `/privacy` again in a minute to erase them as well.",
            left,
        )
        lines.append(stopping.format(count=left))
    return "\n".join(lines)


async def _cancel_all(bot: Darkroom, user_id: int) -> asyncio.Future[list[None]]:
    """Cancel the member's jobs. Returns what is done once the messages of those that waited show it."""
    active = await bot.ledger.active_of(user_id)
    results = await bot.ledger.cancel_all([job.id for job in active], by=user_id)
    waited = [job for job in active if results.get(job.id) is Cancellation.CANCELLED]
    return asyncio.gather(
        *(tell_cancelled(bot.messages, bot.ledger, job, title_of(bot, job), user_id) for job in waited)
    )


async def _still_active(bot: Darkroom, user_id: int) -> int:
    """Wait until the member's running jobs have stopped and all grids show their end. Returns how many have not."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _STOP_SECONDS
    while True:
        ended = bot.ledger.signals.bell()
        left = len(await bot.ledger.active_of(user_id)) or await bot.ledger.grids.open_of(user_id)
        if not left or loop.time() >= deadline:
            return left
        await first_set(ended, seconds=_LOOK_SECONDS)
