"""A run that leaves more than anybody looks at: files and bytes are bounded on every way in."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bot.comfyui import ComfyUI
from bot.comfyui.runs import retries
from bot.errors import Lost, Refused, Unreachable
from bot.pictures import texts, with_texts
from bot.spool import SMALL, Box, Spool, Spooled, read
from bot.worker.files import downloads
from bot.worker.files.downloads import Downloads
from bot.workflows import OutputFile, Picked
from tests.pictures.drawn import encoded, noise
from tests.waiting import until

MEBIBYTE = 2**20


@dataclass(slots=True)
class Server:
    """A ComfyUI that has these bytes for every file that is not `gone`."""

    comfyui: ComfyUI
    content: bytes = b"x"
    gone: set[str] = field(default_factory=set)
    asked: int = 0
    at_once: int = 0
    most_at_once: int = 0


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async def view(request: web.Request) -> web.Response:
        served.asked += 1
        served.at_once += 1
        served.most_at_once = max(served.most_at_once, served.at_once)
        await asyncio.sleep(0)
        served.at_once -= 1
        if request.query["filename"] in served.gone:
            return web.Response(status=404)
        return web.Response(body=served.content)

    app = web.Application()
    app.router.add_get("/view", view)
    runner = web.AppRunner(app, shutdown_timeout=0)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        served = Server(ComfyUI(f"http://127.0.0.1:{runner.addresses[0][1]}", session))
        yield served
    await runner.cleanup()


@pytest.fixture
async def box(tmp_path: Path) -> AsyncIterator[Box]:
    spool = Spool(tmp_path / "spool")
    async with spool.box() as box:
        yield box
    spool.close()


def files(count: int, suffix: str = "png") -> list[OutputFile]:
    return [OutputFile("9", f"{number}.{suffix}", "", "output") for number in range(count)]


def picked(found: list[OutputFile]) -> list[Picked]:
    return [Picked(file, None) for file in found]


async def test_of_thousands_of_files_a_hundred_are_fetched_and_few_at_once(server: Server, box: Box) -> None:
    run = Downloads(server.comfyui, MEBIBYTE, box)
    for file in files(3000):
        run.begin(file)
    # The end may want others than those that came first.
    wanted = files(3000)[2990:]
    assert [one.content for one in await run.fetched(picked(wanted))] == [b"x"] * 10
    await until(lambda: server.asked == 110)
    assert server.most_at_once <= 4
    run.close()


async def test_of_thousands_of_pictures_over_the_socket_a_hundred_are_kept(server: Server, box: Box) -> None:
    run = Downloads(server.comfyui, MEBIBYTE, box)
    content = bytes(SMALL)
    for file in files(3000):
        run.receive(file, content)
    found = await run.fetched(picked(files(100)))
    # The budget is spent soon: most of them wait on disk.
    assert sum(isinstance(one.content, Spooled) for one in found) > 80
    assert all(one.content is not None and read(one.content) == content for one in found)
    assert server.asked == 0
    run.close()


async def test_the_bytes_of_a_run_are_bounded(server: Server, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(downloads, "_MOST_BYTES", 2500)
    server.content = bytes(1000)
    run = Downloads(server.comfyui, MEBIBYTE, box)
    found = await run.fetched(picked(files(3)))
    assert sorted(one.content is None for one in found) == [False, False, True]
    assert {one.size for one in found} == {1000}
    run.close()


async def test_what_discord_never_takes_is_not_fetched(server: Server, box: Box) -> None:
    server.content = bytes(2000)
    run = Downloads(server.comfyui, 1000, box)
    (film,) = await run.fetched(picked(files(1, "mp4")))
    assert (film.content, film.size) == (None, 2000)
    (picture,) = await run.fetched(picked(files(1)))
    assert picture.content == server.content
    run.close()


async def test_what_is_left_is_delivered_where_some_will_do(server: Server, box: Box) -> None:
    server.gone.add("1.png")
    run = Downloads(server.comfyui, MEBIBYTE, box)
    with pytest.raises(Lost):
        await run.fetched(picked(files(3)))
    assert len(await run.fetched(picked(files(3)), some=True)) == 2
    assert run.withheld == 1
    with pytest.raises(Lost):
        await run.fetched(picked(files(2)[1:]), some=True)
    run.close()


async def test_an_empty_file_is_not_handed_over(server: Server, box: Box, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retries, "_PAUSE_SECONDS", ())
    server.content = b""
    run = Downloads(server.comfyui, MEBIBYTE, box)
    with pytest.raises((Refused, Unreachable)):
        await run.fetched(picked(files(1)))
    run.close()


@pytest.mark.parametrize("size", [(40, 30), (1000, 900)])
async def test_texts_are_replaced_wherever_the_file_is(server: Server, box: Box, size: tuple[int, int]) -> None:
    server.content = with_texts(encoded(noise("RGB", size)), {"prompt": "{}"})
    run = Downloads(server.comfyui, MEBIBYTE, box, {"recipe": "ours"})
    (one,) = await run.fetched(picked(files(1)))
    assert one.content is not None
    assert isinstance(one.content, Spooled) is (len(server.content) > SMALL)
    assert one.size == len(read(one.content))
    assert read(one.content) == with_texts(server.content, {"recipe": "ours"})
    assert texts(read(one.content)) == {"recipe": "ours"}
    run.close()
