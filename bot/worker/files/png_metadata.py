"""What files say about how they were made: ComfyUI's whole graph, a short recipe, or nothing, and that a machine made
them.
"""

import asyncio
import io
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import BinaryIO

from bot import pictures
from bot.ledger import Job
from bot.operating_system.open_files import as_files_allow
from bot.spool import Box, Content, Spooled, created, failed, opened
from bot.workflows import LORAS, Pack


def texts_for(setting: str, job: Job, pack: Pack) -> Mapping[str, str] | None:
    """Text chunks for a job's PNGs by the operator's `setting` (recipe or strip); None (keep) leaves them unchanged."""
    match setting:
        case "recipe":
            return pictures.recipe_texts(recipe_for(job, pack))
        case "strip":
            return {}
        case _:
            return None


async def rewritten(box: Box, content: Content, texts: Mapping[str, str] | None, *, mark: bool) -> Content:
    """The file with these texts instead of its own, if it is a PNG and they are not None; with `mark` also with the AI
    mark, if its format has a place for one. Pixels, frames and sound stay the same. Raises `SpoolFailed`.
    """
    if texts is not None:
        content = await _changed(box, content, partial(pictures.write_with_texts, wanted=texts))
    return await _changed(box, content, pictures.write_marked) if mark else content


async def _changed(box: Box, content: Content, write: Callable[[BinaryIO, BinaryIO], bool]) -> Content:
    """What `write` makes of the file; the file itself where `write` returns False."""
    if isinstance(content, bytes):
        target = io.BytesIO()
        changed = await asyncio.to_thread(write, io.BytesIO(content), target)
        return target.getvalue() if changed else content
    path = await box.new_path()
    try:
        return await as_files_allow(partial(asyncio.to_thread, _rewrite, content, path, write))
    except OSError as fault:
        raise failed(fault) from fault


def _rewrite(content: Spooled, target: Path, write: Callable[[BinaryIO, BinaryIO], bool]) -> Content:
    target.unlink(missing_ok=True)  # an earlier try may have run out of file handles
    with opened(content) as old, created(target) as new:
        changed = write(old, new)
    if not changed:
        target.unlink()
        return content
    content.path.unlink(missing_ok=True)
    return Spooled(target, target.stat().st_size)


def recipe_for(job: Job, pack: Pack) -> dict[str, object]:
    """An image's recipe: prompt, negative, seed, workflow and options, without input images."""
    offered = pack.offered
    options = {
        name: value
        for name, value in job.values.items()
        if name == LORAS or (name in offered and not offered[name].takes_file)
    }
    main: dict[str, object] = {name: options.pop(name) for name in ("prompt", "negative", "seed") if name in options}
    return {**main, "workflow": pack.title, "options": options}
