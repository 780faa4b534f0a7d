"""`python -m tests.demo.screenshots` takes the screenshots in docs/ again, after a change in what members see."""

import asyncio
import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from PIL import Image, ImageOps
from playwright.async_api import Page, expect

from tests.demo.browser import imagine, insist, page_at, type_imagine
from tests.demo.program import demo
from tests.demo.visitor import Visitor

_DOCS: Final = Path(__file__).parents[2] / "docs"
_LONG: Final = 60_000.0  # milliseconds
_WIDTH: Final = 880
_LOW: Final = 480
_HIGH: Final = 900
_GRID_HIGH: Final = 1250
_WIDE, _HIGH_WINDOW = 1000, 720
_STROKES: Final = (((0.3, 0.62), (0.42, 0.6)), ((0.31, 0.66), (0.41, 0.66)))
_PROMPT: Final = "a lighthouse at night"


async def _shoot(page: Page, name: str) -> None:
    """The conversation without simcord's own tools around it, two bits a color less so that a README loads fast."""
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
        await page.get_by_label("Prompt").fill("a lighthouse at night, and a ship at sea")
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
    async with demo() as address, page_at(address, _WIDTH, _LOW) as page:
        await type_imagine(page, _PROMPT)
        await _shoot(page, "command")
        await page.keyboard.press("Enter")
        await page.set_viewport_size({"width": _WIDTH, "height": _HIGH})
        lighthouse = page.locator("article").filter(has_text=_PROMPT)
        await expect(lighthouse).to_contain_text(re.compile(r"step 1[1-4]/20"), timeout=_LONG)
        await expect(lighthouse.get_by_role("img", name="Preview")).to_have_js_property("complete", True)
        await _shoot(page, "progress")
        await expect(lighthouse).to_contain_text("✅", timeout=_LONG)
        await expect(lighthouse.get_by_role("img")).to_have_js_property("naturalWidth", 512, timeout=_LONG)
        await _shoot(page, "finished")
        fox = await imagine(page, "a red fox in the snow, morning light")
        await expect(fox).to_contain_text(re.compile(r"step \d+/20"), timeout=_LONG)
        await fox.get_by_role("button", name="Cancel").click()
        await expect(fox).to_contain_text("Cancelled", timeout=_LONG)
        await page.mouse.move(0, 0)
        await _shoot(page, "cancelled")


async def _shoot_grid() -> None:
    async with demo() as address, page_at(address, _WIDTH, _GRID_HIGH) as page:
        visitor = Visitor(page)
        choice = "{oil painting|watercolor|pencil}"
        await visitor.use("grid", prompt=f"{_PROMPT}, {choice}", x=choice, y="steps 4..12 by 4")
        await visitor.press(await visitor.reads("Grid of 9 images"), "Start")
        sheet = await visitor.reads("✅ 9 images")
        await expect(sheet.get_by_role("img")).to_have_js_property("complete", True)
        await page.mouse.move(0, 0)
        await _shoot(page, "grid")


if __name__ == "__main__":
    _DOCS.mkdir(exist_ok=True)
    asyncio.run(_shoot_all())
    asyncio.run(_shoot_paint_pages())
    asyncio.run(_shoot_grid())
