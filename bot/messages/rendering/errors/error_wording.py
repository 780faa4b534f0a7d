"""Errors in words for the members who read them. Never includes a path, a traceback or another user's data."""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from bot.discord_times import shown_time
from bot.errors import (
    BindError,
    Busy,
    ComfyError,
    DarkroomError,
    Interrupted,
    LedgerAway,
    LedgerNotCopied,
    LedgerNotUpgraded,
    LedgerTooNew,
    LimitReached,
    LinkUsed,
    LockedOut,
    Lost,
    NodeFailed,
    NodeFault,
    NoOutput,
    Oversized,
    PartnersRefused,
    PictureRefused,
    Refused,
    Rejected,
    SpoolFailed,
    StylesUnreadable,
    Suspended,
    Unchecked,
    Unreachable,
    Untraceable,
    Withheld,
    WorkflowGone,
)
from bot.ledger import ASLEEP, LOCKED, SUSPENDED
from bot.messages.rendering.errors.node_failures import explain_node_failure
from bot.messages.rendering.errors.option_problems import explain_problems
from bot.messages.rendering.quoted_text import shown_prompt, shown_value
from bot.translation import N_, _, ngettext, shown_number
from bot.workflows import Graph, Pack, WorkflowKey, node_title

_WENT_WRONG: Final = N_("Something went wrong. Try again; if it keeps failing, tell a moderator.")
_UNREADABLE_STYLES: Final = {
    "too_large": N_("That file is too large: at most {megabytes} MB."),
    "not_text": N_("That isn’t a text file. Attach a `styles.csv`, or styles as JSON."),
    "not_json": N_("That file isn’t valid JSON."),
    "too_many": N_("That file has too many rows: at most {rows}."),
    "empty": N_("That file has no styles in it."),
}
_LINK_USED: Final = N_(
    "This link has already been used, and each link works only once. Press **Change part** under the image again, "
    "then **Paint it**."
)
_DISK_FULL: Final = N_(
    "This server’s files take up the {megabytes} MB that the people who run this bot allow. Requests without an image "
    "still work."
)
_MOST_NAMED: Final = 5
"""How many faults are listed; the rest is only counted."""
_QUOTED: Final = 200
"""Characters shown of a server's text about a value."""


