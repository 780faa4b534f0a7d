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
        await expect(page.get_by_text("A stand-in for ComfyUI generates the images here").first).to_be_visible()
        wanted = await imagine(page, "a lighthouse at night")
        await expect(wanted).to_contain_text(re.compile(r"step \d+/20"), timeout=LONG)
        unwanted = await imagine(page, "a fox in the snow")
        cancel = unwanted.get_by_role("button", name="Cancel")
        await insist(lambda: cancel.click(timeout=LOOK), unwanted.get_by_text("Cancelled"))
        await expect(wanted).to_contain_text("✅", timeout=LONG)
        picture = wanted.get_by_role("img", name="image-1.png")
        await expect(picture).to_have_js_property("naturalWidth", 512, timeout=LONG)
        await expect(unwanted.get_by_role("img")).to_have_count(0)
