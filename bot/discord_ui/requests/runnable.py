"""Which workflows can run in a channel right now, and why the others cannot."""

from collections.abc import Collection, Iterable
from typing import Final

import discord

from bot.discord_ui.access.requester import age_restricted, channel_ids
from bot.discord_ui.bot import Darkroom
from bot.errors import LedgerAway
from bot.messages import explain_missing
from bot.moderation.admission import rules_of
from bot.translation import N_, _
from bot.workflows import Library, Pack, default_of

_ELSEWHERE: Final = N_("isn’t allowed in this channel")
_RESTRICTED: Final = N_("only works in age-restricted channels")


async def runnable_first(
    interaction: discord.Interaction[Darkroom], packs: Iterable[Pack]
) -> list[tuple[Pack, str | None]]:
    """The packs that can run here now, the default first, then those that cannot, each with the reason.

    A reason is the end of a sentence whose subject is the workflow. It may hold Markdown.
    """
    library, restricted = interaction.client.library, age_restricted(interaction)
    packs = tuple(packs)
    default = default_of(packs)
    allowed = await _allowed(interaction)
    found = [(pack, obstacle(pack, library, allowed, age_restricted=restricted)) for pack in packs]
    return sorted(found, key=lambda one: (one[1] is not None, one[0] is not default))


def in_short(reason: str) -> str:
    """The first thing that a reason names, and whether there are more."""
    first, comma, _rest = reason.partition(", ")
    return _("{reason} and more").format(reason=first) if comma else first


def obstacle(pack: Pack, library: Library, allowed: Collection[str] | None, *, age_restricted: bool) -> str | None:
    """Why a pack cannot run: the channel forbids it, or every ComfyUI server lacks something. None if it can run. Pure.

    `allowed` holds the names of the workflows that the channel's rules allow; None means that they allow all.
    """
    if allowed is not None and pack.name not in allowed:
        return _(_ELSEWHERE)
    if pack.nsfw and not age_restricted:
        return _(_RESTRICTED)
    if library.available(pack.name):
        return None
    # Name what is missing on the server that lacks the fewest things.
    return explain_missing(min(library.lacking(pack.name).values(), key=len))


async def _allowed(interaction: discord.Interaction[Darkroom]) -> Collection[str] | None:
    if interaction.guild_id is None:
        return None
    try:
        book = await interaction.client.ledger.rules.book(interaction.guild_id)
    except LedgerAway:
        # The list is only a suggestion: the rules are checked again when the job is submitted.
        return None
    return rules_of(book, channel_ids(interaction)).workflows
