"""What an administrator is told about a workflow before it is live. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from bot.discord_limits import CONTENT
from bot.messages import explain_missing, shown_prompt
from bot.workflows import MAX_SEED, Missing, Pack, Parameter
from bot.workflows.graphs.parameters import ParameterType
from bot.workflows.manifests.found_parameters import Ambiguity
from bot.workflows.manifests.targets import written

_ROOM: Final = CONTENT - 100
_TEXT: Final = 80
_FAULTS: Final = 12
_LOST_SHOWN: Final = 3
_WORDS: Final[Mapping[ParameterType, str]] = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
    "image": "image",
    "video": "video",
    "audio": "sound file",
}


def summary(
    pack: Pack,
    command: str | None,
    name: str,
    questions: Sequence[Ambiguity],
    lacking: Mapping[str, Sequence[Missing]],
    lost: Sequence[str] = (),
    *,
    replaces: bool = False,
) -> str:
    """Title, command, options, what is not clear and what is missing. `lacking` is by server; `lost` is what of the
    file was not carried over.
    """
    head = [f"**{shown_prompt(pack.title, _TEXT)}** · {_reached(command)} · `{name}`"]
    if pack.description:
        head.append(shown_prompt(pack.description, 2 * _TEXT))
    tail = [_question(one) for one in questions]
    tail += [f"⚠️ {line}" for line in _missing(lacking)]
    tail += _lost(lost)
    if replaces:
        tail.append(f"-# It takes the place of the `{name}` that is here now.")
    tail.append("-# Nothing is live yet. Only you see this.")
    options = [_option(one, pack) for one in pack.offered.values()]
    return _fitted(head, options or ["It has no options: it makes the same each time."], tail)


def faulty(title: str, faults: Sequence[str]) -> str:
    """What is wrong with what was typed, which is kept."""
    lines = [f"- {shown_prompt(fault, 3 * _TEXT)}" for fault in faults]
    return _fitted(
        [f"⚠️ **{shown_prompt(title, _TEXT)}** does not fit together yet:"],
        lines,
        ["What you typed is kept: press **Edit** to correct it."],
    )


def refusal(faults: Sequence[str]) -> str:
    """Why a file is not taken."""
    lines = [f"- {shown_prompt(fault, 3 * _TEXT)}" for fault in faults[:_FAULTS]]
    return _fitted(["I cannot take this workflow:"], lines, [])


def _reached(command: str | None) -> str:
    return f"`/{command}`" if command else "`/imagine workflow:`"


def _option(parameter: Parameter, pack: Pack) -> str:
    facts = [_range(parameter)]
    if parameter.required:
        facts.append("required")
    targets = [written(pack.graph, target) for target in parameter.targets]
    more = f" and {len(targets) - 1} more" if len(targets) > 1 else ""
    target = shown_prompt(targets[0], _TEXT)
    return f"- **{shown_prompt(parameter.name, _TEXT)}**: {', '.join(facts)} → {target}{more}"


def _range(parameter: Parameter) -> str:
    if parameter.choices:
        return f"one of {len(parameter.choices)}"
    if parameter.server_choices:
        return "what the picture server has"
    word = _WORDS[parameter.type]
    low, high = parameter.min, parameter.max
    if parameter.name == "seed" and high == MAX_SEED:
        return word
    if low is not None and high is not None:
        return f"{word} {low:g} to {high:g}"
    if low is not None or high is not None:
        return f"{word} from {low:g}" if low is not None else f"{word} up to {high:g}"
    return word


def _question(ambiguity: Ambiguity) -> str:
    candidates = " or ".join(f"“{shown_prompt(one, _TEXT)}”" for one in ambiguity.candidates)
    then = "" if ambiguity.parameter != "prompt" else " It cannot go live before that."
    return f"❓ What is the **{ambiguity.parameter}**? It could be {candidates}. Choose with **Edit**.{then}"


def _missing(lacking: Mapping[str, Sequence[Missing]]) -> list[str]:
    """Nothing if some server can run it; else what the nearest one lacks."""
    least = min(lacking.values(), key=len, default=())
    return [f"No picture server can run it yet: it {explain_missing(least)}."] if least else []


def _lost(lost: Sequence[str]) -> list[str]:
    """What only the editor can read, and the way round."""
    lines = [f"⚠️ Not carried over: {shown_prompt(one, 2 * _TEXT)}." for one in lost[:_LOST_SHOWN]]
    more = len(lost) - _LOST_SHOWN
    lines += [f"⚠️ Not carried over either: settings of {more} more nodes."] if more > 0 else []
    return (
        [*lines, "To keep them, open the workflow in ComfyUI and add what **Workflow > Export (API)** saves."]
        if lines
        else []
    )


def _fitted(head: list[str], middle: list[str], tail: list[str]) -> str:
    """All lines, the middle ones cut where a message would become too long."""
    room = _ROOM - sum(len(line) + 1 for line in [*head, *tail])
    shown: list[str] = []
    for number, line in enumerate(middle):
        room -= len(line) + 1
        if room < len("- … and 99 more") and number < len(middle):
            shown.append(f"- … and {len(middle) - number} more")
            break
        shown.append(line)
    return "\n".join([*head, *shown, *tail])[:CONTENT]
