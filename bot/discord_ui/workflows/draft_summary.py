"""The summary of an uploaded workflow that an administrator reads before it goes live. Pure."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.discord_limits import CONTENT
from bot.discord_ui.core.commands.plan import IMAGINE
from bot.discord_ui.requests.imagine.values import out_of_reach
from bot.discord_ui.workflows.option_types import type_word
from bot.ledger import WordRule
from bot.messages import explain_missing, fault_in_words, shown_prompt
from bot.translation import N_, _, in_quotes, listed, ngettext
from bot.workflows import MAX_SEED, Graph, Missing, Pack, Parameter
from bot.workflows.manifests.found_parameters import Ambiguity
from bot.workflows.manifests.targets import NoTarget, resolve, written

_PAGE: Final = CONTENT - 100
"""The most characters of a summary, with some to spare."""
_TEXT: Final = 80
"""The most characters of a title or a name."""
_FAULTS: Final = 12
"""The most faults of a refused file that are listed."""
_VALUE: Final = 40
"""The most characters of a value beside the input that has it."""
_UNREACHED: Final = 6
"""The most options that are listed as out of reach of `/imagine`."""
_CANDIDATES: Final = 4
"""The most inputs that a question lists; the form has the others."""
_LISTED: Final = {
    "refuse": N_("its own text contains “{text}”, which this server’s word list refuses"),
    "hold": N_("Its own text contains “{text}”: a moderator has to approve every request with it."),
    "spoiler": N_("Its own text contains “{text}”: all of its images appear behind a spoiler."),
}
"""By what the word list does with the text."""
_LOST_SHOWN: Final = 3
"""The most lost settings that are listed."""


def summary(
    pack: Pack,
    command: str | None,
    name: str,
    questions: Sequence[Ambiguity],
    lacking: Mapping[str, Sequence[Missing]],
    lost: Sequence[str] = (),
    *,
    replaces: bool = False,
    listed: Sequence[WordRule] = (),
) -> str:
    """Title, command, options, open questions and what is missing. `lacking` is by ComfyUI server, `lost` names the
    settings of the file that were not carried over, `listed` are the word rules that its own texts match.
    """
    head = [f"**{shown_prompt(pack.title, _TEXT)}** · {how_to_run(command)} · `{name}`"]
    if pack.description:
        head.append(shown_prompt(pack.description, 2 * _TEXT))
    tail = [_question(one, pack.graph) for one in questions]
    tail += _needs_command(pack, command)
    tail += [f"⚠️ {line}" for line in _missing(lacking)]
    tail += [f"⚠️ {_(_LISTED[rule.action]).format(text=shown_prompt(rule.text, _TEXT))}" for rule in listed]
    tail += _lost(lost)
    if replaces:
        tail.append(_("-# It replaces the current `{name}`.").format(name=name))
    tail.append(_("-# It isn’t live yet. Only you can see this."))
    options = [_option(one, pack) for one in pack.offered.values()]
    return _fitted(head, options or [_("It has no options: every run uses the same settings.")], tail)


def faulty(title: str, faults: Sequence[str]) -> str:
    """What keeps a draft from going live."""
    lines = [f"- {shown_prompt(fault_in_words(fault), 3 * _TEXT)}" for fault in faults]
    return _fitted(
        [_("⚠️ **{title}** can’t go live yet:").format(title=shown_prompt(title, _TEXT))],
        lines,
        [_("Your changes are saved. Press **Edit** to correct them.")],
    )


def listed_fault(rule: WordRule) -> str:
    """Why a workflow whose own texts match this rule can't go live."""
    return _(_LISTED[rule.action]).format(text=rule.text)


def refusal(faults: Sequence[str]) -> str:
    """Why a file was refused."""
    lines = [f"- {shown_prompt(fault_in_words(fault), 3 * _TEXT)}" for fault in faults[:_FAULTS]]
    return _fitted([_("I can’t add this workflow:")], lines, [])


def value_at(graph: Graph, target: str) -> str | None:
    """The value that the graph has at this target."""
    try:
        found = resolve(target, graph)[0]
    except NoTarget:
        return None
    return str(graph[found.node_id]["inputs"][found.input_name]).strip() or None


def how_to_run(command: str | None) -> str:
    """What members type to run the workflow. `command` is the one that its manifest names."""
    return f"`/{command}`" if command and command != IMAGINE else _("`/imagine workflow:`")


def _option(parameter: Parameter, pack: Pack) -> str:
    facts = [_accepts(parameter)]
    if parameter.required:
        facts.append(_("required"))
    targets = [written(pack.graph, target) for target in parameter.targets]
    target = shown_prompt(targets[0], _TEXT)
    if len(targets) > 1:
        target = _("{name} and {count} more").format(name=target, count=len(targets) - 1)
    return f"- **{shown_prompt(parameter.name, _TEXT)}**: {listed(facts)} → {target}"


