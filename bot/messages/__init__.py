"""How a job looks in Discord, and the single writer that keeps its message up to date."""

from bot.messages.delivery.cancellation import tell_cancelled
from bot.messages.delivery.channel_posts import amend, find_own, post, says_already
from bot.messages.delivery.edits import PARTING_SECONDS, TOKEN_SECONDS, Address, remove, whisper
from bot.messages.delivery.job_message import JobMessage
from bot.messages.delivery.job_messages import JobMessages
from bot.messages.delivery.kept_files import pack_files, unpack_files
from bot.messages.delivery.report_copies import copy_from_message, keep_copy
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
    Attachment,
    Draft,
    Rendered,
    render_cancelled,
    render_done,
    render_failed,
    render_held,
    render_parting,
    render_paused,
    render_queued,
    render_ready,
    render_running,
    render_stopping,
    render_unreachable,
    spoilered,
)
from bot.messages.rendering.moderator_messages import (
    REPORT_DELETE_ID,
    decision_about,
    link_to,
    place_of,
    render_approval,
    render_report,
    report_decision,
)
from bot.messages.rendering.notes import KEPT, explain_skipped, explain_substituted, explain_withheld
from bot.messages.rendering.option_problems import explain_problems
from bot.messages.rendering.quoted_text import as_many_as_fit, shown_prompt, split_texts, style_of, words_of
from bot.messages.rendering.result_buttons import (
    result_buttons,
)
from bot.messages.requests.channels import Channels, Limited
from bot.messages.requests.downloads import download
from bot.messages.requests.link_previews import suppress_link_previews
from bot.messages.requests.pacing import Urgency
from bot.messages.requests.payloads import button_row, discord_file
from bot.messages.requests.refusals import Cause, NotNow, TokenDead, Undeliverable

__all__ = [
    "KEPT",
    "LEDGER_AWAY",
    "PARTING_SECONDS",
    "REPORT_DELETE_ID",
    "SERVERS_AWAY",
    "TOKEN_SECONDS",
    "WHY_AWAY",
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
    "TokenDead",
    "Undeliverable",
    "Urgency",
    "amend",
    "as_many_as_fit",
    "button_row",
    "copy_from_message",
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
    "find_own",
    "keep_copy",
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
    "render_parting",
    "render_paused",
    "render_queued",
    "render_ready",
    "render_report",
    "render_running",
    "render_stopping",
    "render_unreachable",
    "report_decision",
    "result_buttons",
    "says_already",
    "shown_prompt",
    "split_texts",
    "spoilered",
    "style_of",
    "suppress_link_previews",
    "tell_cancelled",
    "unpack_files",
    "whisper",
    "why_away",
    "words_of",
]
