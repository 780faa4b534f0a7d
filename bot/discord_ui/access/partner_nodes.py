"""Workflows with partner nodes, which cost the operator's credits: who may use them, and what they count as."""

from typing import Final

from bot.discord_ui.access.requester import Requester
from bot.messages import shown_prompt
from bot.translation import _
from bot.workflows import Pack
from bot.workflows.safety.partners import partner_nodes

_LONGEST_TITLE: Final = 80


def why_not_paid(requester: Requester, pack: Pack) -> str | None:
    """Why this guild can't use the pack; None if it has no partner nodes, or the guild may use them."""
    bot = requester.client
    if bot.settings.spending.allows_partners(requester.guild_id) or not _has_partners(requester, pack):
        return None
    told = _(
        "“{title}” uses partner nodes, which cost credits and aren’t allowed here. Pick another with `/workflows`, or "
        "ask the people who run this bot."
    )
    return told.format(title=shown_prompt(pack.title, _LONGEST_TITLE))


def partner_price(requester: Requester, pack: Pack) -> int | None:
    """What a job with this pack counts as, in millionths, besides the time of its server; None: no partner nodes."""
    return requester.client.settings.spending.partner_price if _has_partners(requester, pack) else None


def _has_partners(requester: Requester, pack: Pack) -> bool:
    return bool(partner_nodes(pack.graph, requester.client.library.distinct_infos))
