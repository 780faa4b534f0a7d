"""Images that are too large for Discord: untouched where they fit, the same pixels where possible, else smaller."""

import io
import random
import struct
import zlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from bot.pictures import Fitted, fit

NO_LIMIT = 2**30


def noise(mode: str, size: tuple[int, int] = (64, 48)) -> Image.Image:
    """An image that compresses badly, from fully transparent to nearly opaque where it has an alpha channel."""
    pixels = random.Random(7).randbytes(size[0] * size[1] * len(mode))
    return Image.frombytes(mode, size, bytes(value & 0xF0 for value in pixels))


def smooth(size: tuple[int, int] = (256, 192)) -> Image.Image:
    """An image that WebP keeps in far fewer bytes than PNG."""
    gradient = Image.linear_gradient("L").resize(size)
    return Image.merge("RGB", (gradient, gradient.rotate(180), ImageChops.invert(gradient)))


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:  # noqa: ANN401
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(depth: int, *rest: bytes) -> bytes:
    """A PNG of 64 x 48 pixels in colours of so many bits, by its chunks."""
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 48, depth, 2, 0, 0, 0)) + b"".join(rest)


def rows(bits: int) -> bytes:
    """The pixels of such a PNG, as its IDAT chunks hold them."""
    return zlib.compress((b"\0" + random.Random(7).randbytes(64 * 3 * bits // 8)) * 48, 0)


def decoded(content: bytes, mode: str) -> Image.Image:
    with Image.open(io.BytesIO(content)) as image:
        assert image.format == "WEBP"
        return image.convert(mode)


def fitted(content: bytes, limit: int) -> Fitted:
    found = fit(content, limit)
    assert found is not None
    return found


def webp_size(image: Image.Image) -> int:
    """What the very same pixels take as WebP."""
    return len(encoded(image, "WEBP", lossless=True, exact=True, quality=80, method=4))


@pytest.mark.parametrize("content", [encoded(smooth()), encoded(smooth(), "JPEG"), b"no picture at all", b""])
def test_what_fits_stays_byte_for_byte(content: bytes) -> None:
    for limit in (len(content), NO_LIMIT):
        assert fit(content, limit) == Fitted(content, None, None)


@pytest.mark.parametrize("image", [smooth(), noise("RGB"), noise("L"), noise("RGBA"), noise("LA")])
def test_a_lossless_copy_has_the_very_same_pixels(image: Image.Image) -> None:
    mode = "RGBA" if "A" in image.mode else "RGB"
    content = encoded(image, compress_level=0)
    limit = webp_size(image.convert(mode))
    assert limit < len(content)
    found = fitted(content, limit)
    assert (found.suffix, found.changed) == (".webp", "lossless")
    assert len(found.content) <= limit
    assert decoded(found.content, mode).tobytes() == image.convert(mode).tobytes()


def test_a_lossless_copy_keeps_the_colours_that_transparency_hides() -> None:
    image = noise("RGBA")
    image.putalpha(0)
    found = fitted(encoded(image, compress_level=0), webp_size(image))
    assert found.changed == "lossless"
    assert decoded(found.content, "RGBA").tobytes() == image.tobytes()


def test_a_picture_with_a_palette_keeps_its_transparency() -> None:
    image = noise("RGB").quantize(16)
    content = encoded(image, transparency=3, compress_level=0)
    with Image.open(io.BytesIO(content)) as opened:
        expected = opened.convert("RGBA")
    found = fitted(content, webp_size(expected))
    assert found.changed == "lossless"
    assert decoded(found.content, "RGBA").tobytes() == expected.tobytes()


@pytest.mark.parametrize("share", [0.5, 0.1, 0.02])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_else_a_smaller_copy_fits(mode: str, share: float) -> None:
    image = noise(mode, (200, 150))
    content = encoded(image)
    limit = int(len(content) * share)
    found = fitted(content, limit)
    assert (found.suffix, found.changed) == (".webp", "smaller")
    assert len(found.content) <= limit
    copy = decoded(found.content, mode)
    assert copy.width <= image.width
    assert copy.width / copy.height == pytest.approx(image.width / image.height, rel=0.2)


def test_no_limit_is_too_small_to_end() -> None:
    found = fitted(encoded(noise("RGB")), 1)
    assert found.changed == "smaller"
    assert decoded(found.content, "RGB").size == (1, 1)


def test_a_picture_larger_than_webp_can_hold_becomes_a_smaller_copy() -> None:
    content = encoded(noise("L", (20_000, 4)))
    found = fitted(content, len(content) - 1)
    assert found.changed == "smaller"
    assert len(found.content) < len(content)


def test_sixteen_bits_a_channel_are_never_passed_off_as_the_same_pixels() -> None:
    content = png(16, chunk(b"IDAT", rows(16)), chunk(b"IEND", b""))
    assert fitted(content, len(content) // 2).changed == "smaller"


def test_an_animation_is_never_passed_off_as_the_same_picture() -> None:
    frames = [noise("RGB"), smooth((64, 48)), noise("RGB").rotate(180)]
    content = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=100)
    found = fit(content, len(content) - 1)
    assert found is None or found.changed != "lossless"


@pytest.mark.parametrize(
    "content",
    [
        b"no picture at all",
        b"\x89PNG\r\n\x1a\n",
        encoded(smooth())[:-200],
        encoded(smooth(), "JPEG")[:40],
        b"\x00\x00\x00\x20ftypisom\x00\x00\x02\x00" + bytes(100),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        png(8, chunk(b"IDAT", rows(8)[:1000]), chunk(b"\xff\xff\xff\xff", b"")),
    ],
)
def test_what_is_no_whole_picture_cannot_be_fitted(content: bytes) -> None:
    assert fit(content, 3) is None


@given(st.sampled_from([encoded(smooth((32, 24))), encoded(noise("RGBA", (16, 16)))]), st.data())
def test_a_damaged_picture_is_no_error(content: bytes, data: st.DataObject) -> None:
    place = data.draw(st.integers(8, len(content) - 1))
    damaged = content[:place] + data.draw(st.binary(max_size=8)) + content[place + data.draw(st.integers(0, 8)) :]
    found = fit(damaged, 40)
    assert found is None or found.changed is not None or len(damaged) <= 40
