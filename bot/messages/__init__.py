"""How a job looks, and the one writer that keeps its message true."""

from bot.messages.cancelled import tell_cancelled
from bot.messages.delivery import Address, NotNow, Undeliverable, button_row, whisper
from bot.messages.downloads import download
from bot.messages.job_message import JobMessage, JobMessages
from bot.messages.notes import explain_skipped
from bot.messages.rendering import (
    CANCEL_ID,
    Attachment,
    Draft,
    Rendered,
    render_cancelled,
    render_done,
    render_failed,
    render_held,
    render_paused,
    render_queued,
    render_ready,
    render_running,
    render_stopping,
    shown_prompt,
    split_texts,
)
from bot.messages.result_buttons import (
    AGAIN_ID,
    DELETE_ID,
    EDIT_ID,
    PUBLISH_ID,
    RECIPE_ID,
    RETRY_ID,
    UPSCALE_ID,
    VARY_ID,
    result_buttons,
)
from bot.messages.wording import LEDGER_AWAY, explain, explain_limit, explain_missing, explain_problems

__all__ = [
    "AGAIN_ID",
    "CANCEL_ID",
    "DELETE_ID",
    "EDIT_ID",
    "LEDGER_AWAY",
    "PUBLISH_ID",
    "RECIPE_ID",
    "RETRY_ID",
    "UPSCALE_ID",
    "VARY_ID",
    "Address",
    "Attachment",
    "Draft",
    "JobMessage",
    "JobMessages",
    "NotNow",
    "Rendered",
    "Undeliverable",
    "button_row",
    "download",
    "explain",
    "explain_limit",
    "explain_missing",
    "explain_problems",
    "explain_skipped",
    "render_cancelled",
    "render_done",
    "render_failed",
    "render_held",
    "render_paused",
    "render_queued",
    "render_ready",
    "render_running",
    "render_stopping",
    "result_buttons",
    "shown_prompt",
    "split_texts",
    "tell_cancelled",
    "whisper",
]
