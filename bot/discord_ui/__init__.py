"""What members and administrators see in Discord: commands, buttons, forms."""

from bot.discord_ui.client import Darkroom, own_commands
from bot.discord_ui.kept_workflows import load_kept
from bot.discord_ui.pack_commands import plan

__all__ = ["Darkroom", "load_kept", "own_commands", "plan"]
