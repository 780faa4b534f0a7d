"""Put a generated part into its original. Outside the mask every pixel stays exactly what it was."""

import io
from typing import BinaryIO, Final

from PIL import Image

from bot.pictures.decoding import DAMAGED, OUTPUT_FORMATS, Source, eight_bits, opened
from bot.pictures.file_texts import texts
from bot.pictures.parts.deep import paste_part, read_deep, write_deep
from bot.pictures.png_text import write_with_texts

_COMPRESSION: Final = 4
"""What ComfyUI uses."""
_BLOCK: Final = 8
"""Encoders of models cut an image to whole blocks, around its middle."""
_RATIO: Final = 1.04
"""How far the shape of a result may differ from its original's. Others show something else, like a comparison."""
_ROUNDED: Final = 16
"""Pixels by which a side may differ in any case: workflows round sizes to whole blocks."""


def composite_into(original: Source, mask: Source, result: Source, target: BinaryIO) -> bool:
    """Write the original as a PNG with the result in place of the masked part, and with the result's texts. The result
    may have another size. False, with nothing written, if it is a moving image, no image, or of another shape.

    Raises one of `DAMAGED` if the original or the mask cannot be read.
    """
    deep = read_deep(original)
    whole = _opened(original) if deep is None else deep.high
    hidden = _opened(mask).convert("L")
    box = hidden.getbbox() or (0, 0, 0, 0)
    try:
        with opened(result) as file, Image.open(file, formats=OUTPUT_FORMATS) as image:
            if getattr(image, "is_animated", False) or not _same_shape(image.size, whole.size):
                return False
            image.load()
            part = _part(eight_bits(image), whole.size, box).convert(whole.mode)
    except (*DAMAGED, Image.DecompressionBombError):
        return False
    encoded = io.BytesIO()
    if deep is None:
        whole.paste(part, box, hidden.crop(box))
        whole.save(encoded, "PNG", compress_level=_COMPRESSION)
    else:
        paste_part(deep, part, box, hidden.crop(box))
        write_deep(deep, encoded)
    encoded.seek(0)
    return write_with_texts(encoded, target, texts(result))


def _opened(source: Source) -> Image.Image:
    with opened(source) as file, Image.open(file, formats=("PNG",)) as image:
        image.load()
        return eight_bits(image)


def _same_shape(size: tuple[int, int], original: tuple[int, int]) -> bool:
    """Whether one size is the other scaled, or cut to whole blocks."""
    across, down = size[0] / original[0], size[1] / original[1]
    off = min(abs(size[0] - original[0] * down), abs(size[1] - original[1] * across))
    return off <= _ROUNDED or max(across, down) <= min(across, down) * _RATIO


def _part(result: Image.Image, size: tuple[int, int], box: tuple[int, int, int, int]) -> Image.Image:
    """The result's pixels that belong into this box of the original."""
    if result.size == size:
        return result.crop(box)
    across, down = result.width / size[0], result.height / size[1]
    scaled = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
    part = result.resize((box[2] - box[0], box[3] - box[1]), Image.Resampling.LANCZOS, scaled)
    if result.size == _cut(size):
        # Not scaled but cut: its pixels have their places, and only the border beyond them has to be made up.
        part.paste(result, ((size[0] - result.width) // 2 - box[0], (size[1] - result.height) // 2 - box[1]))
    return part


def _cut(size: tuple[int, int]) -> tuple[int, int]:
    return size[0] // _BLOCK * _BLOCK, size[1] // _BLOCK * _BLOCK
