"""Files on their way through the process: a few small ones in memory, everything else on disk."""

from bot.spool.content import Content, Spooled, opened, read, size_of, source_of
from bot.spool.spool import SMALL, Box, Spool, created, failed

__all__ = [
    "SMALL",
    "Box",
    "Content",
    "Spool",
    "Spooled",
    "created",
    "failed",
    "opened",
    "read",
    "size_of",
    "source_of",
]
