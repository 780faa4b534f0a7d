"""The option `size`: how members write the size of an image. Pure."""

import math
import re
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final, Self

from bot.translation import N_, _
from bot.workflows import Pack, Parameter
from bot.workflows.library.meanings import parameter_for
from bot.workflows.manifests.pack import own_value

_SHAPES: Final[Mapping[str, float]] = {
    "square": 1.0,
    "portrait": 2 / 3,
    "landscape": 3 / 2,
    "wide": 16 / 9,
    "tall": 9 / 16,
}
"""Width / height. The number of pixels is the one that the model was made for."""
_LABELS: Final[Mapping[str, str]] = {
    "square": N_("Square"),
    "portrait": N_("Portrait"),
    "landscape": N_("Landscape"),
    "wide": N_("Wide"),
    "tall": N_("Tall"),
}
_OTHER_NAMES: Final = {"horizontal": "landscape", "vertical": "portrait"}
_WELL_KNOWN: Final = ("square", *("16:9", "9:16", "4:3", "3:4", "5:4", "4:5", "21:9", "9:21", "2:1", "1:2"))
"""Shapes that a size is recognised as, besides `_SHAPES`."""
_STEP: Final = 64
"""The width and height of a shape are rounded to a multiple of this many pixels."""
_WRITTEN: Final = re.compile(r"(\d{1,5})(?: | ?[x×*,] ?)(\d{1,5})(?: ?px)?", re.IGNORECASE)
_RATIO: Final = re.compile(r"(\d{1,4}(?:\.\d{1,4})?) ?[:/] ?(\d{1,4}(?:\.\d{1,4})?)")
_SIDE: Final = re.compile(r"(\d{1,5})(?: ?px)?")
_NO_SIDE: Final = 32
"""`16x9` is an aspect ratio: no model generates images with sides of so few pixels."""
_LONGEST_RATIO: Final = 8
"""Beyond it models repeat themselves along the long side."""
_FAMILIES: Final = (
    (re.compile(r"xl|pony|illustrious|noob|flux|sd_?3|qwen|z.?image|chroma|hidream|lumina", re.IGNORECASE), 1024),
    (re.compile(r"sd.?2|v2-|768", re.IGNORECASE), 768),
    (re.compile(r"sd.?1|v1[-.]|1\.5|(?<!\d)512(?!\d)", re.IGNORECASE), 512),
)
"""Parts of model files' names -> the side of the square images that such models were trained on."""


class ShapedSide(int):
    """A width or height in pixels that follows from a shape. The same shape has other sides for another model."""

    shape: float

    @classmethod
    def of(cls, side: int, shape: float) -> Self:
        """The side of an image with this shape (width / height)."""
        one = cls(side)
        one.shape = shape
        return one


def takes_size(pack: Pack) -> bool:
    """Whether members can choose the size of the workflow's images."""
    return all(name in pack.offered and pack.offered[name].type == "integer" for name in ("width", "height"))


def read_size(pack: Pack, text: str, model: str = "") -> tuple[int, int] | None:
    """Width and height in pixels, from `16:9`, `portrait`, `1024x768` or `512`. None if the text is none of these.

    `model` is the file that the member chose, "" for the workflow's own.
    """
    # Phones in Asia write digits and colons in their full width.
    plain = " ".join(unicodedata.normalize("NFKC", text).replace("\N{RATIO}", ":").split()).casefold()
    if (shape := _shape_called(plain)) is not None:
        return _shaped(pack, _SHAPES[shape], model)
    if (square := _SIDE.fullmatch(plain)) is not None:
        return int(square[1]), int(square[1])
    if (ratio := _RATIO.fullmatch(plain)) is not None:
        return _in_ratio(pack, float(ratio[1]), float(ratio[2]), model)
    if (written := _WRITTEN.fullmatch(plain)) is None:
        return None
    width, height = int(written[1]), int(written[2])
    return _in_ratio(pack, width, height, model) if max(width, height) < _NO_SIDE else (width, height)


def _shape_called(plain: str) -> str | None:
    """The shape that has this name, in English, in the member's language or in other programs."""
    named = {_(label).casefold(): shape for shape, label in _LABELS.items()}
    return plain if plain in _SHAPES else named.get(plain) or _OTHER_NAMES.get(plain)


