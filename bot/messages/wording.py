"""Errors in the words of the person who reads them. Never a path, a traceback or another user's data."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

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
    LockedOut,
    Lost,
    NodeFailed,
    NodeFault,
    NoOutput,
    Oversized,
    PictureRefused,
    Problem,
    Refused,
    Rejected,
    SpoolFailed,
    Unchecked,
    Unreachable,
    Withheld,
    WorkflowGone,
)
from bot.messages.node_failures import explain_node_failure
from bot.messages.words import shown_prompt
from bot.workflows import Graph, Missing, Pack, Parameter, WorkflowKey, node_title

_WENT_WRONG: Final = "Something went wrong here. Try again; if it keeps failing, tell a moderator."
_MANY: Final = 5
"""So many faults are named; the rest is counted."""
_SAID: Final = 200
"""Characters of what a server says about a value."""


def explain(error: DarkroomError, pack: Pack | None = None) -> str:
    """Why a job failed and what to do about it, in one or two sentences."""
    graph: Graph = pack.graph if pack is not None else {}
    match error:
        case BindError(problems=problems):
            return explain_problems(problems, pack)
        case PictureRefused():
            return _picture_refused(error)
        case Unchecked() | Withheld():
            return _not_shown(error)
        case LimitReached():
            return explain_limit(error)
        case LedgerAway() | LedgerTooNew() | LedgerNotCopied() | LedgerNotUpgraded():
            return _OF_THE_LEDGER[type(error)]
        case WorkflowGone(name=name):
            return (
                f"The workflow “{WorkflowKey.parse(name).title}” is no longer here. `/workflows` lists those that are."
            )
        case SpoolFailed():
            return "I couldn’t store the files on my disk. Tell whoever runs this bot."
        case ComfyError():
            return _of_the_server(error, graph)
        case _:
            return _WENT_WRONG


def _of_the_server(error: ComfyError, graph: Graph) -> str:
    match error:
        case NodeFailed():
            return explain_node_failure(error, graph)
        case Rejected():
            return _rejected(error, graph)
        case Interrupted():
            return "Somebody stopped it on the picture server. Try again."
        case Lost():
            return "The image server lost track of this one twice. Try again in a while."
        case Oversized():
            return "The workflow made a file that is too large to fetch. Try a smaller or shorter one."
        case NoOutput():
            return "The workflow ended without making anything. Tell whoever runs this bot."
        case LockedOut():
            return LOCKED_OUT
        case Busy():
            return "The image server is busy. Try again in a while."
        case Unreachable():
            return "The image server can't be reached. Try again in a while."
        case Refused():
            return _refused(error)
        case _:
            return _WENT_WRONG


def _not_shown(error: Unchecked | Withheld) -> str:
    if isinstance(error, Unchecked):
        return "It could not be checked before anybody sees it. A moderator has to look at it first."
    return "This server’s picture check does not let it be shown. It does not count against your limits."


def _refused(error: Refused) -> str:
    """What a server, or a proxy in front of it, does not do for this one job."""
    how = f"(HTTP {error.status})" if error.status else "(its answer couldn't be read)"
    match error.route, error.status:
        case _, 429 | 503:
            return "The image server was too busy for this. Try again in a while."
        case "/upload/image", 413:
            return "The image server doesn't take an image that large. Try a smaller one."
        case "/upload/image", _:
            return f"The image server didn't take the image you attached {how}. Try another one, or tell a moderator."
        case "/view" | "/history", _:
            return f"It was made, but the image server didn't hand it over {how}. Try again, or tell a moderator."
        case _:
            return f"The image server refused this {how}. Try again, or tell a moderator."


LOCKED_OUT: Final = (
    "The image server doesn't let me in. Ask whoever runs this bot to check its password; your place is kept."
)
SERVERS_AWAY: Final = (
    "The picture server is not answering. Your place is kept, and it starts as soon as the server is back."
)
LEDGER_AWAY: Final = (
    "I cannot write anything down just now, so nothing was ordered or changed. Please try again in a minute."
)
_OF_THE_LEDGER: Final[Mapping[type[DarkroomError], str]] = {
    LedgerAway: LEDGER_AWAY,
    LedgerTooNew: "This bot is older than what it has written down. Tell whoever runs it.",
    LedgerNotCopied: "This bot has to bring up to date what it has written down, and cannot. Tell whoever runs it.",
    LedgerNotUpgraded: "This bot cannot use what an older one has written down. Tell whoever runs it.",
}


def explain_limit(error: LimitReached) -> str:
    """Why a member may not order this now, and when he may."""
    if error.code == "queued":
        return (
            f"You have as many pictures waiting as you may at once ({error.limit}). "
            "Order again when one of them is done, or `/cancel` one."
        )
    if error.frees_at is None or error.frees_at == math.inf:
        return f"That is more than you may have in a day ({error.limit} pictures). Ask for fewer at once."
    return (
        f"That would be more pictures than you may have in a day ({error.limit}). "
        f"You can order this again <t:{math.ceil(error.frees_at)}:R>."
    )


def _rejected(error: Rejected, graph: Graph) -> str:
    if error.type == "too_old":
        return (
            "The picture server’s ComfyUI is too old for this bot. Tell whoever runs it: it should be 0.3.45 or newer."
        )
    if not error.node_faults:
        return "The picture server refused this workflow. Tell whoever runs this bot."
    lines = [explain_fault(fault, graph) for fault in error.node_faults[:_MANY]]
    if more := len(error.node_faults) - len(lines):
        lines.append(f"… and {more} more")
    return "The picture server refused this workflow:\n" + "\n".join(f"- {line}" for line in lines)


def explain_fault(fault: NodeFault, graph: Graph) -> str:
    """What is wrong with one node, without a full stop."""
    title = node_title(graph, fault.node_id) if fault.node_id in graph else fault.class_type
    told = fault.input_name is not None and fault.received is not None
    match fault.type:
        case "missing_node_type":
            return f"“{title}” needs the node {fault.class_type}, which the server does not have"
        case "value_not_in_list" if told:
            return f"“{title}”: the server does not have {_short(fault.received)} ({fault.input_name})"
        case "value_smaller_than_min" | "value_bigger_than_max" if told:
            return f"“{title}”: {fault.input_name} {_short(fault.received)} is out of range"
        case _ if fault.input_name:
            return f"“{title}”: {fault.input_name}: {shown_prompt(fault.message.lower(), _SAID)}"
        case _:
            return f"“{title}”: {shown_prompt(fault.message.lower(), _SAID)}"


def _picture_refused(error: PictureRefused) -> str:
    limit = error.limit or 0
    match error.code:
        case "too_many_bytes":
            return f"That picture is too large: at most {limit // 2**20} MB. Send a smaller copy."
        case "too_many_pixels":
            return f"That picture has too many pixels: at most {limit // 10**6} megapixels. Send a smaller copy."
        case "not_a_picture":
            return "That file is not a picture that I can read. Send a PNG, JPEG or WebP."
        case "not_fetched":
            return "Discord did not hand that picture over. Please attach it again."
        case _:
            return "The picture that came with this order is no longer here. Please attach it again."


_MODEL_FOLDERS: Final = {
    "ckpt_name": "models/checkpoints",
    "lora_name": "models/loras",
    "control_net_name": "models/controlnet",
    "vae_name": "models/vae",
    "unet_name": "models/diffusion_models",
    "clip_name": "models/text_encoders",
    "clip_name1": "models/text_encoders",
    "clip_name2": "models/text_encoders",
    "clip_name3": "models/text_encoders",
    "style_model_name": "models/style_models",
}
"""Which input names a file of which folder beside ComfyUI's main.py."""


