"""Values by the names that programs give them -> a recipe. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from bot.workflows.graphs.graph import LARGEST
from bot.workflows.imports.recipe import MOST_FACTS, MOST_TEXT, Recipe, file_name, shown

_MEANINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "prompt": ("prompt", "positiveprompt", "positive"),
    "negative": ("negativeprompt", "negative", "uc", "undesiredcontent"),
    "seed": ("seed", "noiseseed", "imageseed"),
    "width": ("width", "basewidth"),
    "height": ("height", "baseheight"),
    "size": ("size", "resolution"),
    "steps": ("steps", "numinferencesteps", "samplingsteps"),
    "cfg": ("cfgscale", "cfg", "guidancescale", "scale"),
    "guidance": ("distilledcfgscale", "guidance", "fluxguidancescale", "distilledguidance"),
    "sampler": ("sampler", "samplername"),
    "scheduler": ("scheduler", "scheduletype", "noiseschedule", "schedule"),
    "denoise": ("denoisingstrength", "denoise", "strength", "initimagecreativity"),
    "checkpoint": ("model", "basemodel", "modelname", "modelweights", "checkpoint", "sdmodelname", "sdmodelcheckpoint"),
    "lora": ("loras", "lora"),
    "vae": ("vae", "vaename"),
}
"""Ours, by the names without capitals and signs that programs have for it."""
_WHAT: Final = {name: ours for ours, names in _MEANINGS.items() for name in names}
_LABELS: Final = {
    "steps": "Steps",
    "cfg": "CFG",
    "guidance": "Guidance",
    "sampler": "Sampler",
    "scheduler": "Scheduler",
    "denoise": "Denoise",
    "checkpoint": "Checkpoint",
    "lora": "LoRA",
    "vae": "VAE",
}
_NUMBERS: Final = frozenset({"steps", "cfg", "guidance", "denoise", "width", "height"})
_FILES: Final = frozenset({"checkpoint", "lora", "vae"})
_SIZE: Final = re.compile(r"\(?\s{0,4}(\d{1,5})\s{0,4}[x×,*]\s{0,4}(\d{1,5})\s{0,4}\)?", re.ASCII)
_NUMBER: Final = re.compile(r"-?\d{1,20}(?:\.\d{1,20})?", re.ASCII)
_UNTOLD: Final = re.compile(r"hash|^version$|^date$|generationtime|^fullprompt|^fullnegative|^rawprompt|^rawnegative")
"""Names, without capitals and signs, of what helps nobody to make the image again."""
_NAMES: Final = ("name", "model_name", "modelName", "model", "lora")
"""Keys of a model's name, where the model is an object."""
_LONGEST_NAME: Final = 40
_LORAS: Final = 10


def recipe_of(values: Mapping[str, Any], program: str, meanings: Mapping[str, str] | None = None) -> Recipe:
    """`meanings` are the names that mean something else to this program than to most."""
    known: dict[str, Any] = {}
    rest: list[tuple[str, str]] = []
    for name, value in values.items():
        plain = _plain(name)
        ours = (meanings or {}).get(plain) or _WHAT.get(plain)
        if ours is not None:
            known.setdefault(ours, value)
        elif (fact := _told(name, plain, value)) is not None:
            rest.append(fact)
    _split_size(known)
    settings = dict(_settings(known))
    facts = [("Program", program), *_facts(known, settings), *rest] if settings or _words(known) else []
    return Recipe(
        prompt=_text(known.get("prompt")),
        negative=_text(known.get("negative")),
        seed=_seed(known.get("seed")),
        facts=tuple(facts[:MOST_FACTS]),
        settings=tuple(settings.items()),
    )


def _words(known: Mapping[str, Any]) -> bool:
    return bool(_text(known.get("prompt")) or _text(known.get("negative"))) or _seed(known.get("seed")) is not None


def _plain(name: object) -> str:
    return "".join(sign for sign in str(name)[: 2 * _LONGEST_NAME] if sign.isalnum()).casefold()


def _told(name: str, plain: str, value: Any) -> tuple[str, str] | None:  # noqa: ANN401 - a stranger's JSON
    label = str(name).replace("_", " ").strip()[:_LONGEST_NAME]
    if not label or _UNTOLD.search(plain) or isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = shown(value[:1000] if isinstance(value, str) else value)
    return (label[:1].upper() + label[1:], text) if text else None


def _split_size(known: dict[str, Any]) -> None:
    """Sizes come as `512x768`, `(1152, 896)` or two numbers."""
    size = known.pop("size", None)
    if isinstance(size, str) and (found := _SIZE.fullmatch(size[:40].strip())) is not None:
        known.setdefault("width", int(found[1]))
        known.setdefault("height", int(found[2]))


def _settings(known: Mapping[str, Any]) -> Iterator[tuple[str, str | int | float]]:
    for ours, value in known.items():
        if ours in _NUMBERS and (number := _number(value)) is not None:
            yield ours, number
        elif ours in _FILES and ours != "lora" and (named := _model(value)):
            yield ours, named
        elif ours in {"sampler", "scheduler"} and isinstance(value, str) and value.strip():
            yield ours, shown(value)


def _facts(known: Mapping[str, Any], settings: Mapping[str, str | int | float]) -> Iterator[tuple[str, str]]:
    if {"width", "height"} <= settings.keys():
        yield "Size", f"{shown(settings['width'])} x {shown(settings['height'])}"
    for ours, label in _LABELS.items():
        # Whole images from noise are what everybody expects.
        if ours in settings and not (ours == "denoise" and settings[ours] == 1):
            yield label, shown(settings[ours])
        elif ours == "lora" and (loras := list(_loras(known.get(ours)))):
            yield label, ", ".join(loras)


def _loras(value: Any) -> Iterator[str]:  # noqa: ANN401 - a stranger's JSON
    listed = value if isinstance(value, list) else [value]
    for one in listed[:_LORAS]:
        if isinstance(one, dict):
            named, weight = _model(one), _number(one.get("weight", one.get("strength")))
        else:
            parts = [*(one if isinstance(one, list) else [one]), None, None]
            named, weight = _model(parts[0]), _number(parts[1])
        if named:
            yield named if weight is None else f"{named} ({shown(weight)})"


def _model(value: Any) -> str:  # noqa: ANN401 - a stranger's JSON
    """A model's name, which may be in an object, or in an object in that."""
    for _ in range(3):
        if isinstance(value, str):
            return "" if value.strip() in {"", "None"} else file_name(value[:1000])
        if not isinstance(value, dict):
            return ""
        value = next((value[key] for key in _NAMES if value.get(key)), None)
    return ""


def _number(value: Any) -> int | float | None:  # noqa: ANN401 - a stranger's JSON
    if isinstance(value, str) and _NUMBER.fullmatch(value[:60].strip()):
        value = float(value) if "." in value else int(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= LARGEST:
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _seed(value: Any) -> int | None:  # noqa: ANN401 - a stranger's JSON
    number = _number(value)
    return number if isinstance(number, int) else None


def _text(value: Any) -> str:  # noqa: ANN401 - a stranger's JSON
    """A text, or all that are in a list."""
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "\n".join(filter(None, (_text(one) for one in value[:_LORAS] if isinstance(one, str))))[:MOST_TEXT]
    return value.strip()[:MOST_TEXT] if isinstance(value, str) else ""
