"""Which handler answers a press of a moderator, or one of his forms."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from bot.discord_ui.moderating import failure_cause, forms, log_pages, panel, panel_presses
from bot.messages import WHY_ID

MODERATORS_HANDLERS: Final[Mapping[str, Callable[..., Awaitable[None]]]] = {
    panel.PICK_ID: panel_presses.pick_job,
    panel.PAUSE_ID: panel_presses.press_pause,
    panel.RESUME_ID: panel_presses.press_resume,
    panel_presses.CANCEL_ID: panel_presses.press_cancel_job,
    panel_presses.FRONT_ID: panel_presses.press_front,
    panel_presses.HOLD_ID: panel_presses.press_hold,
    panel_presses.RELEASE_ID: panel_presses.press_release,
    forms.WHY_CANCEL_ID: forms.submit_cancel,
    forms.WHY_ALL_ID: forms.submit_all,
    forms.WHY_PAUSE_ID: forms.submit_pause,
    log_pages.OLDER_ID: log_pages.press_older,
    WHY_ID: failure_cause.press_why,
}
