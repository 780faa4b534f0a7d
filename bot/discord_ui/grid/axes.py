"""Reads an axis of `/grid`: which option changes along it, and its values. Pure.

`steps 10, 20, 30` is a list, `steps 10..30 by 10` a range, `lora detail:0.2..0.8 by 0.2` one of weights, `seed 4
random` draws seeds, and `{red|blue}` names a choice of the prompt. What a value means is decided where `/imagine`
decides it: here it is only taken apart.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from bot.messages import shown_prompt
from bot.translation import N_, _, listed
from bot.workflows.prompts.template import WEIGHT
from bot.workflows.prompts.trailing_options import OPTION_NAMES
from bot.workflows.quoted_lists import split_list, split_quoted

MOST_CELLS: Final = 25
"""As many options as a menu takes, and as many images as a phone shows on one sheet."""
PROMPT_AXIS: Final = ""
"""The option of an axis whose values are a choice in the prompt."""
Kind = Literal["text", "number", "truth"]
"""What the values of an option are."""
_TRUTHS: Final[Mapping[str, bool]] = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NUMBER: Final = r"[-+]?(?:\d{1,16}(?:\.\d{1,6})?|\.\d{1,6})"
_ONE: Final = re.compile(_NUMBER)
_RANGE: Final = re.compile(
    rf"({_NUMBER})\s*(?:\.{{2,3}}|…|\bto\b)\s*({_NUMBER})(?:\s*(?:\bby\b|\bstep\b)\s*({_NUMBER}))?", re.IGNORECASE
)
_SIZES: Final = N_(
    "A size has no range like “{entry}”. Write a list like `size 512x512, 768x768` or `size portrait, square`."
)
_BETWEEN: Final = re.compile(r"\d\s*(?:\.{2,3}|…|\bto\b)\s*\d", re.IGNORECASE)
_RANDOM: Final = re.compile(r"(\d{1,3})\s+random", re.IGNORECASE)
_NAMED: Final = re.compile(r"\s*([\w-]+)\s*[:=\s]\s*(.+)", re.DOTALL)
_HOW: Final = N_(
    "I don’t understand “{entry}”. Write a list like `steps 10, 20, 30`, a range like `steps 10..30 by 10`, or "
    "`seed 4 random`."
)
_NO_VALUES: Final = N_("Write the values after `{option}`, with commas between them.")


@dataclass(frozen=True, slots=True)
class AxisValues:
    """One axis. `written` is the choice in the prompt that the values stand for, if it is one. `labels` are the values
    as they are shown.
    """

    option: str
    values: tuple[object, ...]
    labels: tuple[str, ...]
    written: str = ""


@dataclass(frozen=True, slots=True)
class RandomSeeds:
    """An axis of so many seeds, at most `MOST_CELLS`, which are still to be drawn."""

    count: int


def read_axis(text: str, prompt: str, kinds: Mapping[str, Kind]) -> AxisValues | RandomSeeds | str:
    """The axis, or what to tell the member. `kinds`: the options that a workflow has -> what their values are."""
    if text.strip().startswith("{"):
        return _choice(text.strip(), prompt)
    text = " ".join(text.split())
    named = _NAMED.fullmatch(text)
    if named is None:
        known = _option_of(text, kinds) is not None
        return _(_NO_VALUES).format(option=text) if known else _no_option(text, kinds)
    option = _option_of(named[1], kinds)
    if option is None:
        return _no_option(named[1], kinds)
    drawn = _RANDOM.fullmatch(named[2].strip())
    if option == "seed" and drawn is not None and int(drawn[1]):
        count = int(drawn[1])
        return RandomSeeds(count) if count <= MOST_CELLS else too_many(count, shown_prompt(text, 60))
    found: dict[str, object] = {}
    for entry in _entries(named[2], option):
        if option == "size" and _BETWEEN.search(entry):
            return _(_SIZES).format(entry=shown_prompt(entry, 60))
        values = _numbers(entry) if kinds[option] == "number" else _texts(option, kinds[option], entry)
        if values is None:
            return _(_HOW).format(entry=shown_prompt(entry, 60))
        found |= values
        if len(found) > MOST_CELLS:
            return too_many(None, shown_prompt(text, 60))
    if not found:
        return _(_HOW).format(entry=shown_prompt(text, 60))
    return AxisValues(option, tuple(found.values()), tuple(found))


def choices_in(prompt: str) -> list[str]:
    """The choices in a prompt, as they are written there: what an axis can be."""
    return [text for text in _braces(prompt) if len(_split(text)) > 1]


def too_many(count: int | None, what: str) -> str:
    """What a member reads if the grid would have too many cells."""
    if count is None:
        return _("“{what}” has too many values. A grid can have at most {most} images.").format(
            what=what, most=MOST_CELLS
        )
    return _("That’s {count} images ({what}). A grid can have at most {most}.").format(
        count=count, what=what, most=MOST_CELLS
    )


def _option_of(name: str, kinds: Mapping[str, Kind]) -> str | None:
    wanted = name.casefold()
    exact = next((option for option in kinds if option.casefold() == wanted), None)
    alias = OPTION_NAMES.get(wanted)
    return exact or (alias if alias in kinds else None)


def _no_option(text: str, kinds: Mapping[str, Kind]) -> str:
    options = listed(f"`{option}`" for option in kinds)
    unknown = _(
        "“{text}” doesn’t say what should change. Start with an option, like `steps 10, 20, 30`, or use a choice from "
        "your prompt, like `{{red|blue}}`. Options here: {options}."
    )
    return unknown.format(text=shown_prompt(text, 60), options=options)


def _entries(text: str, option: str) -> list[str]:
    """The values, without their quotes. A list of LoRAs has a meaning for those itself."""
    barred = split_list(text, "|")
    entries = barred if len(barred) > 1 else split_list(text)
    if option == "lora":
        return entries
    quoted = [split_quoted(entry) for entry in entries]
    return [entry if found is None or found[1] else found[0] for entry, found in zip(entries, quoted, strict=True)]


def _numbers(entry: str) -> dict[str, object] | None:
    """A number or a range, by how each is written; None if it is neither. Too long a range ends after one too many."""
    if _ONE.fullmatch(entry):
        return dict([_number(Decimal(entry))])
    bounds = _RANGE.fullmatch(entry)
    if bounds is None:
        return None
    first, last = Decimal(bounds[1]), Decimal(bounds[2])
    step = abs(Decimal(bounds[3] or 1))
    if not step:
        return None
    count = min(int(abs(last - first) / step), MOST_CELLS)
    towards = step if last >= first else -step
    # Decimals, because sums of binary fractions would read 0.30000000000000004.
    return dict(_number(first + number * towards) for number in range(count + 1))


def _texts(option: str, kind: Kind, entry: str) -> dict[str, object]:
    """An entry of an option that is no number: itself, a truth value, or a LoRA with each of the weights in
    `detail:0.2..0.8 by 0.2`.
    """
    if kind == "truth" and (truth := _TRUTHS.get(entry.casefold())) is not None:
        return {str(truth).lower(): truth}
    name, _colon, written = entry.rpartition(":")
    weights = _numbers(written.strip()) if option == "lora" and name and _RANGE.fullmatch(written.strip()) else None
    return {entry: entry} if weights is None else {(one := f"{name}:{weight}"): one for weight in weights}


def _number(value: Decimal) -> tuple[str, object]:
    whole = value == value.to_integral_value()
    number: int | float = int(value) if whole else float(value)
    return str(number), number


def _choice(text: str, prompt: str) -> AxisValues | str:
    options = _split(text) if next(iter(_braces(text)), None) == text else []
    if len(options) < 2 or "$$" in text:  # noqa: PLR2004
        return _(_HOW).format(entry=shown_prompt(text, 60))
    if text not in prompt:
        absent = _(
            "Your prompt doesn’t contain the choice `{text}`. Write it into the prompt, where its values should go."
        )
        return absent.format(text=text[:200].replace("`", ""))
    found = {" ".join(option.split()): option for option in options}
    if len(found) > MOST_CELLS:
        return too_many(None, shown_prompt(text, 60))
    return AxisValues(PROMPT_AXIS, tuple(found.values()), tuple(label or "–" for label in found), text)


def _split(text: str) -> list[str]:
    """What is between the bars of a choice. Choices within it stay as they are."""
    depth, options = 0, [""]
    for sign in text[1:-1]:
        depth += (sign == "{") - (sign == "}")
        if sign == "|" and not depth:
            options.append("")
        else:
            options[-1] += sign
    return [WEIGHT.sub("", option, count=1) for option in options]


def _braces(text: str) -> Iterator[str]:
    """The outermost pairs of braces, with what is in them."""
    depth, start = 0, 0
    for place, sign in enumerate(text):
        if sign == "{":
            start = start if depth else place
            depth += 1
        elif sign == "}" and depth:
            depth -= 1
            if not depth:
                yield text[start : place + 1]
