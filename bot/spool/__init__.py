"""Files on their way through the process: a few small ones in memory, everything else on disk."""

from bot.spool.content import Content, Spooled, opened, read, size_of, source_of
from bot.spool.folders import Folders
from bot.spool.spool import SMALL, Box, Spool, Writing, created, failed

__all__ = [
    "SMALL",
    "Box",
    "Content",
    "Folders",
    "Spool",
    "Spooled",
    "Writing",
    "created",
    "failed",
    "opened",
    "read",
    "size_of",
    "source_of",
]
