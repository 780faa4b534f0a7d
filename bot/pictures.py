"""The Pillow part. Everything here takes CPU time: call it in a thread."""

from __future__ import annotations

import io
import json
import math
import struct
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageOps, ImageSequence

from bot.errors import PictureRefused

_QUALITIES: Final = (95, 90, 80, 70)
_SHRINK: Final = 0.8
_FRAME_MS: Final = 100
"""A frame that does not say how long it is shown."""
_WEBP_SIDE: Final = 16383
"""Pixels a side; WebP holds no more."""
_PNG_DEPTH: Final = 24
"""Where a PNG says how many bits a channel has."""

_PNG_SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
_TEXT_CHUNKS: Final = frozenset({b"tEXt", b"zTXt", b"iTXt"})
_CHUNK_FRAME: Final = 12
"""Bytes of a PNG's chunk beside its data: length, type, checksum."""
_RECIPE: Final = "recipe"
"""The keyword of our own text in a PNG; ComfyUI's are `prompt` and `workflow`."""
_MOST_RECIPE: Final = 2**20

MOST_PIXELS: Final = 64_000_000
"""Of a picture that comes in: a phone's largest; decoded it takes four bytes a pixel."""
_MOST_SIDE: Final = 32_768
_MOST_CLEAN_BYTES: Final = 90 * 2**20
"""ComfyUI takes 100 MB a request."""
_FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")
"""What members have. Pillow knows more: some by starting other programs, some through libraries of ill repute."""
_DAMAGED: Final = (OSError, SyntaxError, ValueError, EOFError, MemoryError, ArithmeticError, LookupError, TypeError)
"""Pillow's ways to say "this is no picture", or a broken one."""


@dataclass(frozen=True, slots=True)
class Fitted:
    """A picture that fits an upload limit; `suffix` names its format (".webp"), `changed` says what was done to it:
    None (the very same bytes), "lossless" (another format, the same pixels) or "smaller".
    """

    content: bytes
    suffix: str | None
    changed: str | None


def fit(content: bytes, limit: int) -> Fitted | None:
    """The picture as it is if it has at most `limit` bytes, else as lossless WebP, else smaller until it fits; an
    animation goes on moving.

    None for what is no picture: nothing can be done about its size.
    """
    if len(content) <= limit:
        return Fitted(content, None, None)
    try:
        with Image.open(io.BytesIO(content)) as opened:
            if getattr(opened, "is_animated", False):
                return _fit_animation(opened, limit)
            survives = _survives_webp(opened, content)
            image = opened.convert("RGBA" if opened.has_transparency_data else "RGB")
    except (*_DAMAGED, Image.DecompressionBombError):
        return None
    if survives and len(lossless := _webp(image, lossless=True)) <= limit:
        return Fitted(lossless, ".webp", "lossless")
    image.thumbnail((_WEBP_SIDE, _WEBP_SIDE))
    while True:
        for quality in _QUALITIES:
            copy = _webp(image, lossless=False, quality=quality)
            if len(copy) <= limit or max(image.size) == 1:
                return Fitted(copy, ".webp", "smaller")
        image = image.resize([max(1, int(side * _SHRINK)) for side in image.size], Image.Resampling.LANCZOS)


def _fit_animation(image: Image.Image, limit: int) -> Fitted:
    """All its frames as one WebP, smaller until it fits."""
    frames: list[Image.Image] = []
    durations: list[int] = []
    for frame in ImageSequence.Iterator(image):
        frames.append(frame.convert("RGBA" if frame.has_transparency_data else "RGB"))
        durations.append(max(1, int(frame.info.get("duration") or _FRAME_MS)))
    size = frames[0].size
    while True:
        buffer = io.BytesIO()
        first, *others = [frame.resize(size, Image.Resampling.LANCZOS) for frame in frames]
        first.save(
            buffer, "WEBP", save_all=True, append_images=others, duration=durations, loop=0, quality=70, method=2
        )
        if buffer.tell() <= limit or max(size) == 1:
            return Fitted(buffer.getvalue(), ".webp", "smaller")
        # Straight to about the right size, since each try encodes every frame.
        shrink = min(_SHRINK, 0.95 * math.sqrt(limit / buffer.tell()))
        size = (max(1, int(size[0] * shrink)), max(1, int(size[1] * shrink)))


def _survives_webp(image: Image.Image, content: bytes) -> bool:
    """Whether a WebP can hold every pixel: one frame, 8 bits a channel, not too large."""
    deep = image.mode.startswith(("I", "F")) or (image.format == "PNG" and content[_PNG_DEPTH] > 8)  # noqa: PLR2004
    return not deep and not getattr(image, "is_animated", False) and max(image.size) <= _WEBP_SIDE


def _webp(image: Image.Image, *, lossless: bool, quality: int = 80) -> bytes:
    buffer = io.BytesIO()
    # exact: the colours under full transparency are pixels too.
    image.save(buffer, "WEBP", lossless=lossless, exact=lossless, quality=quality, method=4)
    return buffer.getvalue()


