"""What is the server's and not a job's: refused, closed doors, redirects, amnesia, and sockets that scream."""

from pathlib import Path
from typing import Final

import pytest

from tests.comfyui_server.hostile import (
    Answer,
    Frames,
    Outburst,
    Rule,
    bodies,
    connections,
    histories,
    outbursts,
    statuses,
)
from tests.discord_server import DiscordStandIn, User
from tests.hostile.studio import PATIENCE, Elsewhere, HostileStudio
from tests.looks import is_done, is_failed, is_over, is_running
from tests.waiting import until

_ALICE, _BOB = User("alice"), User("bob")
_HERS: Final = "cell000 a fox"


@pytest.mark.parametrize("code", [401, 403])
async def test_a_server_behind_a_password_is_said_to_want_one(
    discord: DiscordStandIn, tmp_path: Path, code: int
) -> None:
    async with HostileStudio.open(discord, tmp_path, 1) as studio:
        studio.rules.extend(Rule(route, statuses.status(code)) for route in ("GET /queue", "POST /prompt"))
        order = await studio.order(_ALICE)
        # To members it is a server that cannot be used; its operator reads why.
        await studio.bot.says("login")
        assert not any("be reached" in state.text for state in order.message.states)
        studio.rules.clear()
        await order.message.until(is_done)


@pytest.mark.parametrize(
    ("route", "answer"),
    [
        ("GET /queue", statuses.status(401)),
        ("GET /queue", statuses.status(500)),
        ("GET /queue", statuses.status(503, "1")),
        ("GET /queue", bodies.PAGE),
        ("GET /object_info", bodies.cut_off),
    ],
)
async def test_a_server_that_answers_is_never_said_to_be_silent(
    discord: DiscordStandIn, tmp_path: Path, route: str, answer: Answer
) -> None:
    async with HostileStudio.open(discord, tmp_path, 1) as studio:
        studio.rules.append(Rule(route, answer))
        await studio.restart()
        await until(lambda: studio.select("SELECT answering FROM servers") == [(0,)], PATIENCE)
        order = await studio.order(_ALICE)
        await order.message.until(lambda message: "server" in message.content, PATIENCE)
        assert not any("be reached" in state.text for state in order.message.states)
        studio.rules.clear()
        await order.message.until(is_done, PATIENCE)


@pytest.mark.parametrize(
    "answer", [statuses.status(401), statuses.status(503, "3600"), bodies.PAGE, connections.silent]
)
async def test_a_socket_that_never_opens_costs_no_image(
    discord: DiscordStandIn, tmp_path: Path, answer: Answer
) -> None:
    async with HostileStudio.open(discord, tmp_path, 1) as studio:
        studio.rules.append(Rule("GET /ws", answer))
        await (await studio.order(_ALICE)).message.until(is_done, PATIENCE)


async def test_a_door_that_is_closed_leaves_the_other_servers_open(discord: DiscordStandIn, tmp_path: Path) -> None:
    async with HostileStudio.open(discord, tmp_path, 2) as studio:
        closed = studio.comfyuis[0]
        closed.faults.http_status["/queue"] = 403
        orders = [await studio.order(user, f"a fox {number}") for number in range(3) for user in (_ALICE, _BOB)]
        for order in orders:
            await order.message.until(is_done)


@pytest.mark.parametrize("code", [301, 307, 308])
async def test_no_redirect_of_a_server_is_followed_and_its_operator_reads_the_address(
    discord: DiscordStandIn, other: Elsewhere, tmp_path: Path, code: int
) -> None:
    async with HostileStudio.open(discord, tmp_path, 1) as studio:
        address = f"{other.url}/comfy/queue"
        studio.rules.extend(Rule(route, statuses.redirect(code, address)) for route in ("GET /queue", "POST /prompt"))
        await studio.order(_ALICE)
        await studio.bot.says(f"{other.url}/comfy")
    assert not other.asked


async def test_a_server_that_refuses_connections_is_known_at_once_and_its_job_ends_in_its_message(
    discord: DiscordStandIn, tmp_path: Path
) -> None:
    async with HostileStudio.open(discord, tmp_path, 1) as studio:
        (comfyui,) = studio.comfyuis
        comfyui.faults.hang_in = "KSampler"
        order = await studio.order(_ALICE)
        await order.message.until(is_running)
        await comfyui.refuse()
        # No bar is left standing for as long as the server is away.
        await order.message.until(lambda message: not is_running(message), 10)
        comfyui.faults.hang_in = None
        await comfyui.listen()
        await order.message.until(is_done)
        assert comfyui.executed.count(comfyui.executed[0]) == 1, "it had the job all the time"


