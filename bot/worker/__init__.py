"""The worker role: takes jobs from the ledger, runs them on ComfyUI servers, keeps their messages true."""

from bot.worker.line import Line
from bot.worker.server_loop import ServerLoop

__all__ = ["Line", "ServerLoop"]
