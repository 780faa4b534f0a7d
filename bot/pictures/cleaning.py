"""Convert an image from outside into a harmless PNG."""

import io
import tempfile
from pathlib import Path
from typing import BinaryIO, Final

from PIL import ExifTags, Image

from bot.errors import PictureRefused
from bot.pictures.decoding import FORMATS, Source, eight_bits, opened

MOST_PIXELS: Final = 64_000_000
"""Pixels of an image from outside, as many as the largest of phones. Each takes four bytes when decoded."""
_MOST_SIDE: Final = 32_768
_MOST_CLEAN_BYTES: Final = 90 * 2**20
"""Bytes. ComfyUI accepts 100 MB per request."""
_MOST_TURNED_IN_MEMORY: Final = 16_000_000
"""Pixels. Up to this size an image may be in memory twice while it is rotated."""
_ROWS: Final = 256
"""Rows rotated at once in a larger image."""

_TURN: Final = Image.Transpose
_TURNS: Final = {
    2: _TURN.FLIP_LEFT_RIGHT,
    3: _TURN.ROTATE_180,
    4: _TURN.FLIP_TOP_BOTTOM,
    5: _TURN.TRANSPOSE,
    6: _TURN.ROTATE_270,
    7: _TURN.TRANSVERSE,
    8: _TURN.ROTATE_90,
}
"""By EXIF orientation (tag 0x0112): the operation that makes the image upright."""
_REVERSED: Final = frozenset({_TURN.ROTATE_180, _TURN.FLIP_TOP_BOTTOM, _TURN.ROTATE_270, _TURN.TRANSVERSE})
"""Operations after which the first rows become the last rows or columns."""


def clean(source: Source, most_pixels: int = MOST_PIXELS) -> bytes:
    """`clean_into`, with the result in memory."""
    buffer = io.BytesIO()
    clean_into(source, buffer, most_pixels)
    return buffer.getvalue()


def clean_into(source: Source, target: BinaryIO, most_pixels: int = MOST_PIXELS, scratch: Path | None = None) -> None:
    """Write an image from outside as a plain PNG: its first frame, upright, 8 bits per channel, with transparency, and
    without any metadata of the file.

    Raises `PictureRefused`. Sizes are read from the header, so a decompression bomb is refused before it is decoded.
    `scratch` is a folder for temporary files.
    """
    try:
        with opened(source) as file, Image.open(file, formats=FORMATS) as image:
            _refuse_bomb(image, most_pixels)
            turn = turn_of(image)
            upright = eight_bits(image)
            upright.load()
            if turn is not None:
                large = upright.width * upright.height > _MOST_TURNED_IN_MEMORY
                upright = turned(upright, turn, scratch) if large else upright.transpose(turn)
            # Drop the metadata.
            upright.info.clear()
            upright.save(target, "PNG", compress_level=3)
    except PictureRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused("too_many_pixels", most_pixels) from None
    except MemoryError:
        # This kind of image needs more memory than others: fewer pixels will do.
        raise PictureRefused("too_many_pixels", most_pixels // 2) from None
    except Exception as fault:  # Pillow may raise anything for a damaged file
        raise PictureRefused("not_a_picture") from fault
    if target.tell() > _MOST_CLEAN_BYTES:
        raise PictureRefused("too_many_bytes", _MOST_CLEAN_BYTES)


def _refuse_bomb(image: Image.Image, most_pixels: int) -> None:
    if image.width * image.height > most_pixels:
        raise PictureRefused("too_many_pixels", most_pixels)
    if max(image.size) > _MOST_SIDE:
        raise PictureRefused("too_long", _MOST_SIDE)


def turn_of(image: Image.Image) -> Image.Transpose | None:
    """What makes an opened image upright; None if it is."""
    return _TURNS.get(image.getexif().get(ExifTags.Base.Orientation, 1))


def turned(image: Image.Image, turn: Image.Transpose, scratch: Path | None = None, strip: int = _ROWS) -> Image.Image:
    """The image rotated, without being in memory twice: it is closed and kept in a file meanwhile."""
    width, height, mode = image.width, image.height, image.mode
    with tempfile.TemporaryFile(dir=scratch) as file:
        for top in range(0, height, strip):
            file.write(image.crop((0, top, width, min(height, top + strip))).tobytes())
        # Free the pixels even if there are other references to the object.
        image.close()
        file.seek(0)
        across = turn in {_TURN.TRANSPOSE, _TURN.TRANSVERSE, _TURN.ROTATE_90, _TURN.ROTATE_270}
        upright = Image.new(mode, (height, width) if across else (width, height))
        for top in range(0, height, strip):
            rows = min(strip, height - top)
            piece = Image.frombytes(mode, (width, rows), file.read(width * rows * len(mode)))
            place = height - top - rows if turn in _REVERSED else top
            upright.paste(piece.transpose(turn), (place, 0) if across else (0, place))
        return upright
