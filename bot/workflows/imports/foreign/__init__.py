"""Recipes of other programs: A1111 and its kin, SwarmUI, InvokeAI, NovelAI, Fooocus, Civitai. Pure, bounded, linear.

All of them write a text that is either JSON or A1111's lines; which program it was decides what its words mean.
"""

from collections.abc import Mapping
from typing import Final

from bot.workflows.imports.bounded_json import parsed_object
from bot.workflows.imports.foreign import dream, lines, programs
from bot.workflows.imports.recipe import Recipe

_TEXTS: Final = ("parameters", "usercomment", "comment", "description", "imagedescription", "xpcomment", "makernote")
"""Keywords of texts that may hold a recipe, the likeliest first."""


def recipe_of_texts(texts: Mapping[str, str]) -> Recipe:
    """What the texts of a file say, by keyword; an empty recipe where no known program wrote them."""
    named = {keyword.casefold(): text for keyword, text in texts.items()}
    for read in (programs.invoke, programs.novel, dream.read):
        if recipe := read(named):
            return recipe
    for keyword in _TEXTS:
        if (text := named.get(keyword)) and (recipe := _recipe_of(text, named)):
            return recipe
    return programs.easy(named)


def foreign_text(texts: Mapping[str, str]) -> str:
    """Everything that a file says, to be read by people."""
    return "\n\n".join(f"{keyword}:\n{text}" for keyword, text in texts.items())


def _recipe_of(text: str, named: Mapping[str, str]) -> Recipe:
    raw = parsed_object(text)
    return lines.read(text) if raw is None else programs.of_object(raw, named)