async def test_a_server_that_forgets_a_job_is_not_asked_for_ever(discord: DiscordStandIn, tmp_path: Path) -> None:
    async with HostileStudio.open(discord, tmp_path, 1) as studio:
        studio.rules.extend(histories.forgotten(_HERS))
        hers, his = await studio.order(_ALICE, _HERS), await studio.order(_BOB)
        await his.message.until(is_done)
        await hers.message.until(is_failed)


async def test_entries_of_a_queue_that_are_no_prompts_harm_nobody(discord: DiscordStandIn, tmp_path: Path) -> None:
    async with HostileStudio.open(discord, tmp_path, 1) as studio:
        studio.rules.append(Rule("GET /queue", histories.QUEUE_NONSENSE))
        for user in (_ALICE, _BOB):
            await (await studio.order(user)).message.until(is_done)


async def test_a_server_that_answers_with_another_prompt_id_fails_that_job_alone(
    discord: DiscordStandIn, tmp_path: Path
) -> None:
    async with HostileStudio.open(discord, tmp_path, 1) as studio:
        studio.rules.append(Rule("POST /prompt", histories.OTHER_PROMPT_ID, _HERS))
        hers, his = await studio.order(_ALICE, _HERS), await studio.order(_BOB)
        await hers.message.until(is_over)
        await his.message.until(is_done)


@pytest.mark.parametrize(
    "answer",
    [bodies.endless(3 * 2**30), bodies.gzip_bomb(2**30), histories.noise_file(2**20)],
    ids=["3 GiB without a length", "1 MB that is 1 GiB", "noise"],
)
async def test_a_file_that_is_none_ends_the_job_and_nothing_else(
    discord: DiscordStandIn, tmp_path: Path, answer: Answer
) -> None:
    async with HostileStudio.open(discord, tmp_path, 1) as studio:
        studio.rules.append(Rule("GET /view", answer, _HERS))
        hers, his = await studio.order(_ALICE, _HERS), await studio.order(_BOB)
        await his.message.until(is_done)
        await hers.message.until(is_over)


@pytest.mark.parametrize(
    "frames",
    [outbursts.nonsense, outbursts.odd_previews, outbursts.huge, outbursts.flood, outbursts.duplicates],
)
async def test_what_a_socket_screams_costs_no_image(discord: DiscordStandIn, tmp_path: Path, frames: Frames) -> None:
    async with HostileStudio.open(discord, tmp_path, 1) as studio:
        studio.outbursts.append(Outburst(frames, _HERS))
        hers, his = await studio.order(_ALICE, _HERS), await studio.order(_BOB)
        for order in (hers, his):
            await order.message.until(is_done)


async def test_names_of_files_forge_no_line_of_the_log(discord: DiscordStandIn, tmp_path: Path) -> None:
    async with HostileStudio.open(discord, tmp_path, 1) as studio:
        studio.rules.append(Rule("GET /history/{prompt_id}", histories.ODD_FILES, _HERS))
        hers, his = await studio.order(_ALICE, _HERS), await studio.order(_BOB)
        await his.message.until(is_done)
        await hers.message.until(is_over)
        log = studio.bot.log.read_text(encoding="utf-8")
    assert "\x1b" not in log
    assert not any(line.startswith("2026-01-01 00:00:00 ERROR bot: forged") for line in log.splitlines())


async def test_many_files_of_one_job_do_not_stop_another(discord: DiscordStandIn, tmp_path: Path) -> None:
    async with HostileStudio.open(discord, tmp_path, 1) as studio:
        studio.outbursts.append(Outburst(outbursts.many_executed(3_000, "extra"), _HERS, "SaveImage"))
        studio.rules.append(Rule("GET /history/{prompt_id}", histories.many_files(3_000, "extra"), _HERS))
        studio.rules.append(Rule("GET /view", histories.noise_file(2**20), named="extra"))
        hers, his = await studio.order(_ALICE, _HERS), await studio.order(_BOB)
        await his.message.until(is_done)
        await hers.message.until(is_over)
