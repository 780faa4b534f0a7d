"""Runs all probes at the same time, then the checks."""

import asyncio
import os
import platform
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from bot.comfyui import Server, Survey, offers, open_session, server_at, usual_address
from bot.doctor.comfyui_checks import check_command, check_server, check_workflows
from bot.doctor.discord_checks import DiscordFacts, NoDiscord, check_discord, invite_link, shown_permissions
from bot.doctor.discord_probe import ask_discord, discord_clock
from bot.doctor.findings import Finding, Level
from bot.doctor.gpu_checks import asleep, check_gpu, check_price
from bot.doctor.machine_checks import (
    MACHINE,
    Disk,
    check_database,
    check_machine,
    check_names,
    check_picture_check,
    check_token_use,
    check_wildcards,
)
from bot.doctor.page_checks import ask_page, check_page
from bot.doctor.report import Report
from bot.doctor.same_server import check_same, find_places
from bot.doctor.signing_checks import check_signing
from bot.errors import LedgerAway, NotComfyUI, PackError, Unreachable
from bot.instances import read_sighting
from bot.ledger import LedgerFacts, find_own_prompts, inspect_ledger
from bot.operating_system.exit_codes import BUSY_SECONDS, exit_code
from bot.settings import GpuRules, Settings
from bot.version import VERSION
from bot.workflows import Library, ObjectInfo, WildcardFolder

_FIRST_TOLD_SECONDS: Final = 3.0
_TOLD_EVERY_SECONDS: Final = 10.0
_MARKS_OF_CONTAINERS: Final = (Path("/.dockerenv"), Path("/run/.containerenv"))
"""Docker puts the first into every container, Podman the second."""


async def examine(
    settings: Settings,
    library: Library,
    faults_of: Callable[[Library], Sequence[PackError]],
    tell: Callable[[str], None],
    environment: Mapping[str, str],
) -> Report:
    """Check everything that these settings refer to. `faults_of` returns the faults of a library's packs. `tell` gets a
    line from time to time while answers are missing. `environment` is for the operator's own commands.
    """
    works = "worker" in settings.roles
    command = settings.comfyui_command if works else ()
    ours = usual_address(command, settings.comfyui_urls) if command else None
    urls: tuple[str, ...] = tuple(dict.fromkeys(filter(None, (*settings.comfyui_urls, ours)))) if works else ()
    page_url = settings.public_url if "gateway" in settings.roles else ""
    async with open_session(ca_file=settings.comfyui_ca_file) as session, asyncio.TaskGroup() as asking:
        discord = asking.create_task(ask_discord(settings.discord_token))
        ahead = asking.create_task(discord_clock(session))
        database = asking.create_task(_database(settings.database_url))
        wildcards = asking.create_task(asyncio.to_thread(WildcardFolder(settings.wildcards_dir).faults))
        disk = asking.create_task(asyncio.to_thread(_disk, settings.data_dir))
        page = asking.create_task(ask_page(session, page_url)) if page_url else None
        servers = {url: asking.create_task(_server(server_at(url, session), library)) for url in urls}
        places = asking.create_task(find_places(urls))
        busy = {url: asking.create_task(_busy(settings.rules_of(url).busy, environment)) for url in urls}
        named = {
            "Discord": discord,
            "the database": database,
            **({"the paint page": page} if page is not None else {}),
            **{f"ComfyUI {url}": one for url, one in servers.items()},
        }
        asking.create_task(_tell_who_is_asked(named, tell))
    findings = [*check_names(settings.unknown), *check_discord(discord.result(), settings.shard_count)]
    findings += check_token_use(await asyncio.to_thread(read_sighting, settings.data_dir))
    findings += check_command(command, shutil.which(command[0]) if command else None)
    for url, heard in servers.items():
        foreign = await _foreign(settings.database_url, heard.result())
        findings += _server_findings(url, heard.result(), settings.rules_of(url), ours=url == ours, foreign=foreign)
        able = server_at(url, session).abilities
        findings += check_gpu(url, settings.rules_of(url), time.time(), busy[url].result(), able)
        findings += check_price(url, settings.spending)
    findings += check_same(places.result())
    if urls:
        answering = [url for url, heard in servers.items() if isinstance(heard.result(), tuple)]
        findings += check_workflows(library, faults_of(library), answering)
    else:
        findings.append(Finding(Level.OK, "ComfyUI", "Not checked: this process is not a worker (ROLES)."))
    findings += check_wildcards(wildcards.result())
    checker = settings.picture_check
    findings += check_picture_check(checker, shutil.which(checker[0]) if checker else None)
    if "gateway" in settings.roles:
        findings += check_page(page_url, settings.public_address, None if page is None else page.result())
    findings += check_signing(settings.credentials, datetime.now(UTC))
    findings += check_database(database.result(), settings.database_advice)
    findings.append(Finding(Level.OK, MACHINE, _program()))
    findings += check_machine(disk.result(), ahead.result(), getattr(database.result(), "ahead", None))
    return Report(findings, _invite(discord.result()), shown_permissions())


