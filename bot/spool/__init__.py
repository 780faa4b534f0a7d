"""Temporary storage for files passing through the process: a few small ones in memory, all others on disk."""

from bot.spool.content import Content, Spooled, opened, read, size_of, source_of
from bot.spool.rewriting import changed
from bot.spool.spool import SMALL, Box, Spool, created, failed

__all__ = [
    "SMALL",
    "Box",
    "Content",
    "Spool",
    "Spooled",
    "changed",
    "created",
    "failed",
    "opened",
    "read",
    "size_of",
    "source_of",
]
