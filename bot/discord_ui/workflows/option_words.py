"""What members can type for each option of a workflow, in words: `steps`: 1 to 100 (default 20). Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from bot.discord_ui.core.commands.options import Option, options_of
from bot.discord_ui.requests.imagine.given_options import parameters_of
from bot.discord_ui.requests.imagine.values import loras_offered, options_in, takes_style
from bot.discord_ui.workflows.option_types import type_word
from bot.translation import N_, _, listed, ngettext
from bot.workflows import Library, Pack, Parameter
from bot.workflows.graphs.file_names import find
from bot.workflows.manifests.pack import own_value
from bot.workflows.name_search import short_name
from bot.workflows.styles.style import STYLE

_LISTED: Final = 3
"""Up to this many choices are listed; of more, only the number is shown."""
_LARGEST: Final = 100_000
"""A range that ends beyond it helps nobody, such as the range of seeds."""
_MOST_IMAGES: Final = 10
"""The largest `count` of `/imagine`."""
_NAME: Final = 40
"""The most characters of a choice."""
_SIZE: Final = N_("16:9, portrait or 1024x768")
_SEED: Final = N_("a whole number (empty: random)")
_NO_LORAS: Final = N_("none on the image server yet")


def imagine_options(pack: Pack, library: Library, styles: Sequence[str]) -> Iterator[str]:
    """The options of `/imagine` that this workflow has. `styles` are the names of all styles here."""
    for option in options_in(pack):
        name, *_rest = parameters_of(pack, option)
        parameter = pack.offered.get(name)
        if option == "size":
            words = _(_SIZE)
        elif option == "seed":
            words = _(_SEED)
        elif option == "lora":
            words = _lora_words(pack, library)
        elif option == "image" or parameter is None:
            words = type_word("image")
        else:
            words = _words(pack, parameter, library, most=_MOST_IMAGES if option == "count" else None)
        required = option == "prompt" or (parameter is not None and parameter.required and parameter.default is None)
        yield _line(option, words, required=required)
    if styles and takes_style(pack):
        yield _line(STYLE, _choices(styles), required=False)


def command_options(pack: Pack, library: Library) -> Iterator[str]:
    """The options of the workflow's own command."""
    for option in options_of(pack):
        yield _line(option.name, _own_words(option, pack, library), required=option.required)


def _lora_words(pack: Pack, library: Library) -> str:
    names = loras_offered(pack, library)
    if names:
        return _choices(names)
    return _(_NO_LORAS) if library.heard else type_word("string")


def _own_words(option: Option, pack: Pack, library: Library) -> str:
    parameter = pack.offered[option.parameter]
    return _(_SEED) if option.parameter == "seed" else _words(pack, parameter, library)


def _line(name: str, words: str, *, required: bool) -> str:
    return f"`{name}`" + (f" ({_('required')})" if required else "") + f": {words}"


def _words(pack: Pack, parameter: Parameter, library: Library, most: int | None = None) -> str:
    choices = library.choices(pack, parameter)
    own = own_value(pack, parameter)
    if len(choices) > _LISTED:
        # What no server has is replaced by the first that one has.
        return _with_default(_choices(choices), _shown(own) if find(own, choices) is not None else "")
    if choices:
        return _choices(choices)
    low, high = parameter.min, parameter.max if most is None else min(parameter.max or most, most)
    if parameter.type not in {"integer", "number"}:
        return type_word(parameter.type)
    if low is None or high is None or high > _LARGEST:
        return _with_default(type_word(parameter.type), _shown(own))
    return _with_default(_("{low} to {high}").format(low=f"{low:g}", high=f"{high:g}"), _shown(own))


def _choices(choices: Sequence[str]) -> str:
    if len(choices) <= _LISTED:
        return listed(f"`{_shown(choice)}`" for choice in choices)
    counted = ngettext("{count} to choose from", "{count} to choose from", len(choices))
    return counted.format(count=len(choices))


def _with_default(words: str, default: str) -> str:
    return _("{words} (default {value})").format(words=words, value=default) if default else words


def _shown(value: object) -> str:
    """A value in a few signs: a file by its name alone. "" for what is none, such as a link to another node."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"{value:g}"
    return short_name(value).replace("`", "")[:_NAME] if isinstance(value, str) else ""
