"""The commands for machines."""

from typing import Final

from bot.discord_ui.core.feature import Feature
from bot.discord_ui.machine.machine_commands import machine_commands

MACHINE: Final = Feature(commands=(machine_commands,))
