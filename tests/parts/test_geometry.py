"""Masks, frames and composites. Pure: what lies outside a mask never changes, whatever the image and the result."""

import io
import struct
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import ExifTags, Image, ImageChops

from bot.errors import PictureRefused
from bot.pictures.ai_mark import marked, origin
from bot.pictures.decoding import DAMAGED
from bot.pictures.parts.compositing import composite_into
from bot.pictures.parts.deep import read_deep
from bot.pictures.parts.frames import MOST_FRAME_PIXELS, extended, frame_for
from bot.pictures.parts.grid import with_grid
from bot.pictures.parts.masks import cell_box, growth, mask_from_cells, mask_from_png
from bot.pictures.parts.preparation import Places, prepare_part
from bot.pictures.parts.regions import CELLS, MOST_PART_PIXELS, Cells, Extension, MaskForm, Painted, Region, cell_name
from bot.pictures.png_bands import chunk
from tests.pictures.drawn import encoded, noise

SIDES = st.integers(1, 150)
SIZES = st.tuples(SIDES, SIDES)
SHARES = st.sampled_from([0.0, 0.25, 0.5, 1.0])
EXTENSIONS = st.builds(Extension, SHARES, SHARES, SHARES, SHARES).filter(lambda one: one != Extension())
REGIONS: st.SearchStrategy[Region] = st.one_of(st.builds(Cells, st.integers(1, 2**CELLS - 1)), EXTENSIONS)
MODES = ("RGB", "RGBA", "L", "LA", "P", "1", "I;16")


@contextmanager
def places() -> Iterator[Places]:
    with tempfile.TemporaryDirectory() as folder:
        yield Places(*(Path(folder) / name for name in ("original", "mask", "image", "given")))


def opened(path: Path) -> Image.Image:
    with Image.open(path) as image:
        image.load()
        return image.copy()


def drawn(mode: str, size: tuple[int, int]) -> Image.Image:
    match mode:
        case "P":
            return noise("RGB", size).quantize(16)
        case "1":
            return noise("L", size).convert("1")
        case "I;16":
            return Image.frombytes("I;16", size, noise("LA", size).tobytes())
        case _:
            return noise(mode, size)


def outside(image: Image.Image, mask: Image.Image) -> bytes:
    """The pixels where the mask is 0, all others black."""
    kept = mask.point(lambda value: 0 if value else 255)
    return Image.composite(image, Image.new(image.mode, image.size), kept).tobytes()


@given(SIZES, st.integers(1, 2**CELLS - 1))
def test_a_cell_is_all_new_and_beyond_its_soft_edge_nothing_is(size: tuple[int, int], bits: int) -> None:
    mask = mask_from_cells(size, bits)
    reach = 2 * growth(size)
    far = Image.new("L", size, 255)
    for number in range(CELLS):
        if bits >> number & 1:
            left, top, right, bottom = cell_box(size, number)
            assert mask.crop((left, top, right, bottom)).getextrema() == (255, 255)
            far.paste(0, (left - reach, top - reach, right + reach, bottom + reach))
    assert ImageChops.multiply(mask, far).getbbox() is None


@given(SIZES)
def test_the_cells_cover_the_whole_image(size: tuple[int, int]) -> None:
    assert mask_from_cells(size, 2**CELLS - 1).getextrema() == (255, 255)


def test_cells_are_named_as_they_are_drawn() -> None:
    assert [cell_name(number) for number in (0, 4, 5, 24)] == ["A1", "E1", "A2", "E5"]


@given(SIZES, EXTENSIONS, st.integers(1, 60_000))
def test_a_frame_keeps_to_its_limit_and_holds_the_whole_image(
    size: tuple[int, int], more: Extension, most: int
) -> None:
    frame = frame_for(size, more, most)
    assert frame.outer[0] * frame.outer[1] <= max(most, 256)
    for side, (inner, outer, place) in enumerate(zip(frame.inner, frame.outer, frame.place, strict=True)):
        assert 0 <= place <= place + inner <= outer
        before, after = (more.left, more.right) if side == 0 else (more.top, more.bottom)
        # It grows where it was asked to, and nowhere else.
        assert bool(before) == (place > 0)
        assert bool(after) == (place + inner < outer)
        assert not (before or after) or outer % 8 == 0


