"""The page in a real Chromium: marked, undone and sent with a mouse, with fingers and with keys."""

import contextlib
import io
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import CDPSession, Locator, Page, expect

from bot.ledger import Job, Ledger
from bot.workflows import composite_of
from tests.discord_server import BotProcess, DiscordStandIn, Message, answered
from tests.looks import is_done
from tests.paint.conftest import DESK, PHONE, Link, Order, browser_at
from tests.people import ALICE, BOB, MONA
from tests.waiting import until

pytestmark = pytest.mark.browser
SIZE = (512, 384)
LONG = 60_000.0  # milliseconds
Place = tuple[float, float]


@pytest.fixture(autouse=True)
def at_work(bot: BotProcess) -> None:
    """Every test needs the program."""


async def on_page(page: Page, place: Place) -> Place:
    """Where a place of the image, in pixels of the image, is on the page, as long as nobody zooms."""
    box = await page.locator("#view").bounding_box()
    assert box is not None
    scale = min(box["width"] / SIZE[0], box["height"] / SIZE[1])
    return (
        box["x"] + box["width"] / 2 + (place[0] - SIZE[0] / 2) * scale,
        box["y"] + box["height"] / 2 + (place[1] - SIZE[1] / 2) * scale,
    )


async def drag(page: Page, start: Place, end: Place) -> None:
    await page.mouse.move(*await on_page(page, start))
    await page.mouse.down()
    await page.mouse.move(*await on_page(page, end), steps=5)
    await page.mouse.up()


async def touch(fingers: CDPSession, page: Page, *moments: Sequence[Place]) -> None:
    """Fingers at these places of the image, one moment after the other, then lifted."""
    for number, places in enumerate(moments):
        points = [dict(zip("xy", await on_page(page, place), strict=True)) for place in places]
        kind = "touchMove" if number and len(places) == len(moments[number - 1]) else "touchStart"
        given = [{**point, "id": finger} for finger, point in enumerate(points)]
        await fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": given})
    await fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


async def tap(button: Locator, seen: Callable[[], Awaitable[None]]) -> None:
    """Tap until its effect is seen: Chromium sometimes drops a tap that follows a stroke sooner than a finger could."""
    for _ in range(2):
        await button.tap()
        with contextlib.suppress(AssertionError):
            await seen()
            return
    await button.tap()
    await seen()


async def send_off(page: Page) -> None:
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("link", name="Open Discord")).to_be_visible(timeout=LONG)


async def job_of(ledger: Ledger, message: Message) -> Job:
    found: list[Job] = []

    async def known() -> bool:
        job = await ledger.job_of_message(message_guild(message), message.id)
        found.extend([] if job is None else [job])
        return job is not None

    await until(known)
    return found[0]


def message_guild(message: Message) -> int | None:
    return int(message.origin["interaction_metadata"]["authorizing_integration_owners"]["0"]) or None


async def mask_of_job(ledger: Ledger, job: Job) -> Image.Image:
    composite = composite_of(job.values)
    assert composite is not None
    content = await ledger.shelf.file(composite.mask)
    assert content is not None
    return Image.open(io.BytesIO(content)).convert("L")


def brightness(mask: Image.Image, *places: tuple[int, int]) -> list[int]:
    return [int(mask.getpixel(place)) for place in places]  # type: ignore[arg-type]  # a grey image has one value each


async def test_with_a_mouse(discord: DiscordStandIn, ledger: Ledger, order: Order, link: Link) -> None:
    first = await order(ALICE, "a fox", size="512x384")
    async with browser_at(await link(first, BOB), DESK) as page:
        prompt = page.get_by_label("Prompt")
        await expect(prompt).to_have_value("a fox")
        await page.get_by_role("button", name="Send").click()
        await expect(page.get_by_role("status")).to_contain_text("Nothing is marked yet.")
        await drag(page, (100, 100), (200, 100))
        await drag(page, (100, 300), (200, 300))
        await page.get_by_role("button", name="Undo").click()
        await drag(page, (400, 200), (450, 200))
        await page.get_by_role("button", name="Eraser").click()
        await drag(page, (450, 150), (450, 250))
        await prompt.fill("a castle\nby the sea")
        await send_off(page)
        href = await page.get_by_role("link", name="Open Discord").get_attribute("href")
    new = discord.messages()[0]
    assert href == f"https://discord.com/channels/{discord.guild.id}/{new.channel.id}/{new.id}"
    job = await job_of(ledger, new)
    assert (job.user_id, job.workflow, job.values["prompt"]) == (BOB.id, "inpaint", "a castle\nby the sea")
    mask = await mask_of_job(ledger, job)
    assert mask.size == SIZE
    assert brightness(mask, (100, 100), (200, 100), (150, 300), (400, 200), (450, 200), (5, 5)) == [
        *(255, 255, 0),
        *(255, 0, 0),
    ]
    done = await new.until(is_done)
    with Image.open(io.BytesIO(done.attachments[0].content)) as after:
        with Image.open(io.BytesIO(first.attachments[0].content)) as before:
            same = [after.convert("RGB").getpixel(place) == before.convert("RGB").getpixel(place) for place in CORNERS]
        assert after.size == SIZE
    assert all(same)


