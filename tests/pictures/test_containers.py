"""A video or a sound is recognised by how it begins."""

import pytest

from bot.discord_ui.workflows.sample_sound import sample_sound
from bot.errors import PictureRefused
from bot.pictures import sample, sample_video
from bot.pictures.containers import container_of, suffix_for

EBML = b"\x1a\x45\xdf\xa3" + bytes(20)
VIDEOS = {
    b"\0\0\0\x20ftypisom": ".mp4",
    b"\0\0\0\x14ftypqt  ": ".mov",
    EBML + b"\x42\x82\x84webm": ".webm",
    EBML + b"\x42\x82\x88matroska": ".mkv",
    b"RIFF\0\0\0\0AVI LIST": ".avi",
    b"GIF89a": ".gif",
}
SOUNDS = {
    b"RIFF\0\0\0\0WAVEfmt ": ".wav",
    b"ID3\4": ".mp3",
    b"\xff\xfb\x90\x64": ".mp3",
    b"\xff\xf1\x50\x80": ".aac",
    b"fLaC": ".flac",
    b"OggS": ".ogg",
    b"\0\0\0\x20ftypM4A ": ".m4a",
    b"FORM\0\0\0\0AIFF": ".aiff",
}
NEITHER = [
    b"",
    b"\xff",
    b"\xff\xd8\xff\xe0",  # JPEG
    b"\xff\xff\xff\xff",
    b"RIFF\0\0\0\0WEBPVP8 ",
    b"\0\0\0\x20ftypavif",
    b"#EXTM3U\n",  # a list of files, which a decoder would open
    b"ffconcat version 1.0",
    b"<svg>",
    sample(16),
]


@pytest.mark.parametrize(("head", "suffix"), VIDEOS.items())
def test_a_video(head: bytes, suffix: str) -> None:
    assert suffix_for("video", head) == suffix


@pytest.mark.parametrize(("head", "suffix"), SOUNDS.items())
def test_a_sound(head: bytes, suffix: str) -> None:
    assert suffix_for("audio", head) == suffix


@pytest.mark.parametrize("head", NEITHER)
def test_neither(head: bytes) -> None:
    assert container_of(head) is None
    with pytest.raises(PictureRefused, match="not_a_video"):
        suffix_for("video", head)
    with pytest.raises(PictureRefused, match="not_a_sound"):
        suffix_for("audio", head)


def test_a_sound_without_pictures_is_no_video() -> None:
    with pytest.raises(PictureRefused, match="not_a_video"):
        suffix_for("video", sample_sound())


def test_the_samples_are_what_they_are_for() -> None:
    assert (suffix_for("video", sample_video()), suffix_for("audio", sample_sound())) == (".gif", ".wav")
