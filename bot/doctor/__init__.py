"""Whether everything is there that the bot needs: the world is asked for facts, and pure checks judge them."""

from bot.doctor.examining import examine
from bot.doctor.findings import Level
from bot.doctor.report import Report, as_json, as_text

__all__ = ["Finding", "Level", "Report", "as_json", "as_text", "examine"]
