"""Builds a process's roles from its settings and runs them until a stop signal."""

import asyncio
import contextlib
import gc
import logging
import socket
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import aiohttp
import discord

from bot.comfyui import Common, ObjectInfos, Room, Server, open_session, server_at
from bot.conversions import Conversions
from bot.discord_internals import log_in, stay_connected
from bot.discord_times import CLOCKS
from bot.errors import LedgerAway
from bot.instances import Sighting
from bot.ledger import Ledger, Listener, open_ledger, poll
from bot.messages import Channels, JobMessages, WatchedConnector, prepare_client
from bot.moderation.log import ModeratorsLog
from bot.moderation.log_channel import LogChannel
from bot.monitoring import Health, Metrics, serve_pages
from bot.operating_system.open_files import Shares, divide, raise_limit
from bot.operating_system.stop_signals import call_on_stop
from bot.paint_page import Desk, serve_paint_page
from bot.picture_check import NUDENET, PictureCheck
from bot.settings import Settings
from bot.spool import Spool
from bot.uploads.kept_workflows import load_kept
from bot.worker import (
    Approvals,
    CompletionNotices,
    Digests,
    GridSheets,
    Judge,
    Leases,
    OtherProcesses,
    QueuePositions,
    Reports,
    ServerLoop,
    SocketLimit,
    SpendingNotices,
    TriggerWords,
    Workbench,
    pruning,
    server_name,
)
from bot.workflows import Library

log = logging.getLogger(__name__)

_CLOCK_SECONDS: Final = 300.0
"""How often the database's clock is compared with this machine's."""
HANDLING_SECONDS: Final = 5.0
"""How long commands that have begun may take to end when the process has to stop."""
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
    operators: Mapping[str, str]
    listening: Listener

    def pages(
        self, connected: Callable[[], bool] | None, other_program: Callable[[], Sighting | None] = lambda: None
    ) -> contextlib.AbstractAsyncContextManager[None]:
        """The HTTP pages that show health and metrics, if HTTP_PORT is set."""
        if self.settings.http_address is None:
            return contextlib.nullcontext()
        host, port = self.settings.http_address
        return serve_pages(host, port, self.ledger, Health(self.ledger, connected, other_program), self.metrics)

    def paint_page(self, desk: Desk) -> contextlib.AbstractAsyncContextManager[None]:
        """The page to paint masks on, if PUBLIC_URL is set."""
        if not self.settings.public_url or self.settings.public_address is None:
            return contextlib.nullcontext()
        host, port = self.settings.public_address
        return serve_paint_page(host, port, self.settings.public_url, desk)

    def servers(self, infos: ObjectInfos) -> list[Server]:
        """The ComfyUI servers of the worker role."""
        urls = self.settings.comfyui_urls if "worker" in self.settings.roles else ()
        shared, machine = self.ledger.shared, socket.gethostname()
        room = Room(self.shares.asks, self.shares.transfers, self.metrics.request_waited)
        names = {url: server_name(url, machine) if shared else url for url in urls}
        common = Common(room, infos, self.ledger.sent)
        return [server_at(url, self.session, names[url], common) for url in urls]


async def run_roles(
    settings: Settings, library: Library, environment: Mapping[str, str], operators: Mapping[str, str]
) -> None:
    """Run the gateway, the worker or both until SIGTERM or SIGINT. `environment` is for programs that are not ours,
    `operators` for the operator's own commands.
    """
    # DNS lookups run in this pool too. It has threads to spare for when the name server does not answer.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, thread_name_prefix="work"))
    shares = _shares(len(settings.comfyui_urls) if "worker" in settings.roles else 0)
    ledger = await open_ledger(settings.database_url)
    metrics = Metrics()
    ledger.ended.append(metrics.ended)
    ledger.abilities.takes = library.takes
    spool, conversions = Spool(settings.data_dir / "spool"), Conversions(environment, credentials=settings.credentials)
    check = PictureCheck(settings.picture_check or NUDENET, environment)
    try:
        await asyncio.to_thread(spool.open)
        await load_kept(library, ledger.shelf, settings.workflow_nodes, settings.spending.partners)
        if not ledger.shared and (recovered := await ledger.recover(settings.comfyui_urls)):
            log.info("resuming %d jobs that were running when the last process ended", recovered)
        async with open_session(metrics.comfyui_trace(), ca_file=settings.comfyui_ca_file) as session:
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
                operators=operators,
                listening=ledger.listening(),
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
    from bot.discord_ui import FEATURES, Darkroom, PaintPage  # noqa: PLC0415

    settings = process.settings
    bot = Darkroom(
        FEATURES,
        settings=settings,
        ledger=process.ledger,
        library=process.library,
        spool=process.spool,
        conversions=process.conversions,
        judge=Judge(process.check),
        http_trace=process.metrics.discord_trace(),
        connector=WatchedConnector(limit=process.shares.discord),
    )
    prepare_client(bot, bot.intake)
    bot.leads_shard, process.listening.shards = process.listening.leads_shard, lambda: bot.shards
    async with bot, process.pages(bot.is_ready_for_members, bot.other_program.seen):
        await log_in(bot, settings.discord_token)
        gateway = [*bot.running(), stay_connected(bot)]
        async with process.paint_page(bot.service(PaintPage)):
            await _work(
                process, bot.messages, gateway, bot.commands_changed, partial(bot.intake.stop, HANDLING_SECONDS)
            )


