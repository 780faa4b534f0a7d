"""Notices when a guild's moderators have changed its language."""

from typing import Final

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.feature import Service
from bot.ledger import poll

_LOOK_SECONDS: Final = 10.0


class LanguageWatch(Service):
    """Looks at the guilds that this process hears of. A guild is looked at before an interaction there, too."""

    def __init__(self, bot: Darkroom) -> None:
        self._bot = bot

    async def run(self) -> None:
        """Note changes until the process ends."""
        await poll(self._look, _LOOK_SECONDS, "could not note the languages of the guilds")

    async def _look(self) -> None:
        for guild in self._bot.guilds:
            # Until Discord has sent a guild, its locale is only a guess.
            if not guild.unavailable:
                await self._bot.guild_languages.note(guild.id, guild.preferred_locale)
