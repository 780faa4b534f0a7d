"""The whole program with a ComfyUI behind a door: it works, shows no key, and names a closed door as one."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.hostile import Rule, connections
from tests.discord_server import DiscordStandIn, User
from tests.looks import is_cancelled, is_done, is_running
from tests.operator.program import program
from tests.recovery.studio import Studio
from tests.servers.door import Door
from tests.servers.kinds import Running
from tests.waiting import until

_ALICE, _BOB = User("alice"), User("bob")
_CANARY = "canary"
"""Part of everything that opens a door."""


@asynccontextmanager
async def at_work(discord: DiscordStandIn, running: Running, folder: Path) -> AsyncIterator[Studio]:
    assert running.stand_in is not None
    env = {**running.environment, "LOG_LEVEL": "DEBUG"}
    async with Studio(discord, [running.stand_in], folder, env) as studio:
        yield studio


def door_of(running: Running) -> Door:
    assert running.door is not None
    return running.door


def assert_nothing_shown(studio: Studio, discord: DiscordStandIn) -> None:
    assert _CANARY not in studio.bot.log.read_text()
    assert not [table for table in studio.select("SELECT url FROM servers") if _CANARY in str(table)]
    assert not [row for row in studio.select("SELECT server FROM jobs") if _CANARY in str(row)]
    assert not [request for request in discord.requests if _CANARY in str(request.json)]


async def test_a_job_passes_by_every_door_and_nothing_that_opens_it_is_shown(
    discord: DiscordStandIn, behind_a_door: Running, tmp_path: Path
) -> None:
    door = door_of(behind_a_door)
    async with at_work(discord, behind_a_door, tmp_path) as studio:
        order = await studio.order(_ALICE)
        await order.message.until(is_done)
        assert order.message.attachments
        assert {"/ws", "/prompt", "/queue", "/view", "/object_info"} <= door.passed
        assert not door.refused
        assert_nothing_shown(studio, discord)


async def test_a_bot_that_restarts_behind_a_door_finds_its_job_and_cancels_only_it(
    discord: DiscordStandIn, behind_a_door: Running, tmp_path: Path
) -> None:
    comfyui = behind_a_door.stand_in
    assert comfyui is not None
    async with at_work(discord, behind_a_door, tmp_path) as studio:
        comfyui.faults.hang_in = "KSampler"
        hers, his = await studio.order(_ALICE), await studio.order(_BOB)
        await hers.message.until(is_running)
        await studio.submitted(his)
        await studio.restart()
        await (await discord.press(his.message, "Cancel", user=_BOB)).acknowledged()
        await his.message.until(is_cancelled)
        comfyui.faults.hang_in = None
        await hers.message.until(is_done)
        assert comfyui.executed.count(comfyui.executed[0]) == len(comfyui.executed) == 1


def forbidden() -> web.Response:
    return web.Response(status=403, text="no")


def login_page() -> web.Response:
    return web.Response(text="<html><title>Sign in</title></html>", content_type="text/html")


def to_login() -> web.Response:
    return web.Response(status=302, headers={"Location": f"https://login.example/?next=/queue&token={_CANARY}"})


@pytest.mark.parametrize(
    ("refusal", "logged", "members"),
    [
        (None, "It refuses the login that it gets (401).", "doesn’t let me in. I’ve told the people who run this bot."),
        (
            forbidden,
            "It refuses the login that it gets (403).",
            "doesn’t let me in. I’ve told the people who run this bot.",
        ),
        (to_login, "It redirects to https://login.example/?….", "can’t be used right now"),
        (login_page, "It answers with a web page instead of ComfyUI, perhaps a login page.", "can’t be used right now"),
    ],
    ids=["401", "403", "302 to a login page", "200 with a login page"],
)
@pytest.mark.parametrize("behind_a_door", ["Basic"], indirect=True)
async def test_a_closed_door_is_told_as_what_it_is_and_opens_again(
    discord: DiscordStandIn,
    behind_a_door: Running,
    tmp_path: Path,
    refusal: Callable[[], web.Response] | None,
    logged: str,
    members: str,
) -> None:
    door = door_of(behind_a_door)
    door.refusal, door.closed = refusal or door.refusal, True
    async with at_work(discord, behind_a_door, tmp_path) as studio:
        await studio.bot.says(logged)
        order = await studio.order(_ALICE)
        await order.message.until(lambda message: members in message.content)
        assert not any("be reached" in state.text for state in order.message.states)
        told = await program("doctor", env={**behind_a_door.environment, **discord.environment()})
        assert logged in " ".join(told.out.split())
        assert _CANARY not in told.out + told.err
        assert_nothing_shown(studio, discord)
        door.closed = False
        await order.message.until(is_done)


@pytest.mark.parametrize("status", [401, 403])
async def test_a_door_that_is_closed_on_one_route_only_is_told_as_one(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path, status: int
) -> None:
    stand_in.faults.http_status["/object_info"] = status
    logged = f"It lets the bot in, but not to /object_info ({status})."
    async with Studio(discord, [stand_in], tmp_path) as studio:
        await studio.bot.says(logged)
        order = await studio.order(_ALICE)
        await order.message.until(lambda message: "doesn’t let me in. I’ve told" in message.content)
        told = await program("doctor", env={"COMFYUI_URLS": stand_in.url, **discord.environment()})
        assert logged in " ".join(told.out.split())
        stand_in.faults.http_status.clear()
        await order.message.until(is_done)


@pytest.mark.parametrize("behind_a_door", ["Basic"], indirect=True)
async def test_a_door_that_closes_while_a_job_runs_costs_nothing(
    discord: DiscordStandIn, behind_a_door: Running, tmp_path: Path
) -> None:
    door, comfyui = door_of(behind_a_door), behind_a_door.stand_in
    assert comfyui is not None
    async with at_work(discord, behind_a_door, tmp_path) as studio:
        comfyui.faults.hang_in = "KSampler"
        order = await studio.order(_ALICE)
        await order.message.until(is_running)
        door.closed = True
        await until(lambda: bool(door.refused))
        comfyui.faults.hang_in = None
        await order.message.until(lambda message: "let me in" in message.content)
        # Until its history is here, nobody knows whether the job starts over.
        comfyui.faults.rules.append(Rule("GET /history/{prompt_id}", connections.slowly(2)))
        door.closed = False
        await order.message.until(is_done)
        assert len(comfyui.executed) == 1
        assert not any("starts over" in state.content for state in order.message.states)


@pytest.mark.parametrize("behind_a_door", ["Basic"], indirect=True)
async def test_what_a_proxy_does_not_let_through_is_told(
    discord: DiscordStandIn, behind_a_door: Running, tmp_path: Path
) -> None:
    door = door_of(behind_a_door)
    # As nginx as long as nobody tells it otherwise.
    door.most_bytes, door.takes_sockets = 2**20, False
    told = await program("doctor", env={**behind_a_door.environment, **discord.environment()})
    said = " ".join(told.out.split())
    assert "Uploads over 1 MB do not reach it (413). -> Raise the limit" in said
    assert "The websocket does not open." in said
    async with at_work(discord, behind_a_door, tmp_path) as studio:
        for _ in range(2):
            await (await studio.order(_ALICE)).message.until(is_done)
        assert studio.bot.log.read_text().count("opens no websocket (400)") == 1


async def test_without_what_opens_it_the_doctor_says_that_a_login_is_asked_for(
    discord: DiscordStandIn, behind_a_door: Running
) -> None:
    ca_file = {name: value for name, value in behind_a_door.environment.items() if name == "COMFYUI_CA_FILE"}
    env = {**discord.environment(), **ca_file, "COMFYUI_URLS": door_of(behind_a_door).url}
    told = await program("doctor", env=env)
    assert told.code == 1
    said = " ".join(told.out.split())
    assert "It asks for a login (401)." in said
    assert "Add it to COMFYUI_URLS (http://user:password@host) or COMFYUI_HEADERS" in said


async def test_the_doctor_and_generate_pass_by_every_door(
    discord: DiscordStandIn, behind_a_door: Running, tmp_path: Path
) -> None:
    env = {**discord.environment(), **behind_a_door.environment}
    made = program("generate", "--prompt", "a fox", "--out", str(tmp_path / "out"), env=env)
    told, made_ended = await asyncio.gather(program("doctor", env=env), made)
    assert "Connected: ComfyUI" in told.out
    assert "The websocket works." in told.out
    assert made_ended.code == 0, made_ended.err
    assert list((tmp_path / "out").iterdir())
    assert _CANARY not in told.out + told.err + made_ended.out + made_ended.err
