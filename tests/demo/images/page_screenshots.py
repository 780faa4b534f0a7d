"""`python -m tests.demo.images.page_screenshots` takes screenshots for members’ and moderators’ pages again."""

import asyncio
import json
import tempfile
from pathlib import Path
from typing import Final

from playwright.async_api import expect

from tests.comfyui_server.graphs import txt2img
from tests.demo.browser import page_at
from tests.demo.images.phone_screenshots import message_shot, save
from tests.demo.program import demo
from tests.demo.visitor import LONG, Visitor

_WIDTH: Final = 430
_HEIGHT: Final = 1400
"""High enough for the longest message."""
_PROMPT: Final = "a lighthouse at dusk"
_CHECKPOINT: Final = "v1-5-pruned-emaonly-fp16.safetensors"
_TITLES: Final = {"4": "Load Checkpoint", "5": "Empty Latent Image", "6": "positive_prompt", "7": "negative_prompt"}
"""What the editor calls the nodes, and its user the two texts."""
_NAMES: Final = """() => {
    const people = document.querySelector('[aria-label="Viewing as"]').options;
    const texts = document.createTreeWalker(document.querySelector("#channel-message-list"), NodeFilter.SHOW_TEXT);
    while (texts.nextNode())
        for (const person of people)
            texts.currentNode.data = texts.currentNode.data.replaceAll(`<@${person.value}>`, `@${person.label}`);
}"""
"""Discord shows names in embeds; simcord shows ids there."""
_WAITING: Final = (
    ("Alice", _PROMPT),
    ("Alice", "a lighthouse in a storm"),
    ("Bob", "a fox in the snow"),
    ("Alice", "a lighthouse at noon"),
    ("Bob", "an owl at night"),
)


async def _shoot_lists(visitor: Visitor) -> None:
    """What a member has made."""
    for prompt in ("a lighthouse at dusk", "a bowl of ramen, warm light", "a fox in the snow"):
        await visitor.use("imagine", prompt=prompt)
        await visitor.reads(prompt, "✅")
    await visitor.use("history")
    history = await visitor.reads("Your images here", "a fox")
    save("history-phone", [await message_shot(visitor, history)])


async def _shoot_privacy(visitor: Visitor) -> None:
    """What the bot says that it keeps about a member."""
    await visitor.use("imagine", prompt=_PROMPT)
    await visitor.reads(_PROMPT, "✅")
    await visitor.use("privacy")
    save("privacy-phone", [await message_shot(visitor, await visitor.reads("What I keep about you"))])


async def _shoot_recipe(visitor: Visitor) -> None:
    """How somebody else's image was made."""
    await visitor.use("imagine", prompt=_PROMPT, steps=12, style="Watercolor")
    done = await visitor.reads(_PROMPT, "✅")
    await visitor.be("Bob")
    await visitor.pick_app(done, "Show recipe")
    save("recipe-phone", [await message_shot(visitor, await visitor.reads("Recipe · Text to image"))])


async def _fill_queue(visitor: Visitor) -> None:
    for name, prompt in _WAITING:
        await visitor.be(name)
        await visitor.use("imagine", prompt=prompt)
        await visitor.reads(prompt)


async def _shoot_queue(visitor: Visitor) -> None:
    """What runs and what waits, as a member sees it."""
    await _fill_queue(visitor)
    await visitor.use("queue")
    save("queue-phone", [await message_shot(visitor, await visitor.reads("Queue", "Updates for", "an owl"))])


async def _shoot_panel(visitor: Visitor) -> None:
    """The moderators' panel, and what can be done with a job that is picked."""
    await _fill_queue(visitor)
    await visitor.be("Carol")
    await visitor.use("moderate queue")
    panel = await visitor.reads("This server’s queue", "an owl")
    await visitor.page.evaluate(_NAMES)
    await expect(panel).not_to_contain_text("<@")
    shown = await message_shot(visitor, panel)
    await visitor.pick(panel, "an owl")
    decision = await visitor.reads("“an owl at night” by @Bob, requested")
    save("panel", [shown, await message_shot(visitor, decision)])


async def _shoot_upload(visitor: Visitor) -> None:
    """A workflow that was uploaded, before it goes live."""
    graph = txt2img(side=512)
    graph["4"]["inputs"]["ckpt_name"] = _CHECKPOINT
    for node_id, node in graph.items():
        node["_meta"] = {"title": _TITLES.get(node_id, node["class_type"])}
    with tempfile.TemporaryDirectory() as folder:
        drawing = Path(folder) / "my_cats.json"
        drawing.write_text(json.dumps(graph), encoding="utf-8")
        await visitor.be("Dave")
        await visitor.use("workflow add", file=drawing)
        save("upload", [await message_shot(visitor, await visitor.reads("My cats", "Only you can see this"))])


async def _shoot_all() -> None:
    scenes = (
        ("20", _shoot_lists),
        ("20", _shoot_privacy),
        ("20", _shoot_recipe),
        ("20", _shoot_upload),
        ("0.5", _shoot_queue),
        ("0.3", _shoot_panel),
    )
    for steps_per_second, shoot in scenes:
        async with (
            demo("--steps-per-second", steps_per_second) as address,
            page_at(address, _WIDTH, _HEIGHT) as page,
        ):
            page.set_default_timeout(LONG)
            await shoot(Visitor(page))


if __name__ == "__main__":
    asyncio.run(_shoot_all())
