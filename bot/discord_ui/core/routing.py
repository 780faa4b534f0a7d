"""Route a press to its handler by the custom_id alone, whatever its message shows by now.

discord.py's DynamicItem does not fit: it ignores a press if the message has lost the button meanwhile (when an image
finishes just before the press), and it swallows errors of its callback.
"""

import logging
import re
from collections.abc import Iterable
from typing import Any, Final

import discord

from bot.discord_internals import AnsweredElsewhere, interaction_data
from bot.discord_ui.core.feature import Feature, Handler
from bot.discord_ui.core.replies import say_unsure, tell
from bot.errors import LedgerAway
from bot.messages import LEDGER_AWAY
from bot.translation import N_, _

log = logging.getLogger(__name__)

_FAILED: Final = N_("That didn’t work. Please try again.")


class Router:
    """The handlers of all features by their custom_id templates. Raises `ValueError` if two features share one."""

    def __init__(self, features: Iterable[Feature]) -> None:
        self.handlers: dict[str, Handler] = {}
        for feature in features:
            if shared := self.handlers.keys() & feature.handlers.keys():
                raise ValueError(f"two features answer {sorted(shared)}")
            self.handlers |= feature.handlers
        self._patterns = {_pattern(custom_id): handler for custom_id, handler in self.handlers.items()}

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Run the handler of a pressed button, a select or a submitted form. Unknown custom_ids are ignored."""
        custom_id = str(interaction_data(interaction).get("custom_id"))
        for pattern, handler in self._patterns.items():
            if found := pattern.fullmatch(custom_id):
                try:
                    await handler(interaction, *found.groups())
                except AnsweredElsewhere as fault:
                    await say_unsure(interaction, fault, _(_FAILED))
                except LedgerAway as fault:
                    log.warning("%s was not carried out, because the database cannot be used: %s", custom_id, fault)
                    await tell(interaction, _(LEDGER_AWAY))
                except Exception:
                    log.exception("%s failed", custom_id)
                    await tell(interaction, _(_FAILED))


def _pattern(custom_id: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{\w+\\}", "([0-9a-z_-]{1,36})", re.escape(custom_id)))