def test_an_image_is_only_scaled_down_where_its_frame_is_too_large() -> None:
    assert frame_for((1024, 768), Extension(0.5, 0.5, 0.5, 0.5), MOST_FRAME_PIXELS).inner == (1024, 768)
    frame = frame_for((2048, 1536), Extension(0.5, 0.5, 0.5, 0.5), 10**9)
    assert frame.outer[0] * frame.outer[1] <= MOST_FRAME_PIXELS
    assert frame.inner[0] / frame.inner[1] == pytest.approx(4 / 3, rel=0.01)


@given(st.tuples(st.integers(9, 99), st.integers(9, 99)), EXTENSIONS)
def test_what_is_new_begins_with_the_images_own_colours_and_its_mask_overlaps_the_seam(
    size: tuple[int, int], more: Extension
) -> None:
    image = Image.new("RGB", size, (200, 100, 50))
    frame = frame_for(size, more, MOST_FRAME_PIXELS)
    canvas, mask = extended(image, frame)
    assert canvas.tobytes() == Image.new("RGB", frame.outer, (200, 100, 50)).tobytes()
    (left, top), (width, height) = frame.place, frame.inner
    inner = mask.crop((left, top, left + width, top + height))
    beyond = Image.new("L", frame.outer, 255)
    beyond.paste(inner, frame.place)
    assert mask.tobytes() == beyond.tobytes()
    assert inner.getbbox() is not None


@settings(deadline=None)
@given(st.sampled_from(MODES), SIZES, REGIONS, st.sampled_from([0.5, 0.8, 1.0, 2.0]), st.sampled_from(["PNG", "WEBP"]))
def test_outside_the_mask_every_pixel_stays_whatever_comes_back(
    mode: str, size: tuple[int, int], region: Region, scale: float, kind: str
) -> None:
    source = encoded(drawn(mode, size))
    with places() as made:
        prepare_part(source, region, MOST_FRAME_PIXELS, "white", made)
        mask, original = opened(made.mask), opened(made.original)
        width, height = (max(1, round(side * scale)) for side in mask.size)
        result = Image.new("RGB", (width, height), (1, 2, 3))
        target = io.BytesIO()
        if not composite_into(made.original, made.mask, encoded(result, kind, lossless=True), target):
            return
        put_in = Image.open(target)
        put_in.load()
        assert put_in.size == mask.size
        assert outside(put_in, mask) == outside(original, mask)
        before, after = read_deep(made.original), read_deep(target.getvalue())
        assert (before is None) == (after is None) == (mode != "I;16")
        if before is not None and after is not None:
            assert outside(after.low, mask) == outside(before.low, mask)
        new = [at for at, value in enumerate(mask.tobytes()) if value == 255]
        pixels = put_in.convert("RGB").tobytes()
        assert all(pixels[3 * at : 3 * at + 3] == b"\x01\x02\x03" for at in new)
        if isinstance(region, Cells):
            # It is the image that came in, too, and not only what was made of it.
            plain = Image.open(io.BytesIO(source))
            upright = plain.convert("I").point(lambda value: value / 256).convert("L") if mode == "I;16" else plain
            assert outside(put_in.convert("RGBA"), mask) == outside(upright.convert("RGBA"), mask)


def deep_png(colour: int, channels: int, size: tuple[int, int]) -> tuple[bytes, bytes]:
    """A PNG with 16 bits per channel, and its bytes without filters."""
    row = 2 * channels * size[0]
    pixels = noise("L", (row, size[1])).tobytes()
    rows = b"".join(b"\0" + pixels[start : start + row] for start in range(0, len(pixels), row))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, 16, colour, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""), pixels


