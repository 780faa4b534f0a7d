"""What a member gives to `/imagine`, handed to the parameters of that meaning in the chosen workflow. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, get_args

from bot.discord_ui.core.commands.plan import IMAGINE
from bot.discord_ui.requests.imagine.sizes import read_size, takes_size
from bot.messages import explain_problems, shown_prompt
from bot.translation import _, listed
from bot.workflows import LORAS, Library, Lora, Pack, Parameter, lora_places_in, picture_of, read_loras, write_loras
from bot.workflows.graphs.parameters import FileKind, chooses_none
from bot.workflows.imports.foreign.sampler_names import scheduler_like, split_sampler
from bot.workflows.imports.settings_text import choice_like
from bot.workflows.library.meanings import Meaning, parameter_for
from bot.workflows.loras.trigger_words import WITH_WORDS
from bot.workflows.name_search import matches, short_name
from bot.workflows.prompts.lora_tags import LORA_TAG
from bot.workflows.quoted_lists import in_list, split_list, split_quoted
from bot.workflows.styles.style import STYLE

_PLAIN: Final[tuple[Meaning, ...]] = ("count", "seed", "negative", "strength", "steps", "guidance")
"""Options whose value goes to the parameter as it is."""
_CHOSEN: Final[tuple[Meaning, ...]] = ("model", "sampler")
"""Options that name one of the parameter's choices."""
OPTION_ORDER: Final = (
    "prompt",
    "size",
    "count",
    "seed",
    "negative",
    "model",
    "lora",
    "image",
    "strength",
    "steps",
    "guidance",
    "sampler",
)
"""The options that a workflow may have or not, as members see them."""
SCHEDULER: Final[Meaning] = "scheduler"
"""No option of `/imagine`: it follows the sampler's name, as in `DPM++ 2M Karras`, or stands in the prompt."""
_OTHER_NAMES: Final[Mapping[str, Callable[[str, Sequence[str]], str | None]]] = {
    "sampler": choice_like,
    SCHEDULER: scheduler_like,
}
"""Options whose choices other programs call by other names."""
_DECIMAL_COMMA: Final = re.compile(r"(:\s*[+-]?\d{1,2}),(\d{1,4})(?=\s*(?:,|\+|$))")
"""In many languages 0.8 is written 0,8."""
_MOST_NAMED: Final = 8
"""How many names an answer lists; it counts the rest."""


@dataclass(slots=True)
class Fitted:
    """The values for the workflow's parameters, and what to tell the member if something doesn't fit."""

    values: dict[str, object] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    with_words: list[str] = field(default_factory=list)
    """The LoRAs whose trigger words the member wants in the prompt."""

    def refusal(self, pack: Pack) -> str | None:
        """Everything that is wrong, with what the workflow has instead; None if all is well."""
        lines = [*([_no_option(pack, self.missing)] if self.missing else []), *self.refusals]
        return "\n".join(lines) or None


def fit_values(pack: Pack, given: Mapping[str, object], library: Library) -> Fitted:
    """Fit what a member gave to the parameters of the pack: by option, or by the name of a parameter that has none."""
    fitted = Fitted({"prompt": given["prompt"]})
    for option in OPTION_ORDER:
        if option in given and option not in options_in(pack):
            fitted.missing.append(option)
    for meaning in _PLAIN:
        parameter = parameter_for(pack, meaning)
        if meaning in given and parameter is not None:
            fitted.values[parameter.name] = _number(parameter, given[meaning])
    for meaning in _CHOSEN:
        parameter = parameter_for(pack, meaning)
        if meaning in given and parameter is not None:
            _choose(fitted, pack, parameter, meaning, str(given[meaning]), library)
    if SCHEDULER in given and SCHEDULER not in pack.offered:
        _take_scheduler(fitted, pack, str(given[SCHEDULER]), library)
    if "lora" in given and "lora" not in fitted.missing:
        _add_loras(fitted, pack, str(given["lora"]), library)
    if "size" in given and takes_size(pack):
        _take_size(fitted, pack, str(given["size"]))
    for name, value in given.items():
        if name in pack.offered and name not in OPTION_ORDER:
            if isinstance(value, str) and library.choices(pack, pack.offered[name]):
                _choose(fitted, pack, pack.offered[name], name, value, library)
            else:
                fitted.values[name] = value
    return fitted


