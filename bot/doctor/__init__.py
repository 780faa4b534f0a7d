"""Whether everything is there that the bot needs: the world is asked for facts, and pure checks judge them."""

from bot.doctor.discord_checks import NoDiscord
from bot.doctor.discord_probe import ask_discord
from bot.doctor.examining import examine
from bot.doctor.findings import Finding, Level
from bot.doctor.report import Report, as_json, as_text

__all__ = ["Finding", "Level", "NoDiscord", "Report", "as_json", "as_text", "ask_discord", "examine"]
