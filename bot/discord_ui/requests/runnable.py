"""Which workflows run here and now, and what keeps the others from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

import discord

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.requests.submission import age_restricted, channel_ids
from bot.errors import LedgerAway
from bot.messages import explain_missing
from bot.moderation.admission import rules_of
from bot.workflows import Library, Pack

_ELSEWHERE: Final = "isn’t for this channel"
_RESTRICTED: Final = "is for age-restricted channels only"


async def runnable_first(
    interaction: discord.Interaction[Darkroom], packs: Iterable[Pack]
) -> list[tuple[Pack, str | None]]:
    """The packs that can run here and now, the default before the others, then those that can't, each with the reason:
    the end of a sentence about it, with Markdown.
    """
    library, restricted = interaction.client.library, age_restricted(interaction)
    allowed = await _allowed(interaction)
    found = [(pack, obstacle(pack, library, allowed, age_restricted=restricted)) for pack in packs]
    return sorted(found, key=lambda one: (one[1] is not None, not one[0].default))


def obstacle(pack: Pack, library: Library, allowed: Collection[str] | None, *, age_restricted: bool) -> str | None:
    """What keeps a pack from running: the channel, or what every server lacks; None: nothing. `allowed`: the keys that
    the channel's rules name, where they name any. Pure.
    """
    if allowed is not None and pack.name not in allowed:
        return _ELSEWHERE
    if pack.nsfw and not age_restricted:
        return _RESTRICTED
    if library.available(pack.name):
        return None
    # The server that comes closest.
    return explain_missing(min(library.lacking(pack.name).values(), key=len))


async def _allowed(interaction: discord.Interaction[Darkroom]) -> Collection[str] | None:
    if interaction.guild_id is None:
        return None
    try:
        book = await interaction.client.ledger.rules.book(interaction.guild_id)
    except LedgerAway:
        # An order is held to the rules in any case.
        return None
    return rules_of(book, channel_ids(interaction)).workflows
