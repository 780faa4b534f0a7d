"""Work on images in a process of its own: the same results, bounds that hold, and nothing of the bot's secrets."""

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from PIL import Image

from bot.conversions import Conversions, Copy
from bot.errors import PictureRefused
from bot.pictures import fit, samples
from bot.spool import Box, Spool, read
from tests.pictures.drawn import encoded, noise
from tests.pictures.test_bounds import plain_png
from tests.waiting import until

LIGHT, HEAVY = (300, 200), (1900, 1300)


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    spool = Spool(tmp_path / "spool")
    async with spool.box() as box:
        yield box
    spool.close()


def children() -> list[int]:
    """Processes that work on images: there are others, and between fork and exec a child is still this one."""
    tasks = Path("/proc/self/task")
    pids = [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]
    return [pid for pid in pids if b"bot.pictures.process" in command_of(pid)]


def command_of(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


@pytest.mark.parametrize("size", [LIGHT, HEAVY])
async def test_wherever_the_work_is_done_it_is_the_same(box: Box, size: tuple[int, int]) -> None:
    content = encoded(noise("RGB", size), compress_level=1)
    limit = len(content) // 3
    expected, found = fit(content, limit), await Conversions().fit(box, content, limit)
    assert expected is not None
    assert found is not None
    assert (read(found.content), found.suffix, found.changed) == (expected.content, ".webp", "smaller")
    assert [read(shot) for shot in await Conversions().samples(box, content)] == samples(content)


@pytest.mark.parametrize("size", [LIGHT, HEAVY])
async def test_a_picture_from_outside_is_cleaned(box: Box, size: tuple[int, int]) -> None:
    photo = await box.on_disk(encoded(Image.new("RGB", size, "red"), "JPEG", comment=b"where I live"))
    plain = read(await Conversions().clean(box, photo))
    with Image.open(io.BytesIO(plain)) as opened:
        assert (opened.format, opened.size, opened.info) == ("PNG", size, {})
    assert b"where I live" not in plain


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (plain_png(9000, 8000), "too_many_pixels"),
        (b"GIF89a" + bytes(20), "not_a_picture"),
        (b"no image at all", "not_a_picture"),
    ],
)
async def test_a_refusal_comes_back_with_its_reason(box: Box, content: bytes, code: str) -> None:
    with pytest.raises(PictureRefused) as refused:
        await Conversions().clean(box, content)
    assert refused.value.code == code


async def test_what_fits_is_not_touched(box: Box) -> None:
    content = encoded(noise("RGB", HEAVY))
    assert await Conversions(seconds=0).fit(box, content, len(content)) == Copy(content, None, None)


async def test_what_is_no_image_starts_no_process(box: Box) -> None:
    assert await Conversions().fit(box, b"\0\0\0\x20ftypisom" + bytes(100), 10) is None


async def test_a_picture_of_177_megapixels_gets_its_copy_within_the_bounds(box: Box) -> None:
    found = await Conversions().fit(box, plain_png(13_300, 13_300), 50_000)
    assert found is not None
    assert found.changed == "smaller"
    with Image.open(io.BytesIO(read(found.content))) as copy:
        assert copy.width == copy.height > 4000


@pytest.mark.skipif(sys.platform != "linux", reason="the bound of the address space is Linux's")
async def test_what_needs_more_memory_than_there_is_comes_to_nothing(box: Box) -> None:
    # With a palette it is decoded as a whole, and Pillow makes four bytes of each pixel.
    content = encoded(Image.new("P", (16_000, 16_000)))
    assert await Conversions().fit(box, content, 100) is None


async def test_what_takes_too_long_is_stopped(box: Box) -> None:
    content = encoded(noise("RGB", HEAVY), compress_level=1)
    assert await Conversions(seconds=0.01).fit(box, content, 1000) is None
    await until(lambda: not children())


async def test_what_is_no_longer_wanted_is_stopped(box: Box) -> None:
    content = encoded(noise("RGB", (3000, 3000)), compress_level=1)
    asked = asyncio.create_task(Conversions().fit(box, content, 1000))
    await until(lambda: bool(children()))
    asked.cancel()
    await asyncio.gather(asked, return_exceptions=True)
    await until(lambda: not children())


@pytest.mark.parametrize(("size", "expected"), [(HEAVY, 2), ((2400, 2000), 1)])
async def test_two_ordinary_ones_run_at_once_and_large_ones_alone(
    box: Box, size: tuple[int, int], expected: int
) -> None:
    conversions, most = Conversions(), 0
    pictures = [encoded(noise("RGB", size, seed), compress_level=1) for seed in range(3)]
    asked = [asyncio.create_task(conversions.fit(box, content, 10**6)) for content in pictures]

    def over() -> bool:
        nonlocal most
        most = max(most, len(children()))
        return all(task.done() for task in asked)

    await until(over)
    assert most == expected
    assert all(task.result() is not None for task in asked)


async def test_the_process_sees_what_it_is_given_of_the_environment_and_no_more(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISCORD_TOKEN", "secret-of-the-bot")
    content = encoded(noise("RGB", (3000, 3000)), compress_level=1)
    given = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8"}
    asked = asyncio.create_task(Conversions(given).fit(box, content, 1000))
    await until(lambda: bool(children()))
    (pid,) = children()
    seen = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    assert {line.partition(b"=")[0] for line in seen if line} == {b"PATH", b"LANG", b"PYTHONPATH"}
    # Its standard streams, and the folders and files that Python opens while it starts: no socket, no database.
    inherited = [str(entry.readlink()) for entry in Path(f"/proc/{pid}/fd").iterdir() if int(entry.name) > 2]
    assert not [target for target in inherited if target.startswith("socket:")]
    assert await asked is not None
