"""The kinds of servers that have to keep the same promises, and what each of them cannot do.

A new kind adds one entry to `KINDS`: how to start it, what to write into the settings, what it lacks.
"""

import socket
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
import pytest
from aiohttp import web

from bot.addresses import ServerAddress
from bot.comfyui import Common, Server, server_at
from tests.absent import is_absent
from tests.api_v2 import installation
from tests.comfyui_server import FULL_PREVIEW, ComfyUIStandIn
from tests.real_comfyui import RealComfyUI
from tests.runpod_server import RunPodStandIn
from tests.servers.certificates import Authority
from tests.servers.door import Door
from tests.servers.lesser import LesserComfyUI

STEPS_PER_SECOND: Final = 200
TOKEN: Final = "canary-token/+&%25"
_LOGIN: Final = "me:canary@pass/word"
ALL: Final = frozenset(
    {
        *("progress", "previews", "images_over_socket", "stops_running", "lists_nodes", "frees_memory"),
        *("takes_our_ids", "several outputs", "early outputs", "checks before it runs", "video", "audio", "cancelling"),
    }
)
"""What a server may be able to do."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is up. `environment` is what an operator writes to use it."""

    environment: Mapping[str, str]
    door: Door | None = None
    stand_in: ComfyUIStandIn | None = None
    runpod: RunPodStandIn | None = None


@dataclass(frozen=True, slots=True)
class Kind:
    """`lacks` names what it cannot do, of `ALL`. `steps` are enough for it to tell of one while they
    run; `long` are so many that nobody waits for their end, unless they cannot be stopped.
    """

    name: str
    start: Callable[[pytest.FixtureRequest], AbstractAsyncContextManager[Running]]
    lacks: frozenset[str] = frozenset()
    sleeps: bool = False
    """It has to wake up before it works."""
    made: Callable[[ServerAddress, aiohttp.ClientSession, Common], Server] = lambda address, session, common: server_at(
        address, session, common=common
    )
    steps: int = 4
    long: int = 5000


def _stand_in() -> ComfyUIStandIn:
    return ComfyUIStandIn(steps_per_second=STEPS_PER_SECOND, preview_size=FULL_PREVIEW)


@asynccontextmanager
async def _plain(_: pytest.FixtureRequest) -> AsyncIterator[Running]:
    async with _stand_in() as comfyui:
        yield Running({"COMFYUI_URLS": comfyui.url}, stand_in=comfyui)


@asynccontextmanager
async def _real(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    real: RealComfyUI = request.getfixturevalue("real_comfyui")
    yield Running({"COMFYUI_URLS": real.url})


@asynccontextmanager
async def _runpod(_: pytest.FixtureRequest) -> AsyncIterator[Running]:
    async with _stand_in() as comfyui, RunPodStandIn(comfyui.url) as runpod:
        yield Running(runpod.environment(), stand_in=comfyui, runpod=runpod)


@asynccontextmanager
async def _real_runpod(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    real: RealComfyUI = request.getfixturevalue("real_comfyui")
    async with RunPodStandIn(real.url) as runpod:
        yield Running(runpod.environment(), runpod=runpod)


@asynccontextmanager
async def _api_v2(_: pytest.FixtureRequest) -> AsyncIterator[Running]:
    async with _stand_in() as comfyui, installation(comfyui.url) as installed:
        yield Running(installed.environment, stand_in=comfyui)


@asynccontextmanager
async def _real_api_v2(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    real: RealComfyUI = request.getfixturevalue("real_comfyui")
    async with installation(real.url) as installed:
        yield Running(installed.environment)


@asynccontextmanager
async def _basic(_: pytest.FixtureRequest) -> AsyncIterator[Running]:
    sent = f"Basic {b64encode(_LOGIN.encode()).decode()}"
    async with _stand_in() as comfyui, Door(comfyui.url, _has("Authorization", sent)) as door:
        written = door.url.replace("://", "://me:canary%40pass%2Fword@")
        yield Running({"COMFYUI_URLS": written}, door, comfyui)


@asynccontextmanager
async def _bearer(_: pytest.FixtureRequest) -> AsyncIterator[Running]:
    guard = _has("Authorization", f"Bearer {TOKEN}")
    async with _stand_in() as comfyui, Door(comfyui.url, guard, prefix="/my/comfy") as door:
        headers = f"Authorization: Bearer {TOKEN}"
        yield Running({"COMFYUI_URLS": door.url, "COMFYUI_HEADERS": headers}, door, comfyui)


@asynccontextmanager
async def _two_headers(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    authority: Authority = request.getfixturevalue("authority")
    one, other = _has("X-Client-Id", "canary-id"), _has("X-Client-Secret", TOKEN)

    def guard(asked: web.BaseRequest) -> bool:
        return one(asked) and other(asked)

    async with _stand_in() as comfyui, Door(comfyui.url, guard, tls=authority.tls) as door:
        yield Running(
            {
                "COMFYUI_URLS": door.url,
                "COMFYUI_HEADERS": f"{door.url} => X-Client-Id: canary-id; X-Client-Secret: {TOKEN}",
                "COMFYUI_CA_FILE": str(authority.file),
            },
            door,
            comfyui,
        )


@asynccontextmanager
async def _query(request: pytest.FixtureRequest) -> AsyncIterator[Running]:
    with socket.socket(socket.AF_INET6) as free:
        try:
            free.bind(("::1", 0))
        except OSError as error:
            is_absent(request.config, "IPv6", str(error))

    def guard(asked: web.BaseRequest) -> bool:
        return asked.query.get("token") == "canary+token"

    async with _stand_in() as comfyui, Door(comfyui.url, guard, host="::1") as door:
        yield Running({"COMFYUI_URLS": f"{door.url}/?token=canary%2Btoken"}, door, comfyui)


def _has(name: str, value: str) -> Callable[[web.BaseRequest], bool]:
    return lambda asked: asked.headers.get(name) == value


DOORS: Final = (
    Kind("ComfyUI behind Basic", _basic),
    Kind("ComfyUI behind Bearer, below a path", _bearer),
    Kind("ComfyUI behind two headers, with a certificate of its own", _two_headers),
    Kind("ComfyUI behind a token in the address, by IPv6", _query),
)
_LESS: Final = ALL - {"takes_our_ids", "several outputs", "checks before it runs", "cancelling"}
_API_V2: Final = frozenset({"images_over_socket", "lists_nodes", "frees_memory", "takes_our_ids", "early outputs"})
_RUNPOD: Final = ALL - {"stops_running", "several outputs", "cancelling"}
KINDS: Final = (
    Kind("ComfyUI", _plain),
    Kind("a real ComfyUI", _real),
    Kind(
        "a kind that can do little",
        _plain,
        _LESS,
        sleeps=True,
        made=lambda address, session, _: LesserComfyUI(address, session),
        long=200,
    ),
    Kind("Comfy API v2", _api_v2, _API_V2, steps=400),
    # The proxy cancels by a route that ComfyUI has since 0.26; before that, what was queued runs.
    Kind("a real ComfyUI behind Comfy API v2", _real_api_v2, _API_V2 | {"cancelling"}, steps=12, long=12),
    Kind("RunPod", _runpod, _RUNPOD, sleeps=True),
    Kind("a real ComfyUI in RunPod", _real_runpod, _RUNPOD, sleeps=True),
    *DOORS,
)
