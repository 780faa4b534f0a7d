"""The operator's terminal: the program's arguments, its tables, and `generate`, which needs no Discord."""

from bot.terminal.arguments import read_arguments
from bot.terminal.costs import print_costs
from bot.terminal.generating import generate
from bot.terminal.output import complain, leave, prepare_output, say
from bot.terminal.saving import finisher
from bot.terminal.setup.env_file import forget_empty, read_env_file
from bot.terminal.setup.first_start import agreed, ask_for_settings, can_be_asked
from bot.terminal.wording import why_not_upgraded
from bot.terminal.workflows_table import AskedServer, workflows_table

__all__ = [
    "AskedServer",
    "agreed",
    "ask_for_settings",
    "can_be_asked",
    "complain",
    "finisher",
    "forget_empty",
    "generate",
    "leave",
    "prepare_output",
    "print_costs",
    "read_arguments",
    "read_env_file",
    "say",
    "why_not_upgraded",
    "workflows_table",
]
