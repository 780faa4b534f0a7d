"""The operator's settings: read once, all faults reported together."""

from bot.settings.gpu_rules import GpuRules, WakeTarget
from bot.settings.quiet_hours import QuietHours
from bot.settings.settings import Settings, read_settings
from bot.settings.variables import VARIABLES

__all__ = ["VARIABLES", "GpuRules", "QuietHours", "Settings", "WakeTarget", "read_settings"]