async def _worker(process: _Process) -> None:
    # A worker uses Discord's REST API only, for which the token is enough: it opens no gateway connection.
    trace = process.metrics.discord_trace()
    client = discord.Client(
        intents=discord.Intents(guilds=True),
        allowed_mentions=discord.AllowedMentions.none(),
        max_messages=None,
        http_trace=trace,
        connector=WatchedConnector(limit=process.shares.discord),
    )
    prepare_client(client)
    messages = JobMessages(Channels(client, trace, process.shares.discord))
    async with client, process.pages(None):
        await log_in(client, process.settings.discord_token)
        await _work(process, messages, [], lambda: None, _nothing_to_end)


async def _work(
    process: _Process,
    messages: JobMessages,
    others: Sequence[Coroutine[Any, Any, None]],
    commands_changed: Callable[[], None],
    wind_down: Callable[[], Awaitable[None]],
) -> None:
    """Run everything that the process's roles need, and the `others`, until a stop signal, and then until `wind_down`
    returns.
    """
    settings, ledger, library = process.settings, process.ledger, process.library

    async def reload() -> None:
        await load_kept(library, ledger.shelf, settings.workflow_nodes, settings.spending.partners)
        commands_changed()

    async def compare_clocks() -> None:
        CLOCKS.database_said(*await ledger.clock())

    listening, leases = process.listening, Leases(ledger)
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
        environment=process.operators,
        sockets=SocketLimit(process.shares.sockets),
        judge=Judge(process.check, moderators_log.note),
    )
    infos = ObjectInfos()
    servers = process.servers(infos)
    ledger.servers.expect([server.name for server in servers])
    running = [
        *others,
        *([process.metrics.watch_the_loop()] if settings.http_address is not None else []),
        QueuePositions(ledger, messages, library, leads=lambda: listening.leads, limit=settings.spending.limit).run(),
        Approvals(ledger, messages, library, leads=lambda: listening.leads).run(),
        CompletionNotices(ledger, messages.channels, leads=lambda: listening.leads).run(),
        Reports(ledger, messages.channels, library, process.spool, leads=lambda: listening.leads).run(),
        LogChannel(ledger, messages.channels, leads=lambda: listening.leads).run(),
        SpendingNotices(ledger, messages.channels, settings).run(),
        Digests(ledger, messages.channels, library, leads=lambda: listening.leads).run(),
        GridSheets(
            ledger,
            messages.channels,
            library,
            process.spool,
            process.conversions,
            lambda: listening.leads,
            settings.spending.limit,
            mark=settings.ai_mark,
        ).run(),
        *(ServerLoop(server, bench).run() for server in servers),
        TriggerWords(ledger, library, servers).run(),
        pruning(ledger, settings.history_days),
    ]
    if ledger.shared:
        own = frozenset(server.name for server in servers)
        running.append(poll(compare_clocks, _CLOCK_SECONDS, "could not compare the database's clock with this one's"))
        running += [listening.run(), leases.run(), OtherProcesses(ledger, library, infos, own, reload).run()]
    # Commands, workflows and the database's statements live as long as the process, so the garbage collector can skip
    # them.
    gc.collect()
    gc.freeze()
    try:
        await _until_stopped(running, wind_down)
    finally:
        await process.check.close()
    await moderators_log.close()
    await messages.close()
    try:
        await ledger.hand_over()
    except LedgerAway as fault:
        log.warning("the running jobs could not be released for the next process: %s", fault)


async def _nothing_to_end() -> None:
    """A worker's jobs are continued by the next process."""


async def _until_stopped(
    running: Iterable[Coroutine[Any, Any, None]], wind_down: Callable[[], Awaitable[None]]
) -> None:
    stop = asyncio.Event()
    call_on_stop(stop.set)
    async with asyncio.TaskGroup() as roles:
        tasks = [roles.create_task(one) for one in running]
        await stop.wait()
        log.info("stopping; running jobs resume at the next start")
        await wind_down()
        for task in tasks:
            task.cancel()
