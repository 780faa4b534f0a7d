"""`generate`'s arguments: its own options, and one for each parameter of the workflow. Pure."""

import argparse
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NoReturn

from bot.errors import Problem
from bot.messages import explain_problems
from bot.terminal.arguments import program
from bot.terminal.wording import plain
from bot.workflows import Pack, Parameter
from bot.workflows.graphs.parameters import FILES

_ABOUT: Final = (
    "Generate images with a workflow, without Discord. The job runs on the least busy server in COMFYUI_URLS that can "
    "run it. Ctrl-C cancels it there."
)
_AFTER: Final = (
    "The paths of the new files go to standard output, everything else to standard error. "
    "Exit status: 0 files were made, 1 it failed, 2 wrong arguments, 130 cancelled."
)
_OWN: Final = frozenset({"workflow", "out", "json", "help"})
_YES: Final = frozenset({"yes", "true", "on", "1"})
_NO: Final = frozenset({"no", "false", "off", "0"})


class WrongArguments(Exception):  # noqa: N818 - reads as what happened
    """The command line is wrong; `lines` say why."""

    def __init__(self, *lines: str) -> None:
        super().__init__("; ".join(lines))
        self.lines = lines


@dataclass(frozen=True, slots=True)
class Wanted:
    """The arguments that can be read before the workflow is known."""

    workflow: str | None
    help: bool


@dataclass(frozen=True, slots=True)
class Order:
    """A complete command line. `texts`: the typed value of each parameter that was given."""

    folder: Path
    json: bool
    texts: Mapping[str, str]


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise WrongArguments(f"{message[:1].upper()}{message[1:]}.")


def first_look(arguments: Sequence[str]) -> Wanted:
    """Which workflow to use, and whether to print only the help. Raises `WrongArguments`."""
    found, _ = _parser().parse_known_args(arguments)
    return Wanted(found.workflow, found.help)


def help_text(pack: Pack | None) -> str:
    """The help for all options, including those of the workflow."""
    return _parser(pack).format_help()


def read_order(pack: Pack, arguments: Sequence[str]) -> Order:
    """The arguments as the workflow's options. Raises `WrongArguments`."""
    found, unknown = _parser(pack).parse_known_args(arguments)
    if unknown:
        raise WrongArguments(*_unknown(pack, unknown))
    if found.out is None:
        raise WrongArguments("Say where to save the files: --out FOLDER.")
    given = {name: getattr(found, _key(name)) for name in pack.offered}
    return Order(Path(found.out), found.json, {name: text for name, text in given.items() if text is not None})


def read_value(parameter: Parameter, text: str) -> object:
    """The typed text as the parameter's type. Text that does not convert stays as it is: `complete` reports it."""
    try:
        match parameter.type:
            case "integer":
                return int(text)
            case "number":
                return float(text)
            case "boolean":
                word = text.strip().lower()
                return word in _YES if word in _YES | _NO else text
            case _:
                return text
    except ValueError:
        return text


def told_problems(problems: Sequence[Problem], pack: Pack) -> tuple[str, ...]:
    """Every problem of the values, with the options named as in the terminal."""
    shown = {name: replace(one, label=option_of(name)) for name, one in pack.parameters.items()}
    lines = explain_problems(tuple(problems), replace(pack, parameters=shown)).splitlines()
    return tuple(plain(line).removeprefix("- ") for line in lines)


def option_of(name: str) -> str:
    """The option that sets this parameter."""
    flat = re.sub(r"[^\w-]+", "-", name).replace("_", "-").strip("-")
    return f"--with-{flat}" if flat in _OWN or not flat else f"--{flat}"


def _parser(pack: Pack | None = None) -> _Parser:
    name = program()
    parser = _Parser(
        prog=f"{name} generate",
        usage=f"{name} generate --out FOLDER [--workflow NAME] [--json] [options of the workflow]",
        description=_ABOUT,
        epilog=_AFTER,
        add_help=False,
        allow_abbrev=False,
    )
    parser.add_argument("--out", metavar="FOLDER", help="folder for the files; existing files are never overwritten")
    parser.add_argument("--workflow", metavar="NAME", help="workflow to use (default: the same one as /imagine)")
    parser.add_argument("--json", action="store_true", help="print one JSON object to standard output")
    parser.add_argument("-h", "--help", action="store_true", help="show this help, with the options of the workflow")
    if pack is not None:
        options = parser.add_argument_group(f"options of “{pack.title}” ({pack.name})")
        for parameter in pack.offered.values():
            _add(options, parameter)
    return parser


def _add(options: argparse._ArgumentGroup, parameter: Parameter) -> None:
    flags = list(dict.fromkeys([option_of(parameter.name), f"--{parameter.name}"]))
    if parameter.name in _OWN:
        flags = flags[:1]
    options.add_argument(
        *flags,
        dest=_key(parameter.name),
        metavar=_METAVARS[parameter.type],
        help=(_described(parameter) or "-").replace("%", "%%"),
    )


_METAVARS: Final = {"string": "TEXT", "integer": "N", "number": "X", "boolean": "yes|no"} | dict.fromkeys(FILES, "FILE")


def _described(parameter: Parameter) -> str:
    bounds = [
        f"at least {parameter.min:g}" if parameter.min is not None else "",
        f"at most {parameter.max:.16g}" if parameter.max is not None else "",
        f"one of {', '.join(parameter.choices)}" if parameter.choices else "",
        "required" if parameter.required else "",
    ]
    words = [parameter.description or parameter.label, ", ".join(filter(None, bounds))]
    return "; ".join(filter(None, words))


def _key(name: str) -> str:
    """The name under which argparse stores it, so that no parameter's name can collide with argparse's own."""
    return f"parameter {name}"


def _unknown(pack: Pack, unknown: Sequence[str]) -> list[str]:
    options = [one.partition("=")[0] for one in unknown if one.startswith("-")]
    taken = ", ".join(map(option_of, pack.offered)) or "none"
    if options:
        return [f"“{pack.title}” has no option {option}. Its options: {taken}." for option in options]
    return [f"“{unknown[0]}” does not belong to any option. Put quotes around text with spaces."]
