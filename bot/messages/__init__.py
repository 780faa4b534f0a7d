"""How a job looks, and the one writer that keeps its message true."""

from bot.messages.before_moderators import (
    APPROVE_ID,
    REJECT_ID,
    REPORT_DELETE_ID,
    REPORT_DISMISS_ID,
    decision_about,
    link_to,
    render_approval,
    render_report,
)
from bot.messages.cancelled import tell_cancelled
from bot.messages.channels import Channels, Limited
from bot.messages.delivery import Address, NotNow, Undeliverable, remove, whisper
from bot.messages.digest import day_names, digest_heading, render_digest
from bot.messages.downloads import download
from bot.messages.job_message import JobMessage
from bot.messages.job_messages import JobMessages
from bot.messages.notes import explain_skipped, explain_substituted
from bot.messages.pacing import Urgency
from bot.messages.payloads import button_row, discord_file
from bot.messages.posting import amend, post, says_already
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
    spoilered,
)
from bot.messages.result_buttons import (
    AGAIN_ID,
    DELETE_ID,
    EDIT_ID,
    PUBLISH_ID,
    RECIPE_ID,
    REPORT_ID,
    RETRY_ID,
    UPSCALE_ID,
    VARY_ID,
    result_buttons,
)
from bot.messages.wording import LEDGER_AWAY, SERVERS_AWAY, explain, explain_limit, explain_missing, explain_problems

__all__ = [
    "AGAIN_ID",
    "APPROVE_ID",
    "CANCEL_ID",
    "DELETE_ID",
    "EDIT_ID",
    "LEDGER_AWAY",
    "PUBLISH_ID",
    "RECIPE_ID",
    "REJECT_ID",
    "REPORT_DELETE_ID",
    "REPORT_DISMISS_ID",
    "REPORT_ID",
    "RETRY_ID",
    "SERVERS_AWAY",
    "UPSCALE_ID",
    "VARY_ID",
    "Address",
    "Attachment",
    "Channels",
    "Draft",
    "JobMessage",
    "JobMessages",
    "Limited",
    "NotNow",
    "Rendered",
    "Undeliverable",
    "Urgency",
    "amend",
    "button_row",
    "day_names",
    "decision_about",
    "digest_heading",
    "discord_file",
    "download",
    "explain",
    "explain_limit",
    "explain_missing",
    "explain_problems",
    "explain_skipped",
    "explain_substituted",
    "link_to",
    "post",
    "remove",
    "render_approval",
    "render_cancelled",
    "render_digest",
    "render_done",
    "render_failed",
    "render_held",
    "render_paused",
    "render_queued",
    "render_ready",
    "render_report",
    "render_running",
    "render_stopping",
    "result_buttons",
    "says_already",
    "shown_prompt",
    "split_texts",
    "spoilered",
    "tell_cancelled",
    "whisper",
]
