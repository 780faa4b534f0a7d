"""What files say about how they were made: ComfyUI's whole graph, a short recipe, or nothing, and that a machine made
them.
"""

from collections.abc import Mapping
from functools import partial

from bot import pictures
from bot.ledger import Job
from bot.spool import Box, Content, changed
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
        content = await changed(box, content, partial(pictures.write_with_texts, wanted=texts))
    return await changed(box, content, pictures.write_marked) if mark else content


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
