"""Over the wire, in a language that is made up: what the bot says later, without being asked at that moment. Grids,
failures, what moderators have to decide, the panel and the weekly digest have nothing in English.
"""

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from tests.comfyui_server import Failure
from tests.comfyui_server.faults import OUT_OF_MEMORY
from tests.discord_server import Message, answered
from tests.discord_server.resolving import Value
from tests.looks import is_done, is_failed, says
from tests.moderating.acts import Room, shows
from tests.waiting import until

# A workflow, a node and options; what members of these tests have written; a protocol.
NAMED: Final = "Painting KSampler steps guidance seed fox filling cat another zeppelin because HTTP Text to image"
NAMES: Final = frozenset(NAMED.split())
FOUR: Final = {"prompt": "fox", "x": "steps 1, 2", "y": "seed 3, 5"}
FAILURES: Final = (
    Failure(),
    OUT_OF_MEMORY,
    Failure("safetensors.SafetensorError", "Error while deserializing header: header too large"),
    Failure("FileNotFoundError", "Model in folder 'checkpoints' with filename 'fox' not found."),
    Failure("torch.AcceleratorError", "CUDA error: an illegal memory access was encountered"),
    Failure("OSError", "[Errno 28] No space left on device"),
)


async def act(room: Room, command: str, **options: Value) -> None:
    """A moderator's act, once it has been carried out."""
    acted = await answered(room.discord.slash(f"moderate {command}", user=room.mia, options=options))
    await acted.message.until(lambda message: not message.loading)


async def press(room: Room, message: Message, label: str) -> Message:
    return (await answered(room.discord.press(message, label, user=room.mia))).message


async def posted(room: Room, text: str) -> Message:
    """The message in the moderators' channel that says this."""

    def found() -> list[Message]:
        return [message for message in room.discord.messages(room.staff) if text in message.content]

    await until(lambda: bool(found()))
    return found()[-1]


async def begun(room: Room) -> Message:
    """A grid of four that runs, until further notice."""
    room.stand_still()
    question = await answered(room.discord.slash("grid", user=room.alice, options=FOUR))
    await question.message.until(lambda message: bool(message.buttons))
    started = await answered(room.discord.press(question.message, "Start", user=room.alice))
    await until(lambda: bool(room.comfyui.executed))
    return started.message


async def test_a_grid_from_its_question_to_its_sheet(room: Room, left: set[str]) -> None:
    started = await begun(room)
    await started.until(says("running"))
    await act(room, "pause")
    await started.until(says("paused"))
    room.comfyui.faults.fail["KSampler"] = Failure()
    room.go_on()
    await started.until(says("❌"))
    room.comfyui.faults.fail.clear()
    await act(room, "resume")
    sheet = await started.until(lambda message: "✅" in message.content and bool(message.attachments))
    assert sheet.attachments[0].description
    menu = next(one for row in sheet.components for one in row["components"] if one.get("options"))
    taken = await answered(
        room.discord.select(sheet, menu["placeholder"], [menu["options"][0]["label"]], user=room.alice)
    )
    await taken.message.until(is_done)
    await press(room, sheet, "Delete")
    assert not left - NAMES


async def test_a_cancelled_grid(room: Room, left: set[str]) -> None:
    started = await (await begun(room)).until(lambda message: bool(message.buttons))
    await answered(room.discord.press(started, "Cancel", user=room.alice))
    await room.go_on_interrupted()
    await started.until(says("🛑"))
    assert not left - NAMES


async def test_nodes_that_fail_and_requests_that_comfyui_refuses(room: Room, left: set[str]) -> None:
    for failure in FAILURES:
        room.comfyui.faults.fail["KSampler"] = failure
        ordered = await room.imagine(room.alice, "fox")
        await ordered.message.until(is_failed)
    room.comfyui.faults.fail.clear()
    for route in ("/view", "/prompt", "/history"):
        room.comfyui.faults.http_status[route] = 403
        ordered = await room.imagine(room.alice, "fox")
        await ordered.message.until(is_failed)
        del room.comfyui.faults.http_status[route]
    assert not left - NAMES


async def test_a_server_that_goes_away(room: Room, left: set[str]) -> None:
    await room.fill_the_server()
    ordered = await room.imagine(room.alice, "fox")
    await room.comfyui.stop()
    await ordered.message.until(says("place is kept"))
    await act(room, "queue")
    assert not left - NAMES


async def test_what_moderators_are_asked(room: Room, left: set[str]) -> None:
    await act(room, "approvals", channel=room.staff)
    await act(room, "audit", channel=room.staff)
    await act(room, "words add", kind="word", text="zeppelin", action="hold")
    await answered(room.discord.slash("imagine", user=room.alice, prompt="zeppelin"))
    case = await posted(room, "to approve")
    await press(room, case, "Approve")
    await case.until(says("Approved"))
    await answered(room.discord.slash("imagine", user=room.alice, prompt="another zeppelin"))
    case = await posted(room, "another zeppelin")
    form = await answered(room.discord.press(case, "Reject", user=room.mia))
    await answered(form.submit({"reason": "because"}))
    await case.until(says("Rejected"))
    ordered = await room.imagine(room.alice, "fox")
    await ordered.message.until(is_done)
    await answered(room.discord.press(ordered.message, "Report", user=room.bob))
    report = await posted(room, "A reported image")
    await press(room, report, "Dismiss")
    await report.until(says("Dismissed"))
    assert not left - NAMES


async def test_the_queues_panel(room: Room, left: set[str]) -> None:
    asked = await answered(room.discord.slash("moderate queue", user=room.mia, channel=room.staff))
    await room.fill_the_server()
    waiting = await room.imagine(room.alice, "cat")
    shown = await shows(asked.message, "Running", "Up next", "Waiting", "cat")
    menu = next(one for row in shown.components for one in row["components"] if one.get("options"))
    label = next(one["label"] for one in menu["options"] if "cat" in one["label"])
    picked = await answered(room.discord.select(shown, menu["placeholder"], [label], user=room.mia))
    await press(room, picked.message, "Hold")
    await shows(waiting.message, "✋")
    await press(room, picked.message, "Release")
    await act(room, "pause", reason="because")
    await shows(waiting.message, "⏸️")
    await act(room, "resume")
    await act(room, "block", user=room.alice, reason="because")
    await shows(waiting.message, "🛑")
    assert not left - NAMES


async def test_the_weekly_digest(room: Room, left: set[str], tmp_path: Path) -> None:
    def change(statement: str, *values: object) -> None:
        with closing(sqlite3.connect(tmp_path / "data" / "darkroom.db", isolation_level=None)) as opened:
            opened.execute(statement, values)

    await act(room, "digest", channel=room.staff)
    await act(room, "block", user=room.bob)
    await answered(room.discord.slash("imagine", user=room.bob, prompt="cat"))
    ordered = await room.imagine(room.alice, "fox")
    await ordered.message.until(is_done)
    await room.bot.kill()
    missed = time.time() - 3600
    within = missed // 86400 * 86400 - 3 * 86400
    change("UPDATE guilds SET digest_at = ?", missed)
    change("UPDATE jobs SET created_at = ?, started_at = ?, finished_at = ?", within, within + 3, within + 9)
    change("UPDATE audit SET at = ?", within)
    await room.bot.start()
    digest = await posted(room, "📊")
    assert "Refused: 1" in digest.content
    assert digest.attachments[0].description
    assert not left - NAMES
