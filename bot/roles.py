"""A process's roles, built from its settings and run until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp
import discord

from bot.comfyui import ComfyUI, Room, open_session
from bot.discord_ui import Darkroom, load_kept
from bot.discord_ui.moderating.log import ModeratorsLog
from bot.errors import LedgerAway
from bot.ledger import Ledger, open_ledger
from bot.messages import JobMessages
from bot.monitoring import Health, Metrics, serve_pages
from bot.open_files import Shares, divide, raise_limit
from bot.picture_check import NUDENET, PictureCheck
from bot.settings import Settings
from bot.stop_signals import call_on_stop
from bot.worker import (
    Approvals,
    Digests,
    Hearing,
    Judge,
    Leases,
    Line,
    ServerLoop,
    SocketBound,
    Workbench,
    pruning,
    server_name,
)
from bot.workflows import Library

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Process:
    """What the roles of one process are built from."""

    settings: Settings
    ledger: Ledger
    library: Library
    metrics: Metrics
    shares: Shares
    session: aiohttp.ClientSession
    environment: Mapping[str, str]
    """For programs that are not ours."""

    def pages(self, connected: Callable[[], bool] | None) -> list[Coroutine[Any, Any, None]]:
        """What shows the operator how this process is doing, where that is wanted."""
        if self.settings.http_address is None:
            return []
        host, port = self.settings.http_address
        health = Health(self.ledger, connected)
        return [serve_pages(host, port, self.ledger, health, self.metrics), self.metrics.watch_the_loop()]

    def servers(self) -> list[ComfyUI]:
        """The ComfyUI servers of the worker role."""
        urls = self.settings.comfyui_urls if "worker" in self.settings.roles else ()
        shared, machine = self.ledger.shared, socket.gethostname()
        room = Room(self.shares.asks, self.shares.transfers, self.metrics.request_waited)
        return [ComfyUI(url, self.session, server_name(url, machine) if shared else url, room) for url in urls]


async def run_roles(settings: Settings, library: Library, environment: Mapping[str, str]) -> None:
    """The gateway, the worker or both, until SIGTERM or SIGINT. `environment` is for programs that are not ours."""
    shares = _shares(len(settings.comfyui_urls) if "worker" in settings.roles else 0)
    ledger = await open_ledger(settings.database_url)
    metrics = Metrics()
    ledger.ended.append(metrics.ended)
    try:
        await load_kept(library, ledger.shelf, settings.workflow_nodes)
        if not ledger.shared and (recovered := await ledger.recover(settings.comfyui_urls)):
            log.info("%d jobs were running when the last process ended; they go on", recovered)
        async with open_session(metrics.comfyui_trace()) as session:
            process = _Process(settings, ledger, library, metrics, shares, session, environment)
            await (_gateway(process) if "gateway" in settings.roles else _worker(process))
    finally:
        await ledger.close()


def _shares(servers: int) -> Shares:
    limit = raise_limit()
    shares = divide(limit, servers)
    if not shares.enough_for(servers):
        log.warning(
            "this process may have %d files open, which is few for %d ComfyUI servers: some images will have no live "
            "progress. Raise the limit (ulimit -n, LimitNOFILE=)",
            limit,
            servers,
        )
    return shares


async def _gateway(process: _Process) -> None:
    settings = process.settings
    bot = Darkroom(
        process.ledger,
        process.library,
        settings.test_guild_ids,
        settings.workflow_nodes,
        settings.shard_count,
        settings.shard_ids,
        process.metrics.discord_trace(),
        settings.owner_ids,
        aiohttp.TCPConnector(limit=process.shares.discord),
    )
    async with bot:
        await bot.login(settings.discord_token)
        gateway = [bot.syncing.run(), bot.panels.run(), bot.connect(), *process.pages(bot.is_connected)]
        await _work(process, bot.messages, gateway, bot.commands_changed)


async def _worker(process: _Process) -> None:
    # Discord's REST API alone: the token is enough for that.
    client = discord.Client(
        intents=discord.Intents(guilds=True),
        max_messages=None,
        http_trace=process.metrics.discord_trace(),
        connector=aiohttp.TCPConnector(limit=process.shares.discord),
    )
    async with client:
        await client.login(process.settings.discord_token)
        await _work(process, JobMessages(client), process.pages(None), lambda: None)


async def _work(
    process: _Process,
    messages: JobMessages,
    others: Sequence[Coroutine[Any, Any, None]],
    commands_changed: Callable[[], None],
) -> None:
    """Run everything that the process's roles need, and the `others`, until it is told to stop."""
    settings, ledger, library = process.settings, process.ledger, process.library

    async def reload() -> None:
        await load_kept(library, ledger.shelf, settings.workflow_nodes)
        commands_changed()

    listening, leases = ledger.listening(), Leases(ledger)
    check = PictureCheck(settings.picture_check or NUDENET, process.environment)
    moderators_log = ModeratorsLog(ledger, messages.client)
    bench = Workbench(
        ledger,
        messages,
        library,
        leases,
        reload,
        SocketBound(process.shares.sockets),
        judge=Judge(check, moderators_log.note),
        embedded_graph=settings.embedded_graph,
    )
    servers = process.servers()
    running = [
        *others,
        Line(ledger, messages, library, leads=lambda: listening.leads).run(),
        Approvals(ledger, messages, library, leads=lambda: listening.leads).run(),
        Digests(ledger, messages.client, library, moderators_log.note, leads=lambda: listening.leads).run(),
        *(ServerLoop(server, bench).run() for server in servers),
        pruning(ledger, settings.history_days),
    ]
    if ledger.shared:
        own = frozenset(server.name for server in servers)
        running += [listening.run(), leases.run(), Hearing(ledger, library, own, reload).run()]
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
    call_on_stop(stop.set)
    async with asyncio.TaskGroup() as roles:
        tasks = [roles.create_task(one) for one in running]
        await stop.wait()
        log.info("stopping; what runs goes on at the next start")
        for task in tasks:
            task.cancel()