def _accepts(parameter: Parameter) -> str:
    """The values that an option accepts, in a few words."""
    if parameter.choices:
        number = len(parameter.choices)
        return ngettext("one of {count} choice", "one of {count} choices", number).format(count=number)
    if parameter.server_choices:
        listed = _("a choice from the ComfyUI server")
        return _("{choice} or `none`").format(choice=listed) if parameter.none else listed
    word = type_word(parameter.type)
    low, high = parameter.min, parameter.max
    if parameter.name == "seed" and high == MAX_SEED:
        return word
    if low is not None and high is not None:
        return _("{type} from {low} to {high}").format(type=word, low=f"{low:g}", high=f"{high:g}")
    if low is not None:
        return _("{type} from {low}").format(type=word, low=f"{low:g}")
    if high is not None:
        return _("{type} up to {high}").format(type=word, high=f"{high:g}")
    return word


def _needs_command(pack: Pack, command: str | None) -> list[str]:
    """The options that members miss while they can run the workflow only with `/imagine`."""
    missed = out_of_reach(pack) if command in (None, "", IMAGINE) and "prompt" in pack.offered else ()
    if not missed:
        return []
    required = [one for one in missed if one.required and one.default is None]
    text = ngettext(
        "`/imagine` has no option for {names}. To offer it, press **Edit** and give the workflow its own command.",
        "`/imagine` has no options for {names}. To offer them, press **Edit** and give the workflow its own command.",
        len(missed),
    )
    if required:
        text = ngettext(
            "⚠️ Members can’t run it with `/imagine`, which lacks a required option: {names}. "
            "Press **Edit** and give the workflow its own command.",
            "⚠️ Members can’t run it with `/imagine`, which lacks required options: {names}. "
            "Press **Edit** and give the workflow its own command.",
            len(required),
        )
    names = [shown_prompt(one.name, _TEXT) for one in required or missed]
    shown = listed(f"**{name}**" for name in names[:_UNREACHED])
    if (more := len(names) - _UNREACHED) > 0:
        shown = _("{names} and {count} more").format(names=shown, count=more)
    return [text.format(names=shown)]


def _question(ambiguity: Ambiguity, graph: Graph) -> str:
    candidates = _(" or ").join(_candidate(one, graph) for one in ambiguity.candidates[:_CANDIDATES])
    if (more := len(ambiguity.candidates) - _CANDIDATES) > 0:
        candidates = _("{name} or {count} more").format(name=candidates, count=more)
    question = _("❓ Which one is the **{option}**: {candidates}? Press **Edit** to choose.").format(
        option=ambiguity.parameter, candidates=candidates
    )
    if ambiguity.parameter != "prompt":
        return question
    return f"{question} {_('Until then, it can’t go live.')}"


def _candidate(target: str, graph: Graph) -> str:
    """An input with its value: several nodes may have the same title, and a number says nothing."""
    name, value = in_quotes(shown_prompt(target, _TEXT)), value_at(graph, target)
    return f"{name} ({shown_prompt(value, _VALUE)})" if value else name


def _missing(lacking: Mapping[str, Sequence[Missing]]) -> list[str]:
    """What the closest server lacks; empty if some server can run the workflow."""
    least = min(lacking.values(), key=len, default=())
    return [_("No ComfyUI server can run it yet: it {needs}.").format(needs=explain_missing(least))] if least else []


def _lost(lost: Sequence[str]) -> list[str]:
    """Settings that only ComfyUI's editor can read, and how to keep them."""
    if not lost:
        return []
    lines = [_("⚠️ Not carried over: {what}.").format(what=shown_prompt(one, 2 * _TEXT)) for one in lost[:_LOST_SHOWN]]
    if (more := len(lost) - _LOST_SHOWN) > 0:
        others = ngettext(
            "⚠️ Also not carried over: settings of {count} more node.",
            "⚠️ Also not carried over: settings of {count} more nodes.",
            more,
        )
        lines.append(others.format(count=more))
    keep = _("To keep them, open the workflow in ComfyUI and add the file that **Workflow > Export (API)** saves.")
    return [*lines, keep]


def _fitted(head: list[str], middle: list[str], tail: list[str]) -> str:
    """All lines, with as many of the middle ones as fit into a message."""
    room = _PAGE - sum(len(line) + 1 for line in [*head, *tail])
    shown: list[str] = []
    for number, line in enumerate(middle):
        room -= len(line) + 1
        rest = _("- … and {count} more").format(count=len(middle) - number)
        if room < len(rest) and number < len(middle):
            shown.append(rest)
            break
        shown.append(line)
    return "\n".join([*head, *shown, *tail])[:CONTENT]
