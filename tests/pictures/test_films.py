"""How many frames a video has, by its container alone."""

import io
import random
from pathlib import Path

import pytest

from bot.pictures.films import frames

MEDIA = Path(__file__).parent / "media"
FILMS = ("a.mp4", "a.mov", "a.webm", "a.mkv")


def box(kind: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return (8 + len(content)).to_bytes(4, "big") + kind + content


def track(number: int, kind: bytes, samples: int) -> bytes:
    count = bytes(8) + samples.to_bytes(4, "big")
    table = box(b"minf", box(b"stbl", box(b"stsz", count)))
    return box(b"trak", box(b"tkhd", bytes(12), bytes([0, 0, 0, number])), box(b"mdia", handler(kind), table))


def handler(kind: bytes) -> bytes:
    return box(b"hdlr", bytes(8), kind)


def fragment(number: int, samples: int) -> bytes:
    named, run = box(b"tfhd", bytes(7), bytes([number])), box(b"trun", bytes(4), samples.to_bytes(4, "big"))
    return box(b"moof", box(b"traf", named, run)) + box(b"mdat", bytes(20))


@pytest.mark.parametrize("name", FILMS)
def test_each_frame_of_a_film_counts(name: str) -> None:
    with (MEDIA / name).open("rb") as file:
        assert frames(file) == 4


@pytest.mark.parametrize("name", ["a.mp3", "a.flac", "a.opus"])
def test_what_is_no_film_has_none(name: str) -> None:
    with (MEDIA / name).open("rb") as file:
        assert frames(file) is None


def test_samples_of_sound_are_no_frames_and_those_in_fragments_count() -> None:
    begin = box(b"ftyp", b"isom", bytes(4))
    whole = begin + box(b"moov", track(1, b"soun", 9000), track(2, b"vide", 700))
    assert frames(io.BytesIO(whole)) == 700
    parts = begin + box(b"moov", track(1, b"soun", 0), track(2, b"vide", 0))
    parts += b"".join(fragment(number, 30) for number in (1, 2, 2, 1, 1, 2))
    assert frames(io.BytesIO(parts)) == 90


@pytest.mark.parametrize("name", FILMS)
def test_damaged_films_end(name: str) -> None:
    chance, whole = random.Random(name), (MEDIA / name).read_bytes()
    for _ in range(300):
        content = bytearray(whole[: chance.randrange(1, len(whole))])
        for place in chance.sample(range(len(content)), min(4, len(content))):
            content[place] = chance.choice([0, 1, 127, 255])
        assert (frames(io.BytesIO(bytes(content))) or 0) >= 0
