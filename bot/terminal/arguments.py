"""The program's arguments, and their help."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_ABOUT: Final = "Darkroom: ComfyUI in a Discord server. Without a command it runs the bot, until SIGTERM or Ctrl-C."
_SETTINGS: Final = (
    "Settings are read from the environment and from .env; .env.example lists them all. Without a token the bot asks "
    "for one, if there is a terminal."
)


def read_arguments(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """What was asked for, and what is left of it for `generate`, whose options depend on the workflow.

    Ends the program with status 2 and a line about it where that is nothing we know.
    """
    name = program()
    parser = argparse.ArgumentParser(
        prog=name, usage=f"{name} [-h] [COMMAND]", description=_ABOUT, epilog=_SETTINGS, formatter_class=_wide
    )
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND", prog=name)
    # Its own help comes later: it names the options of the workflow.
    commands.add_parser("generate", help="make pictures in the terminal, without Discord", add_help=False)
    doctor = commands.add_parser(
        "doctor",
        help="check everything that the bot needs, and say what to do",
        description="Check the token, the servers it is in, each ComfyUI, the workflows, the database and the disk. "
        "Prints a line for each, and the link that invites the bot.",
        epilog="Exit status: 0 all is well (there may be warnings), 1 something is wrong, 2 the settings are.",
    )
    doctor.add_argument("--json", action="store_true", help="one JSON object on standard output")
    commands.add_parser(
        "workflows",
        help="list the workflows, their options, and which server can run each",
        description="List the workflows, their options, which ComfyUI can run each, and what is wrong with any.",
        epilog="Exit status: 0 all is well, 1 a workflow is wrong, 2 the settings are.",
    )
    if list(arguments[:1]) == ["generate"]:
        return argparse.Namespace(command="generate"), list(arguments[1:])
    return parser.parse_args(arguments), []


def _wide(prog: str) -> argparse.HelpFormatter:
    """Room for the longest command in front of what it does."""
    return argparse.HelpFormatter(prog, max_help_position=32, width=100)


def program() -> str:
    """How the program was called."""
    name = Path(sys.argv[0]).name
    return "python -m bot" if name == "__main__.py" else name
