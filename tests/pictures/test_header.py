"""The cheap look: never lighter than what Pillow would make of the same file."""

import io
import struct
import zlib
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.pictures import HEAD, Load, weigh
from tests.pictures.drawn import encoded

LIGHT: Final = (1400, 1400)
ORDINARY: Final = (2048, 2048)
LARGE: Final = (2200, 2200)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("size", "expected"), [(LIGHT, Load.LIGHT), (ORDINARY, Load.ORDINARY), (LARGE, Load.LARGE), ((1, 1), Load.LIGHT)]
)
def test_pixels_are_read_from_the_header(kind: str, size: tuple[int, int], expected: Load) -> None:
    assert weigh(encoded(Image.new("RGB", size), kind)[:HEAD]) is expected


@pytest.mark.parametrize("options", [{"lossless": True}, {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"}])
def test_every_kind_of_webp_is_read(options: dict[str, bool | bytes]) -> None:
    for size, expected in ((LIGHT, Load.LIGHT), (ORDINARY, Load.ORDINARY)):
        assert weigh(encoded(Image.new("RGBA", size), "WEBP", **options)[:HEAD]) is expected


def test_a_graph_before_the_pixels_is_stepped_over() -> None:
    told = PngInfo()
    told.add_text("prompt", "x" * 100_000)
    assert weigh(encoded(Image.new("RGB", LIGHT), pnginfo=told)[:HEAD]) is Load.LIGHT
    told.add_text("workflow", "x" * HEAD)
    # What nobody can see at once is taken for the worst.
    assert weigh(encoded(Image.new("RGB", LIGHT), pnginfo=told)[:HEAD]) is Load.LARGE


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF"])
def test_what_moves_is_large(kind: str) -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    assert weigh(encoded(frames[0], kind, save_all=True, append_images=frames[1:])) is Load.LARGE


@pytest.mark.parametrize(
    "content", [b"", b"text", b"\0\0\0\x20ftypisom", b"<svg xmlns=", b"%!PS-Adobe", b"RIFF\0\0\0\0WAVE"]
)
def test_what_is_no_image_is_nothing_to_work_on(content: bytes) -> None:
    assert weigh(content + bytes(100)) is None


@pytest.mark.parametrize("kind", ["BMP", "AVIF", "TIFF"])
def test_other_formats_are_left_to_a_process(kind: str) -> None:
    assert weigh(encoded(Image.new("RGB", (8, 8)), kind)) is Load.LARGE


def test_a_second_header_does_not_make_it_lighter() -> None:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    small, huge = (chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)) for side in (8, 20_000))
    end = chunk(b"IDAT", b"") + chunk(b"IEND", b"")
    for first, second in ((small, huge), (huge, small)):
        assert weigh(b"\x89PNG\r\n\x1a\n" + first + second + end) is Load.LARGE


@given(st.sampled_from(["PNG", "JPEG", "WEBP", "GIF"]), st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255))))
def test_whatever_pillow_opens_as_large_is_never_light(kind: str, changes: list[tuple[int, int]]) -> None:
    content = bytearray(encoded(Image.new("RGB", (40, 30), "red"), kind))
    for place, value in changes:
        content[place % len(content)] = value
    load = weigh(bytes(content))
    try:
        with Image.open(io.BytesIO(bytes(content)), formats=("PNG", "JPEG", "WEBP", "GIF")) as image:
            pixels = image.width * image.height
    except Exception:  # noqa: BLE001 - Pillow cannot open it: then it does no work on it either
        return
    assert load is not None
    assert load is not Load.LIGHT or pixels <= 2_000_000
