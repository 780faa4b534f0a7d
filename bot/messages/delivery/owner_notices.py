"""Direct messages to the people who run the bot (OWNER_IDS)."""

import logging
from collections.abc import Iterable

from bot.discord_internals import direct_channel
from bot.messages.delivery.channel_posts import post
from bot.messages.rendering.rendered import Rendered
from bot.messages.requests.channels import Channels
from bot.messages.requests.pacing import Urgency
from bot.messages.requests.refusals import NotNow, Undeliverable, foreseen

log = logging.getLogger(__name__)


async def tell_owners(channels: Channels, owner_ids: Iterable[int], text: str, nonce: str) -> None:
    """Send the text to each of them. If that fails, the failure is only logged: the log has the news as well."""
    for owner_id in owner_ids:
        try:
            async with foreseen():
                channel = await direct_channel(channels.client, owner_id)
            await post(channels, channel.id, Rendered(text), nonce, Urgency.ENDED)
        except (Undeliverable, NotNow) as fault:
            log.info("could not send a direct message to owner %d: %s", owner_id, fault)
