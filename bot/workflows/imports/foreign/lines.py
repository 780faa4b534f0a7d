"""The text that A1111, Forge, SD.Next, Civitai and many nodes of ComfyUI's write: the prompt, `Negative prompt:`, and a
line of settings that begins with `Steps:`.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from bot.workflows.imports.foreign.named_values import recipe_of
from bot.workflows.imports.recipe import Recipe

_MOST_TEXT: Final = 200_000
"""Characters that are looked at."""
_MOST_SETTINGS: Final = 300
_MOST_JSON: Final = 40
"""Values in quotes or brackets: each may be looked through to the end of the line."""
_NEGATIVE: Final = "Negative prompt:"
_FIRST: Final = "Steps:"
_LONGEST_NAME: Final = 60
_RESOURCES: Final = "Civitai resources"


def read(text: str) -> Recipe:
    """An empty recipe where the text has no line of settings: any other text may be about anything."""
    lines = text[:_MOST_TEXT].splitlines()
    last = next((number for number in reversed(range(len(lines))) if lines[number].lstrip().startswith(_FIRST)), None)
    if last is None:
        return Recipe()
    begins = next((number for number in range(last) if lines[number].lstrip().startswith(_NEGATIVE)), last)
    values: dict[str, Any] = {
        "prompt": "\n".join(lines[:begins]),
        "negative": "\n".join(lines[begins:last]).lstrip().removeprefix(_NEGATIVE),
        **dict(_settings(", ".join(lines[last:]))),
    }
    resources = values.pop(_RESOURCES, None)
    _add_resources(values, resources)
    _add_loras(values)
    if "Model hash" in values:
        values.setdefault("Model", values["Model hash"])
    return recipe_of(values, _program(str(values.get("Version", "")), civitai=resources is not None))


def _settings(line: str) -> Iterator[tuple[str, object]]:
    """`Name: value, Name: value`; what has a comma in it stands in quotes or is JSON."""
    decoder, tries, place = json.JSONDecoder(), _MOST_JSON, 0
    for _ in range(_MOST_SETTINGS):
        colon = line.find(":", place)
        if colon < 0:
            return
        # A comma in front of the name belongs to a value that had one.
        name = line[max(place, colon - _LONGEST_NAME) : colon].rpartition(",")[2].strip()
        start = colon + 1 + (line[colon + 1 : colon + 2] == " ")
        if tries and line[start : start + 1] in {'"', "[", "{"}:
            tries -= 1
            try:
                value, place = decoder.raw_decode(line, start)
            except (ValueError, RecursionError):
                pass
            else:
                yield name, value
                continue
        comma = line.find(",", start)
        place = len(line) if comma < 0 else comma + 1
        yield name, line[start : len(line) if comma < 0 else comma].strip()


def _add_resources(values: dict[str, Any], resources: object) -> None:
    """Civitai's own list says which models these were."""
    for one in resources if isinstance(resources, list) else ():
        if isinstance(one, dict) and isinstance(name := one.get("modelName"), str):
            if str(one.get("type")).casefold() == "checkpoint":
                values.setdefault("Model", name)
            else:
                values.setdefault("loras", []).append({"name": name, "weight": one.get("weight")})


def _add_loras(values: dict[str, Any]) -> None:
    """`Lora hashes: "name: hash, name: hash"`."""
    hashes = values.pop("Lora hashes", None)
    if isinstance(hashes, str) and "loras" not in values:
        names = re.findall(r"\s*([^:]+):[^,:]*(?:,|$)", hashes[:2000])
        values["loras"] = [name.strip() for name in names]


def _program(version: str, *, civitai: bool) -> str:
    if civitai:
        return "Civitai"
    if version.startswith("f") or version == "neo":
        return "Forge"
    return {"ComfyUI": "ComfyUI", "": "A1111 or alike"}.get(version, "Fooocus" if "Fooocus" in version else "A1111")
