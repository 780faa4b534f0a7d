"""Every command and every button that members have on the demo's page; each leads to the right message.

A test fails if the page offers a command that nobody used or shows a button that nobody pressed, or if the demo has
logged an error by its end.
"""

import io
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import expect

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.faults import Failure
from tests.demo.visitor import LONG, Visitor
from tests.demo.visits import comfyui, visitor

__all__ = ["comfyui", "visitor"]

pytestmark = [pytest.mark.browser, pytest.mark.waits]

FRAMES = ("Zoom out 1.5x", "Zoom out 2x", "Pan left", "Pan right", "Pan up", "Pan down")
"""The buttons of the reply of Change part, beside Continue."""


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(png("teal"))
    return path


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    path = tmp_path / "mask.png"
    path.write_bytes(png("white"))
    return path


def png(colour: str) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 64), colour).save(buffer, "PNG")
    return buffer.getvalue()


async def test_every_button_under_an_image(visitor: Visitor) -> None:
    await visitor.use("imagine", prompt="a lighthouse")
    done = await visitor.reads("a lighthouse", "✅")
    await visitor.press(done, "Again")
    await visitor.reads("a lighthouse", "✅", after=done)
    await visitor.press(done, "Vary")
    question = await visitor.reads("How much should I vary it?")
    await visitor.press(question, "Subtle")
    varied = await visitor.reads("a lighthouse", "✅", "Restyle an image")
    await visitor.press(question, "Strong")
    await visitor.reads("a lighthouse", "✅", "Restyle an image", after=varied)
    await visitor.press(done, "Edit")
    await visitor.submit({"Prompt": "a windmill", "Size": "wide", "Settings": "steps 4"})
    await visitor.reads("a windmill", "✅")
    await visitor.press(done, "Upscale")
    await visitor.reads("✅ Upscale")
    await visitor.press(done, "Change part")
    reply = await visitor.reads("Which part should change?")
    await visitor.pick(reply, "B2")
    await visitor.press(reply, "Continue")
    await visitor.submit({"Prompt": "a balloon"})
    await visitor.reads("a balloon", "✅", "Inpaint")
    await visitor.press(done, "Recipe")
    await visitor.reads("Made with “Text to image”", "/imagine prompt:a lighthouse")
    await visitor.press(done, "Report")
    await visitor.reads("I’ve saved your report", "no channel for reports yet")
    await visitor.press(done, "Delete")
    await visitor.press(await visitor.reads("Delete this image for everyone?"), "Keep")
    await visitor.reads("Kept.")
    await visitor.press(done, "Delete")
    await visitor.press(await visitor.reads("Delete this image for everyone?"), "Delete")
    await visitor.reads("Deleted")
    await expect(done).to_have_count(0)
    assert visitor.unpressed == set(FRAMES)


async def test_a_larger_frame(visitor: Visitor) -> None:
    await visitor.use("imagine", prompt="a lighthouse")
    done = await visitor.reads("a lighthouse", "✅")
    await visitor.press(done, "Change part")
    reply = await visitor.reads("Which part should change?")
    for label in FRAMES:
        await visitor.press(reply, label)
        await visitor.submit({"Prompt": f"a harbour: {label}"})
    for label in FRAMES:
        await visitor.reads(f"a harbour: {label}", "✅", "Inpaint")


async def test_every_app_of_a_message(visitor: Visitor) -> None:
    await visitor.use("imagine", prompt="a lighthouse")
    done = await visitor.reads("a lighthouse", "✅")
    await visitor.be("Bob")
    await visitor.pick_app(done, "Show recipe")
    await visitor.reads("Recipe · Text to image · by @Alice", "a lighthouse")
    await visitor.pick_app(done, "Reuse recipe")
    await visitor.submit({"Prompt": "a lighthouse in a storm"})
    await visitor.reads("a lighthouse in a storm", "✅")
    await visitor.pick_app(done, "Use as input")
    await visitor.pick(await visitor.reads("What would you like to do with it?"), "Restyle an image")
    await visitor.submit({"Prompt": "a drawing of one"})
    await visitor.reads("a drawing of one", "✅", "Restyle an image")


async def test_what_others_may_do_with_it(visitor: Visitor) -> None:
    await visitor.use("imagine", prompt="a lighthouse")
    done = await visitor.reads("a lighthouse", "✅")
    await visitor.be("Bob")
    await visitor.press(done, "Delete")
    await visitor.reads("not yours")
    await visitor.press(done, "Again")
    await visitor.reads("a lighthouse", "✅", after=done)
    await visitor.be("Carol")
    await visitor.press(done, "Delete")
    await visitor.press(await visitor.reads("Delete this image for everyone?"), "Delete")
    await visitor.reads("Deleted")
    await expect(done).to_have_count(0)


async def test_one_of_two_images_is_picked(visitor: Visitor) -> None:
    await visitor.use("imagine", prompt="two foxes", count=2)
    pair = await visitor.reads("two foxes", "✅")
    await visitor.press(pair, "Vary")
    question = await visitor.reads("Which image should I vary, and how much?")
    await expect(question.get_by_role("img")).to_have_count(2, timeout=LONG)
    await visitor.press(question, "Strong 2")
    await visitor.reads("two foxes", "✅", "Restyle an image")
    await visitor.press(pair, "Upscale")
    await visitor.press(await visitor.reads("Which image should I upscale?"), "1")
    await visitor.reads("✅ Upscale")


