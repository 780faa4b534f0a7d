"""The commands and button handlers of styles."""

from typing import Final

from bot.discord_ui.core.feature import Feature
from bot.discord_ui.styles.commands import style_commands
from bot.discord_ui.styles.form import STYLE_FIX_ID, STYLE_FORM_ID, press_fix, submit_form
from bot.discord_ui.styles.import_file import STYLE_IMPORT_ID, press_import
from bot.discord_ui.styles.list_page import STYLES_PAGE_ID, press_page

STYLES: Final = Feature(
    commands=(style_commands,),
    handlers={
        STYLE_FORM_ID: submit_form,
        STYLE_FIX_ID: press_fix,
        STYLES_PAGE_ID: press_page,
        STYLE_IMPORT_ID: press_import,
    },
)
