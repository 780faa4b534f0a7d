"""Settings in the editor's own format that do not fit any input of their node. Pure.

A node may have widgets that only its own JavaScript knows (the rows of a “Power Lora Loader”): the editor saves what
they hold, and only the editor can make inputs of it.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from autograph.convert import get_widget_input_names

from bot.workflows.graphs.object_info import ObjectInfo

_BUTTONS: Final = ("image", "video", "audio", "file", "text")
"""What may be uploaded: beside each such input the editor keeps a value for the button."""
_SEEDS: Final = ("seed", "noise_seed")
_LONGEST_SHOWN: Final = 60


def uncarried(node: Mapping[str, Any], title: str, info: ObjectInfo, known: dict[str, Any]) -> str | None:
    """What of a node's settings is lost, in words; None where nothing is. `known` is the parsed `info`."""
    class_type, values = str(node.get("type")), node.get("widgets_values")
    # A node that shows something keeps what it showed last.
    if not isinstance(values, list) or not info.knows(class_type) or info.makes_output(class_type):
        return None
    names = get_widget_input_names(class_type, known, use_api=True)
    room = sum(1 + _beside(info, class_type, name) for name in names)
    lost = [value for value in values[room:] if value not in (None, "", False)]
    texts = [text for value in lost for text in _told(value)]
    if not texts:
        return None
    return f"settings of “{title}”, like {texts[0][:_LONGEST_SHOWN]}"


def _beside(info: ObjectInfo, class_type: str, name: str) -> int:
    """The values that the editor keeps for an input beside its own: what happens to a seed, a button to upload."""
    inputs = info.entry(class_type).get("input")
    spec = info.input(class_type, name)
    if spec is None or not isinstance(inputs, dict):
        return 0
    found = next((inputs[one][name] for one in ("required", "optional") if name in (inputs.get(one) or ())), None)
    options = found[1] if isinstance(found, list) and len(found) > 1 and isinstance(found[1], dict) else {}
    controlled = bool(options.get("control_after_generate")) or (spec.type == "INT" and name in _SEEDS)
    return int(controlled) + sum(bool(options.get(f"{kind}_upload")) for kind in _BUTTONS)


def _told(value: object) -> Iterator[str]:
    """The texts and numbers in a lost value that say something; a widget's own description does not."""
    match value:
        case bool() | None:
            return
        case str() | int() | float():
            yield str(value)
        case list():
            for one in value:
                if isinstance(one, str | int | float) and str(one).strip():
                    yield str(one)
        case dict():
            named = [one for key, one in value.items() if key != "type" and isinstance(one, str) and one.strip()]
            numbers = [one for one in value.values() if isinstance(one, int | float) and not isinstance(one, bool)]
            yield from map(str, [*named, *numbers])
