"""The operator's terminal: the program's arguments, its tables, and `generate`, which needs no Discord."""

from bot.terminal.arguments import read_arguments
from bot.terminal.env_file import read_env_file
from bot.terminal.first_start import agreed, ask_for_settings, can_be_asked
from bot.terminal.generating import generate
from bot.terminal.output import complain, leave, prepare_output, say
from bot.terminal.wording import why_not_upgraded
from bot.terminal.workflows_table import AskedServer, workflows_table

__all__ = [
    "AskedServer",
    "agreed",
    "ask_for_settings",
    "can_be_asked",
    "complain",
    "generate",
    "leave",
    "prepare_output",
    "read_arguments",
    "read_env_file",
    "say",
    "why_not_upgraded",
    "workflows_table",
]
