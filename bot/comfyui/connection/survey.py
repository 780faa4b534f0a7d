"""Find out what a server can do beyond the nodes and models in `/object_info`."""

import asyncio
import contextlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from bot.comfyui.connection.client import ComfyUI
from bot.comfyui.connection.stream import Stream
from bot.errors import Unreachable

_SOCKET_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True)
class Device:
    """A device it computes on, usually a GPU. Memory in bytes."""

    name: str
    vram_total: int
    vram_free: int


@dataclass(frozen=True, slots=True)
class Survey:
    """What one server reported. `version` is empty if unknown; `arguments` is its command line."""

    version: tuple[int, ...]
    arguments: tuple[str, ...]
    devices: tuple[Device, ...]
    waiting: int
    """Prompts running or waiting there, including those of others."""
    jobs_api: bool
    preview_metadata: bool
    websocket: bool
    seconds: float = 0.0
    """How long the first answer took, in seconds."""


async def survey(server: ComfyUI) -> Survey:
    """Ask a server for all of this. Raises `Unreachable`."""
    clock = asyncio.get_running_loop().time
    began_at = clock()
    waiting = await server.load()
    seconds = clock() - began_at
    # Ask for the rest in parallel: a slow server then takes two of its response times, not five.
    routes = "/system_stats", "/features", "/api/jobs?limit=1"
    socket = asyncio.create_task(_has_socket(server, _SOCKET_SECONDS + seconds))
    answers = [asyncio.create_task(server.ask(route)) for route in routes]
    try:
        stats, features, jobs = await asyncio.gather(*answers)
        websocket = await socket
    finally:
        for task in (socket, *answers):
            task.cancel()
        await asyncio.gather(socket, *answers, return_exceptions=True)
    stats, features = stats or {}, features or {}
    try:
        return Survey(
            version=read_version(stats["system"].get("comfyui_version")),
            arguments=tuple(map(str, stats["system"].get("argv") or ())),
            devices=tuple(map(_device, stats["devices"])),
            waiting=waiting,
            jobs_api=jobs is not None,
            preview_metadata=features.get("supports_preview_metadata") is True,
            websocket=websocket,
            seconds=seconds,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        reason = "unexpected answer from /system_stats"
        raise Unreachable(server.url, reason, answered=True) from fault


def read_version(text: object) -> tuple[int, ...]:
    """The numbers of a version such as 0.3.75; empty for anything else."""
    parts = str(text or "").removeprefix("v").split("+")[0].split("-")[0].split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()


def _device(told: Mapping[str, Any]) -> Device:
    return Device(str(told.get("name", "")), int(told.get("vram_total") or 0), int(told.get("vram_free") or 0))


async def _has_socket(server: ComfyUI, seconds: float) -> bool:
    async with Stream(server, uuid.uuid4().hex) as stream:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stream.connected.wait()
        return stream.connected.is_set()
