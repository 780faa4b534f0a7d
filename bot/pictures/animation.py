"""Make a smaller copy of an animation, frame by frame, so that it is never in memory as a whole."""

import io
import math
from typing import BinaryIO, Final

from PIL import Image

from bot.pictures.decoding import OUTPUT_FORMATS, eight_bits

_FRAME_MS: Final = 100
"""Milliseconds, for a frame without a duration."""
_MOST_DECODED: Final = 600_000_000
"""Pixels of all frames together: about five seconds of work. Each frame depends on the one before: none is skipped."""
_MOST_FRAMES: Final = 1000
_MOST_FRAME: Final = 20_000_000
"""Pixels of one frame. Pillow keeps up to three frames to build the next."""
_MOST_ENCODED: Final = 150_000_000
"""Pixels of all the copy's frames together: about ten seconds of work."""
_MOST_FRAME_ENCODED: Final = 4_500_000
"""Pixels of one frame of the copy. The encoder keeps several frames."""
_SAMPLED_FRAMES: Final = 24
"""Frames that are encoded to estimate the size of all. A shorter animation is encoded as a whole at once."""
_SHRINK: Final = 0.8


def animated_copy(image: Image.Image, file: BinaryIO, limit: int, packet: bytes) -> tuple[bytes, bool]:
    """A WebP of at most `limit` bytes, and whether it has all the frames: a very long animation is cut. `file` is the
    file that `image` was opened from, `packet` the XMP that the copy keeps. Raises one of `DAMAGED`.
    """
    pixels = image.width * image.height
    if pixels > _MOST_FRAME:
        raise MemoryError("too many pixels in a frame")
    total: int = getattr(image, "n_frames", 1)
    count = max(1, min(total, _MOST_DECODED // pixels, _MOST_FRAMES))
    size = _scaled(image.size, math.sqrt(min(_MOST_ENCODED / count, _MOST_FRAME_ENCODED) / pixels))
    if count > 2 * _SAMPLED_FRAMES:
        size = _smaller(size, limit, len(_webp(file, _SAMPLED_FRAMES, size, b"")) * count / _SAMPLED_FRAMES)
    while True:
        content = _webp(file, count, size, packet)
        if len(content) <= limit or max(size) == 1:
            return content, count == total
        size = _smaller(size, limit, len(content))


def _smaller(size: tuple[int, int], limit: int, expected: float) -> tuple[int, int]:
    """A size expected to fit, guessed in one step since each attempt encodes all frames. Unchanged if it fits."""
    return size if expected <= limit else _scaled(size, min(_SHRINK, 0.95 * math.sqrt(limit / expected)))


def _scaled(size: tuple[int, int], factor: float) -> tuple[int, int]:
    """The size times `factor`, but never larger than before."""
    return max(1, int(size[0] * min(1.0, factor))), max(1, int(size[1] * min(1.0, factor)))


def _webp(file: BinaryIO, count: int, size: tuple[int, int], packet: bytes) -> bytes:
    buffer = io.BytesIO()
    file.seek(0)
    # Open the file again for each attempt: in some formats Pillow cannot return to the first frame.
    with Image.open(file, formats=OUTPUT_FORMATS) as source:
        frames = _Frames(source, count, size)
        options = {"duration": frames.durations, "loop": 0, "quality": 70, "method": 2, "xmp": packet}
        frames.save(buffer, "WEBP", save_all=True, **options)
    return buffer.getvalue()


class _Frames(Image.Image):
    """The first frames of an animation at another size. Each is decoded only when Pillow's encoder asks for it."""

    def __init__(self, source: Image.Image, count: int, size: tuple[int, int]) -> None:
        super().__init__()
        self.n_frames = count
        self._source = source
        self._wanted = size
        self.durations: list[int] = []
        """Milliseconds. The encoder asks for a frame first and for its duration afterwards."""
        self.seek(0)

    def seek(self, frame: int) -> None:
        if frame < len(self.durations):
            return  # the first frame is loaded already; at the end the encoder returns to it
        self._source.seek(frame)
        pixels = eight_bits(self._source)
        if pixels.size != self._wanted:
            pixels = pixels.resize(self._wanted, Image.Resampling.BICUBIC, reducing_gap=2.0)
        elif pixels is self._source:
            pixels = pixels.copy()
        self.im, self._mode, self._size = pixels.im, pixels.mode, pixels.size
        self.durations.append(max(1, int(self._source.info.get("duration") or _FRAME_MS)))
