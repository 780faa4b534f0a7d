"""What an operator has in his terminal: the program's arguments, its tables, and pictures without Discord."""

from bot.terminal.arguments import read_arguments
from bot.terminal.first_start import ask_for_missing, goes_on, write_env
from bot.terminal.generating import generate
from bot.terminal.workflows_table import Server, workflows_table

__all__ = ["Server", "ask_for_missing", "generate", "goes_on", "read_arguments", "workflows_table", "write_env"]
