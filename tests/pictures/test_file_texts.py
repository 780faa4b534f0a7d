"""The texts in files of every kind, in whatever state they are; nothing of what is no text."""

import json
import zlib
from pathlib import Path

import pytest

from bot.pictures import TEXTS_HEAD, carries_texts, texts, with_texts
from tests.pictures.carriers import (
    box,
    chunk,
    element,
    glb,
    latent,
    moving_png,
    mp4,
    png,
    svg,
    webm,
    with_comment,
    with_exif,
)

MEDIA = Path(__file__).parent / "media"
"""Made with FFmpeg as ComfyUI calls it, and an AVIF made with Pillow."""
BOTH = {"prompt": '{"1": {"class_type": "X"}}', "workflow": '{"nodes": []}'}
FILES = {
    "png": png(BOTH),
    "png with wrong checksums": png(BOTH, right=False),
    "png with texts behind its pixels": png(BOTH, behind=True),
    "png with both faults": png(BOTH, right=False, behind=True),
    "moving png": moving_png(BOTH),
    "webp": with_exif("WEBP", BOTH),
    "jpeg": with_exif("JPEG", BOTH),
    "avif": with_exif("AVIF", BOTH),
    "png with exif": with_exif("PNG", BOTH),
    "mp4": mp4(BOTH),
    "webm": webm(BOTH),
    "glb": glb(BOTH),
    "svg": svg(BOTH),
    "latent": latent(BOTH),
}


@pytest.mark.parametrize("kind", FILES)
def test_both_forms_are_found(kind: str, tmp_path: Path) -> None:
    content = FILES[kind]
    assert texts(content) == BOTH
    path = tmp_path / "file"
    path.write_bytes(content)
    assert texts(path) == BOTH
    assert carries_texts(content[:TEXTS_HEAD])


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.webm", "a.mkv", "a.flac", "a.mp3", "a.opus", "a.avif"])
def test_what_real_programs_wrote_is_found(name: str) -> None:
    found = texts(MEDIA / name)
    assert json.loads(found["prompt"])["1"]["inputs"] == {"text": "ä ok", "n": 1}
    assert json.loads(found["workflow"]) == {"nodes": [1, 2]}


def test_a_video_of_a_node_pack_has_both_in_its_comment() -> None:
    assert json.loads(texts(MEDIA / "comment.mp4")["comment"]).keys() == {"prompt", "workflow"}


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
@pytest.mark.parametrize(
    ("code", "encoding"),
    [
        (b"UNICODE\0", "utf-16-be"),
        (b"UNICODE\0", "utf-16-le"),
        (b"UNICODE\0", "utf-8"),
        (b"ASCII\0\0\0", "ascii"),
        (bytes(8), "ascii"),
        (b"", "utf-8"),
    ],
)
def test_a_comment_is_read_in_every_encoding_that_programs_use(kind: str, code: bytes, encoding: str) -> None:
    said = "a fox, sharp\nNegative prompt: fog\nSteps: 20, Sampler: Euler a"
    assert texts(with_comment(kind, said, code=code, encoding=encoding)) == {"UserComment": said}


@pytest.mark.parametrize("begun", ["style: [fox:cat:0.5], sharp", "style: {fox|cat}", "prompt: [fox|cat]"])
def test_a_comment_may_begin_as_comfyuis_texts_do(begun: str) -> None:
    said = f"{begun}\nNegative prompt: fog\nSteps: 20, Sampler: Euler a"
    assert texts(with_comment("JPEG", said)) == {"UserComment": said}


def test_a_prompt_may_hold_what_ends_a_drawings_metadata() -> None:
    said = {"prompt": '{"1": {"class_type": "X", "inputs": {"text": "]]> </metadata>"}}}'}
    assert texts(svg(said)) == said


def test_a_comment_may_be_in_any_script() -> None:
    assert texts(with_comment("JPEG", "狐, キツネ")) == {"UserComment": "狐, キツネ"}


def test_the_graph_in_a_moving_png_can_be_taken_out() -> None:
    assert texts(with_texts(moving_png(BOTH), {"recipe": "{}"})) == {"recipe": "{}"}


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_cut_off_breaks_nothing(kind: str) -> None:
    content = FILES[kind]
    for end in range(0, len(content), 7):
        found = texts(content[:end])
        assert found.items() <= BOTH.items() or all(len(one) < 100 for one in found.values())


def test_what_unpacks_to_far_more_is_left_out_and_ends_the_search() -> None:
    bomb = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**26)))
    head, tail = png({})[:33], png({})[33:]
    assert texts(head + bomb + chunk(b"tEXt", b"b\0c") + tail) == {"b": "c"}
    assert texts(head + 5 * bomb + chunk(b"tEXt", b"b\0c") + tail) == {}


HOSTILE = {
    "chunks": png({})[:33] + chunk(b"aaaa", b"") * 200_000,
    "texts": png({})[:33] + b"".join(chunk(b"tEXt", b"k%d\0v" % number) for number in range(20_000)),
    "bombs": png({})[:33] + chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(2**26))) * 100,
    "fill bytes": b"\xff\xd8" + b"\xff" * 2**22,
    "boxes": box(b"ftyp") + box(b"moov", box(b"udta", box(b"free") * 200_000)),
    "boxes in boxes": box(b"ftyp") + box(b"moov") * 200_000,
    "elements": element(b"\x1a\x45\xdf\xa3") + b"\x18\x53\x80\x67\xff" + b"\xec\x80" * 1_000_000,
    "tags": webm({f"k{number}": "v" for number in range(20_000)}),
    "exif": b"\xff\xd8\xff\xe1\xff\xf0Exif\0\0MM\0*\0\0\0\x08\xff\xff" + b"\x01\x10\0\x02\0\0\xff\xff\0\0\0\0" * 5_000,
    "pages": (b"OggS" + bytes(22) + b"\xff" + b"\xff" * 255 + bytes(255 * 255)) * 40,
    "empty pages": (b"OggS" + bytes(23)) * 200_000,
    "frames": b"ID3\4\0\0\x7f\x7f\x7f\x7f" + b"TXXX\0\0\0\0\0\0" * 200_000,
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_built_to_take_long_is_bounded(kind: str) -> None:
    found = texts(HOSTILE[kind])
    assert len(found) <= 200
    assert sum(map(len, found.values())) < 2**24


def test_other_files_carry_nothing() -> None:
    for content in (b"", b"{}", b"GIF89a", b"RIFF\0\0\0\0WAVE", b"%PDF", b"BM" + bytes(60)):
        assert not carries_texts(content[:TEXTS_HEAD])
        assert texts(content) == {}
