"""The commands, button handlers and services of moderation."""

from functools import partial
from typing import Final

from bot.discord_ui.core.feature import Feature, Handler
from bot.discord_ui.moderation import log_pages, reason_forms
from bot.discord_ui.moderation.commands import moderate_commands
from bot.discord_ui.moderation.language_watch import LanguageWatch
from bot.discord_ui.moderation.panel import panel_page, panel_presses
from bot.discord_ui.moderation.panel.live_panels import Panels
from bot.discord_ui.moderation.review.approvals import (
    REJECT_FORM_ID,
    press_approve,
    press_reject,
    submit_rejection,
)
from bot.discord_ui.moderation.review.failure_cause import press_why
from bot.discord_ui.moderation.review.reports import press_delete_reported, press_dismiss, press_report
from bot.ledger import PICTURE, PROMPT
from bot.messages.rendering.moderator_messages import APPROVE_ID, REJECT_ID, REPORT_DELETE_ID, REPORT_DISMISS_ID
from bot.messages.rendering.result_buttons import REPORT_ID, WHY_ID


def _approvals() -> dict[str, Handler]:
    """The handlers of Approve and Reject. Prompts and images that a rule holds have buttons of their own."""
    of_each = {APPROVE_ID: press_approve, REJECT_ID: press_reject, REJECT_FORM_ID: submit_rejection}
    return {
        template.replace("{awaits}", awaits): partial(handler, awaits=awaits)
        for awaits in (PROMPT, PICTURE)
        for template, handler in of_each.items()
    }


MODERATION: Final = Feature(
    commands=(moderate_commands,),
    handlers={
        panel_page.PANEL_JOB_ID: panel_presses.pick_job,
        panel_page.PANEL_PAUSE_ID: panel_presses.press_pause,
        panel_page.PANEL_RESUME_ID: panel_presses.press_resume,
        panel_presses.PANEL_CANCEL_ID: panel_presses.press_cancel_job,
        panel_presses.PANEL_FRONT_ID: panel_presses.press_front,
        panel_presses.PANEL_HOLD_ID: panel_presses.press_hold,
        panel_presses.PANEL_RELEASE_ID: panel_presses.press_release,
        reason_forms.WHY_CANCEL_FORM_ID: reason_forms.submit_cancel,
        reason_forms.WHY_ALL_FORM_ID: reason_forms.submit_all,
        reason_forms.WHY_PAUSE_FORM_ID: reason_forms.submit_pause,
        log_pages.LOG_PAGE_ID: log_pages.press_older,
        log_pages.LOG_SINCE_ID: log_pages.press_older,
        WHY_ID: press_why,
        REPORT_ID: press_report,
        REPORT_DELETE_ID: press_delete_reported,
        REPORT_DISMISS_ID: press_dismiss,
        **_approvals(),
    },
    services=(Panels, LanguageWatch),
)
