"""The operator's settings: read once, all faults reported together."""

from bot.setting_names import explain_unreadable, load_env
from bot.settings.caps import Caps, shown_pixels
from bot.settings.direct_messages import DirectMessages
from bot.settings.gpu_rules import GpuRules, WakeTarget
from bot.settings.quiet_hours import QuietHours
from bot.settings.settings import Settings, read_settings
from bot.settings.spending import SpendingRules
from bot.settings.variables import VARIABLES

__all__ = [
    "VARIABLES",
    "Caps",
    "DirectMessages",
    "GpuRules",
    "QuietHours",
    "Settings",
    "SpendingRules",
    "WakeTarget",
    "explain_unreadable",
    "load_env",
    "read_settings",
    "shown_pixels",
]
