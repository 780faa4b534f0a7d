"""How a job looks in Discord, and the single writer that keeps its message up to date."""

from bot.messages.delivery.cancellation import cancel_all_of_guild, tell_cancelled
from bot.messages.delivery.channel_posts import (
    CANNOT_SEE,
    THREAD_ARCHIVED,
    amend,
    find_own,
    names_of_files,
    note_refusal,
    post,
    post_or_bare,
    says_already,
)
from bot.messages.delivery.completion_notices import notice_text, post_notice, whisper_notice
from bot.messages.delivery.edits import (
    PARTING_SECONDS,
    TOKEN_SECONDS,
    Address,
    FetchedMessage,
    correct,
    remove,
    whisper,
)
from bot.messages.delivery.job_message import JobMessage
from bot.messages.delivery.job_messages import JobMessages
from bot.messages.delivery.kept_files import pack_files, unpack_files
from bot.messages.delivery.owner_notices import tell_owners
from bot.messages.delivery.report_copies import copy_from_message, keep_copy
from bot.messages.rendering.alternative_texts import renewed_text
from bot.messages.rendering.digest import digest_heading, plot_labels, plot_legend, plot_number, render_digest
from bot.messages.rendering.errors.error_wording import (
    LEDGER_AWAY,
    SERVERS_AWAY,
    explain,
    explain_limit,
)
from bot.messages.rendering.errors.held_reasons import rule_in_words
from bot.messages.rendering.errors.missing_parts import explain_missing
from bot.messages.rendering.errors.option_problems import explain_problems
from bot.messages.rendering.errors.workflow_faults import fault_in_words
from bot.messages.rendering.grids.grid_rendering import cell_name, is_over, render_grid, render_grid_parting
from bot.messages.rendering.grids.grid_sheet import SHEET_NAME, sheet_of, sheet_text
from bot.messages.rendering.job_rendering import (
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
    render_waking,
)
from bot.messages.rendering.moderator_messages import (
    REPORT_DELETE_ID,
    decision_about,
    has_copy,
    link_to,
    place_of,
    render_approval,
    render_report,
    report_decision,
)
from bot.messages.rendering.notes import KEPT, explain_composite, explain_skipped, explain_substituted, explain_withheld
from bot.messages.rendering.quoted_text import (
    as_many_as_fit,
    plain_line,
    shown_prompt,
    split_texts,
    style_of,
    words_of,
)
from bot.messages.rendering.rendered import Attachment, Draft, Rendered, spoilered
from bot.messages.rendering.result_buttons import (
    result_buttons,
)
from bot.messages.rendering.waiting_wording import behind_foreign_work, explain_rest, ready_when, why_waiting
from bot.messages.requests.channels import Channels
from bot.messages.requests.discord_client import prepare_client
from bot.messages.requests.downloads import download
from bot.messages.requests.pacing import Urgency
from bot.messages.requests.payloads import button_row, controls_of, discord_file
from bot.messages.requests.refusals import Cause, NotNow, TokenDead, Undeliverable
from bot.messages.requests.response_check import Limited
from bot.messages.requests.stalled_requests import WatchedConnector

__all__ = [
    "CANNOT_SEE",
    "KEPT",
    "LEDGER_AWAY",
    "PARTING_SECONDS",
    "REPORT_DELETE_ID",
    "SERVERS_AWAY",
    "SHEET_NAME",
    "THREAD_ARCHIVED",
    "TOKEN_SECONDS",
    "Address",
    "Attachment",
    "Cause",
    "Channels",
    "Draft",
    "FetchedMessage",
    "JobMessage",
    "JobMessages",
    "Limited",
    "NotNow",
    "Rendered",
    "TokenDead",
    "Undeliverable",
    "Urgency",
    "WatchedConnector",
    "amend",
    "as_many_as_fit",
    "behind_foreign_work",
    "button_row",
    "cancel_all_of_guild",
    "cell_name",
    "controls_of",
    "copy_from_message",
    "correct",
    "decision_about",
    "digest_heading",
    "discord_file",
    "download",
    "explain",
    "explain_composite",
    "explain_limit",
    "explain_missing",
    "explain_problems",
    "explain_rest",
    "explain_skipped",
    "explain_substituted",
    "explain_withheld",
    "fault_in_words",
    "find_own",
    "has_copy",
    "is_over",
    "keep_copy",
    "link_to",
    "names_of_files",
    "note_refusal",
    "notice_text",
    "pack_files",
    "place_of",
    "plain_line",
    "plot_labels",
    "plot_legend",
    "plot_number",
    "post",
    "post_notice",
    "post_or_bare",
    "prepare_client",
    "ready_when",
    "remove",
    "render_approval",
    "render_cancelled",
    "render_digest",
    "render_done",
    "render_failed",
    "render_grid",
    "render_grid_parting",
    "render_held",
    "render_parting",
    "render_paused",
    "render_queued",
    "render_ready",
    "render_report",
    "render_running",
    "render_stopping",
    "render_unreachable",
    "render_waking",
    "renewed_text",
    "report_decision",
    "result_buttons",
    "rule_in_words",
    "says_already",
    "sheet_of",
    "sheet_text",
    "shown_prompt",
    "split_texts",
    "spoilered",
    "style_of",
    "tell_cancelled",
    "tell_owners",
    "unpack_files",
    "whisper",
    "whisper_notice",
    "why_waiting",
    "words_of",
]
