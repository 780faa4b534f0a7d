"""Checks everything the bot needs: probes collect facts from the world, and pure checks judge them."""

from bot.doctor.examining import examine
from bot.doctor.report import as_json, as_text

__all__ = ["as_json", "as_text", "examine"]
