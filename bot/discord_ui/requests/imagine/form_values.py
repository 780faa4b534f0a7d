"""A request in a form: the texts of its fields, and what a member typed into them, as `/imagine` reads it. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.discord_limits import TYPED
from bot.discord_ui.requests.imagine.given_options import given_options, parameters_of
from bot.discord_ui.requests.imagine.sizes import size_text, takes_size
from bot.discord_ui.requests.imagine.values import (
    OPTION_ORDER,
    Fitted,
    fit_values,
    loras_offered,
    options_in,
    out_of_reach,
    takes_style,
)
from bot.errors import Problem
from bot.messages import explain_problems, shown_prompt
from bot.translation import _, listed, shown_number
from bot.workflows import MAX_SEED, Library, Lora, Pack, ParameterType, read_loras, write_loras
from bot.workflows.graphs.parameters import check_value
from bot.workflows.imports.settings_text import read_settings, typed_value
from bot.workflows.library.meanings import meanings_by_name, parameter_for
from bot.workflows.name_search import matches, short_name
from bot.workflows.styles.style import STYLE

FIELDS: Final[tuple[str, ...]] = ("prompt", "negative", "size", "model", STYLE)
"""The options that may have a field of their own. All others are in the field of the settings."""
SETTINGS: Final = "settings"
SEED: Final = "seed"
_TYPES: Final[Mapping[str, ParameterType]] = {
    "seed": "integer",
    "count": "integer",
    "steps": "integer",
    "strength": "number",
    "guidance": "number",
}
"""The types of the options that are not texts."""
_BETWEEN: Final = ", "
_MOST_NAMED: Final = 5
"""How many parts of a text that set nothing are named."""


def field_texts(
    pack: Pack, values: Mapping[str, object], library: Library, made_of: Mapping[str, object]
) -> dict[str, str]:
    """What these values fill the form's fields with, for every field that the workflow has. The seed stays out: an
    image with the same seed would be nearly the same. `made_of` is what the workflow got: a style may have brought its
    model.
    """
    given = given_options(pack, values)
    width, height = values.get("width"), values.get("height")
    if takes_size(pack) and isinstance(width, int) and isinstance(height, int):
        model = parameter_for(pack, "model")
        given["size"] = size_text(pack, width, height, "" if model is None else str(made_of.get(model.name, "")))
    options = fields_of(pack)
    fields = {option: _written(pack, option, given.get(option, ""), library) for option in options}
    if settable(pack):
        shown = _settings(pack, values, library)
        fields[SETTINGS] = _BETWEEN.join(f"{name} {text}" for name, text in shown.items())
    return fields


def fields_of(pack: Pack) -> tuple[str, ...]:
    """The options that have a field for this workflow. A form holds five: the style has one where there is no model."""
    options = tuple(option for option in FIELDS if option in options_in(pack))
    return (*options, STYLE) if takes_style(pack) and "model" not in options else options


def shown_values(pack: Pack, values: Mapping[str, object], fields: Mapping[str, str], library: Library) -> set[str]:
    """The names of the values that a form with these fields shows. What its fields don't hold, a member took away."""
    given = given_options(pack, values)
    # A width without a height is no size that the field could show.
    options = [option for option in FIELDS if option in fields and (option in given or fields[option].strip())]
    if SETTINGS in fields:
        options += _settings(pack, values, library)
    return {name for option in options for name in parameters_of(pack, option)}


def settable(pack: Pack) -> tuple[str, ...]:
    """What can be typed into the field of the settings for this workflow, besides what has a field of its own."""
    options = (option for option in options_in(pack) if option not in {*FIELDS, "image"})
    styles = (STYLE,) if takes_style(pack) and STYLE not in fields_of(pack) else ()
    return *options, *styles, *(one.name for one in out_of_reach(pack) if not one.takes_file)


