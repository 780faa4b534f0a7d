"""Rewrite a file of the spool, in memory or on disk, wherever it is."""

import asyncio
import io
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import BinaryIO

from bot.operating_system.open_files import as_files_allow
from bot.spool.content import Content, Spooled, opened
from bot.spool.spool import Box, created, failed


async def changed(box: Box, content: Content, write: Callable[[BinaryIO, BinaryIO], bool]) -> Content:
    """What `write` makes of the file, in a thread; the file itself where it returns False. Raises `SpoolFailed`."""
    if isinstance(content, bytes):
        target = io.BytesIO()
        was_changed = await asyncio.to_thread(write, io.BytesIO(content), target)
        return target.getvalue() if was_changed else content
    path = await box.new_path()
    try:
        return await as_files_allow(partial(asyncio.to_thread, _rewrite, content, path, write))
    except OSError as fault:
        raise failed(fault) from fault


def _rewrite(content: Spooled, target: Path, write: Callable[[BinaryIO, BinaryIO], bool]) -> Content:
    target.unlink(missing_ok=True)  # an earlier try may have run out of file handles
    with opened(content) as old, created(target) as new:
        was_changed = write(old, new)
    if not was_changed:
        target.unlink()
        return content
    content.path.unlink(missing_ok=True)
    return Spooled(target, target.stat().st_size)
