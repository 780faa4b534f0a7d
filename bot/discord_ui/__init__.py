"""The user interface in Discord: commands, buttons and forms."""

from bot.discord_ui.app import FEATURES, own_commands
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.commands.plan import plan
from bot.discord_ui.painting.paint_page import PaintPage

__all__ = ["FEATURES", "Darkroom", "PaintPage", "own_commands", "plan"]
