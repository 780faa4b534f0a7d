"""Turn a pack's parameters into the options of its slash command. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.discord_limits import CHOICE, CHOICES, OPTIONS
from bot.translation import _
from bot.workflows import MAX_SEED, MAX_TEXT, Pack, Parameter, ParameterType

_NAME: Final = 32
"""The most characters of the name of a command or an option."""
_TOGETHER: Final = 7_500
"""The most characters of all options together. Discord accepts 8,000 for a command with its name and description."""
_NUMBERS: Final = frozenset({"integer", "number"})


@dataclass(frozen=True, slots=True)
class Option:
    """One option as Discord shows it. Its value goes to the pack's `parameter`.

    `min` and `max` bound a number's value or a string's length. `suggests`: choices are autocompleted.
    """

    name: str
    parameter: str
    type: ParameterType
    description: str
    required: bool
    min: float | None = None
    max: float | None = None
    choices: tuple[str, ...] = ()
    suggests: bool = False


def options_of(pack: Pack) -> tuple[Option, ...]:
    """The options: required ones first, then as many optional ones as Discord allows."""
    offered = sorted(pack.offered.values(), key=lambda parameter: not _required(parameter))
    names = unique_names([parameter.name for parameter in offered])
    options = [_option(names[parameter.name], parameter) for parameter in offered[:OPTIONS]]
    # If the command is too long, the longest lists of choices become autocompletion.
    while sum(map(_length, options)) > _TOGETHER and any(option.choices for option in options):
        longest = max(range(len(options)), key=lambda index: sum(map(len, options[index].choices)))
        options[longest] = replace(options[longest], choices=(), suggests=True)
    return tuple(options)


def omitted_parameters(pack: Pack) -> tuple[str, ...]:
    """The parameters without an option, because Discord allows no more."""
    shown = {option.parameter for option in options_of(pack)}
    return tuple(name for name in pack.offered if name not in shown)


def unique_names(names: Sequence[str]) -> Mapping[str, str]:
    """A legal and unique option name for each parameter name."""
    legal: dict[str, str] = {}
    for name in names:
        wanted, number = legal_name(name) or "option", 1
        unique = wanted
        while unique in legal.values():
            number += 1
            unique = f"{wanted[: _NAME - len(str(number)) - 1]}_{number}"
        legal[name] = unique
    return legal


def legal_name(text: str) -> str:
    """The text turned into a legal name of a command or an option; "" if no character of it is allowed."""
    kept = re.sub(r"[^-_\w]+", "_", text.strip().lower())
    return "".join(sign for sign in kept if sign == sign.lower() and (sign.isalnum() or sign in "-_"))[:_NAME].strip(
        "_"
    )


def short(text: str, limit: int = CHOICE) -> str:
    """One line of at most `limit` characters."""
    line = " ".join(text.split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _option(name: str, parameter: Parameter) -> Option:
    fixed = _choices(parameter)
    low, high = _bounds(parameter)
    return Option(
        name=name,
        parameter=parameter.name,
        type=parameter.type,
        description=short(_description(parameter)) or name,
        required=_required(parameter),
        min=low,
        max=high,
        choices=fixed,
        suggests=parameter.type == "string"
        and not fixed
        and (parameter.server_choices or parameter.choices is not None),
    )


def _required(parameter: Parameter) -> bool:
    return parameter.required and parameter.default is None


def _description(parameter: Parameter) -> str:
    text = _(parameter.description or parameter.label or parameter.name.replace("_", " ").capitalize())
    if parameter.default is None or parameter.takes_file or not f"{parameter.default}".strip():
        return text
    hint = " " + _("(default: {value})").format(value=parameter.default)
    return text + hint if len(text) + len(hint) <= CHOICE else text


def _choices(parameter: Parameter) -> tuple[str, ...]:
    """The choices of the manifest, if they fit into Discord's own list."""
    listed = tuple(dict.fromkeys(parameter.choices or ()))
    fits = len(listed) <= CHOICES and all(choice.strip() and len(choice) <= CHOICE for choice in listed)
    return listed if parameter.type == "string" and fits else ()


def _bounds(parameter: Parameter) -> tuple[float | None, float | None]:
    if parameter.type == "string" and not _choices(parameter):
        return (1 if _required(parameter) else None), MAX_TEXT
    if parameter.type not in _NUMBERS:
        return None, None
    low, high = _bound(parameter.min, parameter.type), _bound(parameter.max, parameter.type)
    # The manifest and the server can contradict each other. Then Discord gets no bounds: `bind` checks values later.
    return (None, None) if low is not None and high is not None and low > high else (low, high)


def _bound(value: float | None, type_: ParameterType) -> float | None:
    if value is None or not -MAX_SEED <= value <= MAX_SEED:
        return None
    return int(value) if type_ == "integer" else value


def _length(option: Option) -> int:
    choices: Iterable[str] = option.choices
    return len(option.name) + len(option.description) + sum(2 * len(choice) for choice in choices)
