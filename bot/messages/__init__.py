"""How a job looks, and the one writer that keeps its message true."""

from bot.messages.delivery.cancellation import tell_cancelled
from bot.messages.delivery.channel_posts import amend, post, says_already
from bot.messages.delivery.edits import TOKEN_SECONDS, Address, remove, whisper
from bot.messages.delivery.job_message import JobMessage
from bot.messages.delivery.job_messages import JobMessages
from bot.messages.delivery.kept_files import pack_files, unpack_files
from bot.messages.rendering.digest import day_names, digest_heading, render_digest
from bot.messages.rendering.error_wording import (
    LEDGER_AWAY,
    SERVERS_AWAY,
    WHY_AWAY,
    explain,
    explain_limit,
    explain_missing,
    why_away,
)
from bot.messages.rendering.job_rendering import (
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
    render_unreachable,
    spoilered,
)
from bot.messages.rendering.moderator_messages import (
    APPROVE_ID,
    REJECT_ID,
    REPORT_DELETE_ID,
    REPORT_DISMISS_ID,
    decision_about,
    link_to,
    place_of,
    render_approval,
    render_report,
)
from bot.messages.rendering.notes import KEPT, explain_skipped, explain_substituted, explain_withheld
from bot.messages.rendering.option_problems import explain_problems
from bot.messages.rendering.quoted_text import as_many_as_fit, shown_prompt, split_texts, words_of
from bot.messages.rendering.result_buttons import (
    AGAIN_ID,
    DELETE_ID,
    EDIT_ID,
    PUBLISH_ID,
    RECIPE_ID,
    REPORT_ID,
    RETRY_ID,
    UPSCALE_ID,
    VARY_ID,
    WHY_ID,
    result_buttons,
)
from bot.messages.requests.channels import Channels, Limited
from bot.messages.requests.downloads import download
from bot.messages.requests.link_previews import suppress_link_previews
from bot.messages.requests.pacing import Urgency
from bot.messages.requests.payloads import button_row, discord_file
from bot.messages.requests.refusals import Cause, NotNow, Undeliverable

__all__ = [
    "AGAIN_ID",
    "APPROVE_ID",
    "CANCEL_ID",
    "DELETE_ID",
    "EDIT_ID",
    "KEPT",
    "LEDGER_AWAY",
    "PUBLISH_ID",
    "RECIPE_ID",
    "REJECT_ID",
    "REPORT_DELETE_ID",
    "REPORT_DISMISS_ID",
    "REPORT_ID",
    "RETRY_ID",
    "SERVERS_AWAY",
    "TOKEN_SECONDS",
    "UPSCALE_ID",
    "VARY_ID",
    "WHY_AWAY",
    "WHY_ID",
    "Address",
    "Attachment",
    "Cause",
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
    "as_many_as_fit",
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
    "explain_withheld",
    "link_to",
    "pack_files",
    "place_of",
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
    "render_unreachable",
    "result_buttons",
    "says_already",
    "shown_prompt",
    "split_texts",
    "spoilered",
    "suppress_link_previews",
    "tell_cancelled",
    "unpack_files",
    "whisper",
    "why_away",
    "words_of",
]
