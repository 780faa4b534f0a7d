"""What tests begin with: a Discord, ComfyUIs, members, and the program between them."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import aiohttp
import discord as discord_py
import pytest

from bot.messages import Channels, WatchedConnector, prepare_client
from tests import ports
from tests.absent import is_absent
from tests.alternative_texts import check_texts
from tests.bench.light_comfyui import LightComfyUI
from tests.comfyui_server import FULL_PREVIEW, ComfyUIStandIn, VersionName
from tests.discord_server import BotProcess, DiscordStandIn, Guild
from tests.exiftool import exiftool
from tests.programs import ROOT, Program
from tests.real_comfyui import CannotInstall, RealComfyUI, Restartable, restartable

__all__ = ["exiftool"]

CONTRACT_SERVERS = [
    "stand_in 0.33.0",
    "stand_in 0.3.75",
    "light 0.33.0",
    pytest.param("real 0.3.75", marks=pytest.mark.real),
]
# Fast, and yet a job of some hundred steps is still running when a test gets round to interrupting it.
CONTRACT_STEPS_PER_SECOND = 200


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    """Those that have the bot."""
    return (Guild(),)


@pytest.fixture
async def discord(guilds: tuple[Guild, ...]) -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn(*guilds) as discord:
        yield discord
        check_texts(discord)


@pytest.fixture
def checkpoints() -> tuple[str, ...]:
    """Those that the ComfyUI has."""
    return ("tiny-random-sd15.safetensors",)


@pytest.fixture
async def comfyui(request: pytest.FixtureRequest, checkpoints: tuple[str, ...]) -> AsyncIterator[ComfyUIStandIn]:
    """As fast as it can, unless the test says how many steps a second."""
    speed = getattr(request, "param", None)
    async with ComfyUIStandIn(checkpoints=checkpoints, steps_per_second=speed) as comfyui:
        yield comfyui


@pytest.fixture
def stand_in(comfyui: ComfyUIStandIn) -> ComfyUIStandIn:
    """The same, where `comfyui` is a module."""
    return comfyui


@pytest.fixture
def folder() -> Path:
    """Where the program finds its workflows: those that ship, unless the test writes others."""
    return ROOT / "workflows"


@pytest.fixture
def settings() -> dict[str, str]:
    """Of the program, beside those that it needs."""
    return {}


@pytest.fixture
def program(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, folder: Path, settings: dict[str, str], tmp_path: Path
) -> Program:
    """Starts it in `tmp_path` with more settings, or by another command."""

    def made(more: Mapping[str, str] | None = None, command: Sequence[str] | None = None) -> BotProcess:
        needed = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(tmp_path / "data"), "WORKFLOWS_DIR": str(folder)}
        env = {**needed, **settings, **(more or {})}
        return BotProcess(discord, log=tmp_path / "bot.log", env=env, cwd=ROOT, command=command)

    return made


@pytest.fixture
async def bot(program: Program, comfyui: ComfyUIStandIn) -> AsyncIterator[BotProcess]:
    """At work: it is online, and knows what its ComfyUI has."""
    async with program().ready() as bot:
        await bot.says(f"{comfyui.url} answers")
        yield bot


@pytest.fixture
def silent_seconds() -> float:
    """How long a request of `channels` may make no progress."""
    return 15.0


@pytest.fixture
async def channels(
    discord: DiscordStandIn, silent_seconds: float, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Channels]:
    """The bot's way to Discord, in this process and without the rest of it."""
    monkeypatch.setattr(discord_py.http.Route, "BASE", f"{discord.url}/bot/api/v10")
    trace = aiohttp.TraceConfig()
    intents, nobody = discord_py.Intents.none(), discord_py.AllowedMentions.none()
    client = discord_py.Client(
        intents=intents, allowed_mentions=nobody, http_trace=trace, connector=WatchedConnector(limit=64)
    )
    async with client:
        channels = Channels(client, trace, silent_seconds=silent_seconds)
        prepare_client(client)
        await client.login(discord.environment()["DISCORD_TOKEN"])
        yield channels


@pytest.fixture
def free_port() -> int:
    return ports.free_port()


@pytest.fixture(scope="session")
def real_comfyui_process(pytestconfig: pytest.Config) -> Iterator[Restartable]:
    """For a test that kills the real server: it must start it again, because all others want it, too."""
    try:
        with restartable() as comfyui:
            yield comfyui
    except CannotInstall as error:
        is_absent(pytestconfig, "real ComfyUI", str(error))


@pytest.fixture(scope="session")
def real_comfyui(real_comfyui_process: Restartable) -> RealComfyUI:
    return real_comfyui_process.start()


@pytest.fixture(params=CONTRACT_SERVERS)
async def comfyui_url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A server that must keep ComfyUI's contract: the stand-in does not drift from the real one."""
    kind, _, version = cast("str", request.param).partition(" ")
    if kind == "real":
        real: RealComfyUI = request.getfixturevalue("real_comfyui")
        yield real.url
        return
    name = cast("VersionName", version)
    stand_in = LightComfyUI if kind == "light" else ComfyUIStandIn
    async with stand_in(version=name, steps_per_second=CONTRACT_STEPS_PER_SECOND, preview_size=FULL_PREVIEW) as comfyui:
        yield comfyui.url


# Before pytest-xdist's own, which reads the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and "real_comfyui" in item.fixturenames:
            item.add_marker(pytest.mark.real)
        # The real server is started once: everything that talks to it runs in one of the processes.
        if item.get_closest_marker("real") is not None:
            item.add_marker(pytest.mark.xdist_group("real"))