def fit_to_model(pack: Pack, values: Mapping[str, object], most_pixels: int | None = None) -> dict[str, int]:
    """The width and height that suit the model among these values, if they follow from a shape; else nothing.

    What a prompt, a style and a member's defaults say comes together one after the other: the model may be the last.
    A shape never has more than `most_pixels`.
    """
    sides = [values.get("width"), values.get("height")]
    shapes = {side.shape for side in sides if isinstance(side, ShapedSide)}
    if len(shapes) != 1 or not all(isinstance(side, ShapedSide) for side in sides):
        return {}
    model = parameter_for(pack, "model")
    chosen = "" if model is None else str(values.get(model.name, ""))
    return dict(zip(("width", "height"), map(int, _shaped(pack, shapes.pop(), chosen, most_pixels)), strict=True))


def size_text(pack: Pack, width: int, height: int, model: str) -> str:
    """A size as a member would write it for another image: a shape if it is what the shape means for this model, so
    that it changes with the model.
    """
    shapes = (one for one in (*_WELL_KNOWN, *_SHAPES) if read_size(pack, one, model) == (width, height))
    return next(shapes, f"{width}x{height}")


def suggested_sizes(pack: Pack, typed: str = "", model: str = "", most_pixels: int | None = None) -> Mapping[str, str]:
    """The sizes that autocomplete offers: the name that members see -> the value, like “portrait” or “16:9”.

    What was typed comes first if it is a size, so that a member sees what `16:9` means here. A value is the shape and
    no size in pixels, so that it suits every model: one chosen afterwards, and that of a member's default for later.
    """
    plain = " ".join(typed.split())
    sizes = {shape: (_(label), _shaped(pack, _SHAPES[shape], model, most_pixels)) for shape, label in _LABELS.items()}
    own = read_size(pack, plain, model) if plain and plain.casefold() not in _SHAPES else None
    if own is not None and isinstance(own[0], ShapedSide):
        own = _shaped(pack, own[0].shape, model, most_pixels)
    # “1” is the beginning of “16:9”, not a size.
    if own is not None and min(own) >= _NO_SIDE:
        sizes = {plain: (plain, own), **sizes}
    return {f"{name}: {width} x {height}": value for value, (name, (width, height)) in sizes.items()}


def _in_ratio(pack: Pack, across: float, down: float, model: str) -> tuple[int, int] | None:
    if not across or not down or not 1 / _LONGEST_RATIO <= across / down <= _LONGEST_RATIO:
        return None
    return _shaped(pack, across / down, model)


def _shaped(pack: Pack, shape: float, model: str, most_pixels: int | None = None) -> tuple[int, int]:
    most = math.inf if most_pixels is None else most_pixels
    area = min(_liked_pixels(pack, model), most)
    sides = {"width": math.sqrt(area * shape), "height": math.sqrt(area / shape)}
    # If one side is too long for the workflow, the other shrinks with it: the shape is what was asked for.
    fits = min(1.0, *((pack.offered[name].max or math.inf) / side for name, side in sides.items()))
    width, height = (_fitting(pack.offered[name], side * fits, round) for name, side in sides.items())
    if width * height > most:
        width, height = (_fitting(pack.offered[name], side * fits, math.floor) for name, side in sides.items())
    return ShapedSide.of(width, shape), ShapedSide.of(height, shape)


def _liked_pixels(pack: Pack, model: str) -> int:
    """The number of pixels that suits the model: as its file's name says, else as the workflow's author chose."""
    known = next((side for pattern, side in _FAMILIES if pattern.search(model)), None) if model else None
    return _own(pack, "width") * _own(pack, "height") if known is None else known * known


def _own(pack: Pack, name: str) -> int:
    """The workflow's width or height when nobody chooses a size."""
    value = own_value(pack, pack.offered[name])
    return value if isinstance(value, int) else 1024


def _fitting(parameter: Parameter, side: float, whole: Callable[[float], int]) -> int:
    low, high = parameter.min or _STEP, parameter.max or math.inf
    rounded = max(_STEP, whole(side / _STEP) * _STEP)
    return int(min(max(rounded, low), high))
