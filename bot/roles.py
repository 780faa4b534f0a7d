"""A process's roles, built from its settings and run until it is told to stop."""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any

import aiohttp
import discord

from bot.comfyui import ComfyUI, ObjectInfos
from bot.discord_ui import Darkroom, load_kept
from bot.discord_ui.moderating.log import ModeratorsLog
from bot.errors import LedgerAway
from bot.ledger import Ledger, open_ledger
from bot.messages import JobMessages
from bot.monitoring import Health, Metrics, serve_pages
from bot.picture_check import NUDENET, PictureCheck
from bot.settings import Settings
from bot.worker import Approvals, Digests, Hearing, Judge, Leases, Line, ServerLoop, Workbench, pruning, server_name
from bot.workflows import Library

log = logging.getLogger(__name__)


async def run_roles(settings: Settings, library: Library, environment: Mapping[str, str]) -> None:
    """The gateway, the worker or both, until SIGTERM or SIGINT. `environment` is for programs that are not ours."""
    ledger = await open_ledger(settings.database_url)
    metrics = Metrics()
    ledger.ended.append(metrics.ended)
    try:
        await load_kept(library, ledger.shelf, settings.workflow_nodes)
        if not ledger.shared and (recovered := await ledger.recover(settings.comfyui_urls)):
            log.info("%d jobs were running when the last process ended; they go on", recovered)
        async with aiohttp.ClientSession(trace_configs=[metrics.comfyui_trace()]) as session:
            if "gateway" in settings.roles:
                bot = Darkroom(
                    ledger,
                    library,
                    settings.test_guild_ids,
                    settings.workflow_nodes,
                    settings.shard_count,
                    settings.shard_ids,
                    metrics.discord_trace(),
                    settings.owner_ids,
                )
                async with bot:
                    await bot.login(settings.discord_token)
                    gateway = [
                        bot.syncing.run(),
                        bot.panels.run(),
                        bot.connect(),
                        *_pages(settings, ledger, metrics, bot.is_connected),
                    ]
                    await _work(
                        settings, ledger, library, session, bot.messages, gateway, bot.commands_changed, environment
                    )
            else:
                # A worker needs Discord's REST API alone: the token is enough for that.
                client = discord.Client(
                    intents=discord.Intents(guilds=True), max_messages=None, http_trace=metrics.discord_trace()
                )
                async with client:
                    await client.login(settings.discord_token)
                    pages = _pages(settings, ledger, metrics, None)
                    await _work(
                        settings, ledger, library, session, JobMessages(client), pages, lambda: None, environment
                    )
    finally:
        await ledger.close()


def _pages(
    settings: Settings, ledger: Ledger, metrics: Metrics, connected: Callable[[], bool] | None
) -> list[Coroutine[Any, Any, None]]:
    """What shows the operator how this process is doing, where he wants it."""
    if settings.http_address is None:
        return []
    host, port = settings.http_address
    return [serve_pages(host, port, ledger, Health(ledger, connected), metrics), metrics.watch_the_loop()]


async def _work(
    settings: Settings,
    ledger: Ledger,
    library: Library,
    session: aiohttp.ClientSession,
    messages: JobMessages,
    gateway: Sequence[Coroutine[Any, Any, None]],
    commands_changed: Callable[[], None],
    environment: Mapping[str, str],
) -> None:
    """Run everything that the process's roles need, until it is told to stop."""

    async def reload() -> None:
        await load_kept(library, ledger.shelf, settings.workflow_nodes)
        commands_changed()

    listening, leases = ledger.listening(), Leases(ledger)
    check = PictureCheck(settings.picture_check or NUDENET, environment)
    moderators_log = ModeratorsLog(ledger, messages.client)
    judge = Judge(check, moderators_log.note)
    bench = Workbench(ledger, messages, library, leases, reload, judge=judge, embedded_graph=settings.embedded_graph)
    urls = settings.comfyui_urls if "worker" in settings.roles else ()
    names = {url: server_name(url, socket.gethostname()) if ledger.shared else url for url in urls}
    infos = ObjectInfos()
    servers = [ComfyUI(url, session, names[url], infos) for url in urls]
    running = [
        *gateway,
        Line(ledger, messages, library, leads=lambda: listening.leads).run(),
        Approvals(ledger, messages, library, leads=lambda: listening.leads).run(),
        Digests(ledger, messages.client, library, moderators_log.note, leads=lambda: listening.leads).run(),
        *(ServerLoop(server, bench).run() for server in servers),
        pruning(ledger, settings.history_days),
    ]
    if ledger.shared:
        hearing = Hearing(ledger, library, infos, frozenset(names.values()), reload)
        running += [listening.run(), leases.run(), hearing.run()]
    # Commands, workflows and the database's statements live as long as the process: the garbage collector need not walk
    # them again and again.
    gc.collect()
    gc.freeze()
    try:
        await _until_stopped(running)
    finally:
        await check.close()
    await moderators_log.close()
    await messages.close()
    try:
        await ledger.hand_over()
    except LedgerAway as fault:
        log.warning("what runs could not be handed over: %s", fault)


async def _until_stopped(running: Iterable[Coroutine[Any, Any, None]]) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as roles:
        tasks = [roles.create_task(one) for one in running]
        await stop.wait()
        log.info("stopping; what runs goes on at the next start")
        for task in tasks:
            task.cancel()
