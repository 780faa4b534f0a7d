"""`python -m tests.demo.images.screenshots` takes most screenshots in docs/ again."""

import asyncio
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageOps
from playwright.async_api import Page, expect

from tests.demo.browser import hide_welcome, imagine, insist, page_at
from tests.demo.program import demo
from tests.demo.visitor import Visitor

_DOCS: Final = Path(__file__).parents[3] / "docs"
_LONG: Final = 60_000.0  # milliseconds
_WIDTH: Final = 880
_HIGH: Final = 890
_GRID: Final = (520, 920)
_WIDE, _HIGH_WINDOW = 1000, 720
_STROKES: Final = (((0.3, 0.62), (0.42, 0.6)), ((0.31, 0.66), (0.41, 0.66)))
_PROMPT: Final = "a lighthouse at dusk"


async def _shoot(page: Page, name: str) -> None:
    """The conversation without simcord's own tools around it, two bits a color less so that a README loads fast."""
    await page.evaluate(
        "document.querySelector('#channel-message-list').lastElementChild.scrollIntoView({ block: 'end' })"
    )
    shot = await page.locator("#channel-layout").screenshot()
    with Image.open(io.BytesIO(shot)) as picture:
        ImageOps.posterize(picture.convert("RGB"), 6).save(_DOCS / f"{name}.png", optimize=True)


async def _shoot_paint_page(address: str, name: str, device: Mapping[str, Any]) -> None:
    """The paint page with some of the image marked."""
    async with page_at(address, **device) as page:
        await expect(page.get_by_role("status")).to_contain_text("This link works once", timeout=_LONG)
        box = await page.locator("#view").bounding_box()
        assert box is not None
        for start, end in _STROKES:
            places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, end)]
            await page.mouse.move(*places[0])
            await page.mouse.down()
            await page.mouse.move(*places[1], steps=8)
            await page.mouse.up()
        await page.get_by_label("Prompt").fill("a lighthouse at dusk, and a ship at sea")
        shot = await page.screenshot()
    with Image.open(io.BytesIO(shot)) as picture:
        ImageOps.posterize(picture.convert("RGB"), 6).save(_DOCS / f"{name}.png", optimize=True)


async def _shoot_paint_pages() -> None:
    async with demo() as address, page_at(address) as page:
        lighthouse = await imagine(page, _PROMPT)
        await expect(lighthouse).to_contain_text("✅", timeout=_LONG)
        button, paint = lighthouse.get_by_role("button", name="Change part"), page.get_by_role("link", name="Paint it")
        await insist(button.click, paint)
        link = await paint.get_attribute("href")
        assert link is not None
        await _shoot_paint_page(link, "paint", {"width": _WIDE, "height": _HIGH_WINDOW})
        await _shoot_paint_page(link, "paint-phone", {"width": 360, "height": 640, "touch": True})


async def _shoot_all() -> None:
    async with demo("--steps-per-second", "0.5") as address, page_at(address, _WIDTH, _HIGH) as page:
        await hide_welcome(page)
        ramen = await imagine(page, "a bowl of ramen, warm light")
        await expect(ramen).to_contain_text(re.compile(r"step 1[1-5]/20"), timeout=_LONG)
        await expect(ramen.get_by_role("img", name="Preview")).not_to_have_js_property("naturalWidth", 0, timeout=_LONG)
        await _shoot(page, "progress")
        await expect(ramen).to_contain_text("✅", timeout=_LONG)
        await expect(ramen.get_by_role("img")).to_have_attribute("data-kept", "now", timeout=_LONG)
        await _shoot(page, "finished")


async def _shoot_grid() -> None:
    async with demo() as address, page_at(address, *_GRID) as page:
        await hide_welcome(page)
        visitor = Visitor(page)
        choice = "{oil painting|watercolor|pencil}"
        await visitor.use("grid", prompt=f"{_PROMPT}, {choice}", x=choice, y="steps 4..12 by 4")
        await visitor.press(await visitor.reads("Grid of 9 images"), "Start")
        sheet = await visitor.reads("✅ 9 images")
        await expect(sheet.get_by_role("img")).to_have_attribute("data-kept", "now", timeout=_LONG)
        await page.mouse.move(0, 0)
        await _shoot(page, "grid")


if __name__ == "__main__":
    _DOCS.mkdir(exist_ok=True)
    asyncio.run(_shoot_all())
    asyncio.run(_shoot_paint_pages())
    asyncio.run(_shoot_grid())
