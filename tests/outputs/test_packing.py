"""Files as Discord takes them: the same bytes wherever they fit, and never a request that is too large."""

import io
import random
import tempfile
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from bot.conversions import Conversions
from bot.discord_limits import FILES
from bot.spool import Spool, read
from bot.worker.files.attachments import attachments, fair_share, smaller_limit
from bot.worker.files.downloads import Collected
from bot.workflows import OutputFile, Picked

MEBIBYTE: Final = 2**20
REQUEST: Final = 24 * MEBIBYTE


def noise(count: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(count)


def made(filename: str, content: bytes | None, caption: str | None = None, size: int | None = None) -> Collected:
    file = OutputFile("9", filename, "", "output")
    return Collected(Picked(file, caption), content, len(content or b"") if size is None else size)


def animation(frames: int = 6, side: int = 64) -> bytes:
    pictures = [Image.frombytes("RGB", (side, side), noise(3 * side * side, seed)) for seed in range(frames)]
    buffer = io.BytesIO()
    pictures[0].save(buffer, "GIF", save_all=True, append_images=pictures[1:], duration=80, loop=0)
    return buffer.getvalue()


@dataclass(frozen=True, slots=True)
class Sent:
    """An attachment with its bytes: where they waited is gone by now."""

    filename: str
    content: bytes
    caption: str | None


async def packed(collected: Sequence[Collected], limit: int, texts: Sequence[str] = ()) -> tuple[list[Sent], list[str]]:
    with tempfile.TemporaryDirectory() as folder:
        spool = Spool(Path(folder))
        async with spool.box() as box:
            files, notes = await attachments(collected, limit, box, Conversions(), texts)
            sent = [Sent(file.filename, read(file.content), file.caption) for file in files]
        spool.close()
    return sent, notes


def unzipped(attachment: Sent) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(attachment.content)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


async def test_files_keep_their_suffix_and_say_what_they_are() -> None:
    names = ["a.png", "b.WEBM", "c.flac", "d.glb", "e.gguf", "noname", "f.p/ng"]
    files, notes = await packed([made(name, noise(10)) for name in names], MEBIBYTE)
    assert [file.filename for file in files] == [
        "image-1.png", "video-2.WEBM", "audio-3.flac", "model-4.glb", "file-5.gguf", "file-6", "file-7",
    ]  # fmt: skip
    assert notes == []


async def test_a_caption_names_its_file_and_nothing_else_of_the_server_does() -> None:
    (file,), _ = await packed([made("secret_project_00001_.png", b"x", "Ünser Draft!")], MEBIBYTE)
    assert (file.filename, file.caption) == ("nser-draft-1.png", "Ünser Draft!")


async def test_ten_files_are_ten_files_and_eleven_are_nine_and_a_zip() -> None:
    ten = [made(f"{n}.png", noise(50, n)) for n in range(10)]
    files, notes = await packed(ten, MEBIBYTE)
    assert [file.content for file in files] == [one.content for one in ten]
    assert notes == []
    eleven = [*ten, made("10.mp4", noise(50, 10))]
    files, notes = await packed(eleven, MEBIBYTE)
    assert [file.content for file in files[:-1]] == [one.content for one in eleven[:9]]
    assert list(unzipped(files[-1]).values()) == [one.content for one in eleven[9:]]
    assert files[-1].filename.endswith(".zip")
    assert notes == ["2 more are in the zip, unchanged."]


async def test_what_is_no_picture_and_too_large_is_told_of_in_plain_words() -> None:
    files, notes = await packed(
        [made("/srv/film.mp4", noise(2000)), made("x.glb", None, size=70 * MEBIBYTE), made("a.png", b"x")], 1000
    )
    assert [file.content for file in files] == [b"x"]
    assert notes == [
        "The video is too large to send here (2 kB). Try a smaller or shorter one.",
        "The 3D model is too large to send here (70.0 MB). Try a smaller or shorter one.",
    ]


async def test_a_large_animation_goes_on_moving() -> None:
    content = animation()
    (file,), notes = await packed([made("a.gif", content)], len(content) // 3)
    assert len(file.content) <= len(content) // 3
    assert file.filename == "image-1.webp"
    with Image.open(io.BytesIO(file.content)) as moving:
        assert getattr(moving, "n_frames", 1) == 6
    assert notes == ["Too large for Discord: this is a smaller copy."]


async def test_a_video_may_have_what_the_others_leave() -> None:
    video = noise(9 * MEBIBYTE)
    files, notes = await packed([made("a.mp4", video), *(made(f"{n}.txt", b"x") for n in range(9))], 10 * MEBIBYTE)
    assert files[0].content == video
    assert notes == []


async def test_videos_that_do_not_fit_together_lose_the_last() -> None:
    nine = 9 * MEBIBYTE
    files, notes = await packed([made(f"{n}.mp4", noise(nine, n)) for n in range(3)], 10 * MEBIBYTE)
    assert len(files) == 2
    assert len(notes) == 1


async def test_a_zip_leaves_out_what_does_not_fit_and_says_so() -> None:
    many = [made(f"{n}.png", b"x") for n in range(9)] + [made(f"{n}.mp4", noise(4 * MEBIBYTE, n)) for n in range(4)]
    files, notes = await packed(many, 10 * MEBIBYTE)
    assert len(unzipped(files[-1])) == 2
    assert notes == [
        "2 more are in the zip, unchanged.",
        "2 more files were made (8.0 MB), too much for one message. Try fewer at once.",
    ]


async def test_long_texts_are_text_files() -> None:
    files, _ = await packed([made("a.png", b"x")], MEBIBYTE, ["Grüße"])
    assert (files[1].filename, files[1].content.decode()) == ("text-2.txt", "Grüße")


@given(
    st.lists(st.tuples(st.sampled_from(["a.png", "b.mp4", "c"]), st.integers(0, 9 * MEBIBYTE)), max_size=14),
    st.integers(1, 10 * MEBIBYTE),
)
async def test_whatever_was_made_fits_one_request(sizes: list[tuple[str, int]], limit: int) -> None:
    files, notes = await packed([made(name, bytes(size)) for name, size in sizes], limit)
    assert len(files) <= FILES
    assert all(len(file.content) <= limit for file in files)
    assert sum(len(file.content) for file in files) <= REQUEST
    assert len({file.filename for file in files}) == len(files)
    assert len(files) == len(sizes) or notes
    assert not any("/" in note for note in notes)


@given(st.lists(st.integers(0, 100), min_size=1), st.integers(1, 1000))
def test_a_fair_share_uses_what_small_ones_leave(sizes: list[int], total: int) -> None:
    share = fair_share(sizes, total)
    assert sum(min(size, share) for size in sizes) <= total
    if sum(sizes) > total:
        assert sum(min(size, share + 1) for size in sizes) > total or share + 1 > max(sizes)


def test_each_try_after_a_refusal_is_for_less_than_was_refused() -> None:
    assert smaller_limit(100 * MEBIBYTE, 45 * MEBIBYTE) == 10 * MEBIBYTE
    assert smaller_limit(100 * MEBIBYTE, 8 * MEBIBYTE) == 4 * MEBIBYTE
    assert smaller_limit(10 * MEBIBYTE, 10 * MEBIBYTE) == 5 * MEBIBYTE
    assert smaller_limit(1, 1) == 1
