"""The program's arguments, and their help."""

import argparse
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bot.version import VERSION

_ABOUT: Final = "Darkroom: ComfyUI in a Discord server. Without a command, it runs the bot until Ctrl-C or SIGTERM."
_SETTINGS: Final = (
    "Settings are read from the environment and from .env; .env.example lists them all. If the token is missing, the "
    "bot asks for it in the terminal."
)


def read_arguments(arguments: Sequence[str]) -> tuple[argparse.Namespace, list[str]]:
    """The parsed command, and the unparsed arguments of `generate`, whose options depend on the workflow.

    Arguments that are not known end the program with a message and status 2.
    """
    name = program()
    parser = argparse.ArgumentParser(
        prog=name,
        usage=f"{name} [-h] [--version] [COMMAND]",
        description=_ABOUT,
        epilog=_SETTINGS,
        formatter_class=_wide,
    )
    parser.add_argument("--version", action="version", version=f"Darkroom {VERSION}")
    commands = parser.add_subparsers(dest="command", title="commands", metavar="COMMAND", prog=name)
    # `generate` prints its own help later, because that lists the options of the workflow.
    commands.add_parser("generate", help="generate images in the terminal, without Discord", add_help=False)
    doctor = commands.add_parser(
        "doctor",
        help="check everything that the bot needs, and say how to fix it",
        description="Check the bot's token, its Discord servers, each ComfyUI server, the workflows, the database and "
        "the disk. Prints what it found, how to fix each fault, and the link that invites the bot.",
        epilog="Exit status: 0 no faults (there may be warnings), 1 at least one fault, 2 wrong settings.",
    )
    doctor.add_argument("--json", action="store_true", help="print one JSON object to standard output")
    commands.add_parser(
        "workflows",
        help="list the workflows, their options, and the servers that can run each",
        description="List the workflows, their options, the ComfyUI servers that can run each, and any faults.",
        epilog="Exit status: 0 no faults, 1 a workflow has a fault, 2 wrong settings.",
    )
    costs = commands.add_parser(
        "costs",
        help="show what a month has cost, by Discord server, ComfyUI server and workflow",
        description="Show what paid servers and partner nodes have cost in a month, by Discord server, ComfyUI server "
        "and workflow, in the currency that your provider charges. Months begin and end by UTC.",
        epilog="Exit status: 0 fine, 1 the database cannot be read, 2 wrong settings.",
    )
    costs.add_argument("--month", type=_month, help="the month, like 2026-11 (default: this one)")
    costs.add_argument("--json", action="store_true", help="print one JSON object to standard output")
    if list(arguments[:1]) == ["generate"]:
        return argparse.Namespace(command="generate"), list(arguments[1:])
    return parser.parse_args(arguments), []


def _month(text: str) -> str:
    if not re.fullmatch(r"[0-9]{4}-(?:0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError("write it like 2026-11")
    return text


def _wide(prog: str) -> argparse.HelpFormatter:
    """Leave room for the longest command in front of its description."""
    return argparse.HelpFormatter(prog, max_help_position=32, width=100)


def program() -> str:
    """How the program was called."""
    name = Path(sys.argv[0]).name
    return "python -m bot" if name == "__main__.py" else name
