"""Images that are too large to be decoded as a whole, or too long: still a copy, in little memory."""

import io
import random
import struct
import zlib

import pytest
from PIL import Image

from bot.pictures import clean, fit, png_bands, samples
from bot.pictures.cleaning import turned
from bot.pictures.png_bands import chunk, reduced_png
from tests.pictures.drawn import encoded, noise


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA"])
@pytest.mark.parametrize("size", [(50, 91), (64, 64), (7, 5), (1, 1)])
@pytest.mark.parametrize("factor", [2, 3, 8])
def test_bands_give_the_same_pixels_as_the_whole(
    mode: str, size: tuple[int, int], factor: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A few rows a band, so that there are many.
    monkeypatch.setattr(png_bands, "_BAND_BYTES", 17 * (1 + size[0] * len(mode)))
    # Smooth in places: its rows are filtered in every way that PNG knows.
    image = noise(mode, size)
    image.paste(Image.linear_gradient("L").resize(size).convert(mode), (size[0] // 3, size[1] // 3))
    reduced = reduced_png(io.BytesIO(encoded(image, pnginfo=None, compress_level=9)), factor)
    assert reduced is not None
    assert reduced.mode == mode
    assert reduced.tobytes() == image.reduce(factor).tobytes()


def test_the_real_size_of_a_band_is_right_too() -> None:
    image = noise("RGB", (3000, 5000))
    reduced = reduced_png(io.BytesIO(encoded(image, compress_level=1)), 4)
    assert reduced is not None
    assert reduced.tobytes() == image.reduce(4).tobytes()


@pytest.mark.parametrize("mode", ["P", "1", "I;16"])
def test_what_has_no_eight_bits_a_channel_is_not_read_in_bands(mode: str) -> None:
    assert reduced_png(io.BytesIO(encoded(Image.new(mode, (40, 40)))), 2) is None


def test_a_png_that_ends_too_early_is_damaged() -> None:
    content = encoded(noise("RGB", (100, 100)))
    with pytest.raises(OSError, match="truncated"):
        reduced_png(io.BytesIO(content[: len(content) // 2]), 2)


def plain_png(width: int, height: int) -> bytes:
    """A PNG of one colour, made without ever having its pixels in memory."""
    packing = zlib.compressobj(9)
    row = b"\0" + b"\x20\x90\xe0" * width
    data = b"".join(packing.compress(row) for _ in range(height)) + packing.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def test_a_picture_of_ninety_megapixels_becomes_a_smaller_copy() -> None:
    content = plain_png(10_000, 8_800)
    found = fit(content, len(content) // 4)
    assert found is not None
    assert found.changed == "smaller"
    with Image.open(io.BytesIO(found.content)) as copy:
        assert copy.size == (5000, 4400)
        assert copy.convert("RGB").getpixel((100, 100)) == pytest.approx((0x20, 0x90, 0xE0), abs=3)


def test_an_animation_of_very_many_frames_is_cut_and_says_so() -> None:
    frames = [Image.new("L", (8, 8), number % 256) for number in range(1100)]
    content = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=20)
    found = fit(content, len(content) // 2)
    assert found is not None
    assert found.changed == "shorter"
    assert len(found.content) <= len(content) // 2
    with Image.open(io.BytesIO(found.content)) as moving:
        assert 1 < getattr(moving, "n_frames", 1) <= 1000


def test_an_animation_keeps_its_frames_and_their_durations() -> None:
    frames = [noise("RGB", (64, 64), seed) for seed in range(5)]
    content = encoded(frames[0], "PNG", save_all=True, append_images=frames[1:], duration=[40, 50, 60, 70, 80])
    found = fit(content, len(content) // 2)
    assert found is not None
    assert found.changed == "smaller"
    durations = []
    with Image.open(io.BytesIO(found.content)) as moving:
        for number in range(getattr(moving, "n_frames", 1)):
            moving.seek(number)
            moving.load()
            durations.append(moving.info["duration"])
    assert durations == [40, 50, 60, 70, 80]


def test_frames_that_are_too_many_to_be_seen_are_not_passed_off_as_seen() -> None:
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 2000, 2000, 8, 2, 0, 0, 0))
    announced = chunk(b"acTL", struct.pack(">II", 400, 0))
    control = chunk(b"fcTL", struct.pack(">IIIIIHHBB", 0, 2000, 2000, 0, 0, 1, 10, 0, 0))
    data = chunk(b"IDAT", zlib.compress((b"\0" + bytes(6000)) * 2000))
    assert samples(b"\x89PNG\r\n\x1a\n" + header + announced + control + data + chunk(b"IEND", b"")) == []


@pytest.mark.parametrize("turn", list(Image.Transpose))
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
@pytest.mark.parametrize("size", [(30, 47), (8, 8), (1, 5)])
def test_strips_turn_a_picture_as_it_is_turned_at_once(turn: Image.Transpose, mode: str, size: tuple[int, int]) -> None:
    image = noise(mode, size)
    expected = image.transpose(turn)
    upright = turned(image, turn, strip=8)
    assert upright.size == expected.size
    assert upright.tobytes() == expected.tobytes()


def test_a_large_photo_that_lies_on_its_side_is_made_upright() -> None:
    image = Image.new("RGB", (5000, 3300), "red")
    image.paste("blue", (2500, 0, 5000, 3300))
    exif = Image.Exif()
    exif[0x0112] = 6
    with Image.open(io.BytesIO(clean(encoded(image, "JPEG", exif=exif)))) as upright:
        assert upright.size == (3300, 5000)
        assert upright.getpixel((100, 100)) == pytest.approx((254, 0, 0), abs=3)
        assert upright.getpixel((100, 4900)) == pytest.approx((0, 0, 254), abs=3)


@pytest.mark.parametrize("share", [0.9, 0.5, 0.2, 0.05])
def test_a_picture_whose_parts_are_unlike_fits_all_the_same(share: float) -> None:
    # The sample sees little of the noise, or little of the rest.
    image = Image.new("RGB", (1500, 1200), "white")
    places = random.Random(3)
    for _ in range(30):
        image.paste(noise("RGB", (150, 150)), (places.randrange(1350), places.randrange(1050)))
    content = encoded(image)
    found = fit(content, int(len(content) * share))
    assert found is not None
    assert len(found.content) <= len(content) * share