@pytest.mark.parametrize(("colour", "channels"), [(0, 1), (2, 3), (4, 2), (6, 4)], ids=["L", "RGB", "LA", "RGBA"])
def test_sixteen_bits_stay_sixteen_bits(colour: int, channels: int) -> None:
    size = (60, 300)
    source, pixels = deep_png(colour, channels, size)
    with places() as made:
        prepare_part(source, Cells(1), 0, "white", made)
        target = io.BytesIO()
        assert composite_into(made.original, made.mask, encoded(Image.new("RGB", size, (1, 2, 3))), target)
        mask = opened(made.mask)
        with Image.open(made.image) as image:
            assert image.mode in {"RGB", "RGBA"}
    after = read_deep(target.getvalue())
    assert after is not None
    alpha = channels in {2, 4}
    for x, y in ((59, 0), (59, 299), (30, 256), (30, 255)):
        assert mask.getpixel((x, y)) == 0
        start = 2 * channels * (y * size[0] + x)
        values = [pixels[at : at + 2] for at in range(start, start + 2 * channels, 2)]
        wanted = values if channels > 2 else [values[0]] * 3 + values[1:]
        found = zip(*(one.crop((x, y, x + 1, y + 1)).tobytes() for one in (after.high, after.low)), strict=True)
        assert [bytes(one) for one in found] == wanted
    assert after.high.getpixel((0, 0)) == after.low.getpixel((0, 0)) == ((1, 2, 3, 255) if alpha else (1, 2, 3))


def test_a_photo_is_turned_upright_before_its_cells_are_counted() -> None:
    photo = Image.new("RGB", (80, 40), "blue")
    photo.paste("red", (0, 0, 16, 40))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    with places() as made:
        prepare_part(encoded(photo, "JPEG", exif=exif, quality=95), Cells(1), 0, "white", made)
        upright, mask = opened(made.original), opened(made.mask)
    assert upright.size == mask.size == (40, 80)
    assert upright.getpixel((20, 4))[0] > 200  # type: ignore[index]
    assert mask.getpixel((0, 0)) == 255


@pytest.mark.parametrize(
    ("form", "inside", "beyond"),
    [("black", (0,), (255,)), ("transparent", (9, 8, 7, 0), (9, 8, 7, 255)), ("opaque", (9, 8, 7, 255), (9, 8, 7, 0))],
)
def test_each_workflow_gets_the_mask_as_it_reads_it(
    form: MaskForm, inside: tuple[int, ...], beyond: tuple[int, ...]
) -> None:
    with places() as made:
        prepare_part(encoded(Image.new("RGB", (100, 100), (9, 8, 7))), Cells(1), 0, form, made)
        given_mask = opened(made.given)
    found = [given_mask.getpixel(place) for place in ((5, 5), (90, 90))]
    assert [one if isinstance(one, tuple) else (one,) for one in found] == [inside, beyond]


def painted(size: tuple[int, int], spot: tuple[int, int, int, int] | None, colour: object = "white") -> bytes:
    image = Image.new("RGBA", size)
    if spot is not None:
        image.paste(colour, spot)  # type: ignore[arg-type]
    return encoded(image)


def test_what_was_painted_is_new_and_grows_softly() -> None:
    size, reach = (400, 300), growth((400, 300))
    mask = mask_from_png(painted(size, (200, 100, 201, 101)), size)
    assert mask.getpixel((200, 100)) == 255
    assert mask.getbbox() == (200 - 2 * reach, 100 - 2 * reach, 201 + 2 * reach, 101 + 2 * reach)
    assert len(set(mask.tobytes())) > 5


