"""Names in the environment that look like a mistyped setting."""

from bot.setting_names.near_names import explain_unknown

__all__ = ["explain_unknown"]
