"""`size`: how large a picture is to be, as members say it. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Final

from bot.workflows import Pack

_SHAPES: Final[Mapping[str, float]] = {"square": 1.0, "portrait": 2 / 3, "landscape": 3 / 2, "wide": 16 / 9}
"""Width / height; what a workflow's own size has of pixels is kept."""
_STEP: Final = 64
_WRITTEN: Final = re.compile(r"(\d{1,5})(?: | ?[x×*,:] ?)(\d{1,5})", re.IGNORECASE)


def takes_size(pack: Pack) -> bool:
    """Whether members may say how large its pictures are."""
    return all(name in pack.offered and pack.offered[name].type == "integer" for name in ("width", "height"))


def read_size(pack: Pack, text: str) -> tuple[int, int] | None:
    """Width and height in pixels, for “1024x768” or the name of a shape; None for what is neither."""
    if (shape := text.strip().casefold()) in _SHAPES:
        return _shaped(pack, _SHAPES[shape])
    found = _WRITTEN.fullmatch(" ".join(text.split()))
    return None if found is None else (int(found[1]), int(found[2]))


def suggested_sizes(pack: Pack) -> Mapping[str, str]:
    """What to offer: a name to show -> the size."""
    sizes = {name: _shaped(pack, shape) for name, shape in _SHAPES.items()}
    return {f"{name.capitalize()}: {width} x {height}": f"{width}x{height}" for name, (width, height) in sizes.items()}


def _shaped(pack: Pack, shape: float) -> tuple[int, int]:
    width, height = (_own(pack, name) for name in ("width", "height"))
    area = width * height
    return _fitting(pack, "width", math.sqrt(area * shape)), _fitting(pack, "height", math.sqrt(area / shape))


def _own(pack: Pack, name: str) -> int:
    """The workflow's size when nobody says one."""
    parameter = pack.offered[name]
    target = parameter.targets[0]
    value = parameter.default or pack.graph[target.node_id]["inputs"].get(target.input_name)
    return value if isinstance(value, int) else 1024


def _fitting(pack: Pack, name: str, side: float) -> int:
    parameter = pack.offered[name]
    low, high = parameter.min or _STEP, parameter.max or math.inf
    rounded = max(_STEP, round(side / _STEP) * _STEP)
    return int(min(max(rounded, low), high))
