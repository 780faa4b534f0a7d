"""Which handler answers a press: told by the button's custom_id alone, whatever message it is under now.

Not discord.py's DynamicItem: that ignores a press whose message has lost the button meanwhile (a picture that was
finished under somebody's thumb), and swallows what goes wrong in it.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Final, cast

import discord

from bot.discord_ui.administering import KEEP_ID, REMOVE_ID, press_keep, press_remove
from bot.discord_ui.again import press_again, press_retry
from bot.discord_ui.bringing_back import press_bring
from bot.discord_ui.browsing import PAGE_ID, press_page
from bot.discord_ui.cancelling import press_cancel
from bot.discord_ui.deleting import SPARE_ID, SURE_ID, press_delete, press_spare, press_sure
from bot.discord_ui.draft_actions import press_discard, press_edit, press_live, press_try, submit_form
from bot.discord_ui.draft_view import DISCARD_ID, EDIT_ID, FORM_ID, LIVE_ID, TRY_ID
from bot.discord_ui.editing import WORDS_ID, press_words, submit_words
from bot.discord_ui.history import press_history
from bot.discord_ui.history_page import BRING_ID, HISTORY_ID
from bot.discord_ui.live_queue import REFRESH_ID, press_refresh
from bot.discord_ui.moderating.approving import REJECT_FORM_ID, press_approve, press_reject, submit_rejection
from bot.discord_ui.moderating.presses import MODERATORS_HANDLERS
from bot.discord_ui.moderating.reporting import press_delete_reported, press_dismiss, press_report
from bot.discord_ui.picking import PICK_ID, press_pick, press_upscale, press_vary
from bot.discord_ui.publishing import press_publish
from bot.discord_ui.recipe import press_recipe
from bot.discord_ui.replies import tell
from bot.discord_ui.reusing import OPEN_ID, REUSE_ID, press_open, submit_reuse
from bot.discord_ui.using_as_input import PICTURE_ID, WORKFLOW_ID, press_picture, press_workflow
from bot.discord_ui.using_as_input import WORDS_ID as INPUT_WORDS_ID
from bot.discord_ui.using_as_input import submit_words as submit_input_words
from bot.errors import LedgerAway
from bot.ledger import PICTURE, PROMPT
from bot.messages import (
    AGAIN_ID,
    APPROVE_ID,
    CANCEL_ID,
    DELETE_ID,
    LEDGER_AWAY,
    PUBLISH_ID,
    RECIPE_ID,
    REJECT_ID,
    REPORT_DELETE_ID,
    REPORT_DISMISS_ID,
    REPORT_ID,
    RETRY_ID,
    UPSCALE_ID,
    VARY_ID,
)
from bot.messages import EDIT_ID as EDIT_WORDS_ID

if TYPE_CHECKING:
    from bot.discord_ui.client import Darkroom

log = logging.getLogger(__name__)

Handler = Callable[..., Awaitable[None]]
"""Takes the interaction and what stands in its custom_id."""

_HANDLERS: Final[dict[str, Handler]] = {
    CANCEL_ID: press_cancel,
    AGAIN_ID: press_again,
    RETRY_ID: press_retry,
    VARY_ID: press_vary,
    UPSCALE_ID: press_upscale,
    PICK_ID: press_pick,
    EDIT_WORDS_ID: press_words,
    WORDS_ID: submit_words,
    RECIPE_ID: press_recipe,
    PUBLISH_ID: press_publish,
    DELETE_ID: press_delete,
    SURE_ID: press_sure,
    SPARE_ID: press_spare,
    PAGE_ID: press_page,
    LIVE_ID: press_live,
    EDIT_ID: press_edit,
    TRY_ID: press_try,
    DISCARD_ID: press_discard,
    FORM_ID: submit_form,
    REMOVE_ID: press_remove,
    KEEP_ID: press_keep,
    REFRESH_ID: press_refresh,
    HISTORY_ID: press_history,
    BRING_ID: press_bring,
    REUSE_ID: submit_reuse,
    OPEN_ID: press_open,
    PICTURE_ID: press_picture,
    WORKFLOW_ID: press_workflow,
    INPUT_WORDS_ID: submit_input_words,
    **MODERATORS_HANDLERS,
    REPORT_ID: press_report,
    REPORT_DELETE_ID: press_delete_reported,
    REPORT_DISMISS_ID: press_dismiss,
}
for _awaits in (PROMPT, PICTURE):
    for _template, _handler in (
        (APPROVE_ID, press_approve),
        (REJECT_ID, press_reject),
        (REJECT_FORM_ID, submit_rejection),
    ):
        _HANDLERS[_template.replace("{awaits}", _awaits)] = partial(_handler, awaits=_awaits)
_PATTERNS: Final = {
    re.compile(re.sub(r"\\{\w+\\}", "([0-9a-z_-]{1,36})", re.escape(custom_id))): handler
    for custom_id, handler in _HANDLERS.items()
}


async def answer_press(interaction: discord.Interaction[Darkroom]) -> None:
    """Answer a press of one of our buttons, or one of our forms; anything else is left alone."""
    custom_id = str(cast("Mapping[str, object]", interaction.data or {}).get("custom_id"))
    for pattern, handler in _PATTERNS.items():
        if found := pattern.fullmatch(custom_id):
            try:
                await handler(interaction, *found.groups())
            except LedgerAway as fault:
                log.warning("a press of %s was not carried out: %s", custom_id, fault)
                await tell(interaction, LEDGER_AWAY)
            except Exception:
                log.exception("a press of %s failed", custom_id)
                await tell(interaction, "That did not work. Please try again.")
