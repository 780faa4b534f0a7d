"""Explain what is wrong with a prompt's own syntax to the member who typed it. Pure."""

from __future__ import annotations

from bot.errors import Problem
from bot.messages.rendering.quoted_text import shown_prompt
from bot.translation import _, listed, shown_number


def explain_prompt_problem(problem: Problem) -> str | None:
    """A sentence with what to do; None if the problem is not one of a prompt's syntax."""
    value = _code(problem.value)
    match problem.code:
        case "option_unknown":
            unknown = _("There is no option `--{name}`. You can use: {names}. To keep it as text, write `\\--{name}`.")
            return unknown.format(name=value, names=_listed(problem.limit, "`--{}`"))
        case "option_not_last":
            last = _(
                "Options go at the end of the prompt. Move “{text}” before `--{name}`, or write `\\--{name}` to keep "
                "the option as text."
            )
            return last.format(text=shown_prompt(str(problem.limit), 80), name=value)
        case "option_empty":
            return _("`--{name}` has no value. Write one after it, or remove it.").format(name=value)
        case "option_number":
            number = _("`--{name}` needs a number, not `{value}`.")
            return number.format(name=value, value=_code(problem.limit))
        case "unknown_wildcard":
            names = _listed(problem.limit, "`__{}__`")
            if names:
                missing = _(
                    "There is no wildcard `__{name}__`. You can use: {names}. To keep it as text, write `\\__{name}__`."
                )
            else:
                missing = _("There are no wildcards here yet. To keep `__{name}__` as text, write `\\__{name}__`.")
            return missing.format(name=value, names=names)
        case "unusable_wildcard":
            unusable = _("The wildcard `__{name}__` can’t be read. Tell the people who run this bot.")
            return unusable.format(name=value)
        case "wildcard_circle":
            circle = _("The wildcard `__{name}__` uses itself, so it never ends. Tell the people who run this bot.")
            return circle.format(name=value)
        case "too_deep":
            deep = _("The choices in that prompt are nested too deeply: at most {limit} levels.")
            return deep.format(limit=problem.limit)
        case "too_many_draws":
            many = _("That prompt has too many random parts: at most {limit} choices and wildcards. Use fewer.")
            return many.format(limit=problem.limit)
        case "drawn_too_long":
            long = _(
                "With its choices and wildcards filled in, that prompt is too long: at most {limit} characters "
                "fit. Use fewer wildcards."
            )
            return long.format(limit=shown_number(int(str(problem.limit))))
        case _other:
            return None


def _code(value: object) -> str:
    """A text for code in a message."""
    return str(value)[:60].replace("`", "")


def _listed(names: object, form: str) -> str:
    return listed(form.format(_code(name)) for name in names) if isinstance(names, tuple) else ""
