"""A prompt's own options, tags and draws, handed to the parameters of the workflow. Pure.

An option at the end of a prompt means what the option of `/imagine` means. One given to the command itself wins.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from bot.discord_ui.requests.imagine.values import fit_values
from bot.messages import explain_problems
from bot.translation import _
from bot.workflows import LORAS, Library, Pack, read_loras, write_loras
from bot.workflows.graphs.file_names import folded
from bot.workflows.graphs.parameters import chooses_none
from bot.workflows.library.meanings import Meaning, parameter_for
from bot.workflows.name_search import matches
from bot.workflows.prompts.draws import Lines, draw, has_draws
from bot.workflows.prompts.lora_tags import take_lora_tags
from bot.workflows.prompts.template import parse
from bot.workflows.prompts.trailing_options import IGNORED, Flag, peel_options
from bot.workflows.quoted_lists import in_list
from bot.workflows.styles.style import NO_STYLE, STYLE, means_no_style

_ONE_PARAMETER: Final[tuple[Meaning, ...]] = (
    *("count", "seed", "negative", "model", "strength", "steps", "guidance", "sampler", "scheduler"),
)
"""The options whose value goes to one parameter."""


_MIDJOURNEY_STYLES: Final = frozenset({"raw", "cute", "expressive", "original", "scenic", "4a", "4b", "4c"})
"""What people paste behind `--style`: no part of another style's name is meant."""


@dataclass(slots=True)
class Asked:
    """The values as far as they are known, the LoRAs to add as the option `lora` takes them, and what had no effect."""

    values: dict[str, object]
    loras: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)


def take_options(
    pack: Pack, values: Mapping[str, object], library: Library, styles: Collection[str] = ()
) -> Asked | str:
    """Take the options from the end of the prompt, or say what is wrong with them. `styles` are the names of those
    that can be used here.
    """
    asked = Asked({name: value for name, value in values.items() if name != IGNORED})
    peeled = peel_options(str(values["prompt"]))
    if peeled.problems:
        return explain_problems(peeled.problems, pack)
    if not peeled.flags:
        return asked
    if not peeled.text.strip():
        return _("Write what the image should show before the options.")
    asked.values["prompt"] = peeled.text
    options: dict[str, object] = {}
    counting = peeled.counting
    for flag in peeled.flags:
        if all(flag is not one for one in counting) or _is_given(pack, flag, values):
            asked.ignored.append(flag.written)
        elif flag.option == "lora":
            asked.loras.append(flag.value)
        elif flag.option == STYLE:
            style = _style_called(flag.value, styles)
            asked.values |= {} if style is None else {STYLE: style}
            asked.ignored += [flag.written] if style is None else []
        elif flag.option == "negative":
            options["negative"] = ", ".join(filter(None, (str(options.get("negative", "")), flag.value)))
        else:
            options[str(flag.option)] = flag.number
    model = parameter_for(pack, "model")
    if "size" in options and model is not None and model.name in values:
        options["model"] = values[model.name]  # The number of pixels depends on it.
    fitted = fit_values(pack, {"prompt": peeled.text, **options}, library)
    if (refusal := fitted.refusal(pack)) is not None:
        return refusal
    asked.values = {**fitted.values, **asked.values}
    return asked


def style_in_prompt(prompt: str, styles: Iterable[str]) -> str | None:
    """The name of the style that an option at the end of a prompt means, if there is one."""
    written = [flag.value for flag in peel_options(prompt).counting if flag.option == STYLE]
    return _style_called(written[-1], styles) if written else None


def _style_called(typed: str, styles: Iterable[str]) -> str | None:
    """The style that is called so, or the only one with this in its name."""
    names = [*styles]
    if means_no_style(typed):
        return NO_STYLE
    exact = next((name for name in names if name.casefold() == typed.casefold()), None)
    if exact is not None or typed.casefold() in _MIDJOURNEY_STYLES:
        return exact
    found = matches(names, typed)
    return found[0] if len(found) == 1 else None


def _is_given(pack: Pack, flag: Flag, values: Mapping[str, object]) -> bool:
    """Whether a value was given for what this option sets."""
    if flag.option == "size":
        return "width" in values or "height" in values
    if flag.option == STYLE:
        return STYLE in values
    parameter = next((parameter_for(pack, one) for one in _ONE_PARAMETER if one == flag.option), None)
    return parameter is not None and parameter.name in values


def texts_in(pack: Pack, values: Mapping[str, object]) -> dict[str, str]:
    """The prompt and the negative prompt, by the names of their parameters."""
    negative = parameter_for(pack, "negative")
    names = ["prompt", *([] if negative is None else [negative.name])]
    return {name: text for name in names if isinstance(text := values.get(name), str)}


def leaves_to_chance(texts: Mapping[str, str]) -> bool:
    """Whether anything has to be drawn. Raises `BindError`."""
    return any(has_draws(parse(text)) for text in texts.values())


def names_wildcard(texts: Mapping[str, str]) -> bool:
    """Whether the wildcard files have to be read. Other wildcards may be within choices. Raises `BindError`."""
    return any("__" in text for text in texts.values()) and leaves_to_chance(texts)


def draw_texts(pack: Pack, asked: Asked, seed: int | None, wildcards: Mapping[str, Lines]) -> None:
    """Put the texts in place that the seed draws, and take the LoRA tags out of the prompt. Raises `BindError`."""
    for name, text in texts_in(pack, asked.values).items():
        # Each text has its own sequence: a change of the prompt leaves the negative prompt as it was.
        meaning = "prompt" if name == "prompt" else "negative"
        drawn = draw(parse(text), f"{seed}:{meaning}", wildcards)
        asked.values[name] = drawn.text
        if name == "prompt":
            tagged = take_lora_tags(drawn.text, drawn.inert)
            asked.values[name] = tagged.text
            asked.loras += tagged.loras
            asked.ignored += tagged.ignored


def add_loras(pack: Pack, asked: Asked, library: Library) -> str | None:
    """Add the LoRAs that the prompt names behind those that were given; what is wrong with them, or None."""
    if not asked.loras:
        return None
    own = parameter_for(pack, "lora")
    given = None if own is None else asked.values.get(own.name)
    named = [] if given is None or chooses_none(own, given) else [in_list(str(given))]
    listed = [*named, *filter(None, [str(asked.values.get(LORAS, ""))]), *asked.loras]
    fitted = fit_values(pack, {"prompt": "", "lora": ", ".join(listed)}, library)
    if (refusal := fitted.refusal(pack)) is not None:
        return refusal
    found, _problems = read_loras(str(fitted.values.get(LORAS, "")))
    taken = set() if own is None else {folded(str(fitted.values.get(own.name, "")))}
    kept = []
    for lora in found:
        if folded(lora.name) in taken:
            asked.ignored.append(f"<lora:{lora.name}:{lora.weight:g}>")
        else:
            kept.append(lora)
        taken.add(folded(lora.name))
    asked.values |= {name: value for name, value in fitted.values.items() if name != "prompt"}
    if LORAS in fitted.values:
        asked.values[LORAS] = write_loras(kept)
        if not kept:
            del asked.values[LORAS]
    return None
