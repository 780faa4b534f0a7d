"""`/settings`, as one feature of the bot."""

from typing import Final

from bot.discord_ui.core.feature import Feature
from bot.discord_ui.settings.settings_command import settings_command
from bot.discord_ui.settings.settings_forms import SETTINGS_SAVE_ID, press_open, press_reset, submit_form
from bot.discord_ui.settings.settings_page import SETTINGS_OPEN_ID, SETTINGS_RESET_ID

SETTINGS: Final = Feature(
    commands=(settings_command,),
    handlers={
        SETTINGS_OPEN_ID: press_open,
        SETTINGS_SAVE_ID: submit_form,
        SETTINGS_RESET_ID: press_reset,
    },
)
