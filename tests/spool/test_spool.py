"""Files on their way: small ones in memory, all others on disk for nobody else to read, and gone in the end."""

import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from bot.errors import SpoolFailed
from bot.spool import SMALL, Box, Spool, Spooled, read, size_of

SOME = b"some bytes"
LARGE = bytes(range(256)) * (SMALL // 256 + 1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data" / "spool"


@pytest.fixture
def spool(folder: Path) -> Iterator[Spool]:
    spool = Spool(folder)
    spool.open()
    yield spool
    spool.close()


@pytest.fixture
async def box(spool: Spool) -> AsyncIterator[Box]:
    async with spool.box() as box:
        yield box


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file() and path.suffix != ".lock"]


async def test_what_is_small_never_touches_the_disk(box: Box, folder: Path) -> None:
    assert await box.put(SOME) == SOME
    assert not folder.exists()


async def test_what_is_large_is_on_disk_as_it_came(box: Box) -> None:
    async with box.writing() as writing:
        for place in range(0, len(LARGE), 1000):
            await writing.write(LARGE[place : place + 1000])
        content = await writing.done()
    assert isinstance(content, Spooled)
    assert size_of(content) == len(LARGE)
    assert read(content) == LARGE


async def test_nothing_of_it_is_for_others_to_read(box: Box, folder: Path) -> None:
    content = await box.put(LARGE)
    assert isinstance(content, Spooled)
    assert stat.S_IMODE(content.path.stat().st_mode) == 0o600
    for above in (content.path.parent, content.path.parent.parent, folder):
        assert stat.S_IMODE(above.stat().st_mode) == 0o700


async def test_small_files_go_to_disk_where_the_budget_is_spent_and_stay_in_memory_again_after_that(
    folder: Path,
) -> None:
    spool = Spool(folder, memory=2 * len(SOME))
    async with spool.box() as one, spool.box() as other:
        assert [await one.put(SOME), await other.put(SOME)] == [SOME, SOME]
        third = await other.put(SOME)
        assert isinstance(third, Spooled)
        assert read(third) == SOME
    async with spool.box() as later:
        assert await later.put(SOME) == SOME
    spool.close()


async def test_a_closed_box_leaves_nothing(spool: Spool, folder: Path) -> None:
    async with spool.box() as box:
        await box.put(LARGE)
        assert files(folder)
    assert not files(folder)


async def test_of_a_file_that_never_came_to_its_end_nothing_is_left(box: Box, folder: Path) -> None:
    async with box.writing() as writing:
        await writing.write(LARGE)
        assert files(folder)
    assert not files(folder)


async def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "spool").write_text("a file is in its place")
    async with Spool(tmp_path / "spool").box() as box:
        assert await box.put(SOME) == SOME
        with pytest.raises(SpoolFailed):
            await box.put(LARGE)


_HAS_FEW_FILES = """
import asyncio, os, resource, sys
from pathlib import Path
from bot.spool import Spool, read

async def main():
    resource.setrlimit(resource.RLIMIT_NOFILE, (32, 32))
    async with Spool(Path(sys.argv[1])).box() as box:
        taken = []
        try:
            while True:
                taken.append(os.open("/dev/null", os.O_RDONLY))
        except OSError:
            pass
        putting = asyncio.create_task(box.put(bytes(2**22)))
        await asyncio.wait([putting], timeout=0.1)
        assert not putting.done()
        for one in taken:
            os.close(one)
        assert read(await putting) == bytes(2**22)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no such limit")
def test_where_too_many_files_are_open_it_waits_until_one_is_closed(folder: Path) -> None:
    subprocess.run([sys.executable, "-c", _HAS_FEW_FILES, str(folder)], check=True, timeout=60)


_LEAVES_A_FILE = """
import asyncio, sys
from pathlib import Path
from bot.spool import Spool

async def main():
    spool = Spool(Path(sys.argv[1]))
    spool.open()
    await spool.box().put(bytes(2**22))
    print("written", flush=True)
    sys.stdin.read()

asyncio.run(main())
"""


def test_what_a_killed_process_has_left_goes_and_what_another_still_has_stays(folder: Path) -> None:
    command = [sys.executable, "-c", _LEAVES_A_FILE, str(folder)]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as killed,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as living,
    ):
        for process in (killed, living):
            assert process.stdout is not None
            process.stdout.readline()
        assert len(files(folder)) == 2
        killed.kill()
        killed.wait()
        Spool(folder).open()
        assert len(files(folder)) == 1
        living.kill()
        living.wait()
    Spool(folder).open()
    assert list(folder.iterdir()) == []
