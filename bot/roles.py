"""Builds a process's roles from its settings and runs them until a stop signal."""

import asyncio
import contextlib
import gc
import logging
import socket
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import aiohttp
import discord

from bot.comfyui import ComfyUI, ObjectInfos, Room, open_session
from bot.conversions import Conversions
from bot.discord_internals import stay_connected
from bot.errors import LedgerAway
from bot.ledger import Ledger, open_ledger
from bot.messages import Channels, JobMessages, suppress_link_previews
from bot.moderation.log import ModeratorsLog
from bot.moderation.log_channel import LogChannel
from bot.monitoring import Health, Metrics, serve_pages
from bot.operating_system.open_files import Shares, divide, raise_limit
from bot.operating_system.stop_signals import call_on_stop
from bot.picture_check import NUDENET, PictureCheck
from bot.settings import Settings
from bot.spool import Spool
from bot.uploads.kept_workflows import load_kept
from bot.worker import (
    Approvals,
    Digests,
    Judge,
    Leases,
    OtherProcesses,
    QueuePositions,
    Reports,
    ServerLoop,
    SocketLimit,
    TriggerWords,
    Workbench,
    pruning,
    server_name,
)
from bot.workflows import Library

log = logging.getLogger(__name__)

_THREADS: Final = 64
"""Most of these threads wait for the disk or a name server. Work that needs the CPU has limits of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Process:
    """What the roles of one process are built from."""

    settings: Settings
    ledger: Ledger
    library: Library
    metrics: Metrics
    shares: Shares
    session: aiohttp.ClientSession
    spool: Spool
    conversions: Conversions
    check: PictureCheck

    def pages(self, connected: Callable[[], bool] | None) -> contextlib.AbstractAsyncContextManager[None]:
        """The HTTP pages that show health and metrics, if HTTP_PORT is set."""
        if self.settings.http_address is None:
            return contextlib.nullcontext()
        host, port = self.settings.http_address
        return serve_pages(host, port, self.ledger, Health(self.ledger, connected), self.metrics)

    def servers(self, infos: ObjectInfos) -> list[ComfyUI]:
        """The ComfyUI servers of the worker role."""
        urls = self.settings.comfyui_urls if "worker" in self.settings.roles else ()
        shared, machine = self.ledger.shared, socket.gethostname()
        room = Room(self.shares.asks, self.shares.transfers, self.metrics.request_waited)
        names = {url: server_name(url, machine) if shared else url for url in urls}
        return [ComfyUI(url, self.session, names[url], room, infos) for url in urls]


async def run_roles(settings: Settings, library: Library, environment: Mapping[str, str]) -> None:
    """Run the gateway, the worker or both until SIGTERM or SIGINT. `environment` is for programs that are not ours."""
    # DNS lookups run in this pool too. It has threads to spare for when the name server does not answer.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="work"))
    shares = _shares(len(settings.comfyui_urls) if "worker" in settings.roles else 0)
    ledger = await open_ledger(settings.database_url)
    metrics = Metrics()
    ledger.ended.append(metrics.ended)
    spool, conversions = Spool(settings.data_dir / "spool"), Conversions(environment)
    check = PictureCheck(settings.picture_check or NUDENET, environment)
    try:
        await asyncio.to_thread(spool.open)
        await load_kept(library, ledger.shelf, settings.workflow_nodes)
        if not ledger.shared and (recovered := await ledger.recover(settings.comfyui_urls)):
            log.info("resuming %d jobs that were running when the last process ended", recovered)
        async with open_session(metrics.comfyui_trace()) as session:
            process = _Process(
                settings=settings,
                ledger=ledger,
                library=library,
                metrics=metrics,
                shares=shares,
                session=session,
                spool=spool,
                conversions=conversions,
                check=check,
            )
            await (_gateway(process) if "gateway" in settings.roles else _worker(process))
    finally:
        await asyncio.to_thread(spool.close)
        await ledger.close()


def _shares(servers: int) -> Shares:
    limit = raise_limit()
    shares = divide(limit, servers)
    if not shares.enough_for(servers):
        log.warning(
            "the limit of %d open files is too low for %d ComfyUI servers: some jobs will show no live progress. "
            "Raise it (ulimit -n, or LimitNOFILE= in systemd)",
            limit,
            servers,
        )
    return shares


async def _gateway(process: _Process) -> None:
    # A process that is a worker only never loads the commands and forms.
    from bot.discord_ui import FEATURES, Darkroom  # noqa: PLC0415

    settings = process.settings
    bot = Darkroom(
        FEATURES,
        settings=settings,
        ledger=process.ledger,
        library=process.library,
        spool=process.spool,
        conversions=process.conversions,
        http_trace=process.metrics.discord_trace(),
        connector=aiohttp.TCPConnector(limit=process.shares.discord),
    )
    suppress_link_previews(bot)
    async with bot, process.pages(bot.is_connected):
        await bot.login(settings.discord_token)
        gateway = [*bot.running(), stay_connected(bot)]
        await _work(process, bot.messages, gateway, bot.commands_changed)


async def _worker(process: _Process) -> None:
    # A worker uses Discord's REST API only, for which the token is enough: it opens no gateway connection.
    trace = process.metrics.discord_trace()
    client = discord.Client(
        intents=discord.Intents(guilds=True),
        allowed_mentions=discord.AllowedMentions.none(),
        max_messages=None,
        http_trace=trace,
        connector=aiohttp.TCPConnector(limit=process.shares.discord),
    )
    suppress_link_previews(client)
    messages = JobMessages(Channels(client, trace, process.shares.discord))
    async with client, process.pages(None):
        await client.login(process.settings.discord_token)
        await _work(process, messages, [], lambda: None)


async def _work(
    process: _Process,
    messages: JobMessages,
    others: Sequence[Coroutine[Any, Any, None]],
    commands_changed: Callable[[], None],
) -> None:
    """Run everything that the process's roles need, and the `others`, until a stop signal."""
    settings, ledger, library = process.settings, process.ledger, process.library

    async def reload() -> None:
        await load_kept(library, ledger.shelf, settings.workflow_nodes)
        commands_changed()

    listening, leases = ledger.listening(), Leases(ledger)
    moderators_log = ModeratorsLog(ledger)
    bench = Workbench(
        settings=settings,
        ledger=ledger,
        messages=messages,
        library=library,
        leases=leases,
        reload=reload,
        spool=process.spool,
        conversions=process.conversions,
        sockets=SocketLimit(process.shares.sockets),
        judge=Judge(process.check, moderators_log.note),
    )
    infos = ObjectInfos()
    servers = process.servers(infos)
    ledger.servers.expect([server.name for server in servers])
    running = [
        *others,
        *([process.metrics.watch_the_loop()] if settings.http_address is not None else []),
        QueuePositions(ledger, messages, library, leads=lambda: listening.leads).run(),
        Approvals(ledger, messages, library, leads=lambda: listening.leads).run(),
        Reports(ledger, messages.channels, library, process.spool, leads=lambda: listening.leads).run(),
        LogChannel(ledger, messages.channels, leads=lambda: listening.leads).run(),
        Digests(ledger, messages.channels, library, moderators_log.note, leads=lambda: listening.leads).run(),
        *(ServerLoop(server, bench).run() for server in servers),
        TriggerWords(ledger, library, servers).run(),
        pruning(ledger, settings.history_days),
    ]
    if ledger.shared:
        own = frozenset(server.name for server in servers)
        running += [listening.run(), leases.run(), OtherProcesses(ledger, library, infos, own, reload).run()]
    # Commands, workflows and the database's statements live as long as the process, so the garbage collector can skip
    # them.
    gc.collect()
    gc.freeze()
    try:
        await _until_stopped(running)
    finally:
        await process.check.close()
    await moderators_log.close()
    await messages.close()
    try:
        await ledger.hand_over()
    except LedgerAway as fault:
        log.warning("the running jobs could not be released for the next process: %s", fault)


async def _until_stopped(running: Iterable[Coroutine[Any, Any, None]]) -> None:
    stop = asyncio.Event()
    call_on_stop(stop.set)
    async with asyncio.TaskGroup() as roles:
        tasks = [roles.create_task(one) for one in running]
        await stop.wait()
        log.info("stopping; running jobs resume at the next start")
        for task in tasks:
            task.cancel()
