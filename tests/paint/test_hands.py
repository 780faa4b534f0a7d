"""Hands on the page in a real Chromium: pens with a palm beside them, several fingers at once, large images, and
windows of every shape in both color schemes.
"""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from playwright.async_api import CDPSession, Page, expect

from tests.paint.conftest import DESK, PHONE, browser_at
from tests.paint.desk import HOST, OneLink, desk_at

pytestmark = pytest.mark.browser
LONG = 60_000.0  # milliseconds
Place = tuple[float, float]
SIDEWAYS: Mapping[str, Any] = {**PHONE, "viewport": {"width": 640, "height": 360}}
TABLET: Mapping[str, Any] = {**PHONE, "viewport": {"width": 800, "height": 1100}}
DEVICES = {"phone": PHONE, "sideways": SIDEWAYS, "tablet": TABLET, "desk": DESK}


def picture(size: tuple[int, int] = (400, 400), mode: str = "RGB") -> bytes:
    encoded = io.BytesIO()
    Image.new(mode, size, (60, 90, 120, 40)[: len(mode)]).save(encoded, "PNG")
    return encoded.getvalue()


@pytest.mark.parametrize("color", [(255, 45, 149), (0, 224, 199), (20, 40, 80), (255, 255, 255), (200, 60, 70)])
async def test_the_mark_shows_on_an_image_of_any_color(
    tmp_path: Path, free_port: int, color: tuple[int, int, int]
) -> None:
    encoded = io.BytesIO()
    Image.new("RGB", (400, 400), color).save(encoded, "PNG")
    image = encoded.getvalue()
    async with desk_at(tmp_path, free_port, image=image), browser_at(url(free_port), DESK) as page:
        spot = await place(page, 0.5, 0.5)
        await page.mouse.click(*spot)
        await expect(page.get_by_role("button", name="Undo")).to_be_enabled()
        clip = {"x": spot[0] - 2, "y": spot[1] - 2, "width": 4, "height": 4}
        shot = Image.open(io.BytesIO(await page.screenshot(clip=clip))).convert("RGB")  # type: ignore[arg-type]
    shown = shot.resize((1, 1)).tobytes()
    assert sum(abs(new - old) for new, old in zip(shown, color, strict=True)) > 150


def url(port: int) -> str:
    return f"http://{HOST}:{port}/paint/good"


async def place(page: Page, across: float, down: float) -> Place:
    """Where a place of a square image is on the page, as shares of its sides."""
    box = await page.locator("#view").bounding_box()
    assert box is not None
    side = min(box["width"], box["height"])
    return (
        box["x"] + box["width"] / 2 + (across - 0.5) * side,
        box["y"] + box["height"] / 2 + (down - 0.5) * side,
    )


async def finger(session: CDPSession, kind: str, *places: Place) -> None:
    given = [{"x": x, "y": y, "id": number} for number, (x, y) in enumerate(places)]
    await session.send("Input.dispatchTouchEvent", {"type": f"touch{kind}", "touchPoints": given})


async def pen(session: CDPSession, kind: str, at: Place) -> None:
    held = {"button": "left", "buttons": 0 if kind == "Released" else 1, "clickCount": 1}
    await session.send(
        "Input.dispatchMouseEvent", {"type": f"mouse{kind}", "pointerType": "pen", **held, "x": at[0], "y": at[1]}
    )


async def sent_mask(page: Page, desk: OneLink) -> Image.Image:
    """What is sent is what the server would take for marked."""
    await page.get_by_role("button", name="Send").click()
    await expect(page.get_by_role("link", name="Open Discord")).to_be_visible(timeout=LONG)
    return last_mask(desk)


def last_mask(desk: OneLink) -> Image.Image:
    image = Image.open(io.BytesIO(desk.sent[-1][1])).convert("RGBA")
    mask = Image.new("L", image.size)
    mask.paste(image.convert("L"), mask=image.getchannel("A"))
    return mask


def marked(mask: Image.Image, across: float, down: float) -> bool:
    return bool(mask.tobytes()[int(down * mask.height) * mask.width + int(across * mask.width)] >= 128)


