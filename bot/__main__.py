"""The program: reads the environment and what was typed, and does it."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import io
import logging
import os
import signal
import sys
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import aiohttp
import discord
from dotenv import find_dotenv, load_dotenv

from bot.addresses import ServerAddress
from bot.comfyui import ComfyUI, explained, local_comfyui, open_session, survey
from bot.discord_ui import own_commands, plan
from bot.doctor import as_json, as_text, examine
from bot.errors import (
    EnvFileUnwritten,
    LedgerAway,
    LedgerNotCopied,
    LedgerNotUpgraded,
    LedgerTooNew,
    NotComfyUI,
    PackError,
    PortTaken,
    SettingsError,
    Unreachable,
)
from bot.logs import start_logging
from bot.operating_system.private_files import close_to_others, make_private_folder
from bot.operating_system.stop_signals import call_on_stop
from bot.roles import run_roles
from bot.settings import VARIABLES, Settings, read_settings
from bot.terminal import (
    Server,
    agreed,
    ask_for_settings,
    can_be_asked,
    complain,
    generate,
    leave,
    prepare_output,
    read_arguments,
    read_env_file,
    say,
    why_not_upgraded,
    workflows_table,
)
from bot.workflows import Library

log = logging.getLogger("bot")

_SHIPPED: Final = Path(__file__).with_name("shipped_workflows")
"""Where an installed package keeps the packs that come with it."""
_INTERRUPTED: Final = 128 + signal.SIGINT
_PATIENCE: Final = 8.0
"""Seconds for a server to answer somebody who waits at his terminal."""


_PASSED_ON: Final = (
    *("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH"),
    # Of Windows: without them no program finds its libraries, its folders or other programs.
    *("SYSTEMROOT", "TEMP", "TMP", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "PATHEXT", "COMSPEC"),
)


def main() -> None:
    """`python -m bot` and `darkroom`, with the commands that `--help` lists."""
    prepare_output()
    wanted, rest = read_arguments(sys.argv[1:])
    # That of the current folder, or of the folder that holds the program.
    env_file = Path(find_dotenv(usecwd=True) or find_dotenv() or ".env").absolute()
    try:
        load_dotenv(stream=io.StringIO(read_env_file(env_file)))
        if not wanted.command and can_be_asked(os.environ):
            os.environ.update(first_settings(env_file))
        settings = read_settings(os.environ, spared=("DISCORD_TOKEN",) if wanted.command else ())
    except SettingsError as error:
        complain("Darkroom cannot start. Please correct these settings (in .env):")
        for fault in error.faults:
            complain(f"  - {fault}")
        sys.exit(2)
    if wanted.command == "workflows":
        sys.exit(asyncio.run(list_workflows(settings)))
    if wanted.command == "doctor":
        sys.exit(asyncio.run(check_up(settings, as_json_object=wanted.json)))
    if wanted.command == "generate":
        sys.exit(_until_interrupted(make_pictures(settings, rest)))
    start_logging(settings.log_level, settings.log_format, settings.secrets)
    # The libraries live as long as the process: a full pass of the garbage collector over all that they consist of
    # would stop the event loop for a tenth of a second, again and again, and find nothing.
    gc.collect()
    gc.freeze()
    try:
        asyncio.run(run(settings))
    except PortTaken as error:
        sys.exit(
            f"Health and metrics cannot be served at {error.address} ({error.reason}). Set HTTP_PORT to a free port."
        )
    except LedgerTooNew as error:
        leave(
            f"The database was upgraded by a newer Darkroom (to {error.revision}). "
            "Start that version, or give this one a database of its own (DATABASE_URL)."
        )
    except (LedgerNotCopied, LedgerNotUpgraded) as error:
        leave(why_not_upgraded(error))
    except LedgerAway as error:
        leave(f"The database cannot be used: {error}. Check DATABASE_URL and that it is running.")
    except discord.LoginFailure:
        leave("Discord does not accept this token. Copy it again from the developer portal (page Bot).")
    except aiohttp.ClientConnectionError as error:
        leave(f"Discord cannot be reached: {error}")


def first_settings(env_file: Path) -> Mapping[str, str]:
    """What the operator answers at his first start, written and checked. The program ends where he leaves."""
    left = "Nothing was written."
    try:
        answers = ask_for_settings(
            os.environ, env_file, lambda token: asyncio.run(_refused(token)), lambda url: asyncio.run(_version(url))
        )
        left = f"Your settings are in {env_file}."
        say("Checking everything …\n")
        status = asyncio.run(check_up(read_settings({**os.environ, **answers}), as_json_object=False))
        if status and not agreed("\nWhat to do about each fault stands above. Start anyway?", otherwise=False):
            sys.exit(f"Not started. {left} Start again when it is put right.")
    except (EOFError, KeyboardInterrupt):
        say(f"\nNot started. {left}")
        sys.exit(_INTERRUPTED)
    except EnvFileUnwritten as fault:
        leave(f"{env_file} cannot be written: {fault.reason}. Make it by hand, from .env.example.")
    say("\nStarting; Ctrl-C ends the bot.")
    return answers


async def run(settings: Settings) -> None:
    """The process's roles, and a ComfyUI of its own where one is wanted, until it is told to stop."""
    _keep_private(settings.data_dir)
    if not settings.comfyui_command or "worker" not in settings.roles:
        await run_roles(settings, open_library(settings.workflows_dir), _passed_on())
        return
    # It runs other people's code: neither the token nor the database is any business of theirs. And it has a Python of
    # its own, which it would not find while ours is announced.
    ours = {variable.name for variable in VARIABLES} | {"VIRTUAL_ENV", "PYTHONHOME", "PYTHONPATH"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    log_file, urls = settings.data_dir / "comfyui.log", settings.comfyui_urls
    async with local_comfyui(settings.comfyui_command, urls, environment, log_file) as url:
        with_its_own = replace(settings, comfyui_urls=tuple(dict.fromkeys([*urls, ServerAddress.parse(url)])))
        await run_roles(with_its_own, open_library(settings.workflows_dir), _passed_on())


def _keep_private(data_dir: Path) -> None:
    """What the bot keeps is its owner's alone."""
    # Whoever needs the folder finds out that it cannot be made, and says so.
    with contextlib.suppress(OSError):
        make_private_folder(data_dir)
    if opened := close_to_others(data_dir):
        log.warning("others could read %s: they cannot any more", ", ".join(opened))


def _passed_on() -> dict[str, str]:
    """What any program needs of the environment, and nothing else: no token is handed to one that is not ours."""
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ}


