"""Find out what a server can do beyond the nodes and models in `/object_info`."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from bot.comfyui.protocol.prompt_queue import PromptQueue
from bot.comfyui.server import Device, EventStream, Survey
from bot.errors import Unreachable

_SOCKET_SECONDS: Final = 5.0


async def survey(
    url: str,
    look: Callable[[], Awaitable[PromptQueue]],
    ask: Callable[[str], Awaitable[Mapping[str, Any] | None]],
    stream: EventStream,
    send: Callable[[], Awaitable[int]],
) -> Survey:
    """Ask the server at `url` for all of this: its queue (`look`), routes that it may lack (`ask`), whether `stream`
    connects, and with which status it answers a large POST (`send`). Raises `Unreachable`.
    """
    clock = asyncio.get_running_loop().time
    began_at = clock()
    queue = await look()
    seconds = clock() - began_at
    # Ask for the rest in parallel: a slow server then takes two of its response times, not five.
    routes = "/system_stats", "/features", "/api/jobs?limit=1"
    socket = asyncio.create_task(_has_socket(stream, _SOCKET_SECONDS + seconds))
    answers = [asyncio.ensure_future(ask(route)) for route in routes]
    sending = asyncio.ensure_future(send())
    try:
        stats, features, jobs = await asyncio.gather(*answers)
        websocket, sent_status = await socket, await sending
    finally:
        for task in (socket, sending, *answers):
            task.cancel()
        await asyncio.gather(socket, sending, *answers, return_exceptions=True)
    stats, features = stats or {}, features or {}
    try:
        return Survey(
            version=read_version(stats["system"].get("comfyui_version")),
            arguments=tuple(map(str, stats["system"].get("argv") or ())),
            devices=tuple(map(_device, stats["devices"])),
            waiting=len(queue),
            prompts=(*queue.running, *queue.pending),
            jobs_api=jobs is not None,
            preview_metadata=features.get("supports_preview_metadata") is True,
            websocket=websocket,
            seconds=seconds,
            sent_status=sent_status,
        )
    except (AttributeError, KeyError, TypeError, ValueError) as fault:
        reason = "unexpected answer from /system_stats"
        raise Unreachable(url, reason, answered=True) from fault


def read_version(text: object) -> tuple[int, ...]:
    """The numbers of a version such as 0.3.75; empty for anything else."""
    parts = str(text or "").removeprefix("v").split("+")[0].split("-")[0].split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else ()


def _device(told: Mapping[str, Any]) -> Device:
    return Device(str(told.get("name", "")), int(told.get("vram_total") or 0), int(told.get("vram_free") or 0))


async def _has_socket(stream: EventStream, seconds: float) -> bool:
    async with stream:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stream.connected.wait()
        return stream.connected.is_set()
