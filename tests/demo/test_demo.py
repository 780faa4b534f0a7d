"""The demo, as a visitor sees it right after `make demo`."""

import re

import pytest
from playwright.async_api import expect

from tests.demo.browser import imagine, insist, page_at
from tests.demo.program import demo

# Milliseconds.
LOOK = 1_500.0
LONG = 60_000.0


@pytest.mark.browser
@pytest.mark.waits
async def test_a_visitor_requests_two_images_gets_one_and_cancels_the_other() -> None:
    async with demo("--steps-per-second", "3") as address, page_at(address) as page:
        await expect(page.get_by_text("A stand-in for ComfyUI draws these images").first).to_be_visible()
        wanted = await imagine(page, "a lighthouse at night")
        await expect(wanted).to_contain_text(re.compile(r"step \d+/20"), timeout=LONG)
        unwanted = await imagine(page, "a fox in the snow")
        cancel = unwanted.get_by_role("button", name="Cancel")
        await insist(lambda: cancel.click(timeout=LOOK), unwanted.get_by_text("Cancelled"))
        await expect(wanted).to_contain_text("✅", timeout=LONG)
        picture = wanted.get_by_role("img", name="AI-generated image")
        await expect(picture).to_have_js_property("naturalWidth", 512, timeout=LONG)
        await expect(unwanted.get_by_role("img")).to_have_count(0)
        # As in Discord, and unlike simcord's own page.
        above, below = await picture.bounding_box(), await wanted.get_by_role("button", name="Again").bounding_box()
        assert above is not None
        assert below is not None
        assert above["y"] + above["height"] <= below["y"]


@pytest.mark.browser
@pytest.mark.waits
async def test_a_visitor_marks_a_part_on_the_paint_page() -> None:
    async with demo("--steps-per-second", "20") as address, page_at(address) as page:
        first = await imagine(page, "a lighthouse at night")
        change = first.get_by_role("button", name="Change part")
        paint = page.get_by_role("link", name="Paint it")
        await expect(change).to_be_visible(timeout=LONG)
        await insist(lambda: change.click(timeout=LOOK), paint)
        link = await paint.get_attribute("href")
        assert link is not None
        async with page_at(link) as paint_page:
            await expect(paint_page.get_by_text("This link works once")).to_be_visible(timeout=LONG)
            await paint_page.locator("#view").click()
            await paint_page.get_by_label("Prompt").fill("a ship at sea")
            await paint_page.get_by_role("button", name="Send").click()
            await expect(paint_page.get_by_text("Sent.")).to_be_visible(timeout=LONG)
        ship = page.locator("article").filter(has_text="a ship at sea")
        await expect(ship).to_contain_text("✅", timeout=LONG)
