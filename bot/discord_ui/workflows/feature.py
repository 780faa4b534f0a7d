"""The workflows feature: the list for members, and the commands and buttons for administrators."""

from typing import Final

from bot.discord_ui.core.feature import Feature
from bot.discord_ui.workflows.draft_actions import press_discard, press_edit, press_live, press_try, submit_form
from bot.discord_ui.workflows.draft_view import (
    DRAFT_DISCARD_ID,
    DRAFT_EDIT_ID,
    DRAFT_FORM_ID,
    DRAFT_LIVE_ID,
    DRAFT_TRY_ID,
)
from bot.discord_ui.workflows.workflow_commands import (
    KEEP_WORKFLOW_ID,
    REMOVE_WORKFLOW_ID,
    press_keep,
    press_remove,
    workflow_commands,
)
from bot.discord_ui.workflows.workflow_list import WORKFLOWS_PAGE_ID, press_page, workflows_command

WORKFLOWS: Final = Feature(
    commands=(workflows_command, workflow_commands),
    handlers={
        WORKFLOWS_PAGE_ID: press_page,
        DRAFT_LIVE_ID: press_live,
        DRAFT_EDIT_ID: press_edit,
        DRAFT_TRY_ID: press_try,
        DRAFT_DISCARD_ID: press_discard,
        DRAFT_FORM_ID: submit_form,
        REMOVE_WORKFLOW_ID: press_remove,
        KEEP_WORKFLOW_ID: press_keep,
    },
)
