"""The program: reads the environment, builds the objects, runs the roles until told to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import aiohttp
import discord
from dotenv import load_dotenv

from bot.comfyui import ComfyUI
from bot.discord_ui import Darkroom, load_kept, own_commands, plan
from bot.discord_ui.moderating.log import ModeratorsLog
from bot.errors import LedgerAway, LedgerTooNew, SettingsError, Unreachable
from bot.ledger import Ledger, open_ledger
from bot.logs import start_logging
from bot.messages import JobMessages
from bot.monitoring import Health, Metrics, serve_pages
from bot.picture_check import NUDENET, PictureCheck
from bot.settings import Settings, read_settings
from bot.terminal import Server, workflows_table
from bot.worker import Approvals, Faltering, Hearing, Judge, Leases, Line, ServerLoop, pruning, server_name
from bot.workflows import Library

log = logging.getLogger("bot")

_SHIPPED: Final = Path(__file__).with_name("shipped_workflows")
"""Where an installed package keeps the packs that come with it."""


_PASSED_ON: Final = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "SYSTEMROOT")


def main() -> None:
    """`python -m bot` and `darkroom`; with `workflows` after it: what packs there are."""
    load_dotenv()
    wanted = sys.argv[1:]
    if wanted not in ([], ["workflows"]):
        sys.exit("usage: python -m bot [workflows]")
    try:
        settings = read_settings(os.environ, spared=("DISCORD_TOKEN",) if wanted else ())
    except SettingsError as error:
        print("Darkroom cannot start. Please correct these settings (in .env):", file=sys.stderr)
        for fault in error.faults:
            print(f"  - {fault}", file=sys.stderr)
        sys.exit(2)
    if wanted:
        sys.exit(asyncio.run(list_workflows(settings)))
    start_logging(settings.log_level, settings.log_format)
    try:
        asyncio.run(run(settings))
    except LedgerTooNew as error:
        sys.exit(
            f"The database was upgraded by a newer Darkroom (to {error.revision}). "
            "Start that version, or give this one a database of its own (DATABASE_URL)."
        )
    except LedgerAway as error:
        sys.exit(f"The database cannot be used: {error}. Check DATABASE_URL and that it is running.")
    except discord.LoginFailure:
        sys.exit("Discord does not accept this token. Copy it again from the developer portal (page Bot).")
    except aiohttp.ClientConnectionError as error:
        sys.exit(f"Discord cannot be reached: {error}")


async def run(settings: Settings) -> None:
    """The process's roles, until SIGTERM or SIGINT."""
    library = open_library(settings.workflows_dir)
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
                )
                async with bot:
                    await bot.login(settings.discord_token)
                    gateway = [bot.syncing.run(), bot.connect(), *_pages(settings, ledger, metrics, bot.is_connected)]
                    await _work(settings, ledger, library, session, bot.messages, gateway, bot.commands_changed)
            else:
                # A worker needs Discord's REST API alone: the token is enough for that.
                client = discord.Client(
                    intents=discord.Intents(guilds=True), max_messages=None, http_trace=metrics.discord_trace()
                )
                async with client:
                    await client.login(settings.discord_token)
                    pages = _pages(settings, ledger, metrics, None)
                    await _work(settings, ledger, library, session, JobMessages(client), pages, lambda: None)
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
) -> None:
    """Run everything that the process's roles need, until it is told to stop."""

    async def reload() -> None:
        await load_kept(library, ledger.shelf, settings.workflow_nodes)
        commands_changed()

    listening, leases, faltering = ledger.listening(), Leases(ledger), Faltering()
    urls = settings.comfyui_urls if "worker" in settings.roles else ()
    names = {url: server_name(url, socket.gethostname()) if ledger.shared else url for url in urls}
    servers = [ComfyUI(url, session, names[url]) for url in urls]
    check = PictureCheck(settings.picture_check or NUDENET, _passed_on())
    moderators_log = ModeratorsLog(ledger, messages.client)
    judge = Judge(check, moderators_log.note)
    running = [
        *gateway,
        Line(ledger, messages, library, leads=lambda: listening.leads).run(),
        Approvals(ledger, messages, library, leads=lambda: listening.leads).run(),
        *(
            ServerLoop(server, ledger, messages, library, leases, reload, faltering, judge=judge).run()
            for server in servers
        ),
        pruning(ledger, settings.history_days),
    ]
    if ledger.shared:
        running += [listening.run(), leases.run(), Hearing(ledger, library, frozenset(names.values()), reload).run()]
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


def _passed_on() -> dict[str, str]:
    """What any program needs of the environment, and nothing else: no token is handed to one that is not ours."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


async def list_workflows(settings: Settings) -> int:
    """Print every pack and who can run it; the exit status is 1 where something is wrong with one."""
    library = _library(settings.workflows_dir)
    library.reload()
    async with aiohttp.ClientSession() as session:
        servers = await asyncio.gather(*(_asked(ComfyUI(url, session), library) for url in settings.comfyui_urls))
    faults = (*library.faults, *plan(library.packs.values(), {command.name for command in own_commands()}).faults)
    print(workflows_table(library, servers, faults))
    return 1 if faults else 0


async def _asked(server: ComfyUI, library: Library) -> Server:
    try:
        library.learn(server.url, await server.object_info())
    except Unreachable as fault:
        return Server(server.url, fault.reason)
    return Server(server.url, None)


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


def open_library(folder: Path) -> Library:
    """The packs of `folder`, or those that ship where it does not exist; what is wrong with any is logged."""
    library = _library(folder)
    library.reload()
    for fault in library.faults:
        for line in fault.faults:
            log.error("workflow %s is left out: %s", fault.name, line)
    log.info("workflows: %s", ", ".join(library.packs) or "none")
    return library


def _library(folder: Path) -> Library:
    return Library(folder if folder.is_dir() else _SHIPPED)


if __name__ == "__main__":
    main()
