"""A headless Chromium on the demo's page, used as by somebody who knows Discord."""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

import pytest
from playwright.async_api import Locator, Page, async_playwright
from playwright.async_api import TimeoutError as NotYet

_NAMES: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
ARGUMENTS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
_LOOK_MILLISECONDS: Final = 1_500.0
_HIDE_FIRST: Final = """() => {
    const style = new CSSStyleSheet();
    style.replaceSync("#channel-message-list > article:first-of-type { display: none; }");
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, style];
}"""


def chromium() -> str:
    """The path of this machine's browser. Without one the test is skipped; in CI it fails."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        reason = f"no browser: none of {', '.join(_NAMES)} is on the PATH"
        if "CI" in os.environ:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return found


@contextlib.asynccontextmanager
async def page_at(
    url: str, width: int = 1280, height: int = 800, *, touch: bool = False, scale: float = 1.0
) -> AsyncIterator[Page]:
    """The page at this address, in a browser that closes with the block.

    `touch`: it is a phone's. `scale`: how many pixels the screen has for each of the page, along a side.
    """
    executable = chromium()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        try:
            page = await browser.new_page(
                viewport={"width": width, "height": height}, has_touch=touch, is_mobile=touch, device_scale_factor=scale
            )
            await page.goto(url)
            yield page
        finally:
            await browser.close()


async def hide_welcome(page: Page) -> None:
    """Hide the first message, which tells visitors what to do: a screenshot for a page has no use for it."""
    await page.get_by_role("heading", name="Welcome to the darkroom").wait_for()
    await page.evaluate(_HIDE_FIRST)


async def type_imagine(page: Page, prompt: str) -> None:
    """Type /imagine and a prompt, but don't press the key that sends it."""
    await page.get_by_placeholder("Message #darkroom").press_sequentially("/imagine")
    await page.get_by_text("Generate an image from a prompt").wait_for()
    await page.keyboard.press("Enter")
    await page.get_by_label("prompt, required").press_sequentially(prompt)


async def imagine(page: Page, prompt: str) -> Locator:
    """Request an image. Returns the bot's reply."""
    await type_imagine(page, prompt)
    reply = page.locator("#channel-message-list article").filter(has_text=prompt)
    await insist(lambda: page.keyboard.press("Enter"), reply)
    return reply


async def insist(act: Callable[[], Awaitable[None]], outcome: Locator, seconds: float = 60.0) -> None:
    """Repeat the act until its outcome is visible.

    simcord's page ignores input while it waits for its server, as it does when it has only been opened. It also ignores
    the repeated act while it still works on the first.
    """
    async with asyncio.timeout(seconds):
        while not await outcome.is_visible():
            with contextlib.suppress(NotYet):
                await act()
                await outcome.wait_for(timeout=_LOOK_MILLISECONDS)
