"""`python -m tests.demo.images.phone_screenshots` takes those screenshots in docs/ again that show a phone."""

import asyncio
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps
from playwright.async_api import Locator, expect

from tests.demo.browser import hide_welcome, page_at
from tests.demo.program import demo
from tests.demo.visitor import LONG, Visitor

_DOCS: Final = Path(__file__).parents[3] / "docs"
_WIDTH: Final = 390
_HEIGHT: Final = 740
_LONG_PHONE: Final = 1250
"""High enough for the longest message and form."""
_GAP: Final = 12
_BEHIND: Final = (49, 51, 56)
_PROMPT: Final = "a lighthouse at dusk"


async def message_shot(visitor: Visitor, message: Locator) -> bytes:
    """One message, with its images if it has any."""
    for image in await message.get_by_role("img").all():
        await expect(image).not_to_have_js_property("naturalWidth", 0, timeout=LONG)
    await visitor.page.mouse.move(0, 0)
    # What is pressed last keeps the focus, and its message shows the tools that belong to it.
    await visitor.page.evaluate("document.activeElement?.blur()")
    return await message.screenshot(animations="disabled")


async def _form(form: Locator) -> list[bytes]:
    """The upper and the lower half of a form that is longer than a phone."""
    card, fields = form.locator(".modal-body").locator(".."), form.get_by_role("textbox")
    shots = []
    for field in (fields.first, fields.last):
        await field.scroll_into_view_if_needed()
        shots.append(await card.screenshot(animations="disabled"))
    return shots


def save(name: str, shots: Sequence[bytes]) -> None:
    """Side by side, two bits a color less so that a page loads fast."""
    pictures = [ImageOps.posterize(Image.open(io.BytesIO(shot)).convert("RGB"), 6) for shot in shots]
    width = sum(picture.width for picture in pictures) + _GAP * (len(pictures) - 1)
    sheet = Image.new("RGB", (width, max(picture.height for picture in pictures)), _BEHIND)
    left = 0
    for picture in pictures:
        sheet.paste(picture, (left, 0))
        left += picture.width + _GAP
    sheet.quantize(96, Image.Quantize.MEDIANCUT).save(_DOCS / f"{name}.png", optimize=True)


async def _shoot_styles(visitor: Visitor) -> None:
    """/imagine with some options, and a style that is being chosen."""
    page = visitor.page
    await hide_welcome(page)
    await page.get_by_placeholder("Message #darkroom").press_sequentially("/imagine")
    await page.get_by_text("Generate an image from a prompt").wait_for()
    await page.keyboard.press("Enter")
    await page.get_by_label("prompt, required").press_sequentially(_PROMPT)
    for option, typed, wanted in (("model", "ink", "ink-and-paper-xl"), ("size", "16:9", "16:9"), ("style", "o", "")):
        await page.locator(".command-ghost").click()
        await page.locator(".command-suggestion").get_by_text(option, exact=True).click()
        await page.locator(f'.command-pill[data-option="{option}"] .command-option-input').press_sequentially(typed)
        found = page.locator(".command-suggestion").filter(has_text=wanted)
        await found.first.wait_for()
        if wanted:
            await found.first.click()
    save("style-phone", [await page.locator("#channel-layout").screenshot()])
    await page.reload()


async def _shoot_loras(visitor: Visitor) -> None:
    """The same prompt and seed: without a LoRA, and with two of them."""
    shots = []
    for lora, said in (("", _PROMPT), (" <lora:film-grain:0.8>", "LoRA film-grain"), (" <lora:ink-lines>", "LoRA ink")):
        await visitor.use("imagine", prompt=f"{_PROMPT}{lora}", seed=5)
        shots.append(await message_shot(visitor, await visitor.reads(said, "✅")))
    save("loras", shots)


async def _shoot_all() -> None:
    async with demo("--steps-per-second", "20") as address, page_at(address, _WIDTH, _HEIGHT) as page:
        page.set_default_timeout(LONG)
        visitor, form = Visitor(page), page.locator("#modal-root")
        await _shoot_styles(visitor)
        await page.set_viewport_size({"width": _WIDTH, "height": _LONG_PHONE})
        await _shoot_loras(visitor)
        lighthouse = await visitor.reads("LoRA ink", "✅")
        await visitor.press(lighthouse, "Edit")
        save("edit-phone", await _form(form))
        await form.get_by_role("button", name="Cancel").click()
        await visitor.press(lighthouse, "Change part")
        reply = await visitor.reads("Which part should change?")
        await visitor.pick(reply, "D2")
        save("change-part-phone", [await message_shot(visitor, reply)])
        await visitor.use("settings", style="Watercolor", size="16:9", told="Always")
        settings = await visitor.reads("Your defaults", "Watercolor")
        save("settings-phone", [await message_shot(visitor, settings)])


if __name__ == "__main__":
    asyncio.run(_shoot_all())
