"""The program with a paint page, an image to change, and browsers to change it in."""

import contextlib
import io
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import aiohttp
import pytest
from PIL import Image
from playwright.async_api import Page, async_playwright

from bot.ledger import Ledger
from tests.commands.packs import PAINT, PAINT_MANIFEST, write
from tests.demo.browser import ARGUMENTS, chromium
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Guild, Message, User, answered
from tests.discord_server.resolving import Value
from tests.ledgers import open_patiently
from tests.looks import is_done
from tests.people import MODERATORS
from tests.programs import ROOT

Link = Callable[..., Awaitable[str]]
Order = Callable[..., Awaitable[Message]]

GENERAL: Final = Channel("general")
THREAD: Final = Channel("thread", under=GENERAL, kind="thread")
PHONE: Final[Mapping[str, Any]] = {
    "viewport": {"width": 360, "height": 640},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
DESK: Final[Mapping[str, Any]] = {"viewport": {"width": 1280, "height": 800}}


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", (GENERAL, THREAD), (MODERATORS,)),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    workflows = tmp_path / "workflows"
    write(workflows, "paint", PAINT, PAINT_MANIFEST)
    for suffix in ("json", "toml"):
        shutil.copy(ROOT / f"workflows/inpaint.{suffix}", workflows)
    return workflows


@pytest.fixture
def page_url(free_port: int) -> str:
    return f"http://127.0.0.1:{free_port}"


@pytest.fixture
def settings(page_url: str, free_port: int) -> dict[str, str]:
    return {"PUBLIC_URL": f"{page_url}/darkroom", "PUBLIC_PORT": str(free_port)}


@pytest.fixture
async def ledger(tmp_path: Path, bot: BotProcess) -> AsyncIterator[Ledger]:
    """The program's own, to look into and to set rules in."""
    ledger = await open_patiently(f"sqlite+aiosqlite:///{tmp_path / 'data' / 'darkroom.db'}")
    try:
        yield ledger
    finally:
        await ledger.close()


@pytest.fixture
def order(discord: DiscordStandIn) -> Order:
    """`/imagine`, up to the finished message."""

    async def ordered(user: User, prompt: str = "a fox", **options: Value) -> Message:
        interaction = await answered(discord.slash("imagine", user=user, options={"prompt": prompt, **options}))
        return await interaction.message.until(is_done)

    return ordered


@pytest.fixture
def link(discord: DiscordStandIn) -> Link:
    """Press Change part. Returns the address behind Paint it."""

    async def asked(message: Message, user: User) -> str:
        pressed = await answered(discord.press(message, "Change part", user=user))
        reply = await pressed.message.until(lambda m: paint_url(m) is not None)
        return paint_url(reply) or ""

    return asked


def paint_url(message: Message) -> str | None:
    urls = (button.component.get("url") for button in message.buttons if button.label == "Paint it")
    return next(urls, None)


@contextlib.asynccontextmanager
async def browser_at(url: str, device: Mapping[str, Any]) -> AsyncIterator[Page]:
    """The page in a Chromium of this kind, once the image is there. Fails on anything that the page complains of."""
    complaints: list[str] = []
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium(), args=ARGUMENTS)
        try:
            context = await browser.new_context(**device)
            page = await context.new_page()
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("console", lambda said: complaints.append(said.text) if "Content Security" in said.text else None)
            await page.goto(url)
            await page.get_by_text(re.compile("This link works once")).wait_for()
            yield page
            assert not complaints
        finally:
            await browser.close()


async def send(url: str, mask: bytes, prompt: str = "a castle") -> tuple[int, Any]:
    """What the page's script does when Send is pressed: the status and the answer."""
    body = aiohttp.FormData()
    body.add_field("prompt", prompt)
    body.add_field("mask", io.BytesIO(mask), filename="mask.png", content_type="image/png")
    async with aiohttp.ClientSession() as session, session.post(url, data=body) as response:
        return response.status, await response.json()


async def image_at(url: str) -> Image.Image:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/image") as response:
        assert response.status == 200, await response.text()
        image = Image.open(io.BytesIO(await response.read()))
        image.load()
        return image


def mask_of(size: tuple[int, int], box: tuple[int, int, int, int] | None = (0, 0, 40, 40)) -> bytes:
    """A mask that marks this box."""
    mask = Image.new("RGBA", size)
    if box is not None:
        mask.paste((255, 255, 255, 255), box)
    encoded = io.BytesIO()
    mask.save(encoded, "PNG")
    return encoded.getvalue()
