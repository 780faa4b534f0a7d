"""What the page says of when something was: reckoned from the moment at which it is read, not from an earlier one."""

from datetime import UTC, datetime
from pathlib import Path

from bot.workflows import Library
from tests.comfyui_server import ComfyUIStandIn
from tests.demo.page import page_of
from tests.demo.world import World


async def test_a_press_is_shown_at_the_time_of_the_press(tmp_path: Path) -> None:
    async with (
        ComfyUIStandIn() as comfyui,
        World.open(tmp_path, Library(tmp_path), [comfyui.url]) as world,
        page_of(world, 0) as page,
    ):
        (shown,) = page._pages.values()  # noqa: SLF001 - simcord tells it nowhere else
        before = datetime.now(UTC)
        page._publish(shown, reason="action")  # noqa: SLF001
        assert datetime.fromisoformat(shown.snapshot["profile"]["presentationTime"]) >= before
