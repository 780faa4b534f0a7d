"""From what a member gave to what the workflow gets, for every request: commands, buttons and forms.

A job stores both: `Job.values` is what is drawn, `Job.request` is what to give again for another image.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final

from bot.discord_limits import CONTENT
from bot.discord_ui.access.requester import Requester
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.requests.imagine.sizes import fit_to_model
from bot.discord_ui.requests.imagine.values import takes_style
from bot.discord_ui.requests.prompt_syntax import (
    Asked,
    add_loras,
    draw_texts,
    leaves_to_chance,
    names_wildcard,
    take_options,
    texts_in,
)
from bot.discord_ui.requests.styles.apply_style import apply_style
from bot.discord_ui.requests.styles.named_style import names_here, wanted_style
from bot.discord_ui.requests.styles.style_loras import with_usable_loras
from bot.errors import BindError
from bot.messages import explain_problems, shown_prompt
from bot.translation import _, shown_number
from bot.workflows import Pack, escape, random_seed
from bot.workflows.graphs.parameters import MAX_TEXT
from bot.workflows.imports.foreign.pasted_prompt import as_options
from bot.workflows.library.meanings import parameter_for
from bot.workflows.prompts.escaping import escape_unknown
from bot.workflows.prompts.trailing_options import IGNORED, peel_options, without_seed
from bot.workflows.styles.style import STYLE, Style, means_no_style

NO_DEFAULTS: Final[Mapping[str, object]] = MappingProxyType({})
_SIDES: Final = frozenset({"width", "height"})


@dataclass(frozen=True, slots=True)
class Resolved:
    """The `values` for the workflow's parameters. `given` is what they come from; None if that is the same."""

    values: dict[str, object]
    given: dict[str, object] | None = None


async def resolve(
    requester: Requester,
    pack: Pack,
    values: Mapping[str, object],
    defaults: Mapping[str, object] = NO_DEFAULTS,
) -> Resolved | str:
    """The values that the workflow gets, or what to tell the member about those that cannot be used.

    `defaults` are the member's own, by parameter: they fill in what the member, the prompt and the style leave open.
    """
    given = {name: value for name, value in values.items() if name != IGNORED}
    if "prompt" not in pack.offered or not isinstance(given.get("prompt"), str):
        return Resolved({**defaults, **given})
    given["prompt"] = as_options(str(given["prompt"]))
    library = requester.client.library
    names_style = takes_style(pack) and STYLE in str(given["prompt"]).casefold()
    asked = take_options(pack, given, library, await names_here(requester) if names_style else ())
    if isinstance(asked, str):
        return asked[:CONTENT]
    # A style adds to these, and takes the place of the other defaults.
    first = {STYLE, *texts_in(pack, defaults)}
    texts = {name: await _drawable(requester.client, str(defaults[name])) for name in first if name in defaults}
    used = _fill(asked.values, texts)
    if takes_style(pack) and means_no_style(asked.values.get(STYLE)):
        del asked.values[STYLE]
        given.pop(STYLE, None)
    style = await wanted_style(requester, pack, asked.values)
    if isinstance(style, str):
        return style[:CONTENT]
    if style is not None:
        asked.values = await _styled(requester.client, pack, asked, style)
    used |= _fill(asked.values, {name: value for name, value in defaults.items() if name not in first})
    # Only now the model is known for which a shape has its size.
    sides = fit_to_model(pack, asked.values, requester.client.settings.caps.pixels)
    asked.values |= sides
    given |= {name: side for name, side in sides.items() if name in given}
    used |= {name: side for name, side in sides.items() if name in used}
    try:
        seed = await _draw(requester.client, pack, asked)
    except BindError as fault:
        if style is not None and any(problem.code == "drawn_too_long" for problem in fault.problems):
            long = _("With the text of the style “{style}”, that prompt is too long: at most {most} characters fit.")
            return long.format(style=shown_prompt(style.name, 80), most=shown_number(MAX_TEXT))
        return explain_problems(fault.problems, pack)[:CONTENT]
    if (refusal := add_loras(pack, asked, library)) is not None:
        return refusal[:CONTENT]
    if asked.values == values:
        return Resolved(given)
    kept = {} if seed is None else {"seed": seed}
    ignored = {IGNORED: asked.ignored} if asked.ignored else {}
    named = {} if style is None else {STYLE: style.name}
    return Resolved(asked.values, given | used | kept | ignored | named)


def written_prompt(resolved: Resolved) -> str:
    """The prompt before its draws, with every alternative in it, and without the options at its end."""
    prompt = (resolved.given or {}).get("prompt")
    return peel_options(prompt).text if isinstance(prompt, str) else ""


async def _styled(bot: Darkroom, pack: Pack, asked: Asked, style: Style) -> dict[str, object]:
    """The values with the style in them. Whatever it names that isn't there is no reason to refuse the request."""
    usable = with_usable_loras(style, pack, asked.values, asked.loras, bot.library)
    prompt, negative = await _drawable(bot, usable.prompt), await _drawable(bot, usable.negative)
    return apply_style(pack, asked.values, replace(usable, prompt=prompt, negative=negative), bot.library)


async def _drawable(bot: Darkroom, text: str) -> str:
    """A text that the member didn't type now, with the wildcards as text that can't be drawn."""
    if "__" not in text:
        return text
    lists = await asyncio.to_thread(bot.wildcards.lists)
    return escape_unknown(text, [name for name, lines in lists.items() if lines.fault is None])


def _fill(values: dict[str, object], defaults: Mapping[str, object]) -> dict[str, object]:
    """Fill in what is open, and return what was filled in. A width and a height belong together."""
    sized = bool(_SIDES & values.keys())
    used = {name: value for name, value in defaults.items() if name not in values and not (sized and name in _SIDES)}
    values |= used
    return used


async def _draw(bot: Darkroom, pack: Pack, asked: Asked) -> int | None:
    """Draw the texts; the seed of the draws if the workflow takes none itself. Raises `BindError`."""
    parameter = parameter_for(pack, "seed")
    # A workflow without a seed may still have been asked for one: it was kept when something was drawn before.
    kept = None if parameter is not None else asked.values.pop("seed", None)
    texts = texts_in(pack, asked.values)
    if not leaves_to_chance(texts):
        draw_texts(pack, asked, None, {})
        return None
    wildcards = await asyncio.to_thread(bot.wildcards.lists) if names_wildcard(texts) else {}
    seed = kept if parameter is None else asked.values.get(parameter.name)
    if not isinstance(seed, int):
        seed = random_seed(parameter)
    if parameter is not None:
        asked.values[parameter.name] = seed
    draw_texts(pack, asked, seed, wildcards)
    return seed if parameter is None else None


def for_another(request: Mapping[str, object]) -> dict[str, object]:
    """What to give for another image: everything but the seed, which may also be an option in the prompt. A style that
    is an option in the prompt is given there alone.
    """
    again = {name: value for name, value in request.items() if name != "seed"}
    prompt, ignored = again.get("prompt"), again.get(IGNORED)
    if not isinstance(prompt, str):
        return again
    written = [flag.written for flag in peel_options(prompt).counting if flag.option == STYLE]
    if any(not isinstance(ignored, list | tuple) or one not in ignored for one in written):
        again.pop(STYLE, None)
    return again | {"prompt": without_seed(prompt)}


def escaped(pack: Pack, values: Mapping[str, object]) -> dict[str, object]:
    """A job's values, to be given once more: nothing in its texts is drawn again."""
    return {**values, **{name: escape(text) for name, text in texts_in(pack, values).items()}}
