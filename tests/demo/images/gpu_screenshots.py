"""`python -m tests.demo.images.gpu_screenshots` takes docs/gpu-states.png again: what members read meanwhile."""

import asyncio
import contextlib
import io
import socket
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from aiohttp import web
from aiohttp.test_utils import TestServer
from PIL import Image, ImageDraw, ImageFont, ImageOps
from playwright.async_api import expect

from bot.ledger import ALL
from bot.workflows import Library
from tests.comfyui_server import ComfyUIStandIn
from tests.demo.browser import imagine, page_at
from tests.demo.page import page_of
from tests.demo.visitor import LONG
from tests.demo.world import World

_ROOT: Final = Path(__file__).parents[3]
_TARGET: Final = _ROOT / "docs" / "gpu-states.png"
_PROMPT: Final = "a lighthouse at night"
_WIDTH, _HEIGHT = 620, 480
_MARGIN, _CAPTION = 14, 30
_BEHIND, _INK = (43, 45, 49), (219, 222, 225)
_MAC: Final = "A1:B2:C3:D4:E5:F6"


async def _nothing(_: World) -> None:
    pass


async def _pause(world: World) -> None:
    await world.ledger.pauses.pause(ALL, 1, None)


@dataclass(frozen=True, slots=True)
class _State:
    """`setting` is the caption; `says` is part of what the message says. `url` gives the server, `prepare` acts before
    the member does.
    """

    setting: str
    says: str
    more: Callable[[str], dict[str, str]]
    url: Callable[[], contextlib.AbstractAsyncContextManager[str]]
    prepare: Callable[[World], Awaitable[None]] = _nothing


@contextlib.asynccontextmanager
async def _awake() -> AsyncIterator[str]:
    async with ComfyUIStandIn() as stand_in:
        yield stand_in.url


@contextlib.asynccontextmanager
async def _asleep() -> AsyncIterator[str]:
    """Nobody listens there."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    yield f"http://127.0.0.1:{port}"


@contextlib.asynccontextmanager
async def _walled() -> AsyncIterator[str]:
    """A proxy that lets nobody in."""

    async def refuse(_: web.Request) -> web.Response:
        raise web.HTTPUnauthorized

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", refuse)
    async with TestServer(app, host="127.0.0.1") as server:
        yield f"http://127.0.0.1:{server.port}"


def _hours(_: str) -> dict[str, str]:
    now = datetime.now(UTC)
    return {"QUIET_HOURS": f"{now - timedelta(hours=1):%H:00}-{now + timedelta(hours=7):%H:00} UTC"}


_STATES: Final = (
    _State("QUIET_HOURS, or /machine until", "The GPU is resting until", _hours, _awake),
    _State("/machine pause", "The GPU is resting; your place is kept.", lambda _: {}, _awake, _pause),
    _State("BUSY_COMMAND exits 0", "Somebody else is using the GPU", lambda _: {"BUSY_COMMAND": "true"}, _awake),
    _State("WAKE_MAC", "Waking up the GPU", lambda _: {"WAKE_MAC": f"{_MAC}@127.0.0.1"}, _asleep),
    _State(
        "SPEND_LIMIT is reached",
        "This month’s budget is used up.",
        lambda url: {"PRICE_PER_SECOND": f"{url} => 0.0002", "SPEND_LIMIT": "0"},
        _awake,
    ),
    _State("A proxy refuses the bot", "doesn’t let me in", lambda _: {}, _walled),
)


async def _shoot(state: _State, library: Library) -> bytes:
    """A member's message in this state."""
    with tempfile.TemporaryDirectory(prefix="darkroom-gpu-") as folder:
        async with state.url() as url:
            settings = {"COMFYUI_URLS": url, **state.more(url)}
            async with World.open(Path(folder), library, [url], settings) as world:
                await state.prepare(world)
                async with page_of(world, 0) as preview, page_at(preview.url, _WIDTH, _HEIGHT) as page:
                    message = await imagine(page, _PROMPT)
                    await expect(message).to_contain_text(state.says, timeout=LONG)
                    await page.mouse.move(0, 0)
                    return await message.screenshot(animations="disabled")


def _save(shots: Sequence[bytes]) -> None:
    """Below one another, each with the setting that brings it about; two bits a color less, to load fast."""
    pictures = [ImageOps.posterize(Image.open(io.BytesIO(shot)).convert("RGB"), 6) for shot in shots]
    width = max(picture.width for picture in pictures) + 2 * _MARGIN
    height = sum(picture.height + _CAPTION + _MARGIN for picture in pictures)
    sheet = Image.new("RGB", (width, height), _BEHIND)
    pen, font, top = ImageDraw.Draw(sheet), ImageFont.load_default(15), 0
    for state, picture in zip(_STATES, pictures, strict=True):
        pen.text((_MARGIN, top + 9), state.setting, _INK, font)
        sheet.paste(picture, (_MARGIN, top + _CAPTION))
        top += picture.height + _CAPTION + _MARGIN
    sheet.save(_TARGET, optimize=True)


async def _shoot_all() -> None:
    shots = []
    for state in _STATES:
        library = Library(_ROOT / "workflows")
        library.reload()
        shots.append(await _shoot(state, library))
    _save(shots)


if __name__ == "__main__":
    asyncio.run(_shoot_all())
