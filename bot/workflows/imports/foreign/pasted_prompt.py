"""A prompt as people paste it from other programs, with its settings as options at its end. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from bot.workflows.imports.foreign import lines
from bot.workflows.imports.recipe import Recipe
from bot.workflows.prompts.template import OPTION_BEGINS, OPTION_DASH
from bot.workflows.prompts.trailing_options import OPTION_NAMES

_COMMAND: Final = re.compile(r"\s*/imagine\s+(?:prompt\s*:\s*)?(?=\S)", re.IGNORECASE)
"""A whole command, copied from somewhere."""
_SETTINGS: Final = re.compile(r"(?:^|\s)(?=Steps: ?\d{1,4}, ?[A-Z][\w ]{1,30}: ?\S)")
"""Where the settings begin that A1111 and Civitai write below a prompt. Discord makes one line of several."""
_NEGATIVE: Final = re.compile(r"(?:^|\s)Negative prompt:")
_GLUED: Final = re.compile(rf"{OPTION_BEGINS}({OPTION_DASH})([A-Za-z]+)(?=\d[\d.:/x]*(?:[\s,]|$))")
"""`--ar16:9`"""
_GLUED_NAMES: Final = frozenset({*OPTION_NAMES, "v", "s", "q", "c", "iw", "niji", "stylize", "chaos", "weird"})
_SIDES: Final = re.compile(
    rf"{OPTION_BEGINS}{OPTION_DASH}"
    rf"(?:(?:width|w)[ =](?P<width>\d{{2,5}}) +{OPTION_DASH}(?:height|h)[ =](?P<height>\d{{2,5}})"
    rf"|(?:height|h)[ =](?P<height2>\d{{2,5}}) +{OPTION_DASH}(?:width|w)[ =](?P<width2>\d{{2,5}}))(?!\S)",
    re.IGNORECASE,
)


def as_options(text: str) -> str:
    """The prompt with what other programs' ways of writing settings mean as options at its end."""
    bare = _with_settings(_COMMAND.sub("", text, count=1) if _COMMAND.match(text) else text)
    glued = _GLUED.sub(lambda one: f"{one[1]}{one[2]} " if one[2].casefold() in _GLUED_NAMES else one[0], bare)
    return _SIDES.sub(lambda one: f"--size {one['width'] or one['width2']}x{one['height'] or one['height2']}", glued)


def _with_settings(text: str) -> str:
    begins = _SETTINGS.search(text)
    if begins is None:
        return text
    before, settings = text[: begins.start()], " ".join(text[begins.start() :].split())
    negative = _NEGATIVE.search(before)
    prompt = before if negative is None else before[: negative.start()]
    unwanted = "" if negative is None else before[negative.end() :]
    if not prompt.strip():
        return text
    recipe = lines.read(settings)
    return " ".join([prompt.strip(), *_options(recipe, " ".join(unwanted.split()))])


def _options(recipe: Recipe, unwanted: str) -> Iterator[str]:
    """Of the settings those that any server may have: its models are others."""
    if unwanted:
        yield f"--no {unwanted}"
    settings = dict(recipe.settings)
    if "width" in settings and "height" in settings:
        yield f"--size {settings['width']}x{settings['height']}"
    for name, option in (("steps", "steps"), ("cfg", "cfg"), ("sampler", "sampler"), ("scheduler", "scheduler")):
        value = settings.get(name)
        if value is not None:
            yield f"--{option} {value:g}" if isinstance(value, int | float) else f"--{option} {value}"
    if recipe.seed is not None:
        yield f"--seed {recipe.seed}"