def explain_missing(missing: Sequence[Missing]) -> str:
    """What a server lacks for a workflow, in one line: “needs the model X in models/…, the node Y”."""
    named = list(dict.fromkeys(map(_missing, missing)))
    shown = ", ".join(named[:_MANY])
    return f"needs {shown}" + (f" and {len(named) - _MANY} more" if len(named) > _MANY else "")


def _missing(one: Missing) -> str:
    if one.input_name is None:
        return f"the node {_short(one.class_type)}"
    folder = _MODEL_FOLDERS.get(one.input_name)
    if one.class_type == "UpscaleModelLoader":
        folder = "models/upscale_models"
    elif one.class_type.startswith("CLIPVision"):
        folder = "models/clip_vision"
    where = f"in {folder}" if folder else f"for “{one.node_title}”"
    return f"the model {_short(one.value)} {where}"


def explain_problems(problems: tuple[Problem, ...], pack: Pack | None) -> str:
    """Every problem of a member's values, a line each."""
    parameters: Mapping[str, Parameter] = pack.parameters if pack is not None else {}
    lines = [_problem(problem, parameters, pack.title if pack is not None else "This workflow") for problem in problems]
    return "\n".join(lines) if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)


def _problem(problem: Problem, parameters: Mapping[str, Parameter], title: str) -> str:
    parameter = parameters.get(problem.parameter)
    name = f"**{(parameter.label if parameter else '') or problem.parameter}**"
    match problem.code:
        case "unknown":
            taken = ", ".join(parameters) or "nothing"
            return f"“{title}” does not take {name}. It takes: {taken}."
        case "missing":
            return f"Please give {name}."
        case "wrong_type":
            return f"{name} should be {_TYPE_WORDS[str(problem.limit)]}, not {_short(problem.value)}."
        case "too_small":
            return f"{name} is {_short(problem.value)}; it must be at least {_short(problem.limit)}."
        case "too_large":
            return f"{name} is {_short(problem.value)}; it can be at most {_short(problem.limit)}."
        case "off_step":
            return f"{name} is {_short(problem.value)}; it goes in steps of {_short(problem.limit)}."
        case "too_long":
            return f"{name} has {problem.value} characters; at most {problem.limit} fit."
        case "outside":
            return f"{name} can’t be that: only what the image server lists itself, never a path or an address."
        case "no_choices":
            return f"The picture server has nothing to choose for {name} yet: install a model for “{problem.limit}”."
        case _:
            return f"{name}: {_short(problem.value)} is not one of {_choices(problem.limit)}."


_TYPE_WORDS: Final = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "image": "a picture",
}


def _choices(limit: object) -> str:
    choices = [str(choice) for choice in limit] if isinstance(limit, tuple) else []
    shown = ", ".join(choices[:_MANY])
    return f"{shown} and {len(choices) - _MANY} more" if len(choices) > _MANY else shown


def _short(value: object) -> str:
    """A value as a member may see it: the last part of a path, and not too much of it."""
    text = f"{value:g}" if isinstance(value, float) else str(value)
    text = text.replace("\\", "/").rsplit("/", 1)[-1]
    return f"`{text[:80].replace('`', '')}`"
