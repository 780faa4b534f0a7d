"""Keeps the language of each guild in the ledger: workers write to its moderators without knowing the guild."""

from typing import Final

from bot.ledger import Ledger
from bot.translation import ENGLISH, language_of


class GuildLanguages:
    """The languages that Discord's server settings name."""

    def __init__(self, ledger: Ledger) -> None:
        self._rules: Final = ledger.rules
        self._known: dict[int, str] | None = None

    async def note(self, guild_id: int, locale: object) -> None:
        """Keep the language of a guild with this Discord locale, if it is new. Raises `LedgerAway`."""
        if self._known is None:
            self._known = dict(await self._rules.languages())
        code = language_of(locale).code
        if code != self._known.get(guild_id, ENGLISH.code):
            await self._rules.set_guild(guild_id, language=code)
            self._known[guild_id] = code
