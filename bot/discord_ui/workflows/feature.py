"""What workflows bring to the bot: the members' list, and what administrators do with them."""

from typing import Final

from bot.discord_ui.core.feature import Feature
from bot.discord_ui.workflows.draft_actions import press_discard, press_edit, press_live, press_try, submit_form
from bot.discord_ui.workflows.draft_view import DISCARD_ID, EDIT_ID, FORM_ID, LIVE_ID, TRY_ID
from bot.discord_ui.workflows.workflow_commands import (
    KEEP_ID,
    REMOVE_ID,
    press_keep,
    press_remove,
    workflow_commands,
)
from bot.discord_ui.workflows.workflow_list import PAGE_ID, press_page, workflows_command

WORKFLOWS: Final = Feature(
    commands=(workflows_command, workflow_commands),
    handlers={
        PAGE_ID: press_page,
        LIVE_ID: press_live,
        EDIT_ID: press_edit,
        TRY_ID: press_try,
        DISCARD_ID: press_discard,
        FORM_ID: submit_form,
        REMOVE_ID: press_remove,
        KEEP_ID: press_keep,
    },
)