async def test_a_pen_paints_while_the_hand_rests_on_the_screen(tmp_path: Path, free_port: int) -> None:
    async with desk_at(tmp_path, free_port, image=picture()) as desk, browser_at(url(free_port), TABLET) as page:
        session = await page.context.new_cdp_session(page)
        palm, start, end = await place(page, 0.8, 0.8), await place(page, 0.2, 0.2), await place(page, 0.5, 0.2)
        # The palm comes first, and stays.
        await finger(session, "Start", palm)
        await pen(session, "Pressed", start)
        await pen(session, "Moved", end)
        await finger(session, "Move", await place(page, 0.7, 0.8))
        await pen(session, "Released", end)
        await finger(session, "End")
        # The pen comes first.
        await pen(session, "Pressed", await place(page, 0.2, 0.5))
        await finger(session, "Start", palm)
        await finger(session, "Move", await place(page, 0.6, 0.8))
        await pen(session, "Moved", await place(page, 0.5, 0.5))
        await finger(session, "End")
        await pen(session, "Released", await place(page, 0.5, 0.5))
        mask = await sent_mask(page, desk)
    assert [marked(mask, *at) for at in ((0.2, 0.2), (0.5, 0.2), (0.2, 0.5), (0.5, 0.5))] == [True] * 4
    assert [marked(mask, *at) for at in ((0.8, 0.8), (0.7, 0.8), (0.6, 0.8))] == [False] * 3


ERASE = """([x, y]) => {
    const view = document.getElementById("view");
    view.setPointerCapture = () => {};
    for (const [type, buttons] of [["pointerdown", 32], ["pointermove", 32], ["pointerup", 0]]) {
        const told = { pointerId: 99, pointerType: "pen", button: 5, buttons, clientX: x, clientY: y, bubbles: true };
        view.dispatchEvent(new PointerEvent(type, told));
    }
}"""
"""The other end of a pen, which a headless browser has not."""


async def test_the_other_end_of_a_pen_erases_and_the_right_button_paints_nothing(
    tmp_path: Path, free_port: int
) -> None:
    async with desk_at(tmp_path, free_port, image=picture()) as desk, browser_at(url(free_port), DESK) as page:
        spots = [await place(page, 0.3, 0.3), await place(page, 0.7, 0.3), await place(page, 0.5, 0.7)]
        for spot, button in zip(spots, ("left", "left", "right"), strict=True):
            await page.mouse.click(*spot, button=button)  # type: ignore[arg-type]
        await page.evaluate(ERASE, list(spots[1]))
        await expect(page.get_by_role("button", name="Brush", exact=True)).to_have_attribute("aria-pressed", "true")
        mask = await sent_mask(page, desk)
    assert [marked(mask, *at) for at in ((0.3, 0.3), (0.7, 0.3), (0.5, 0.7))] == [True, False, False]


async def test_what_is_shown_is_what_is_sent_whatever_hands_do_at_once(tmp_path: Path, free_port: int) -> None:
    async with desk_at(tmp_path, free_port, image=picture()) as desk, browser_at(url(free_port), DESK) as page:
        mouse, keys = page.mouse, page.keyboard
        first, second, third = [await place(page, x, 0.2) for x in (0.2, 0.5, 0.8)]
        # Undo in the middle of a stroke leaves the stroke alone.
        await mouse.click(*first)
        await mouse.move(*second)
        await mouse.down()
        await mouse.move(*third)
        await keys.press("Control+z")
        await mouse.up()
        # A key that is still down when the mouse begins.
        await page.locator("#view").focus()
        await keys.down(" ")
        await mouse.click(*await place(page, 0.2, 0.8))
        await keys.up(" ")
        for _ in range(2):
            await keys.press("Control+z")
        await keys.press("Control+y")
        # Send while a button is down, and go on moving.
        await mouse.move(*await place(page, 0.8, 0.8))
        await mouse.down()
        await page.evaluate("document.getElementById('form').requestSubmit()")
        await mouse.move(*await place(page, 0.9, 0.9))
        await mouse.up()
        await expect(page.get_by_role("link", name="Open Discord")).to_be_visible(timeout=LONG)
    mask = last_mask(desk)
    assert [marked(mask, x, 0.2) for x in (0.2, 0.5, 0.65, 0.8)] == [False, True, True, True]
    assert [marked(mask, *at) for at in ((0.8, 0.8), (0.9, 0.9), (0.2, 0.8))] == [True, False, False]


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
async def test_a_large_image_on_a_phone(tmp_path: Path, free_port: int, mode: str) -> None:
    large = picture((4096, 4096), mode)
    async with desk_at(tmp_path, free_port, image=large) as desk, browser_at(url(free_port), PHONE) as page:
        session = await page.context.new_cdp_session(page)
        for row in (0.2, 0.8):
            await finger(session, "Start", await place(page, 0.1, row))
            for step in range(2, 10):
                await finger(session, "Move", await place(page, step / 10, row))
            await finger(session, "End")
        # Not tapped: without a GPU this image takes so long to draw that a tap counts as a long press.
        await page.get_by_role("button", name="Undo").click()
        await expect(page.get_by_role("button", name="Redo")).to_be_enabled(timeout=LONG)
        mask = await sent_mask(page, desk)
    assert mask.size == (4096, 4096)
    assert [marked(mask, *at) for at in ((0.1, 0.2), (0.9, 0.2), (0.5, 0.8))] == [True, True, False]


