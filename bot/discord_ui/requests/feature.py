"""The commands that request images, as one feature of the bot."""

from typing import Final

from bot.discord_ui.core.feature import Feature
from bot.discord_ui.requests.imagine.command import imagine_command
from bot.discord_ui.requests.imagine.refused_form import FORM_AGAIN_ID, press_form_again
from bot.discord_ui.requests.pack_commands import pack_command
from bot.discord_ui.requests.quota import quota_command

REQUESTS: Final = Feature(
    commands=(imagine_command, quota_command),
    pack_command=pack_command,
    handlers={FORM_AGAIN_ID: press_form_again},
)