def _server_findings(
    url: str, heard: tuple[Survey, ObjectInfo | None] | NotComfyUI | str, rules: GpuRules, *, ours: bool, foreign: int
) -> Iterator[Finding]:
    if isinstance(heard, str) and rules.wake is not None:
        yield asleep(url, rules.wake, heard)
    else:
        contained = any(mark.exists() for mark in _MARKS_OF_CONTAINERS)
        yield from check_server(url, heard, ours=ours, foreign=foreign, contained=contained)


async def _foreign(database_url: str, heard: tuple[Survey, ObjectInfo | None] | NotComfyUI | str) -> int:
    """How many of the server's prompts are not the bot's, as far as its database can tell."""
    prompts = heard[0].prompts if isinstance(heard, tuple) else None
    own = await find_own_prompts(database_url, prompts) if prompts else None
    return 0 if own is None or prompts is None else len(prompts) - len(own)


async def _busy(command: Sequence[str], environment: Mapping[str, str]) -> int | str | None:
    """How the operator's command exits, or why it does not; None without one."""
    if not command:
        return None
    try:
        return await exit_code(command, environment, BUSY_SECONDS)
    except TimeoutError:
        return f"did not end within {BUSY_SECONDS:.0f} s"
    except OSError as fault:
        return f"cannot be started: {fault.strerror or fault}"


def _program() -> str:
    """The versions that a report of a fault has to name."""
    return f"Darkroom {VERSION} with Python {platform.python_version()} on {platform.platform(terse=True)}."


def _invite(discord: DiscordFacts | NoDiscord) -> str | None:
    return None if isinstance(discord, NoDiscord) else invite_link(discord.application.id)


async def _tell_who_is_asked(asked: Mapping[str, asyncio.Task[Any]], tell: Callable[[str], None]) -> None:
    """Name the unanswered ones from time to time, until all have answered."""
    clock = asyncio.get_running_loop().time
    began_at = clock()
    pause = _FIRST_TOLD_SECONDS
    while True:
        _, pending = await asyncio.wait(asked.values(), timeout=pause)
        if not pending:
            return
        names = ", ".join(name for name, task in asked.items() if task in pending)
        tell(f"Still waiting for {names} ({clock() - began_at:.0f} s) …")
        pause = _TOLD_EVERY_SECONDS


async def _server(server: Server, library: Library) -> tuple[Survey, ObjectInfo | None] | NotComfyUI | str:
    asking = asyncio.create_task(server.object_info())
    try:
        found, info = await server.survey(), await asking
    except Unreachable as fault:
        told = await server.explained(fault)
        return told if isinstance(told, NotComfyUI) else told.reason
    finally:
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    library.learn(server.url, await offers(server))
    return found, info


async def _database(database_url: str) -> LedgerFacts | str:
    try:
        return await inspect_ledger(database_url)
    except LedgerAway as fault:
        return str(fault)


def _disk(folder: Path) -> Disk:
    """The disk of `folder`. If that does not exist yet, its nearest existing parent is checked instead."""
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    free = shutil.disk_usage(there).free
    if not there.is_dir():
        return Disk(folder, free, f"{there} is not a folder")
    try:
        # Permission bits are not enough to go by: the file system may be mounted read-only.
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as fault:
        return Disk(folder, free, os.strerror(fault.errno) if fault.errno else str(fault))
    return Disk(folder, free, None)