def with_found_choices(pack: Pack, values: Mapping[str, object], library: Library) -> dict[str, object]:
    """The values of a workflow's own command, in which members name choices as they do in `/imagine`. What names none,
    or several, stays as it is.
    """
    found = dict(values)
    for name, value in values.items():
        parameter = pack.offered.get(name)
        if parameter is None or not parameter.server_choices or not isinstance(value, str):
            continue
        meant = next((one for one in (*_CHOSEN, SCHEDULER) if parameter_for(pack, one) is parameter), name)
        fitted = Fitted()
        if not chooses_none(parameter, value):
            _choose(fitted, pack, parameter, meant, value, library)
        if fitted.refusal(pack) is None:
            found |= {one: choice for one, choice in fitted.values.items() if one == name or one not in values}
    return found


def options_in(pack: Pack) -> tuple[str, ...]:
    """The options of `/imagine` that this workflow has."""
    found = {"prompt"} | {meaning for meaning in (*_PLAIN, *_CHOSEN) if parameter_for(pack, meaning) is not None}
    if takes_size(pack):
        found.add("size")
    if picture_of(pack) is not None:
        found.add("image")
    if lora_places_in(pack) or parameter_for(pack, "lora") is not None:
        found.add("lora")
    return tuple(option for option in OPTION_ORDER if option in found)


def takes_style(pack: Pack) -> bool:
    """Whether `style` among the values names a style: a workflow may have a parameter of its own that is called so."""
    return "prompt" in pack.offered and STYLE not in pack.parameters


def out_of_reach(pack: Pack) -> tuple[Parameter, ...]:
    """The parameters that `/imagine` has no option for: members need the workflow's own command to set them."""
    reached = {"prompt", STYLE}
    reached.update(one.name for meaning in (*_PLAIN, *_CHOSEN, "lora") if (one := parameter_for(pack, meaning)))
    if takes_size(pack):
        reached |= {"width", "height"}
    if (picture := picture_of(pack)) is not None:
        reached.add(picture.name)
    return tuple(one for one in pack.offered.values() if one.name not in reached)


def explain_other_files(pack: Pack) -> str | None:
    """That the workflow requires files that only its own command takes, like a mask; None if it doesn't."""
    needed = [one for one in out_of_reach(pack) if one.required and one.default is None]
    files = [one for one in needed if one.type in get_args(FileKind)]
    if not files:
        return None
    names = listed(f"**{_(one.label) or one.name}**" for one in files)
    if pack.command in {None, IMAGINE}:
        refusal = _("“{title}” also needs {names}, which can’t be attached here. Choose another workflow.")
    else:
        refusal = _("“{title}” also needs {names}. Use {command} instead.")
    return refusal.format(title=shown_prompt(pack.title, 80), names=names, command=f"`/{pack.command}`")


def loras_offered(pack: Pack, library: Library) -> tuple[str, ...]:
    """The LoRAs that members can name for this workflow."""
    own = parameter_for(pack, "lora")
    listed = () if own is None else library.choices(pack, own)
    return tuple(dict.fromkeys([*library.loras(pack), *listed]))


def _no_option(pack: Pack, missing: Sequence[str]) -> str:
    options = listed(f"`{option}`" for option in missing)
    known = (*options_in(pack), STYLE) if takes_style(pack) else options_in(pack)
    has = listed(f"`{option}`" for option in known)
    absent = _("“{title}” has no option {options}. It has: {has}.")
    return absent.format(title=shown_prompt(pack.title, 80), options=options, has=has)


def _number(parameter: Parameter, value: object) -> object:
    """Discord sends 5 as 5.0 where an option may hold a fraction."""
    return int(value) if parameter.type == "integer" and isinstance(value, float) and value.is_integer() else value


def _take_size(fitted: Fitted, pack: Pack, size: str) -> None:
    model = parameter_for(pack, "model")
    chosen = "" if model is None else str(fitted.values.get(model.name, ""))
    width_height = read_size(pack, size, chosen)
    if width_height is not None:
        fitted.values |= dict(zip(("width", "height"), width_height, strict=True))
        return
    unknown = _(
        "I don’t understand the size “{size}”. Write it like `16:9` or `1024x768`, or use `square`, `portrait`, "
        "`landscape`, `wide` or `tall`."
    )
    fitted.refusals.append(unknown.format(size=shown_prompt(size, 40)))


