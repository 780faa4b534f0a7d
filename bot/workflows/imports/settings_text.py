"""The settings of a recipe that a workflow has options for, as text that can be changed. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from bot.workflows.graphs.parameters import Parameter, check_value
from bot.workflows.imports.recipe import file_name
from bot.workflows.manifests.pack import Pack

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
        chosen = _chosen(value, listed) if listed else _number(found, value)
        if chosen is not None and check_value(found, chosen) is None:
            taken.add(found.name)
            yield found.name, chosen


def _chosen(value: object, listed: Sequence[str]) -> str | None:
    """The choice that is called the same, whatever its folder, its ending and its signs."""
    wanted = _plain(value)
    return next((one for one in listed if _plain(one) == _SAME.get(wanted, wanted)), None)


def _plain(value: object) -> str:
    stem = file_name(value).removesuffix(".safetensors").removesuffix(".ckpt").removesuffix(".gguf")
    return "".join(sign for sign in stem.casefold().replace("+", "p") if sign.isalnum()).removeprefix("sample")


def _number(parameter: Parameter, value: str | float) -> str | int | float | None:
    if parameter.type == "number" and isinstance(value, int):
        return float(value)
    return value


def read_settings(pack: Pack, text: str) -> tuple[dict[str, object], tuple[str, ...]]:
    """The values in such a text by option, and the lines that are none."""
    values: dict[str, object] = {}
    wrong: list[str] = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, colon, value = line.partition(":")
        parameter = pack.offered.get(name.strip().casefold())
        typed = _typed(parameter, value.strip()) if colon and parameter is not None else None
        if parameter is None or typed is None:
            wrong.append(line[:_LONGEST])
        else:
            values[parameter.name] = typed
    return values, tuple(wrong)


def _typed(parameter: Parameter, value: str) -> object | None:
    try:
        match parameter.type:
            case "integer":
                return int(value[:_LONGEST])
            case "number":
                return float(value[:_LONGEST])
            case "boolean":
                return {"yes": True, "true": True, "no": False, "false": False}.get(value.casefold())
            case "string":
                return value or None
    except ValueError:
        return None
    return None
