"""Images from outside come in harmless, or not at all."""

import io
import struct
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from bot.errors import PictureRefused
from bot.pictures import clean
from tests.commands.packs import opened, picture

RED, BLUE = (255, 0, 0), (0, 0, 255)


def two_halves() -> Image.Image:
    image = Image.new("RGB", (40, 20), RED)
    image.paste(BLUE, (20, 0, 40, 20))
    return image


def refusal(content: bytes) -> str:
    with pytest.raises(PictureRefused) as refused:
        clean(content)
    return refused.value.code


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP"])
def test_every_common_kind_becomes_a_png(kind: str) -> None:
    result = opened(clean(picture(Image.new("RGB", (8, 6), RED), kind)))
    assert result.size == (8, 6)
    red, green, blue = result.convert("RGB").getpixel((4, 3))  # type: ignore[misc]
    assert red > 245
    assert max(green, blue) < 10


def test_the_orientation_is_applied_and_nothing_else_is_kept() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned right by 90 degrees
    exif[0x010F] = "a camera"
    result = opened(clean(picture(two_halves(), "PNG", exif=exif)))
    assert result.size == (20, 40)
    assert result.getpixel((10, 5)) == RED
    assert result.getpixel((10, 35)) == BLUE
    assert not result.getexif()


def test_text_and_profiles_are_dropped() -> None:
    told = PngInfo()
    told.add_text("prompt", "where I live")
    content = clean(picture(two_halves(), "PNG", pnginfo=told, icc_profile=b"made up"))
    assert b"where I live" not in content
    assert not opened(content).info


def test_transparency_is_kept() -> None:
    image = Image.new("RGBA", (4, 4), (*RED, 128))
    assert opened(clean(picture(image))).getpixel((1, 1)) == (*RED, 128)
    paletted = image.quantize()
    assert opened(clean(picture(paletted))).mode == "RGBA"


def test_of_a_moving_picture_the_first_frame_counts() -> None:
    frames = [Image.new("RGB", (6, 6), colour) for colour in (RED, BLUE)]
    result = opened(clean(picture(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)))
    assert result.getpixel((2, 2)) == RED


def test_sixteen_bits_are_scaled_not_cut() -> None:
    grey = Image.new("I;16", (2, 2), 128 * 257)
    assert opened(clean(picture(grey))).getpixel((0, 0)) == (128, 128, 128)


def bomb(width: int, height: int) -> bytes:
    """A PNG whose header promises more than its few bytes hold."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize("size", [(8001, 8000), (12_000, 12_000), (65_000, 65_000)])
def test_a_bomb_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    assert refusal(bomb(*size)) == "too_many_pixels"


@pytest.mark.parametrize("size", [(60_000, 10), (10, 32_769)])
def test_a_side_that_is_too_long_is_refused_before_it_is_decoded(size: tuple[int, int]) -> None:
    assert refusal(bomb(*size)) == "too_long"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"not a picture at all",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        picture(two_halves(), "PNG")[:60],
        picture(two_halves(), "JPEG")[:200],
        bomb(100, 100),
        b"GIF89a" + bytes(20),
        picture(two_halves(), "PPM"),
        picture(two_halves(), "TIFF"),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    assert refusal(content) == "not_a_picture"


def test_a_text_that_inflates_beyond_all_measure_is_refused() -> None:
    told = PngInfo()
    told.add_text("bomb", "x" * 5_000_000, zip=True)
    assert refusal(picture(two_halves(), "PNG", pnginfo=told)) == "not_a_picture"


def test_a_cleaned_picture_is_clean() -> None:
    once = clean(picture(two_halves(), "JPEG"))
    assert clean(once) == once
    assert Image.open(io.BytesIO(once)).format == "PNG"
