"""The settings of a request as text that can be changed, and what people type as such a text. Pure."""

import re
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from typing import Final

from bot.workflows.graphs.parameters import Parameter, ParameterType, Value, check_value
from bot.workflows.imports.recipe import file_name
from bot.workflows.manifests.pack import Pack
from bot.workflows.quoted_lists import split_list

_OTHER_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "checkpoint": ("model", "unet"),
    "sampler": ("sampler_name",),
}
_SAME: Final = {
    "eulera": "eulerancestral",
    "keulera": "eulerancestral",
    "keulerancestral": "eulerancestral",
    "dpm2a": "dpm2ancestral",
    "dpmpp2sa": "dpmpp2sancestral",
}
"""Samplers that other programs call by other names than ComfyUI, without capitals and signs."""
_LONGEST: Final = 200
_GAP: Final = re.compile(r"[\s_-]+")
"""What people write between the parts of a name."""

Choices = Callable[[Parameter], Sequence[str]]
"""What a parameter can be now."""


def settings_text(pack: Pack, settings: Iterable[tuple[str, str | int | float]], choices: Choices) -> str:
    """A line `name: value` for each setting that fits an option of this workflow."""
    return "\n".join(f"{name}: {value}" for name, value in _fitting(pack, settings, choices))


def _fitting(
    pack: Pack, settings: Iterable[tuple[str, str | int | float]], choices: Choices
) -> Iterator[tuple[str, str | int | float]]:
    taken: set[str] = set()
    for name, value in settings:
        names = (name, *_OTHER_NAMES.get(name, ()))
        found = next((pack.offered[one] for one in names if one in pack.offered and one not in taken), None)
        if found is None:
            continue
        listed = choices(found)
        chosen = choice_like(value, listed) if listed else _number(found, value)
        if chosen is not None and check_value(found, chosen) is None:
            taken.add(found.name)
            yield found.name, chosen


def choice_like(value: object, listed: Sequence[str]) -> str | None:
    """The choice that is called the same, whatever its folder, its ending and its signs. `Euler a` is a sampler that
    other programs call so.
    """
    wanted = _plain(value)
    return next((one for one in listed if _plain(one) == _SAME.get(wanted, wanted)), None)


def _plain(value: object) -> str:
    stem = file_name(value).removesuffix(".safetensors").removesuffix(".ckpt").removesuffix(".gguf")
    return "".join(sign for sign in stem.casefold().replace("+", "p") if sign.isalnum()).removeprefix("sample")


def _number(parameter: Parameter, value: str | float) -> str | int | float | None:
    if parameter.type == "number" and isinstance(value, int):
        return float(value)
    return value


def read_settings(
    text: str, names: Iterable[str], lists: Container[str] = ()
) -> tuple[dict[str, str], tuple[str, ...]]:
    """What a text like `steps 20, guidance: 5` sets, by name as it stands in `names`, and the parts that set nothing.

    Settings stand on lines of their own or between commas, in any order; the value follows after a space, a colon or
    an equals sign. The value of a name in `lists` may hold commas itself: it ends where the next setting begins.
    """
    known = {_plain_name(name): name for name in names}
    # The longest first: `cfg scale` is not `cfg` with the value `scale`.
    beginning = re.compile(
        "(" + "|".join(map(_pattern, sorted(known, key=len, reverse=True))) + r")(?![\w-])\s*[:=]?\s*", re.IGNORECASE
    )
    values: dict[str, str] = {}
    wrong: list[str] = []
    for line in text.splitlines():
        open_list = None
        for part in split_list(line):
            begun = beginning.match(part) if known else None
            value = part if begun is None else part[begun.end() :].strip()
            if begun is not None and value:
                name = known[_plain_name(begun[1])]
                values[name] = value
                open_list = name if name in lists else None
            elif begun is None and open_list is not None:
                values[open_list] += f", {value}"
            else:
                wrong.append(part[:_LONGEST])
    return values, tuple(wrong)


def typed_value(type_: ParameterType, text: str) -> Value | None:
    """A setting's value as its parameter takes it; None if it is of another type."""
    try:
        match type_:
            case "integer":
                return int(text[:_LONGEST])
            case "number":
                return float(text[:_LONGEST])
            case "boolean":
                return {"yes": True, "true": True, "no": False, "false": False}.get(text.casefold())
            case "string":
                return text or None
            case _:
                return None
    except ValueError:
        return None


def _plain_name(name: str) -> str:
    return " ".join(_GAP.split(name.casefold()))


def _pattern(name: str) -> str:
    return _GAP.pattern.join(map(re.escape, _GAP.split(name)))
