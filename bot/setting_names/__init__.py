"""Names in the environment that look like a mistyped setting, and lines of `.env` that can't be read."""

from bot.setting_names.env_lines import explain_unreadable, load_env
from bot.setting_names.near_names import explain_unknown

__all__ = ["explain_unknown", "explain_unreadable", "load_env"]
