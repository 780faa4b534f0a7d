"""Image files of anybody's making: texts or none, a weight or none, a clean image or a refusal."""

import contextlib
import io
import json
import struct
import zlib

from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from bot.errors import PictureRefused
from bot.pictures import clean, hidden_texts, recipe_texts, texts, weigh, with_texts
from tests.comfyui_server.hostile.pictures import animated_png, large_png
from tests.fuzz.strategies import broken_text, dumped, json_values

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_KINDS = (b"IHDR", b"PLTE", b"tRNS", b"tEXt", b"zTXt", b"iTXt", b"eXIf", b"iCCP", b"acTL", b"fcTL", b"IDAT", b"IEND")


def _saved(image_format: str, mode: str = "RGB", **more: object) -> bytes:
    buffer = io.BytesIO()
    Image.new(mode, (16, 16)).save(buffer, image_format, **more)
    return buffer.getvalue()


_PLAIN = with_texts(_saved("PNG"), recipe_texts({"prompt": "a fox", "seed": 7}))
_FILES = (
    _PLAIN,
    *map(_saved, ("PNG", "JPEG", "WEBP", "GIF", "BMP", "AVIF")),
    _saved("PNG", "I;16"),
    _saved("PNG", "P"),
)


def chunk(kind: bytes, content: bytes, *, right: bool = True, length: int | None = None) -> bytes:
    size = struct.pack(">I", len(content) if length is None else length)
    return size + kind + content + struct.pack(">I", zlib.crc32(kind + content) if right else 7)


@st.composite
def built(draw: st.DrawFn) -> bytes:
    """A PNG of right and wrong chunks in any order."""
    header = struct.pack(
        ">IIBBBBB", *(draw(st.sampled_from((0, 1, 16, 2**31, 2**32 - 1))) for _ in range(2)), 8, 2, 0, 0, 0
    )
    parts = [_SIGNATURE, chunk(b"IHDR", header)]
    for _ in range(draw(st.integers(0, 6))):
        kind = draw(st.sampled_from(_KINDS) | st.binary(min_size=4, max_size=4))
        content = draw(
            st.sampled_from((b"recipe\0{", b"recipe\0\0" + zlib.compress(b"{}"), b"")) | st.binary(max_size=40)
        )
        length = draw(st.none() | st.sampled_from((0, 2**31 - 1, 2**32 - 1)))
        parts.append(chunk(kind, content, right=draw(st.booleans()), length=length))
    return b"".join(parts)


_BOMB = chunk(b"zTXt", b"recipe\0\0" + zlib.compress(bytes(2**26)))
_MANY_TEXTS = b"".join(chunk(b"tEXt", b"recipe\0{}") for _ in range(10_000))
_HEADER = _PLAIN[: len(_SIGNATURE) + 25]
_BODY = _saved("PNG")[len(_SIGNATURE) + 25 :]

files = st.sampled_from(_FILES).flatmap(broken_text) | built()


@given(files)
@example(_HEADER + _BOMB + _BODY)
@example(_HEADER + _MANY_TEXTS + _BODY)
@example(_HEADER + chunk(b"iTXt", b"recipe\0\1\0\0\0" + zlib.compress(b"[" * 200_000)) + _BODY)
@example(_HEADER + chunk(b"tEXt", b"recipe\0" + b"[" * 200_000) + _BODY)
@example(_HEADER + chunk(b"tEXt", b"recipe\0" + b"9" * 5_000) + _BODY)
def test_the_texts_of_any_file_are_read_within_a_limit(content: bytes) -> None:
    found = {**texts(content), **hidden_texts(content)}
    assert sum(map(len, found.values())) < 2**26


@given(files)
@example(large_png(30_000, 30_000)[:100])
@example(animated_png(2, 64, 1))
@example(b"\xff\xd8" + b"\xff" * 2**18)
@example(_SIGNATURE + struct.pack(">I4s", 0, b"aaaa") * 2**15)
def test_any_file_has_a_weight_or_none(content: bytes) -> None:
    weigh(content[: 2**18])


@given(files, st.dictionaries(st.text(st.characters(max_codepoint=255), min_size=1, max_size=20), st.text(max_size=40)))
def test_texts_are_put_into_any_file_or_it_stays_as_it_is(content: bytes, wanted: dict[str, str]) -> None:
    with_texts(content, wanted)


@given(st.dictionaries(st.text(max_size=5), json_values, max_size=3))
def test_a_recipe_comes_back_out_of_a_picture(recipe: dict[str, object]) -> None:
    with contextlib.suppress(ValueError):  # JSON cannot say it
        told = recipe_texts(recipe)
        content = with_texts(_PLAIN, told)
        assert dumped(json.loads(texts(content)["recipe"])) == dumped(recipe) or "\\ud" in dumped(recipe)


@given(files)
@example(large_png(14_000, 14_000))
def test_any_file_becomes_a_clean_picture_or_is_refused(content: bytes) -> None:
    with contextlib.suppress(PictureRefused):
        cleaned = clean(content, most_pixels=1_000_000)
        with Image.open(io.BytesIO(cleaned), formats=("PNG",)) as image:
            assert not image.info.keys() - {"transparency"}
            assert image.mode in {"RGB", "RGBA"}