OUT_OF_REACH = """() => [...document.querySelectorAll("button, input, textarea, #view")].filter((one) => {
    one.scrollIntoView({ block: "nearest" });
    const box = one.getBoundingClientRect();
    const middle = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
    return box.width < 44 || box.height < 44 || box.left < 0 || box.right > innerWidth || !one.contains(middle);
}).map((one) => one.id)"""

FAINT = """() => {
    const canvas = document.createElement("canvas");
    const ink = canvas.getContext("2d", { willReadFrequently: true });
    const light = (colour) => {
        ink.fillStyle = colour;
        ink.fillRect(0, 0, 1, 1);
        const parts = [...ink.getImageData(0, 0, 1, 1).data].slice(0, 3).map((part) => part / 255);
        const [r, g, b] = parts.map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (one) => {
        const own = getComputedStyle(one).backgroundColor;
        return own === "rgba(0, 0, 0, 0)" && one.parentElement ? behind(one.parentElement) : own;
    };
    return [...document.querySelectorAll("p, label, button, textarea, summary, h1")]
        .filter((one) => one.textContent.trim() && !one.disabled && one.offsetParent).filter((one) => {
            const [low, high] = [light(getComputedStyle(one).color), light(behind(one))].sort((a, b) => a - b);
            return (high + 0.05) / (low + 0.05) < 4.5;
        }).map((one) => one.id || one.textContent);
}"""
"""Texts with less contrast than WCAG 2.2 asks for (1.4.3)."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", DEVICES)
async def test_everything_is_in_reach_and_legible(tmp_path: Path, free_port: int, device: str, scheme: str) -> None:
    kind = {**DEVICES[device], "color_scheme": scheme}
    async with desk_at(tmp_path, free_port, image=picture()), browser_at(url(free_port), kind) as page:
        assert await page.evaluate(OUT_OF_REACH) == []
        assert await page.evaluate(FAINT) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.get_by_role("button", name="Send").click()
        assert await page.evaluate(FAINT) == []
        ground = await page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(30, 31, 34)") == (scheme == "dark")
        await page.goto(f"http://{HOST}:{free_port}/paint/forged/")
        assert await page.evaluate(FAINT) == []
        assert await page.evaluate("getComputedStyle(document.body).backgroundColor") == ground


async def test_what_a_screen_reader_says(tmp_path: Path, free_port: int) -> None:
    async with desk_at(tmp_path, free_port, image=picture()), browser_at(url(free_port), DESK) as page:
        said = await page.locator("main").aria_snapshot()
        for line in (
            'heading "Change part" [level=1]',
            '- application "The image. Arrow keys move the brush',
            'toolbar "Tools"',
            'button "Brush" [pressed]',
            'button "Undo" [disabled]',
            'slider "Brush size"',
            'textbox "Prompt": a fox',
            "status: This link works once",
        ):
            assert line in said, said
        spoken = page.locator("#spoken")
        await page.locator("#view").focus()
        for key, words in (
            (" ", "Painted"),
            ("E", "Eraser"),
            (" ", "Erased"),
            ("b", "Brush"),
            ("ArrowLeft", "% across"),
        ):
            await page.keyboard.press(key)
            await expect(spoken).to_contain_text(words)