async def test_what_failed_and_what_was_cancelled(visitor: Visitor, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.fail["VAEDecode"] = Failure()
    await visitor.use("imagine", prompt="a broken vase")
    failed = await visitor.reads("a broken vase", "⚠️")
    comfyui.faults.fail.clear()
    await visitor.press(failed, "Edit")
    await visitor.submit({"Prompt": "a mended vase"})
    await visitor.reads("a mended vase", "✅")
    await visitor.press(failed, "Retry")
    await visitor.reads("a broken vase", "✅")
    comfyui.faults.hang_in = "KSampler"
    await visitor.use("imagine", prompt="a slow snail")
    slow = await visitor.reads("a slow snail", "KSampler")
    await visitor.be("Bob")
    await visitor.press(slow, "Cancel")
    await visitor.reads("not yours")
    await visitor.be("Alice")
    await visitor.press(slow, "Cancel")
    await visitor.reads("a slow snail", "Stopping")
    comfyui.faults.hang_in = None
    await expect(slow).to_contain_text("Cancelled by the requester", timeout=LONG)
    await visitor.press(slow, "Again")
    await visitor.reads("a slow snail", "✅")


async def test_a_private_image_is_published(visitor: Visitor) -> None:
    await visitor.use("imagine", prompt="a secret garden", private=True)
    secret = await visitor.reads("a secret garden", "✅", "Only you can see this")
    await visitor.press(secret, "Publish")
    published = await visitor.reads("a secret garden", "Made by @Alice")
    await visitor.be("Bob")
    await expect(published.get_by_role("img")).to_have_js_property("naturalWidth", 512, timeout=LONG)
    await expect(secret).to_have_count(0)


async def make_grid(visitor: Visitor) -> None:
    """Four images on a sheet, one of which is taken out."""
    await visitor.use("grid", prompt="a lake", x="steps 2, 4", y="guidance 3, 5")
    await visitor.press(await visitor.reads("Grid of 4 images", "It counts as 4 images."), "Start")
    sheet = await visitor.reads("a lake", "✅ 4 images")
    await visitor.pick(sheet, "steps 4, guidance 3")
    await visitor.reads("a lake", "✅ seed", after=sheet)


async def set_defaults(visitor: Visitor) -> None:
    """A style of one's own, and a notice when the image is ready."""
    await visitor.use("settings", style="Watercolor", told="Always")
    settings = await visitor.reads("Style: Watercolor", "Only you can see this")
    await visitor.use("imagine", prompt="a castle")
    castle = await visitor.reads("watercolor painting of a castle", "✅")
    await visitor.reads("@Alice", "ready", after=castle)
    await visitor.press(settings, "Reset all")


async def test_every_command_of_a_member(visitor: Visitor, comfyui: ComfyUIStandIn, photo: Path, mask: Path) -> None:
    await visitor.use("workflows")
    listed = await visitor.reads("Text to image", "/imagine workflow")
    await visitor.press(listed, "▶")
    await visitor.press(listed, "◀")
    await make_grid(visitor)
    await visitor.use("imagine", prompt="a harbor", size="Wide", steps=6, guidance=5, lora="soft", sampler="dpmpp_2m")
    harbor = await visitor.reads("a harbor", "✅")
    await visitor.press(harbor, "Recipe")
    await visitor.reads("steps:6 guidance:5 sampler:dpmpp_2m lora:soft-light.safetensors size:")
    await visitor.use("imagine", prompt="a fox", workflow="SDXL Lightning, refined", size="Portrait")
    await visitor.reads("a fox", "✅")
    await visitor.use("quota")
    await visitor.reads("Images in the last 24 hours")
    await visitor.use("privacy")
    await visitor.reads("What I keep about you")
    await visitor.use("card", colors=16)
    await visitor.reads("✅", "Postcard")
    await visitor.use("restyle", image=photo, prompt="a drawing")
    await visitor.reads("a drawing", "✅")
    await visitor.use("inpaint", image=photo, mask=mask, prompt="a tree")
    await visitor.reads("a tree", "✅")
    await visitor.use("upscale", image=photo)
    await visitor.reads("✅ Upscale")
    await visitor.use("animate", image=photo, prompt="it moves")
    await visitor.reads("“Animate an image” can’t run right now")
    for command, title in (("video", "Video"), ("music", "Music")):
        await visitor.use(command, prompt="the sea")
        await visitor.reads(f"“{title}” can’t run right now")
    await visitor.use("history")
    history = await visitor.reads("Your images here", "a fox")
    await visitor.pick(history, "a fox")
    await visitor.reads("a fox", "Seed", "Only you can see this")
    await set_defaults(visitor)

    comfyui.faults.hang_in = "KSampler"
    for prompt in ("one", "two", "three"):
        await visitor.use("imagine", prompt=f"cat {prompt}")
        await visitor.reads(f"cat {prompt}")
    await visitor.use("queue")
    queue = await visitor.reads("Queue", "cat three", "Updates for")
    await visitor.use("cancel", job="cat three")
    await visitor.reads("Cancelled: cat three")
    await expect(queue).not_to_contain_text("cat three", timeout=LONG)
    await visitor.press(queue, "Refresh")
    await visitor.use("cancel", job="all")
    await visitor.reads("Cancelled 2 requests")
    comfyui.faults.hang_in = None
    await visitor.reads("cat one", "Cancelled by the requester")
    assert await visitor.offered() == visitor.used
