"""The privacy feature: its command, buttons and service."""

from typing import Final

from bot.discord_ui.core.feature import Feature
from bot.discord_ui.privacy.erasure import ERASE_ID, KEEP_ID, SURE_ID, press_erase, press_keep, press_sure
from bot.discord_ui.privacy.export import EXPORT_ID, press_export
from bot.discord_ui.privacy.message_removal import MessageRemoval
from bot.discord_ui.privacy.privacy_command import privacy_command

PRIVACY: Final = Feature(
    commands=(privacy_command,),
    handlers={EXPORT_ID: press_export, ERASE_ID: press_erase, SURE_ID: press_sure, KEEP_ID: press_keep},
    services=(MessageRemoval,),
    anywhere=frozenset({"privacy", EXPORT_ID, ERASE_ID, SURE_ID, KEEP_ID}),
)
