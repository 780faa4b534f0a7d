"""The option `size`: how members write the size of an image. Pure."""

import math
import re
from collections.abc import Mapping
from typing import Final

from bot.translation import N_, _
from bot.workflows import Pack

_SHAPES: Final[Mapping[str, float]] = {"square": 1.0, "portrait": 2 / 3, "landscape": 3 / 2, "wide": 16 / 9}
"""Width / height. The number of pixels stays that of the workflow's own size."""
_LABELS: Final[Mapping[str, str]] = {
    "square": N_("Square"),
    "portrait": N_("Portrait"),
    "landscape": N_("Landscape"),
    "wide": N_("Wide"),
}
_STEP: Final = 64
"""The width and height of a named shape are rounded to a multiple of this many pixels."""
_WRITTEN: Final = re.compile(r"(\d{1,5})(?: | ?[x×*,:] ?)(\d{1,5})", re.IGNORECASE)


def takes_size(pack: Pack) -> bool:
    """Whether members can choose the size of the workflow's images."""
    return all(name in pack.offered and pack.offered[name].type == "integer" for name in ("width", "height"))


def read_size(pack: Pack, text: str) -> tuple[int, int] | None:
    """Width and height in pixels, from “1024x768” or the name of a shape. None if the text is neither."""
    if (shape := text.strip().casefold()) in _SHAPES:
        return _shaped(pack, _SHAPES[shape])
    found = _WRITTEN.fullmatch(" ".join(text.split()))
    return None if found is None else (int(found[1]), int(found[2]))


def suggested_sizes(pack: Pack) -> Mapping[str, str]:
    """The sizes that autocomplete offers: the name that members see -> the value, like “1024x768”."""
    sizes = {name: _shaped(pack, shape) for name, shape in _SHAPES.items()}
    return {f"{_(_LABELS[name])}: {width} x {height}": f"{width}x{height}" for name, (width, height) in sizes.items()}


def _shaped(pack: Pack, shape: float) -> tuple[int, int]:
    width, height = (_own(pack, name) for name in ("width", "height"))
    area = width * height
    return _fitting(pack, "width", math.sqrt(area * shape)), _fitting(pack, "height", math.sqrt(area / shape))


def _own(pack: Pack, name: str) -> int:
    """The workflow's width or height when nobody chooses a size."""
    parameter = pack.offered[name]
    target = parameter.targets[0]
    value = parameter.default or pack.graph[target.node_id]["inputs"].get(target.input_name)
    return value if isinstance(value, int) else 1024


def _fitting(pack: Pack, name: str, side: float) -> int:
    parameter = pack.offered[name]
    low, high = parameter.min or _STEP, parameter.max or math.inf
    rounded = max(_STEP, round(side / _STEP) * _STEP)
    return int(min(max(rounded, low), high))
