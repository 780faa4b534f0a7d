"""Explain problems with a request's options to the member who filled them in. Pure."""

from collections.abc import Mapping
from typing import Final

from bot.errors import Problem
from bot.messages.rendering.prompts.prompt_problems import explain_prompt_problem
from bot.messages.rendering.quoted_text import shown_value
from bot.translation import N_, _, listed, ngettext, shown_number
from bot.workflows import Pack, Parameter

_MOST_NAMED: Final = 5
"""How many choices are listed; the rest is only counted."""


def explain_problems(problems: tuple[Problem, ...], pack: Pack | None) -> str:
    """All problems with a member's values, one per line."""
    parameters: Mapping[str, Parameter] = pack.parameters if pack is not None else {}
    lines = [
        _problem(problem, parameters, pack.title if pack is not None else _("This workflow")) for problem in problems
    ]
    return "\n".join(lines) if len(lines) == 1 else "\n".join(f"- {line}" for line in lines)


def _problem(problem: Problem, parameters: Mapping[str, Parameter], title: str) -> str:
    if (explained := explain_prompt_problem(problem)) is not None:
        return explained
    parameter = parameters.get(problem.parameter)
    name = f"**{_(parameter.label if parameter else '') or problem.parameter}**"
    value, limit = shown_value(problem.value), shown_value(problem.limit)
    match problem.code:
        case "unknown":
            taken = listed(parameters) or _("nothing")
            return _("“{title}” has no option {name}. It has: {taken}.").format(title=title, name=name, taken=taken)
        case "missing":
            return _("Please fill in {name}.").format(name=name)
        case "wrong_type":
            return _("{name} should be {kind}, not {value}.").format(
                name=name, kind=_(_TYPE_WORDS[str(problem.limit)]), value=value
            )
        case "too_small":
            return _("{name} is {value}; it must be at least {limit}.").format(name=name, value=value, limit=limit)
        case "too_large":
            return _("{name} is {value}; it can be at most {limit}.").format(name=name, value=value, limit=limit)
        case "off_step":
            return _("{name} is {value}; it goes in steps of {limit}.").format(name=name, value=value, limit=limit)
        case "too_long":
            long = ngettext(
                "{name} has {count} character; at most {limit} fit.",
                "{name} has {count} characters; at most {limit} fit.",
                int(str(problem.value)),
            )
            count, most = (shown_number(int(str(one))) for one in (problem.value, problem.limit))
            return long.format(name=name, count=count, limit=most)
        case "outside":
            outside = _("{name} can’t be a path or an address. Pick one that the image server lists.")
            return outside.format(name=name)
        case "bad_weight":
            weight = _("{name}: the weight in {value} isn’t a number. Write it like {example}.")
            return weight.format(name=name, value=value, example="`detail:0.8`")
        case "too_many":
            return _("{name} has {count} entries; at most {limit} fit.").format(name=name, count=value, limit=limit)
        case "no_place":
            return _("“{title}” takes no LoRAs. Leave {name} empty, or pick another workflow.").format(
                title=title, name=name
            )
        case "no_choices":
            empty = _("There is nothing to choose for {name} yet. Ask the people who run this bot to install a model.")
            return empty.format(name=name)
        case _other:
            none = _("{name}: {value} is not one of {choices}.")
            return none.format(name=name, value=value, choices=_choices(problem.limit))


_TYPE_WORDS: Final = {
    "string": N_("text"),
    "integer": N_("a whole number"),
    "number": N_("a number"),
    "boolean": N_("true or false"),
    "image": N_("an image"),
    "video": N_("a video"),
    "audio": N_("an audio file"),
}


def _choices(limit: object) -> str:
    choices = [str(choice) for choice in limit] if isinstance(limit, tuple) else []
    shown = listed(choices[:_MOST_NAMED])
    return (
        _("{things} and {count} more").format(things=shown, count=len(choices) - _MOST_NAMED)
        if len(choices) > _MOST_NAMED
        else shown
    )