@pytest.mark.parametrize(
    ("png", "code"),
    [
        (painted((40, 30), None), "empty_mask"),
        (painted((40, 30), (0, 0, 40, 30), "black"), "empty_mask"),
        (painted((40, 31), (0, 0, 9, 9)), "mask_size"),
        (painted((40, 30), (0, 0, 9, 9))[:60], "not_a_mask"),
        (encoded(Image.new("RGB", (40, 30)), "JPEG"), "not_a_mask"),
        (b"", "not_a_mask"),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 6, 0, 0, 0)), "not_a_mask"),
    ],
    ids=["nothing", "black", "another size", "cut off", "no PNG", "empty", "bomb"],
)
def test_a_mask_that_is_none_is_refused(png: bytes, code: str) -> None:
    with places() as made, pytest.raises(PictureRefused) as refused:
        prepare_part(encoded(Image.new("RGB", (40, 30))), Painted(png), 0, "white", made)
    assert refused.value.code == code


@pytest.mark.parametrize("size", [(64, 65), (120, 20), (100, 10)], ids=["square", "comparison", "strip"])
def test_what_shows_something_else_stays_as_it_is(size: tuple[int, int]) -> None:
    with places() as made:
        prepare_part(encoded(Image.new("RGB", (40, 20))), Cells(1), 0, "white", made)
        target = io.BytesIO()
        assert not composite_into(made.original, made.mask, encoded(Image.new("RGB", size)), target)
        frames = [Image.new("RGB", (40, 20), colour) for colour in ("red", "blue")]
        moving = encoded(frames[0], "GIF", save_all=True, append_images=frames[1:])
        assert not composite_into(made.original, made.mask, moving, target)
        assert not composite_into(made.original, made.mask, b"no image", target)
        assert target.getvalue() == b""


def test_a_result_that_was_cut_to_whole_blocks_keeps_its_place() -> None:
    size = (101, 77)
    result = noise("RGB", (96, 72))
    with places() as made:
        prepare_part(encoded(Image.new("RGB", size)), Cells(2**CELLS - 1), 0, "white", made)
        target = io.BytesIO()
        assert composite_into(made.original, made.mask, encoded(result), target)
    with Image.open(target) as whole:
        assert whole.crop((2, 2, 98, 74)).tobytes() == result.tobytes()


@settings(deadline=None)
@given(st.sampled_from(MODES), SIZES)
def test_the_grid_of_any_image_is_bounded(mode: str, size: tuple[int, int]) -> None:
    shown = with_grid(encoded(drawn(mode, size)))
    with Image.open(io.BytesIO(shown)) as grid:
        assert grid.format == "JPEG"
        assert max(grid.size) in {1024, *range(1024, 2049)}
    assert len(shown) < 2**21


def test_the_grid_says_that_a_machine_made_the_image_if_the_image_says_so() -> None:
    image = encoded(Image.new("RGB", (64, 64)))
    assert [origin(with_grid(one)).by_machine for one in (image, marked(image))] == [False, True]


def test_an_image_too_large_to_be_changed_is_refused_before_anybody_chooses_cells() -> None:
    large = encoded(Image.new("L", (6_000, 4_001)))
    with pytest.raises(PictureRefused) as refused:
        with_grid(large)
    assert (refused.value.code, refused.value.limit) == ("too_many_pixels", MOST_PART_PIXELS)
    with places() as made, pytest.raises(PictureRefused) as refused:
        prepare_part(large, Cells(1), 0, "white", made)
    assert refused.value.code == "too_many_pixels"


@pytest.mark.parametrize("colour", ["white", "black"])
def test_the_grid_shows_on_light_and_on_dark(colour: str) -> None:
    with Image.open(io.BytesIO(with_grid(encoded(Image.new("RGB", (500, 500), colour))))) as grid:
        light = grid.convert("L")
    for number in range(CELLS):
        low, high = light.crop(cell_box(light.size, number)).resize((100, 100), Image.Resampling.BOX).getextrema()
        assert high - low > 150  # type: ignore[operator]


@given(st.binary(max_size=300), st.integers(0, 400))
def test_what_is_no_image_or_half_of_one_is_refused(noise_bytes: bytes, cut: int) -> None:
    for source in (noise_bytes, deep_png(2, 3, (9, 9))[0][:cut]):
        with places() as made, suppress(PictureRefused):
            prepare_part(source, Cells(1), 0, "white", made)
        with suppress(*DAMAGED):
            with_grid(source)
