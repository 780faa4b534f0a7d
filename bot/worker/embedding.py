"""What the pictures that go out say of how they were made: ComfyUI's whole graph, a short recipe, or nothing."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from bot import pictures
from bot.ledger import Job
from bot.workflows import Pack

Rewrite = Callable[[bytes], bytes]


def rewriting(setting: str, job: Job, pack: Pack) -> Rewrite | None:
    """How a job's files are rewritten for the operator's `setting` (recipe or strip); None (keep): not at all.

    Takes a moment of CPU time for a large picture: call it in a thread.
    """
    match setting:
        case "recipe":
            return partial(pictures.with_recipe, recipe=recipe_for(job, pack))
        case "strip":
            return partial(pictures.with_texts, wanted={})
        case _:
            return None


def recipe_for(job: Job, pack: Pack) -> dict[str, object]:
    """What is worth knowing of a picture: prompt, negative, seed, workflow, options. No picture that came in."""
    offered = pack.offered
    told = {name: value for name, value in job.values.items() if name in offered and offered[name].type != "image"}
    main: dict[str, object] = {name: told.pop(name) for name in ("prompt", "negative", "seed") if name in told}
    return {**main, "workflow": pack.title, "options": told}
