"""Every command and every button that moderators and administrators have on the demo's page, beside a member's.

A test fails if the page offers a command that nobody used or shows a button that nobody pressed, or if the demo has
logged an error by its end.
"""

import json
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import txt2img
from tests.demo.visitor import LONG, Visitor
from tests.demo.visits import comfyui, visitor

__all__ = ["comfyui", "visitor"]

pytestmark = [pytest.mark.browser, pytest.mark.waits]


async def test_every_command_of_a_moderator_about_the_line(visitor: Visitor, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "KSampler"
    for prompt in ("one", "two", "three", "four"):
        await visitor.use("imagine", prompt=f"cat {prompt}")
        await visitor.reads(f"cat {prompt}")
    await visitor.be("Carol")
    await visitor.use("moderate queue")
    panel = await visitor.reads("This server’s queue", "cat four")
    await visitor.use("moderate front", job="cat four")
    await visitor.reads("Moved “cat four” by @Alice to the front.")
    await visitor.use("moderate cancel", job="cat three", reason="no cats")
    await visitor.reads("Cancelled “cat three” by @Alice: no cats")
    await expect(panel).not_to_contain_text("cat three", timeout=LONG)

    await visitor.pick(panel, "cat four")
    decision = await visitor.reads("“cat four” by @Alice, requested")
    await visitor.press(decision, "Hold")
    await visitor.reads("on hold")
    await visitor.press(decision, "Release")
    await visitor.reads("Released “cat four”")
    await visitor.press(decision, "To the front")
    await visitor.reads("to the front", "“cat four” by @Alice, requested")
    await visitor.press(decision, "Cancel")
    await visitor.submit({"Reason (everyone can read it)": "enough"})
    await visitor.reads("Cancelled “cat four” by @Alice: enough")

    await visitor.press(panel, "Pause")
    await visitor.submit({"Reason (everyone can read it)": "lunch"})
    await visitor.reads("⏸️", "lunch", after=panel)
    await expect(panel.get_by_role("button", name="Resume")).to_be_visible(timeout=LONG)
    await visitor.press(panel, "Resume")
    await expect(panel.get_by_role("button", name="Pause")).to_be_visible(timeout=LONG)
    await visitor.use("moderate pause", reason="tea")
    await visitor.reads("⏸️", "tea", after=panel)
    await visitor.use("moderate resume")
    await visitor.use("moderate cancel", all=True)
    await visitor.submit()
    await visitor.reads("Cancelled 2 jobs in this server")
    comfyui.faults.hang_in = None
    await visitor.reads("cat one", "Cancelled by @Carol")


async def test_every_button_about_what_a_rule_holds_back_and_what_is_reported(visitor: Visitor) -> None:
    await visitor.be("Carol")
    await visitor.use("moderate approvals", channel="darkroom")
    await visitor.use("moderate words add", kind="word", text="zebra", action="hold")
    await visitor.reads("zebra", "Only you can see this")
    await visitor.be("Alice")
    for animal in ("first", "second"):
        await visitor.use("imagine", prompt=f"a {animal} zebra")
        await visitor.reads("A moderator has to look at it first")
    await visitor.be("Carol")
    await visitor.press(await visitor.reads("A prompt to approve", "first zebra"), "Approve")
    await visitor.reads("Approved by @Carol", "first zebra")
    await visitor.press(await visitor.reads("A prompt to approve", "second zebra"), "Reject")
    await visitor.submit({"Reason (the member can read it)": "stripes"})
    await visitor.reads("Rejected by @Carol: stripes", "second zebra")
    for said, decision in (("Dismissed by @Carol", "Dismiss"), ("Deleted by @Carol", "Delete the image")):
        await visitor.be("Alice")
        await visitor.use("imagine", prompt=f"a horse to {decision.lower()}")
        done = await visitor.reads(f"a horse to {decision.lower()}", "✅")
        await visitor.press(done, "Report")
        await visitor.be("Carol")
        await visitor.press(await visitor.reads("A reported image", decision), decision)
        await visitor.reads("A reported image", said)
        await expect(done).to_have_count(0 if decision == "Delete the image" else 1, timeout=LONG)


async def style(visitor: Visitor, folder: Path) -> None:
    """Every command for styles, and an image in one."""
    await visitor.use("style add", name="Ours")
    await visitor.submit({"Text": "ours of {prompt}", "Settings": "steps: none"})
    await visitor.press(await visitor.reads("isn’t a valid value for", "Only you can see this"), "Edit")
    await visitor.submit({"Settings": "steps: 3"})
    await visitor.reads("Saved the style “Ours”")
    await visitor.use("style edit", name="Ours")
    await visitor.submit({"Negative text": "rain"})
    await visitor.use("style list")
    await visitor.press(await visitor.reads("Ours", "Next"), "Next")
    (folder / "styles.csv").write_text("name,prompt,negative_prompt\nTheirs,theirs,\n", encoding="utf-8")
    await visitor.use("style import", file=folder / "styles.csv")
    await visitor.press(await visitor.reads("That file has 1 style."), "Import")
    await visitor.reads("Imported 1 style")
    await visitor.use("imagine", prompt="a fox", style="Ours")
    await visitor.reads("ours of a fox", "style Ours", "✅")
    await visitor.use("style remove", name="Ours")
    await visitor.reads("Removed the style “Ours”")


async def test_every_command_of_a_moderator_about_rules(visitor: Visitor, tmp_path: Path) -> None:
    members = await visitor.offered()
    await visitor.be("Carol")
    for command in ("audit", "approvals", "digest"):
        await visitor.use(f"moderate {command}", channel="darkroom")
        await visitor.reads("#darkroom", "Only you can see this")
    await visitor.use("moderate words add", kind="word", text="zebra", action="refuse")
    await visitor.reads("zebra", "Only you can see this")
    await visitor.use("moderate words list")
    await visitor.reads("words", "Only you can see this")
    await visitor.use("moderate words remove", rule="zebra")
    await visitor.use("moderate check", threshold=60)
    await visitor.reads("Image check")
    await visitor.use("moderate limits", role="Moderators", daily=5)
    await visitor.reads("5", "Only you can see this")
    await visitor.use("moderate block", user="Bob", duration="30m", reason="spam")
    await visitor.reads("@Bob is blocked")
    await visitor.be("Bob")
    await visitor.use("imagine", prompt="a fox")
    await visitor.reads("blocked from requesting")
    await visitor.be("Carol")
    await visitor.use("moderate unblock", user="Bob")
    await visitor.use("moderate channels set", channel="darkroom", workflows="Text to image")
    await visitor.reads("only Text to image")
    await visitor.use("moderate channels list")
    await visitor.use("moderate channels clear", channel="darkroom")
    await visitor.use("moderate log")
    log = await visitor.reads("@Carol unblocked @Bob", "Older")
    await visitor.press(log, "Older")
    await visitor.press(log, "Newest")
    await style(visitor, tmp_path)
    line = {f"moderate {name}" for name in ("queue", "front", "cancel", "pause", "resume")}
    assert await visitor.offered() - members == (visitor.used - members) | line


async def test_every_command_of_an_administrator(visitor: Visitor, tmp_path: Path) -> None:
    members = await visitor.offered()
    drawing = tmp_path / "my_cats.json"
    drawing.write_text(json.dumps(txt2img(side=512)), encoding="utf-8")
    await visitor.be("Dave")
    await visitor.use("workflow add", file=drawing)
    draft = await visitor.reads("My cats", "Only you can see this")
    await visitor.press(draft, "Edit")
    await visitor.submit({"Title": "Cats, painted"})
    await expect(draft).to_contain_text("Cats, painted", timeout=LONG)
    await visitor.press(draft, "Try it")
    await visitor.reads("✅", "Cats, painted")
    await visitor.press(draft, "Make it live")
    await visitor.reads("“Cats, painted” is live")
    await visitor.use("workflow add", file=drawing, name="another")
    await visitor.press(await visitor.reads("Another", "Only you can see this"), "Discard")
    await visitor.reads("Discarded")
    await visitor.use("workflow test", name="Cats, painted")
    for command, said in (("disable", "is disabled"), ("enable", "is enabled"), ("export", "as files")):
        await visitor.use(f"workflow {command}", name="Cats, painted")
        await visitor.reads("“Cats, painted”", said)
    for answer, said in (("Keep", "Nothing was removed"), ("Remove", "Removed")):
        await visitor.use("workflow remove", name="Cats, painted")
        await visitor.press(await visitor.reads("Remove “Cats, painted” for good?"), answer)
        await visitor.reads(said)
    for command, options in (("pause", {}), ("until", {"time": "2h"}), ("resume", {})):
        await visitor.use(f"machine {command}", **options)
        await visitor.reads("Only the people who run this bot can do that")
    assert await visitor.offered() - members == visitor.used