def _choose(fitted: Fitted, pack: Pack, parameter: Parameter, option: str, typed: str, library: Library) -> None:
    choices = library.choices(pack, parameter)
    like = _OTHER_NAMES.get(option)
    same = None if like is None else like(typed, choices)
    if same is None and option == "sampler":
        own = parameter_for(pack, SCHEDULER)
        pair = split_sampler(typed, choices, () if own is None else library.choices(pack, own))
        same, scheduler = pair or (None, None)
        if scheduler is not None:
            _take_scheduler(fitted, pack, scheduler, library)
    name = _one_of(fitted, choices, option, typed) if same is None else same
    if name is not None:
        fitted.values[parameter.name] = name


def _take_scheduler(fitted: Fitted, pack: Pack, typed: str, library: Library) -> None:
    parameter = parameter_for(pack, SCHEDULER)
    if parameter is None:
        fitted.missing.append(SCHEDULER)
    else:
        _choose(fitted, pack, parameter, SCHEDULER, typed, library)


def _add_loras(fitted: Fitted, pack: Pack, text: str, library: Library) -> None:
    offered = loras_offered(pack, library)
    entries = [one for entry in split_list(_as_list(text)) for one in _quoted_list(entry, offered)]
    loras, problems = read_loras(",".join(one.removesuffix(WITH_WORDS) for one in entries))
    if problems:
        fitted.refusals.append(explain_problems(problems, pack))
        return
    if not offered and library.heard:
        fitted.refusals.append(_("The image server has no LoRAs yet. Ask the people who run this bot to install one."))
        return
    named = [(_one_of(fitted, offered, "lora", lora.name), lora.weight) for lora in loras]
    found = [Lora(name, weight) for name, weight in named if name is not None]
    wanted = (name for entry, (name, _weight) in zip(entries, named, strict=False) if entry.endswith(WITH_WORDS))
    fitted.with_words += [name for name in wanted if name is not None]
    own = parameter_for(pack, "lora")
    if found and own is not None and found[0].weight == 1:
        # A weight needs a loader of its own: the workflow's keeps the strength that its author gave it.
        fitted.values[own.name] = found.pop(0).name
    if found and lora_places_in(pack):
        fitted.values[LORAS] = write_loras(found)
    elif found:
        only = _("“{title}” takes a single LoRA, without a weight.").format(title=shown_prompt(pack.title, 80))
        fitted.refusals.append(only)


def _as_list(text: str) -> str:
    """What people write and paste as LoRAs, as a list of `name:0.8`."""
    untagged = LORA_TAG.sub(lambda tag: f"{in_list(tag[1])}:{tag[2]}," if tag[2] else f"{in_list(tag[1])},", text)
    return _DECIMAL_COMMA.sub(r"\1.\2", untagged)


def _quoted_list(entry: str, offered: Sequence[str]) -> list[str]:
    """An entry as it is. If its quotes hold a weight as well, or a whole list, as in a grid: what they hold."""
    quoted = split_quoted(entry)
    if quoted is None or quoted[1] or not offered or matches(offered, quoted[0]):
        return [entry]
    name, colon, weight = quoted[0].rpartition(":")
    if colon and matches(offered, name):
        return [f"{in_list(name)}:{weight}"]
    parts = split_list(quoted[0])
    named = [part.rpartition(":")[0] or part for part in parts]
    return parts if all(matches(offered, name) for name in named) else [entry]


def _one_of(fitted: Fitted, choices: Sequence[str], option: str, typed: str) -> str | None:
    """The choice that a member means; None if it is not clear, which `fitted` notes."""
    if not choices:
        return typed  # No server has said yet what it has: the one that runs the job checks the name.
    found = matches(choices, typed)
    if len(found) == 1:
        return found[0]
    if found:
        unclear = _("More than one `{option}` matches “{typed}”: {names}. Type more of the name.")
    else:
        unclear = _("There is no `{option}` called “{typed}” here. You can use: {names}.")
    fitted.refusals.append(
        unclear.format(option=option, typed=shown_prompt(typed, 60), names=_listed(found or choices))
    )
    return None


def _listed(names: Sequence[str]) -> str:
    shorts = [short_name(name) for name in names]
    # Files in two folders may share a name; then the folder tells them apart.
    shown = [short if shorts.count(short) == 1 else name for name, short in zip(names, shorts, strict=True)]
    text = listed(f"`{name[:60].replace('`', '')}`" for name in shown[:_MOST_NAMED])
    more = len(shown) - _MOST_NAMED
    return _("{things} and {count} more").format(things=text, count=more) if more > 0 else text