def clean(content: bytes, most_pixels: int = MOST_PIXELS) -> bytes:
    """A picture from outside as a plain PNG: its first frame, upright, 8 bits a channel, transparency kept, and
    nothing else of what the file carried.

    Raises `PictureRefused`. Sizes are read from the header: a decompression bomb is refused before it is decoded.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as opened:
            _refuse_bomb(opened, most_pixels)
            ImageOps.exif_transpose(opened, in_place=True)
            image = _eight_bits(opened)
            # What else the file carried stays behind.
            image.info.clear()
            buffer = io.BytesIO()
            image.save(buffer, "PNG", compress_level=3)
    except PictureRefused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise PictureRefused("too_many_pixels", most_pixels) from None
    except Exception as fault:  # a border: a damaged file makes Pillow raise anything that Python knows
        raise PictureRefused("not_a_picture") from fault
    if buffer.tell() > _MOST_CLEAN_BYTES:
        raise PictureRefused("too_many_bytes", _MOST_CLEAN_BYTES)
    return buffer.getvalue()


def _refuse_bomb(image: Image.Image, most_pixels: int) -> None:
    if image.width * image.height > most_pixels or max(image.size) > _MOST_SIDE:
        raise PictureRefused("too_many_pixels", most_pixels)


def _eight_bits(image: Image.Image) -> Image.Image:
    """The picture as RGB, or as RGBA where it is transparent anywhere."""
    if image.mode.startswith("I;16"):
        image = image.convert("I")
    if image.mode == "I":
        # Pillow would clip 16 bits to 8, not scale them.
        image = image.point(lambda value: value * (1 / 257)).convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def texts(content: bytes) -> dict[str, str]:
    """The text chunks before a PNG's pixels, where ComfyUI keeps its workflow; nothing for any other file.

    No pixel is decoded.
    """
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as opened:
            return {key: value for key, value in opened.info.items() if isinstance(key, str) and isinstance(value, str)}
    except Exception:  # noqa: BLE001 - whatever is wrong with it: it carries nothing
        return {}


def with_texts(content: bytes, wanted: Mapping[str, str]) -> bytes:
    """A PNG with these texts, by keyword, in place of all that it carries; every other chunk stays byte for byte, so
    that no pixel changes. What is no PNG comes back as it is.
    """
    chunks = list(_chunks(content))
    if not chunks or chunks[0][0] != b"IHDR":
        return content
    kept = [chunk for kind, chunk in chunks if kind not in _TEXT_CHUNKS]
    written = [_text_chunk(keyword, text) for keyword, text in wanted.items()]
    return b"".join([_PNG_SIGNATURE, kept[0], *written, *kept[1:]])


def _chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each chunk of a PNG: its type, and all of its bytes. The last may be cut short."""
    place = len(_PNG_SIGNATURE) if content.startswith(_PNG_SIGNATURE) else len(content)
    while place < len(content):
        (length,) = struct.unpack(">I", content[place : place + 4].rjust(4, b"\0"))
        end = place + _CHUNK_FRAME + length
        yield content[place + 4 : place + 8], content[place:end]
        place = end


def _text_chunk(keyword: str, text: str) -> bytes:
    # iTXt: not compressed, no language, no translated keyword; the text in UTF-8.
    data = b"iTXt" + keyword.encode("latin-1") + b"\0\0\0\0\0" + text.encode("utf-8", "replace")
    return struct.pack(">I", len(data) - 4) + data + struct.pack(">I", zlib.crc32(data))


def with_recipe(content: bytes, recipe: Mapping[str, object]) -> bytes:
    """A PNG whose only text is this recipe; `recipe_of` reads it."""
    return with_texts(content, {_RECIPE: json.dumps(recipe, ensure_ascii=False)})


def recipe_of(content: bytes) -> dict[str, object] | None:
    """The recipe that `with_recipe` wrote; None where there is none. Its values are anybody's: check them."""
    text = texts(content).get(_RECIPE, "")
    if not text or len(text) > _MOST_RECIPE:
        return None
    try:
        recipe = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return recipe if isinstance(recipe, dict) else None


def samples(content: bytes, most: int = 8, side: int = 640) -> list[bytes]:
    """A picture as small plain PNGs to look at: one, or some frames of what moves, from its beginning to its end.

    Nothing for what is no picture.
    """
    try:
        with Image.open(io.BytesIO(content)) as opened:
            count: int = getattr(opened, "n_frames", 1)
            shots = []
            for number in sorted({round(step * (count - 1) / max(1, most - 1)) for step in range(most)}):
                opened.seek(number)
                shots.append(_small_png(opened, side))
            return shots
    except (*_DAMAGED, Image.DecompressionBombError):
        return []


def _small_png(image: Image.Image, side: int) -> bytes:
    opaque = Image.new("RGB", image.size, "white")
    shown = _eight_bits(image)
    opaque.paste(shown, mask=shown if shown.mode == "RGBA" else None)
    opaque.thumbnail((side, side))
    buffer = io.BytesIO()
    opaque.save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()


def sample(side: int = 512) -> bytes:
    """A made-up picture as PNG, to try things with: a gradient."""
    across, down = Image.linear_gradient("L"), Image.radial_gradient("L")
    gradient = Image.merge("RGB", (across, down, across.rotate(90))).resize((side, side))
    buffer = io.BytesIO()
    gradient.save(buffer, "PNG")
    return buffer.getvalue()
