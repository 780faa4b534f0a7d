"""Route a press to its handler by the custom_id alone, whatever its message shows by now.

discord.py's DynamicItem does not fit: it ignores a press if the message has lost the button meanwhile (when an image
finishes just before the press), and it swallows errors of its callback.
"""

import logging
import re
from collections.abc import Callable, Iterable
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


Refusal = Callable[[discord.Interaction[Any]], str | None]
"""Says why the bot takes no requests where an interaction comes from; None if it does."""


def _nowhere_refused(_interaction: discord.Interaction[Any]) -> str | None:
    return None


class Router:
    """The handlers of all features by their custom_id templates. Raises `ValueError` if two features share one."""

    def __init__(self, features: Iterable[Feature], refusal: Refusal = _nowhere_refused) -> None:
        self.handlers: dict[str, Handler] = {}
        self._refusal = refusal
        self._anywhere: set[str] = set()
        for feature in features:
            if shared := self.handlers.keys() & feature.handlers.keys():
                raise ValueError(f"two features answer {sorted(shared)}")
            self.handlers |= feature.handlers
            self._anywhere |= feature.anywhere
        self._patterns = {_pattern(template): template for template in self.handlers}

    async def answer(self, interaction: discord.Interaction[Any]) -> None:
        """Run the handler of a pressed button, a select or a submitted form. Unknown custom_ids are ignored."""
        custom_id = str(interaction_data(interaction).get("custom_id"))
        for pattern, template in self._patterns.items():
            if found := pattern.fullmatch(custom_id):
                if template not in self._anywhere and (refusal := self._refusal(interaction)) is not None:
                    await tell(interaction, refusal)
                    continue
                try:
                    await self.handlers[template](interaction, *found.groups())
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
