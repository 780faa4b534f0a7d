"""The history feature: its command and buttons."""

from typing import Final

from bot.discord_ui.core.feature import Feature
from bot.discord_ui.history.history_command import history_command, press_history
from bot.discord_ui.history.history_page import HISTORY_BRING_ID, HISTORY_PAGE_ID
from bot.discord_ui.history.restore import press_bring

HISTORY: Final = Feature(
    commands=(history_command,), handlers={HISTORY_PAGE_ID: press_history, HISTORY_BRING_ID: press_bring}
)