CORNERS = [(0, 0), (511, 0), (0, 383), (511, 383), (150, 300)]


async def test_with_fingers_on_a_phone(discord: DiscordStandIn, ledger: Ledger, order: Order, link: Link) -> None:
    first = await order(ALICE, "a fox", size="512x384")
    async with browser_at(await link(first, ALICE), PHONE) as page:
        small = await page.evaluate(
            """() => [...document.querySelectorAll("button, input, textarea, summary")]
                .filter((one) => one.offsetParent).map((one) => one.getBoundingClientRect())
                .filter((box) => box.width < 44 || box.height < 44 || box.right > innerWidth
                    || box.bottom > innerHeight).length"""
        )
        assert small == 0
        fingers = await page.context.new_cdp_session(page)
        undo, redo = (page.get_by_role("button", name=name) for name in ("Undo", "Redo"))
        # Two fingers zoom and paint nothing; the whole image is shown again by zooming out as far.
        await touch(fingers, page, [(200, 200)], [(200, 200), (300, 200)], [(150, 200), (350, 200)])
        await expect(undo).to_be_disabled()
        await touch(fingers, page, [(150, 200)], [(150, 200), (350, 200)], [(200, 200), (300, 200)])
        await expect(undo).to_be_disabled()
        await touch(fingers, page, [(100, 100)], [(150, 100)], [(200, 100)])
        await touch(fingers, page, [(300, 300)], [(350, 300)], [(400, 300)])
        await tap(undo, expect(redo).to_be_enabled)
        await tap(undo, expect(undo).to_be_disabled)
        await tap(redo, expect(undo).to_be_enabled)
        await expect(redo).to_be_enabled()
        assert await page.evaluate("[scrollX, scrollY, visualViewport.scale]") == [0, 0, 1]
        await send_off(page)
    mask = await mask_of_job(ledger, await job_of(ledger, discord.messages()[0]))
    assert brightness(mask, (100, 100), (200, 100), (350, 300)) == [255, 255, 0]


async def test_with_keys_alone(discord: DiscordStandIn, ledger: Ledger, order: Order, link: Link) -> None:
    first = await order(ALICE, "a fox", size="512x384")
    async with browser_at(await link(first, ALICE), DESK) as page:
        keys = page.keyboard
        await keys.press("Tab")
        await expect(page.locator("#view")).to_be_focused(timeout=LONG)
        await keys.down(" ")
        for _ in range(3):
            await keys.press("Shift+ArrowRight")
        await keys.up(" ")
        await expect(page.locator("#spoken")).to_contain_text("50% down")
        await keys.press("Shift+ArrowDown")
        await keys.press("Shift+ArrowDown")
        await keys.press(" ")
        await keys.press("Control+z")
        await expect(page.locator("#spoken")).to_have_text("Undone")
        # Nothing on the way to Send holds the focus back.
        for _ in range(12):
            if await page.evaluate("document.activeElement.id") == "send":
                break
            await keys.press("Tab")
        await keys.press("Enter")
        await expect(page.get_by_role("link", name="Open Discord")).to_be_focused(timeout=LONG)
    mask = await mask_of_job(ledger, await job_of(ledger, discord.messages()[0]))
    box = mask.getbbox()
    assert box is not None
    assert brightness(mask, (256, 192), (256 + 30, 192)) == [255, 255]
    assert box[3] - box[1] < box[2] - box[0]


async def test_a_refusal_is_read_on_the_page_and_can_be_put_right_there(
    discord: DiscordStandIn, ledger: Ledger, order: Order, link: Link
) -> None:
    first = await order(ALICE, "a fox", size="512x384")
    blocked: dict[str, Any] = {"user": BOB, "duration": "30m", "reason": "too many\n`foxes`"}
    async with browser_at(await link(first, BOB), DESK) as page:
        await drag(page, (100, 100), (200, 100))
        await answered(discord.slash("moderate block", user=MONA, options=blocked))
        await page.get_by_role("button", name="Send").click()
        status = page.get_by_role("status")
        await expect(status).to_contain_text("You’re blocked from requesting images here", timeout=LONG)
        await expect(status).to_contain_text("You can request images again in 30 minutes.", timeout=LONG)
        await answered(discord.slash("moderate unblock", user=MONA, options={"user": BOB}))
        await send_off(page)
    assert (await job_of(ledger, discord.messages()[0])).user_id == BOB.id