def explain(error: DarkroomError, pack: Pack | None = None) -> str:
    """Why a job failed and what to do about it, in one or two sentences."""
    graph: Graph = pack.graph if pack is not None else {}
    match error:
        case BindError(problems=problems):
            return explain_problems(problems, pack)
        case PictureRefused():
            refused = _image_refused(error)
            return refused if error.option is None else f"**{_(error.option)}**: {refused}"
        case Unchecked() | Withheld():
            return _explain_image_check(error)
        case LimitReached():
            return explain_limit(error)
        case LinkUsed():
            return _(_LINK_USED)
        case LedgerAway() | LedgerTooNew() | LedgerNotCopied() | LedgerNotUpgraded():
            return _(_LEDGER_ERRORS[type(error)])
        case WorkflowGone(name=name):
            gone = _("The workflow “{title}” is no longer available. `/workflows` lists the ones that are.")
            return gone.format(title=WorkflowKey.parse(name).title)
        case StylesUnreadable(code=code, limit=limit):
            return _(_UNREADABLE_STYLES[code]).format(megabytes=limit // 2**20, rows=shown_number(limit))
        case SpoolFailed():
            return _("I couldn’t store the files on my disk. Ask the people who run this bot to free some space.")
        case ComfyError():
            return _explain_comfy_error(error, graph)
        case _other:
            return _(_WENT_WRONG)


def _explain_comfy_error(error: ComfyError, graph: Graph) -> str:
    match error:
        case NodeFailed():
            return explain_node_failure(error, graph)
        case Rejected():
            return _rejected(error, graph)
        case PartnersRefused():
            return _("This workflow uses partner nodes, which cost credits and aren’t allowed here.")
        case Interrupted():
            return _("Someone stopped it on the image server. Try again.")
        case Lost():
            return _("The image server lost track of this one twice. Try again in a while.")
        case Untraceable():
            return _(
                "I can’t tell what happened to this on the image server, and sending it again could make it twice. "
                "Try again if you still want it."
            )
        case Oversized():
            return _("The workflow made a file that is too large to download. Try a smaller or shorter one.")
        case NoOutput():
            return _("The workflow finished, but it didn’t make anything. Tell the people who run this bot.")
        case LockedOut():
            return _(LOCKED_OUT)
        case Suspended():
            return _(LOCKED_OUT if error.locked else ACCOUNT_SUSPENDED)
        case Busy():
            return _("The image server is busy. Try again in a while.")
        case Unreachable():
            return _("The image server can’t be reached. Try again in a while.")
        case Refused():
            return _refused(error)
        case _other:
            return _(_WENT_WRONG)


def _explain_image_check(error: Unchecked | Withheld) -> str:
    if isinstance(error, Unchecked):
        return _("This image couldn’t be checked automatically. A moderator has to look at it first.")
    return _("This server’s image check blocked this image. It doesn’t count against your limits.")


def _refused(error: Refused) -> str:
    """A request for this one job that the server, or a proxy in front of it, refused."""
    how = f"(HTTP {error.status})" if error.status else _("(its answer couldn’t be read)")
    match error.route, error.status:
        case _, 429 | 503:
            return _("The image server was too busy for this. Try again in a while.")
        case "/upload/image", 413:
            return _("That image is too large for the image server. Try a smaller one.")
        case "/upload/image", 401 | 403:
            return _("The image server doesn’t let me do this {how}. Tell the people who run this bot.").format(how=how)
        case "/upload/image", _:
            return _(
                "The image server didn’t accept the image you attached {how}. Try another one, or tell a moderator."
            ).format(how=how)
        case "/view", _:
            return _(
                "It’s finished, but I couldn’t get it from the image server {how}. Try again, or tell a moderator."
            ).format(how=how)
        case "/history", _:
            return _(
                "The image server doesn’t say what happened to this {how}. Try again, or tell a moderator."
            ).format(how=how)
        case _other:
            refused = _("The image server refused this {how}. Try again, or tell a moderator.")
            return refused.format(how=how)


LOCKED_OUT: Final = N_(
    "The image server doesn’t let me in. I’ve told the people who run this bot. Your place is kept, and your request "
    "starts once I can get in."
)
ACCOUNT_SUSPENDED: Final = N_(
    "The image server’s account needs attention, for example more credit. I’ve told the people who run this bot. Your "
    "place is kept, and your request starts once that’s settled."
)
SERVERS_AWAY: Final = N_(
    "The image server can’t be reached. Your place is kept, and your request starts once the server is back."
)
SERVERS_ILL: Final = N_(
    "The image server can’t be used right now. Your place is kept, and your request starts once the server works again."
)
SERVERS_ASLEEP: Final = N_("Waking up the GPU … Your place is kept, and your request starts once the GPU is ready.")
LEDGER_AWAY: Final = N_("I can’t reach my database, so nothing was requested or changed. Try again in a minute.")
_LEDGER_ERRORS: Final[Mapping[type[DarkroomError], str]] = {
    LedgerAway: LEDGER_AWAY,
    LedgerTooNew: N_("This version of the bot is older than its database. Ask the people who run it to update it."),
    LedgerNotCopied: N_("I couldn’t back up my database before upgrading it. Tell the people who run this bot."),
    LedgerNotUpgraded: N_("I couldn’t upgrade my database. Tell the people who run this bot."),
}


def why_away(troubles: Sequence[str | None]) -> str:
    """Why no server can be used, given each one's trouble (None: not known). Claims only what was observed."""
    if ASLEEP in troubles:
        return _(SERVERS_ASLEEP)
    if troubles and all(trouble == LOCKED for trouble in troubles):
        return _(LOCKED_OUT)
    if troubles and all(trouble == SUSPENDED for trouble in troubles):
        return _(ACCOUNT_SUSPENDED)
    return _(SERVERS_ILL if any(troubles) else SERVERS_AWAY)


def explain_limit(error: LimitReached) -> str:
    """Why a member can't request this now, and when they can."""
    limit = int(error.limit)
    if error.code == "queued":
        waiting = ngettext(
            "You can have {limit} request waiting at once. Try again when it starts, or `/cancel` it.",
            "You can have {limit} requests waiting at once. Try again when one of them starts, or `/cancel` one.",
            limit,
        )
        return waiting.format(limit=limit)
    if error.code == "guild_queued":
        full = ngettext(
            "This server has {limit} request waiting, as many as the people who run this bot allow. Try again when it "
            "starts.",
            "This server has {limit} requests waiting, as many as the people who run this bot allow. Try again when "
            "some of them are done.",
            limit,
        )
        return full.format(limit=shown_number(limit))
    if error.code == "guild_disk":
        return _(_DISK_FULL).format(megabytes=shown_number(limit // 2**20))
    if error.frees_at is None or error.frees_at == math.inf:
        daily = ngettext("The limit here is {limit} image a day.", "The limit here is {limit} images a day.", limit)
        return f"{daily.format(limit=limit)} {_('Ask for fewer at once.')}"
    reached = ngettext(
        "That would go over your limit of {limit} image a day. You can request it {when}.",
        "That would go over your limit of {limit} images a day. You can request it {when}.",
        limit,
    )
    return reached.format(limit=limit, when=shown_time(error.frees_at, "R", math.ceil))


def _rejected(error: Rejected, graph: Graph) -> str:
    if error.type == "too_old":
        return _(
            "The image server’s ComfyUI is too old. Ask the people who run this bot to update it (0.3.45 or newer)."
        )
    if not error.node_faults:
        return _("The image server refused this workflow. Tell the people who run this bot.")
    lines = [explain_fault(fault, graph) for fault in error.node_faults[:_MOST_NAMED]]
    if more := len(error.node_faults) - len(lines):
        lines.append(_("… and {count} more").format(count=more))
    return "\n".join([_("The image server refused this workflow:"), *(f"- {line}" for line in lines)])


def explain_fault(fault: NodeFault, graph: Graph) -> str:
    """What is wrong with one node, as a sentence without its full stop."""
    title = node_title(graph, fault.node_id) if fault.node_id in graph else fault.class_type
    told = fault.input_name is not None and fault.received is not None
    match fault.type:
        case "missing_node_type":
            lacks = _("“{title}” needs the node {node}, which isn’t installed on the image server")
            return lacks.format(title=title, node=fault.class_type)
        case "value_not_in_list" if told:
            lacks = _("“{title}”: the image server doesn’t have {value} ({input})")
            return lacks.format(title=title, value=shown_value(fault.received), input=fault.input_name)
        case "value_smaller_than_min" | "value_bigger_than_max" if told:
            outside = _("“{title}”: {input} {value} is out of range")
            return outside.format(title=title, value=shown_value(fault.received), input=fault.input_name)
        case _other if fault.input_name:
            return _("“{title}”: {fault}").format(
                title=title, fault=f"{fault.input_name}: {shown_prompt(fault.message.lower(), _QUOTED)}"
            )
        case _other:
            return _("“{title}”: {fault}").format(title=title, fault=shown_prompt(fault.message.lower(), _QUOTED))


def _image_refused(error: PictureRefused) -> str:
    limit = error.limit or 0
    match error.code:
        case "too_many_bytes" if error.kind == "image":
            return _("That image is too large: at most {limit} MB. Send a smaller copy.").format(limit=limit // 2**20)
        case "too_many_bytes":
            return _("That file is too large: at most {limit} MB. Send a shorter one.").format(limit=limit // 2**20)
        case "too_many_pixels":
            many = _("That image has too many pixels: at most {limit} megapixels. Send a smaller copy.")
            return many.format(limit=limit // 10**6)
        case "too_long":
            long = _("That image is too long: each side can have at most {limit} pixels. Send a smaller copy.")
            return long.format(limit=shown_number(limit))
        case "not_a_picture":
            return _("I can’t read that file as an image. Send a PNG, JPEG or WebP.")
        case "expired":
            return _("I can’t download that image any more. Press **Change part** under it again.")
        case "not_a_mask":
            return _("I can’t read that mask. It has to be a PNG.")
        case "mask_size":
            return _("That mask belongs to an image of another size. Start again from the image.")
        case "empty_mask":
            return _("Nothing is marked. Mark the part of the image that should change.")
        case "not_a_video":
            return _("I can’t read that file as a video. Send an MP4, MOV, WebM or GIF.")
        case "not_a_sound":
            return _("I can’t read that file as audio. Send an MP3, WAV, FLAC, OGG or M4A.")
        case "not_fetched" if error.kind == "image":
            return _("I couldn’t download that image from Discord. Please try again.")
        case "not_fetched":
            return _("I couldn’t download that file from Discord. Please try again.")
        case _other:
            return _("I no longer have the image you attached. Please attach it again.")
