"""The operator's settings: read once, all faults reported together."""

from bot.settings.settings import Settings, read_settings
from bot.settings.variables import VARIABLES

__all__ = ["VARIABLES", "Settings", "read_settings"]
