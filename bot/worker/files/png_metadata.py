"""What PNGs say about how they were made: Server's whole graph, a short recipe, or nothing."""

import asyncio
from collections.abc import Mapping
from functools import partial
from pathlib import Path

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


async def rewritten(box: Box, content: Content, texts: Mapping[str, str] | None) -> Content:
    """The file with these texts instead of its own. Files that are not PNGs stay unchanged. Raises `SpoolFailed`."""
    if texts is None:
        return content
    if isinstance(content, bytes):
        return await asyncio.to_thread(pictures.with_texts, content, texts)
    target = await box.new_path()
    try:
        return await as_files_allow(partial(asyncio.to_thread, _rewrite, content, target, texts))
    except OSError as fault:
        raise failed(fault) from fault


def _rewrite(content: Spooled, target: Path, texts: Mapping[str, str]) -> Content:
    with opened(content) as old, created(target) as new:
        changed = pictures.write_with_texts(old, new, texts)
    return Spooled(target, target.stat().st_size) if changed else content


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
