"""Each kind of server, up and reached as the program reaches it: by what an operator wrote."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import pytest

from bot.comfyui import Common, Server, open_session
from bot.settings import read_settings
from tests.absent import is_absent
from tests.servers.certificates import Authority, made_up
from tests.servers.kinds import DOORS, KINDS, Kind, Running


class Reach(Protocol):
    """Reaches the server as a program does that has just started."""

    def __call__(self) -> AbstractAsyncContextManager[Server]: ...


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Authority:
    made = made_up(tmp_path_factory.mktemp("authority"))
    if made is None:
        is_absent(pytestconfig, "openssl", "it makes the certificates")
    return made


def _named(kind: Kind) -> object:
    marks = [pytest.mark.real] if kind.name.startswith("a real") else []
    return pytest.param(kind, id=kind.name, marks=marks)


@pytest.fixture(params=map(_named, KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


@pytest.fixture(params=map(_named, DOORS))
async def behind_a_door(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    """A ComfyUI behind each of the doors, or behind the one whose name a test gives."""
    kind: Kind | str = request.param
    if isinstance(kind, str):
        kind = next(one for one in DOORS if kind in one.name)
    async with kind.start(request) as running:
        yield running


@pytest.fixture
async def running(kind: Kind, request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    async with kind.start(request) as running:
        yield running


@pytest.fixture
def reach(kind: Kind, running: Running) -> Reach:
    settings = read_settings({"DISCORD_TOKEN": "made-up", **running.environment})
    # What outlives a program: its database has it.
    common = Common()

    @asynccontextmanager
    async def reached() -> AsyncIterator[Server]:
        async with open_session(ca_file=settings.comfyui_ca_file) as session:
            yield kind.made(settings.comfyui_urls[0], session, Common(sent=common.sent))

    return reached


@pytest.fixture
async def server(reach: Reach) -> AsyncIterator[Server]:
    async with reach() as server:
        yield server
