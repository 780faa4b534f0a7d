"""What an operator has in his terminal: the program's arguments, its tables, and pictures without Discord."""

from bot.terminal.arguments import read_arguments
from bot.terminal.generating import generate
from bot.terminal.wording import why_not_upgraded
from bot.terminal.workflows_table import Server, workflows_table

__all__ = ["Server", "generate", "read_arguments", "why_not_upgraded", "workflows_table"]
