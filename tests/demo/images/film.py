"""`python -m tests.demo.images.film` films /imagine for the README, from typing to the finished image."""

import asyncio
import io
from pathlib import Path
from time import monotonic
from typing import Final

from PIL import Image
from playwright.async_api import Locator, Page, expect

from tests.demo.browser import hide_welcome, insist, page_at
from tests.demo.program import demo

_FILE: Final = Path(__file__).parents[3] / "docs" / "imagine.webp"
_PROMPT: Final = "a red fox in the snow"
_SIZE: Final = " --ar 16:9"
_WIDTH, _HEIGHT = 620, 700
_SCALE: Final = 1.5
"""Pixels of the film for each of the page, so that text stays sharp on a phone."""
_STEPS_PER_SECOND: Final = "0.6"
"""So slow that even a busy machine shows a preview for most steps. The film shows no frame longer for it."""
_LONG: Final = 60_000.0  # milliseconds

# How long a frame is shown, in milliseconds. Typing has a pace of its own, and nobody wants to watch somebody wait.
_KEY: Final = 60
_LOOK: Final = 500
_LONGEST: Final = 380
_SHORTEST: Final = 60
_STILL: Final = 2_600

_IMAGES: Final = """() => {
    const last = document.querySelector("#channel-message-list").lastElementChild;
    const before = last.getBoundingClientRect().bottom;
    last.scrollIntoView({ block: "end" });
    const moved = Math.abs(last.getBoundingClientRect().bottom - before);
    const settled = moved < 2 && !last.innerText.includes("unavailable") && [...document.images]
        .every((image) => image.complete && image.naturalWidth > 0);
    return settled ? last.querySelectorAll(".attachment-image").length : -1;
}"""
"""Scroll down as Discord does by itself. The number of images in the last message; -1 while it is still being drawn."""


class _Film:
    """Screenshots, and how long each one is shown."""

    def __init__(self, channel: Locator) -> None:
        self._channel: Final = channel
        self._frames: Final[list[tuple[bytes, float]]] = []

    async def shoot(self, milliseconds: float) -> None:
        """Add a frame. If nothing has changed, the last one is shown for longer."""
        frame = await self._channel.screenshot()
        if self._frames and self._frames[-1][0] == frame:
            milliseconds += self._frames.pop()[1]
        self._frames.append((frame, milliseconds))

    async def type(self, field: Locator, text: str) -> None:
        for key in text:
            await field.press_sequentially(key)
            await self.shoot(_KEY)

    async def watch(self, reply: Locator) -> None:
        """Until the finished image is there. Frames in which an image is still missing don't count."""
        start, images, done = monotonic(), 0, False
        while not (done and images):
            done = "✅" in await reply.inner_text()
            assert images or not done, "no preview was shown: this machine is too busy for a film"
            if await reply.page.evaluate(_IMAGES) < images:
                continue
            frame = await self._channel.screenshot()
            if (count := await reply.page.evaluate(_IMAGES)) >= images and frame != self._frames[-1][0]:
                images = count
                before, _ = self._frames.pop()
                waited = (monotonic() - start) * 1000
                self._frames.append((before, min(_LONGEST, max(_SHORTEST, waited))))
                self._frames.append((frame, _SHORTEST))
                start = monotonic()

    def save(self, file: Path) -> str:
        # The film runs in a circle. What doesn't play it shows its first frame, so that is the finished image.
        frames = [self._frames[-1], *self._frames[:-1]]
        pictures = [Image.open(io.BytesIO(frame)).convert("RGB") for frame, _ in frames]
        shown = [round(milliseconds) for _, milliseconds in frames]
        pictures[0].save(
            file,
            save_all=True,
            append_images=pictures[1:],
            duration=shown,
            loop=0,
            quality=85,
            method=6,
            minimize_size=True,
        )
        return f"{file.name}: {len(pictures)} frames, {sum(shown) / 1000:.1f} s, {file.stat().st_size / 1e6:.2f} MB"


async def _act(page: Page) -> _Film:
    """Somebody types, and waits for the image."""
    await hide_welcome(page)
    composer = page.get_by_placeholder("Message #darkroom")
    await composer.focus()
    film = _Film(page.locator("#channel-layout"))
    await film.shoot(_LOOK)
    await film.type(composer, "/imagine")
    await page.get_by_text("Generate an image from a prompt").wait_for()
    await film.shoot(_LOOK)
    await page.keyboard.press("Enter")
    await film.type(page.get_by_label("prompt, required"), _PROMPT + _SIZE)
    await film.shoot(_LOOK)
    reply = page.locator("#channel-message-list article").filter(has_text=_PROMPT)
    await insist(lambda: page.keyboard.press("Enter"), reply)
    await film.watch(reply)
    await expect(reply.get_by_role("button", name="Again")).to_be_visible(timeout=_LONG)
    await expect(reply.get_by_role("img")).to_have_attribute("data-kept", "now", timeout=_LONG)
    await page.wait_for_function(f"() => ({_IMAGES})() === 1", timeout=_LONG)
    await film.shoot(_STILL)
    return film


async def _shoot() -> None:
    async with (
        demo("--steps-per-second", _STEPS_PER_SECOND) as address,
        page_at(address, _WIDTH, _HEIGHT, scale=_SCALE) as page,
    ):
        film = await _act(page)
    print(film.save(_FILE))


if __name__ == "__main__":
    asyncio.run(_shoot())
