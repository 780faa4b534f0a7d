"""What members see while a GPU rests, over the wire, and that nothing new starts meanwhile."""

import re
import shlex
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Permission, Role, User, answered
from tests.grid.asking import done_in, is_complete, start
from tests.looks import is_done, is_queued, is_running, says
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio, job_of
from tests.waiting import until

OPERATOR = User("opal", roles=(Role("admins", Permission.MANAGE_GUILD),))
OTHER = User("oscar")
ADMIN = User("adam", roles=(Role("admins", Permission.MANAGE_GUILD),))
IN_USE = "Somebody else is using the GPU right now. Requests start once it’s free; your place is kept."


def studio_with(discord: DiscordStandIn, comfyui: ComfyUIStandIn, folder: Path, **settings: str) -> Studio:
    return Studio(discord, [comfyui], folder, {"OWNER_IDS": str(OPERATOR.id), **settings})


async def test_a_pause_keeps_everybody_in_place_until_it_ends(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with studio_with(discord, comfyui, tmp_path) as studio:
        refused = await answered(discord.slash("machine pause", user=ADMIN))
        assert "Only the people who run this bot" in refused.message.content
        unread = await answered(discord.slash("machine until", user=OPERATOR, options={"time": "soon"}))
        assert "`18:00`, `2h` or `1d 12h`" in unread.message.content
        said = await answered(discord.slash("machine until", user=OPERATOR, options={"time": "2h"}))
        (moment,) = re.findall(r"rests until <t:(\d+):f>", said.message.content)
        # A restart does not end it.
        await studio.restart()
        await until(lambda: studio.select("SELECT rest FROM servers WHERE answering") == [("paused",)])
        order = await studio.order(ALICE)
        await order.message.until(says(f"The GPU is resting until <t:{moment}:t>; your place is kept."))
        assert is_queued(order.message)
        assert "ready" not in order.message.content, "nothing is promised"
        listed = await answered(discord.slash("queue", user=BOB))
        assert f"🌙 The GPU is resting until <t:{moment}:t>" in listed.message.content
        assert not comfyui.submitted
        resumed = await answered(discord.slash("machine resume", user=OPERATOR))
        assert "Resumed" in resumed.message.content
        await order.message.until(is_done)
        again = await answered(discord.slash("machine resume", user=OPERATOR))
        assert "Nothing is paused" in again.message.content


async def test_the_other_operators_hear_of_a_pause_and_of_its_end(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    def heard_by(owner: User) -> list[str]:
        told = (message.content for message in discord.messages(discord.direct(owner)))
        return [content for content in told if "ComfyUI server" in content]

    async with studio_with(discord, comfyui, tmp_path, OWNER_IDS=f"{OPERATOR.id},{OTHER.id}") as studio:
        await answered(discord.slash("queue", user=OTHER))
        await until(lambda: studio.select("SELECT count(*) FROM servers WHERE answering") == [(1,)])
        await answered(discord.slash("machine pause", user=OPERATOR, options={"server": comfyui.url}))
        await answered(discord.slash("machine resume", user=OPERATOR))
        await answered(discord.slash("machine until", user=OPERATOR, options={"time": "2h"}))
        await until(lambda: len(heard_by(OTHER)) == 3)
        until_then, resumed, paused = heard_by(OTHER)
        assert paused == f"⏸️ <@{OPERATOR.id}> paused the ComfyUI server `{comfyui.url}` until somebody resumes it."
        assert resumed == f"▶️ <@{OPERATOR.id}> resumed all ComfyUI servers."
        assert re.fullmatch(rf"⏸️ <@{OPERATOR.id}> paused all ComfyUI servers until <t:\d+:f>\.", until_then)
        assert not heard_by(OPERATOR)


async def test_quiet_hours_are_told_in_the_first_reply(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    # All day but for one minute, which no test is likely to hit twice.
    async with studio_with(discord, comfyui, tmp_path, QUIET_HOURS="00:01-00:00 UTC") as studio:
        await until(lambda: studio.select("SELECT rest FROM servers") == [("quiet",)])
        order = await studio.order(ALICE)
        (first, *_) = order.message.states
        assert re.search(r"-# The GPU is resting until <t:\d+:[tf]>; your place is kept\.", first.content)
        assert not comfyui.submitted


async def test_a_grid_that_is_under_way_says_why_its_cells_wait(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with studio_with(discord, comfyui, tmp_path):
        comfyui.faults.hang_in = "KSampler"
        sheet = await start(discord, ALICE, {"x": "steps 1, 2, 3"})
        await sheet.until(says("1 running"))
        await answered(discord.slash("machine pause", user=OPERATOR))
        await sheet.until(says("The GPU is resting; your place is kept."))
        comfyui.faults.hang_in = None
        await sheet.until(lambda message: done_in(message) == 1)
        assert "The GPU is resting; your place is kept." in sheet.content
        assert "ready" not in sheet.content, "nothing is promised"
        await answered(discord.slash("machine resume", user=OPERATOR))
        await sheet.until(is_complete)


def busy_while(there: Path) -> str:
    return shlex.join(["test", "-e", str(there)])


async def test_while_somebody_else_needs_the_gpu_nothing_new_starts_and_what_runs_is_finished(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    game = tmp_path / "game"
    async with studio_with(discord, comfyui, tmp_path, BUSY_COMMAND=busy_while(game)) as studio:
        comfyui.faults.hang_in = "KSampler"
        first = await studio.order(ALICE)
        await first.message.until(is_running)
        game.touch()
        second = await studio.order(BOB, "a hen")
        await second.message.until(says(IN_USE))
        await until(lambda: studio.select("SELECT rest FROM servers") == [("busy",)])
        comfyui.faults.hang_in = None
        await first.message.until(is_done)
        # Its models make room for the game, although no IDLE_FREE_MINUTES says so.
        await until(lambda: bool(comfyui.freed))
        assert comfyui.executed == [job_of(first)]
        game.unlink()
        await second.message.until(is_done)
        assert comfyui.executed == [job_of(first), job_of(second)]


@pytest.mark.parametrize("comfyui", [2], indirect=True)
async def test_what_runs_is_given_back_where_the_operator_wants_that(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    game = tmp_path / "game"
    settings = {"BUSY_COMMAND": busy_while(game), "BUSY_RUNNING": "return"}
    async with studio_with(discord, comfyui, tmp_path, **settings) as studio:
        order = await studio.order(ALICE)
        await order.message.until(is_running)
        game.touch()
        await order.message.until(says(IN_USE))
        assert studio.select("SELECT state, stops, losses, returns FROM jobs") == [("queued", 1, 0, 0)]
        # What was stopped is not taken for the image, not even by the next process.
        await studio.restart()
        game.unlink()
        await order.message.until(is_done)
        assert len(comfyui.executed) == 2
        assert len(studio.deliveries(order)) == 1


async def test_a_command_that_says_nothing_keeps_nobody_waiting(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with studio_with(discord, comfyui, tmp_path, BUSY_COMMAND="no-such-program-anywhere") as studio:
        order = await studio.order(ALICE)
        await order.message.until(is_done)
        await studio.bot.says("BUSY_COMMAND: it cannot be started")