def read_form(pack: Pack, fields: Mapping[str, str], library: Library) -> Fitted:
    """The values that a member typed, by field: `FIELDS`, `SEED` and `SETTINGS`, which wins over the others. An empty
    field gives none. Everything that is wrong is among the refusals.
    """
    texts = {field: text.strip() for field, text in fields.items() if field != SETTINGS and text.strip()}
    entries, unread = _entries(pack, fields.get(SETTINGS, ""))
    texts |= entries
    given: dict[str, object] = {"prompt": ""}
    problems: list[Problem] = []
    bad_seed = False
    for option, text in texts.items():
        type_ = _type_of(pack, option)
        value = typed_value(type_, text.replace(",", "") if option == SEED else text)
        if option == SEED and not (isinstance(value, int) and 0 <= value <= MAX_SEED):
            bad_seed = True
        elif value is not None or option not in {*pack.offered, *options_in(pack)}:
            # An option that the workflow hasn't is answered with that, whatever its value.
            given[option] = value
        else:
            problems.append(Problem(option, "wrong_type", text, type_))
    fitted = fit_values(pack, given, library)
    if STYLE in given and takes_style(pack):
        # Whether there is such a style is known when it is applied.
        fitted.values[STYLE] = given[STYLE]
    if "prompt" not in fields:
        del fitted.values["prompt"]
    for name, fitting in fitted.values.items():
        found = check_value(pack.offered[name], fitting) if name in pack.offered else None
        problems += [] if found is None else [found]
    if unread:
        fitted.refusals.insert(0, _unread_text(pack, unread))
    if bad_seed:
        seed = _("A seed is a whole number from 0 to {most}. Leave it empty for a random one.")
        fitted.refusals.append(seed.format(most=shown_number(MAX_SEED)))
    if problems:
        fitted.refusals.append(explain_problems(tuple(problems), pack))
    return fitted


def _settings(pack: Pack, values: Mapping[str, object], library: Library) -> dict[str, str]:
    """By name, what the field of the settings holds: what can be typed there and is read back as it was."""
    given = {**values, **given_options(pack, values)}
    # A list of LoRAs ends only where another setting begins, so it comes last.
    names = sorted((name for name in settable(pack) if name in given and name != SEED), key=lambda name: name == "lora")
    shown: dict[str, str] = {}
    room = TYPED
    for name in names:
        text = _written(pack, name, given[name], library)
        type_ = _type_of(pack, name)
        same = type_ == "string" or typed_value(type_, text) == given[name]
        room -= len(f"{name} {text}{_BETWEEN}")
        if same and room >= 0 and _entries(pack, f"{name} {text}") == ({name: text}, ()):
            shown[name] = text
    return shown


def _entries(pack: Pack, text: str) -> tuple[dict[str, str], tuple[str, ...]]:
    """What a text of settings gives, by option or parameter, and the parts of it that give nothing."""
    meant: dict[str, str] = {name: meaning for name, meaning in meanings_by_name().items() if meaning in OPTION_ORDER}
    meant |= {one.name: one.name for one in pack.offered.values() if not one.takes_file and one.name != "prompt"}
    for option in OPTION_ORDER:
        if option not in {"prompt", "image"}:
            meant |= {name: option for name in parameters_of(pack, option) if option != "size"}
            meant[option] = option
    if takes_style(pack):
        meant[STYLE] = STYLE
    lists = {name for name, option in meant.items() if _holds_commas(pack, option)}
    entries, unread = read_settings(text, meant, lists)
    return {meant[name]: value for name, value in entries.items()}, unread


def _holds_commas(pack: Pack, option: str) -> bool:
    if option in OPTION_ORDER or option not in pack.offered:
        return option in {"lora", "negative"}
    parameter = pack.offered[option]
    return parameter.type == "string" and not parameter.server_choices and parameter.choices is None


def _type_of(pack: Pack, option: str) -> ParameterType:
    if option in OPTION_ORDER or option not in pack.offered:
        return _TYPES.get(option, "string")
    return pack.offered[option].type


def _written(pack: Pack, option: str, value: object, library: Library) -> str:
    """A value as a member would type it: files by their short names, if those mean no other."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}" if float(f"{value:g}") == value else repr(value)
    text = str(value)
    if option == "lora":
        loras, problems = read_loras(text)
        offered = loras_offered(pack, library)
        briefs = [Lora(_brief(offered, lora.name), lora.weight) for lora in loras]
        return text if problems else write_loras(briefs)
    if option in {"prompt", "negative", "size"}:
        return text
    name, *_rest = parameters_of(pack, option)
    parameter = pack.offered.get(name)
    return text if parameter is None else _brief(library.choices(pack, parameter), text)


def _brief(names: tuple[str, ...], name: str) -> str:
    brief = short_name(name)
    return brief if matches(names, brief) == [name] else name


def _unread_text(pack: Pack, unread: tuple[str, ...]) -> str:
    parts = listed(f"`{shown_prompt(one, 60).replace('`', '')}`" for one in unread[:_MOST_NAMED])
    has = listed(f"`{name}`" for name in settable(pack))
    said = _(
        "I can’t read these settings: {parts}. Write a name and a value, like `steps 20, guidance 5`. “{title}” has: "
        "{has}."
    )
    return said.format(parts=parts, title=shown_prompt(pack.title, 80), has=has)