async def list_workflows(settings: Settings) -> int:
    """Print every pack and who can run it; the exit status is 1 where something is wrong with one."""
    library = _library(settings.workflows_dir)
    library.reload()
    async with open_session() as session:
        servers = await asyncio.gather(*(_asked(ComfyUI(url, session), library) for url in settings.comfyui_urls))
    faults = _faults(library)
    say(workflows_table(library, servers, faults))
    return 1 if faults else 0


def _faults(library: Library) -> Sequence[PackError]:
    """What is wrong with packs, alone or beside each other."""
    return (*library.faults, *plan(library.packs.values(), {command.name for command in own_commands()}).faults)


async def check_up(settings: Settings, *, as_json_object: bool) -> int:
    """Print whether all is well; the exit status is 1 where something is wrong."""
    library = _library(settings.workflows_dir)
    library.reload()
    report = await examine(settings, library, _faults, complain)
    say(as_json(report) if as_json_object else as_text(report))
    return 0 if report.healthy else 1


async def make_pictures(settings: Settings, arguments: Sequence[str]) -> int:
    """Make pictures without Discord; returns the exit status."""
    library = _library(settings.workflows_dir)
    library.reload()
    running = asyncio.current_task()
    assert running is not None  # noqa: S101 - this is one
    call_on_stop(running.cancel)
    async with open_session() as session:
        return await generate(arguments, library, [ComfyUI(url, session) for url in settings.comfyui_urls])


def _until_interrupted(work: Coroutine[Any, Any, int]) -> int:
    """The exit status; that of a shell's interrupted command where a signal ended the work."""
    try:
        return asyncio.run(work)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED


async def _refused(token: str) -> bool:
    """Whether Discord says that this is no bot's token. Where it says nothing now, it will be told later."""
    try:
        async with asyncio.timeout(_PATIENCE), discord.Client(intents=discord.Intents.none()) as client:
            await client.login(token)
    except discord.LoginFailure:
        return True
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        pass
    return False


async def _version(url: ServerAddress) -> str:
    """Of the ComfyUI at this address. Raises `Unreachable`."""
    try:
        async with asyncio.timeout(_PATIENCE), open_session() as session:
            server = ComfyUI(url, session)
            try:
                found = await survey(server)
            except Unreachable as fault:
                raise await explained(server, fault) from fault
    except TimeoutError as fault:
        raise Unreachable(url, f"no answer in {_PATIENCE:.0f} s") from fault
    return ".".join(map(str, found.version)) or "of a version that it does not tell"


async def _asked(server: ComfyUI, library: Library) -> Server:
    try:
        library.learn(server.url, await server.object_info())
    except Unreachable as fault:
        found = await explained(server, fault)
        return Server(
            server.url, found.reason if isinstance(found, NotComfyUI) else f"It does not answer: {found.reason}."
        )
    return Server(server.url, None)


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
