"""Which handler answers a press: told by its custom_id alone, whatever message the button is under now.

Not discord.py's DynamicItem: that ignores a press whose message has lost the button meanwhile (an image that was
finished under somebody's thumb), and swallows what goes wrong in it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from typing import Any

import discord

from bot.discord_internals import sent_with
from bot.discord_ui.core.feature import Feature, Handler
from bot.discord_ui.core.replies import tell
from bot.errors import LedgerAway
from bot.messages import LEDGER_AWAY
from bot.translation import _

log = logging.getLogger(__name__)

_FAILED = "That did not work. Please try again."


class Router:
    """The handlers of all features, by the templates of their custom_ids. Raises ValueError where two share one."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self.handlers: dict[str, Handler] = {}
        for feature in features:
            if shared := self.handlers.keys() & feature.handlers.keys():
                raise ValueError(f"two features answer {sorted(shared)}")
            self.handlers |= feature.handlers
        self._patterns = {_pattern(custom_id): handler for custom_id, handler in self.handlers.items()}

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Answer a press of one of our buttons, or one of our forms; anything else is left alone."""
        custom_id = str(sent_with(interaction).get("custom_id"))
        for pattern, handler in self._patterns.items():
            if found := pattern.fullmatch(custom_id):
                try:
                    await handler(interaction, *found.groups())
                except LedgerAway as fault:
                    log.warning("button %s failed, because the database cannot be used: %s", custom_id, fault)
                    await tell(interaction, _(LEDGER_AWAY))
                except Exception:
                    log.exception("button %s failed", custom_id)
                    await tell(interaction, _FAILED)


def _pattern(custom_id: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "([0-9a-z_-]{1,36})", re.escape(custom_id)))
