"""The checking program: asked over pipes, started when it is needed and again when it has died, ended with the bot."""

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from PIL import Image

from bot.errors import Unchecked
from bot.picture_check import PictureCheck
from bot.pictures import samples
from tests.approving.looking import __file__ as looking
from tests.waiting import until

Made = Callable[..., PictureCheck]


def png(color: str, size: tuple[int, int] = (64, 64)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, color).save(buffer, "PNG")
    return buffer.getvalue()


@pytest.fixture
async def check(tmp_path: Path) -> AsyncIterator[Made]:
    made: list[PictureCheck] = []

    def make(fault: str = "", image_seconds: float = 20.0) -> PictureCheck:
        made.append(PictureCheck((sys.executable, looking, str(tmp_path), fault), image_seconds=image_seconds))
        return made[-1]

    yield make
    for one in made:
        await one.close()


def started(folder: Path) -> list[int]:
    return [int(path.name.removeprefix("started-")) for path in folder.glob("started-*")]


def runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_one_program_answers_for_all_pictures(check: Made, tmp_path: Path) -> None:
    asked = check()
    scores = await asyncio.gather(*(asked.score(png(color)) for color in ("red", "lime", "red", "blue")))
    assert scores == [0.9, 0.1, 0.9, 0.1]
    (pid,) = started(tmp_path)
    await asked.close()
    assert not runs(pid)
    # And again, when somebody asks once more.
    assert await asked.score(png("red")) == 0.9
    assert len(started(tmp_path)) == 2


async def test_one_that_dies_is_started_again(check: Made, tmp_path: Path) -> None:
    assert await check("dies-once").score(png("red")) == 0.9
    assert len(started(tmp_path)) == 2


@pytest.mark.parametrize(
    ("fault", "said"), [("dies", "ended"), ("absent", "it is not installed"), ("hangs", "TimeoutError")]
)
async def test_what_cannot_be_looked_at_is_said(check: Made, tmp_path: Path, fault: str, said: str) -> None:
    with pytest.raises(Unchecked) as refused:
        await check(fault, image_seconds=1.0).score(png("red"))
    assert said in refused.value.reason
    assert not any(runs(pid) for pid in started(tmp_path))


async def test_who_went_away_does_not_leave_his_answer_to_the_next(check: Made) -> None:
    asked = check()
    await asked.score(png("lime"))
    first = asyncio.create_task(asked.score(png("red")))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    first.cancel()
    assert await asked.score(png("lime")) == 0.1
    assert first.cancelled()


async def test_it_ends_when_the_bot_is_killed(check: Made, tmp_path: Path) -> None:
    """Its input ends: that is all it needs to know."""
    script = f"""
import asyncio, io, sys
from bot.picture_check import PictureCheck
async def main():
    await PictureCheck((sys.executable, {looking!r}, {str(tmp_path)!r})).score({png("red")!r})
    print("asked", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""
    bot = await asyncio.create_subprocess_exec(
        sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert bot.stdout is not None
    assert (await bot.stdout.readline()).strip() == b"asked"
    (pid,) = started(tmp_path)
    bot.kill()
    await bot.wait()
    await until(lambda: not runs(pid))


def test_samples_of_a_picture_are_small_and_plain() -> None:
    (one,) = samples(png("red", (2000, 1000)))
    with Image.open(io.BytesIO(one)) as image:
        assert (image.size, image.mode) == ((640, 320), "RGB")
    frames = [Image.new("RGB", (80, 40), color) for color in ("red", "lime", "blue") * 10]
    buffer = io.BytesIO()
    frames[0].save(buffer, "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    assert 2 < len(samples(buffer.getvalue())) <= 8
    assert samples(b"no picture") == []


async def test_a_shell_ends_with_what_it_has_started(tmp_path: Path) -> None:
    written = tmp_path / "child"
    script = f"sleep 1000 & echo $! > {written}; echo '{{\"ready\": true}}'; exec sleep 1000"
    check = PictureCheck(("sh", "-c", script), image_seconds=0.1)
    with pytest.raises(Unchecked):
        await check.score(png("red"))
    child = written.read_text().strip()
    await check.close()
    # Nobody may have waited for it yet.
    await until(lambda: not runs(int(child)) or " Z " in Path("/proc", child, "stat").read_text())
