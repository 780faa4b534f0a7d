"""A recipe as text for a Discord message. Pure."""

from typing import Final

from bot.discord_limits import CONTENT
from bot.messages import shown_prompt
from bot.translation import _
from bot.workflows.imports.recipe import Recipe

_PROMPT: Final = 900
_NEGATIVE: Final = 400
_FACT: Final = 80


def recipe_text(recipe: Recipe, heading: str, *notes: str) -> str:
    """The heading, the prompts in code blocks for copying, then the seed and other settings, and the notes."""
    lines = [heading]
    if recipe.prompt:
        lines.append(_block(recipe.prompt, _PROMPT))
    if recipe.negative:
        lines += [_("Negative prompt:"), _block(recipe.negative, _NEGATIVE)]
    facts = [] if recipe.seed is None else [_("Seed `{seed}`").format(seed=recipe.seed)]
    facts += [f"{shown_prompt(label, 40)} `{_inert(value)}`" for label, value in recipe.facts]
    footer = [f"-# {note}" for note in notes]
    room = CONTENT - sum(len(line) + 1 for line in (*lines, *footer))
    # Drop whole facts until the rest fits: half of a value would be wrong.
    while facts and len(" · ".join(facts)) > room:
        facts.pop()
    return "\n".join([*lines, *([" · ".join(facts)] if facts else []), *footer])


def _block(text: str, most: int) -> str:
    """The text in a code block, where Discord renders no Markdown, mention or link."""
    inert = text.strip().replace("``", "`\N{ZERO WIDTH SPACE}`")
    return f"```\n{inert if len(inert) <= most else inert[: most - 1].rstrip() + '…'}\n```"


def _inert(value: str) -> str:
    line = " ".join(value.split()).replace("`", "")
    return line if len(line) <= _FACT else f"{line[: _FACT - 1]}…"
