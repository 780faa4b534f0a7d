"""The demo as somebody sees it who has just typed `make demo`."""

import re

import pytest
from playwright.async_api import expect

from tests.demo.browser import imagine, page_at
from tests.demo.program import demo

LONG = 60_000.0  # milliseconds


@pytest.mark.browser
async def test_a_visitor_orders_pictures_gets_one_and_cancels_the_other() -> None:
    async with demo() as address, page_at(address) as page:
        await expect(page.get_by_text("A stand-in paints here, not ComfyUI").first).to_be_visible()
        wanted = await imagine(page, "a lighthouse at night")
        unwanted = await imagine(page, "a fox in the snow")
        await unwanted.get_by_role("button", name="Cancel").click()
        await expect(unwanted).to_contain_text("Cancelled", timeout=LONG)
        await expect(wanted).to_contain_text(re.compile(r"step \d+/20"), timeout=LONG)
        await expect(wanted).to_contain_text("✅", timeout=LONG)
        picture = wanted.get_by_role("img", name="picture-1.png")
        await expect(picture).to_have_js_property("naturalWidth", 512, timeout=LONG)
        await expect(unwanted.get_by_role("img")).to_have_count(0)
