"""The program: reads the settings and the command line, then runs the bot or one of its commands."""

import gc

# Imports make many objects and hardly any garbage: looking for it takes a sixth of their time.
gc.disable()

import asyncio
import contextlib
import logging
import os
import signal
import sys
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import aiohttp
import discord
from dotenv import find_dotenv

from bot.addresses import ServerAddress
from bot.comfyui import Server, local_comfyui, offers, open_session, server_at
from bot.concurrency import alone
from bot.doctor import as_json, as_text, examine
from bot.errors import (
    AlreadyRunning,
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
from bot.instances import only_process
from bot.ledger import database_file
from bot.logs import start_logging
from bot.operating_system import environments
from bot.operating_system.private_files import close_to_others, make_private_folder
from bot.operating_system.stop_signals import call_on_stop
from bot.roles import run_roles
from bot.settings import VARIABLES, Settings, load_env, read_settings
from bot.terminal import (
    AskedServer,
    agreed,
    ask_for_settings,
    can_be_asked,
    complain,
    finisher,
    forget_empty,
    generate,
    leave,
    prepare_output,
    print_costs,
    read_arguments,
    read_env_file,
    say,
    why_not_upgraded,
    workflows_table,
)
from bot.workflows import Library, WildcardFolder

gc.enable()
log = logging.getLogger("bot")

_SHIPPED: Final = Path(__file__).with_name("shipped_workflows")
"""Where an installed package keeps the packs that come with it."""
_INTERRUPTED: Final = 128 + signal.SIGINT
_PATIENCE: Final = 8.0
"""Seconds that a server has to answer while the operator waits at the terminal."""


def main() -> None:
    """`python -m bot` and `darkroom`, with the commands that `--help` lists."""
    prepare_output()
    wanted, rest = read_arguments(sys.argv[1:])
    # The one in the current folder or above it, else the one in the folder that holds the program.
    env_file = Path(find_dotenv(usecwd=True) or find_dotenv() or ".env").absolute()
    try:
        forget_empty(os.environ)
        unreadable = load_env(read_env_file(env_file), env_file)
        if not wanted.command and can_be_asked(os.environ, env_file):
            os.environ.update(first_settings(env_file))
        spared = ("DISCORD_TOKEN",) if wanted.command else ()
        settings = read_settings(os.environ, spared, unreadable)
    except SettingsError as error:
        complain("Darkroom cannot start. Please correct these settings, in .env or in the environment:")
        for fault in error.faults:
            complain(f"  - {fault}")
        sys.exit(2)
    if wanted.command == "workflows":
        sys.exit(asyncio.run(list_workflows(settings)))
    if wanted.command == "doctor":
        sys.exit(asyncio.run(check_up(settings, as_json_object=wanted.json)))
    if wanted.command == "costs":
        sys.exit(asyncio.run(print_costs(settings, wanted.month, as_json_object=wanted.json)))
    if wanted.command == "generate":
        sys.exit(_until_interrupted(make_pictures(settings, rest)))
    start_logging(settings.log_level, settings.log_format, settings.secrets)
    for sentence in settings.doubts(datetime.now(UTC)):
        log.warning("%s", sentence)
    # Imported libraries live as long as the process. Each full pass of the garbage collector over their objects would
    # block the event loop for a tenth of a second and find nothing.
    gc.collect()
    gc.freeze()
    try:
        asyncio.run(run(settings))
    except PortTaken as error:
        what = "The paint page" if error.setting == "PUBLIC_PORT" else "Health and metrics"
        sys.exit(f"{what} cannot be served at {error.address} ({error.reason}). Set {error.setting} to a free port.")
    except AlreadyRunning as error:
        leave(
            f"Darkroom already runs with this {error.setting} ({error.path}): {error.who}. Stop it first, or give this "
            "one a DATA_DIR, a DATABASE_URL and a token (DISCORD_TOKEN) of its own."
        )
    except LedgerTooNew as error:
        leave(
            f"A newer version of Darkroom has upgraded the database (to {error.revision}). "
            "Start that version, or set DATABASE_URL to a separate database."
        )
    except (LedgerNotCopied, LedgerNotUpgraded) as error:
        leave(why_not_upgraded(error))
    except LedgerAway as error:
        leave(f"The database cannot be used: {error}. {settings.database_advice}")
    except discord.LoginFailure:
        leave("Discord refused this token. Reset it in the developer portal (Bot > Reset Token) and set DISCORD_TOKEN.")


def first_settings(env_file: Path) -> Mapping[str, str]:
    """Ask the operator for the missing settings, save and check them. Ends the program if they leave."""
    left = "Nothing was written."
    try:
        answers = ask_for_settings(
            os.environ,
            env_file,
            lambda token: asyncio.run(_refused(token)),
            lambda *where: asyncio.run(_version(*where)),
        )
        left = f"Your settings are in {env_file}."
        say("Checking everything …\n")
        status = asyncio.run(check_up(read_settings({**os.environ, **answers}), as_json_object=False))
        if status and not agreed("\nThe report above says how to fix each fault. Start anyway?"):
            sys.exit(f"Not started. {left} Fix the faults above, then start again.")
    except (EOFError, KeyboardInterrupt):
        say(f"\nNot started. {left}")
        sys.exit(_INTERRUPTED)
    except EnvFileUnwritten as fault:
        leave(f"Cannot write {env_file}: {fault.reason}. Copy .env.example to .env and fill it in yourself.")
    say("\nStarting. Press Ctrl-C to stop the bot.")
    return answers


async def run(settings: Settings) -> None:
    """Run the process's roles until a stop signal, with a local ComfyUI if COMFYUI_COMMAND is set."""
    _keep_private(settings.data_dir)
    with only_process(settings.data_dir, database_file(settings.database_url)), alone(discord.LoginFailure):
        await _run(settings)


async def _run(settings: Settings) -> None:
    environment = _without_ours()
    if not settings.comfyui_command or "worker" not in settings.roles:
        await run_roles(
            settings, open_library(settings.workflows_dir), environments.of_any_program(os.environ), environment
        )
        return
    log_file, urls = settings.data_dir / "comfyui.log", settings.comfyui_urls
    async with local_comfyui(settings.comfyui_command, urls, environment, log_file) as url:
        with_its_own = replace(settings, comfyui_urls=tuple(dict.fromkeys([*urls, ServerAddress.parse(url)])))
        await run_roles(
            with_its_own, open_library(settings.workflows_dir), environments.of_any_program(os.environ), environment
        )


def _keep_private(data_dir: Path) -> None:
    """Let only the bot's own user read what the bot stores."""
    # If the folder cannot be created, the part of the bot that needs it reports that.
    with contextlib.suppress(OSError):
        make_private_folder(data_dir)
    if opened := close_to_others(data_dir):
        log.warning("other users could read %s; access is now limited to the bot's own user", ", ".join(opened))


def _without_ours() -> dict[str, str]:
    """The environment for the operator's own programs, without our settings, which such code must not see."""
    return environments.of_operator(os.environ, [variable.name for variable in VARIABLES])


async def list_workflows(settings: Settings) -> int:
    """Print every pack and the servers that can run it. The exit status is 1 if any has a fault, or a wildcard."""
    library = _library(settings.workflows_dir)
    library.reload()
    async with open_session(ca_file=settings.comfyui_ca_file) as session:
        servers = await asyncio.gather(*(_asked(server_at(url, session), library) for url in settings.comfyui_urls))
    faults = _faults(library)
    wildcards = await asyncio.to_thread(WildcardFolder(settings.wildcards_dir).faults)
    say(workflows_table(library, servers, faults, wildcards))
    return 1 if faults or wildcards else 0


def _faults(library: Library) -> Sequence[PackError]:
    """The faults of single packs, and of packs that get in each other's way, such as by the same command."""
    from bot.discord_ui import own_commands, plan  # noqa: PLC0415 - a worker that starts needs none of it

    return (*library.faults, *plan(library.packs.values(), {command.name for command in own_commands()}).faults)


async def check_up(settings: Settings, *, as_json_object: bool) -> int:
    """Print the doctor's report. The exit status is 1 if it holds a fault."""
    library = _library(settings.workflows_dir)
    library.reload()
    report = await examine(settings, library, _faults, complain, _without_ours())
    say(as_json(report) if as_json_object else as_text(report))
    return 0 if report.healthy else 1


async def make_pictures(settings: Settings, arguments: Sequence[str]) -> int:
    """Generate images without Discord; returns the exit status."""
    library = _library(settings.workflows_dir)
    library.reload()
    running = asyncio.current_task()
    assert running is not None  # noqa: S101 - this coroutine runs in a task
    call_on_stop(running.cancel)
    async with open_session(ca_file=settings.comfyui_ca_file) as session:
        servers = [server_at(url, session) for url in settings.comfyui_urls]
        return await generate(arguments, library, servers, finisher(settings))


def _until_interrupted(work: Coroutine[Any, Any, int]) -> int:
    """The exit status of the work, or 130, as a shell reports Ctrl-C, if a signal ended it."""
    try:
        return asyncio.run(work)
    except (KeyboardInterrupt, asyncio.CancelledError):
        return _INTERRUPTED


async def _refused(token: str) -> bool:
    """Whether Discord refuses this token. If Discord cannot be asked now, the bot finds out when it starts."""
    try:
        async with asyncio.timeout(_PATIENCE), discord.Client(intents=discord.Intents.none()) as client:
            await client.login(token)
    except discord.LoginFailure:
        return True
    except (discord.HTTPException, aiohttp.ClientError, OSError):
        pass
    return False


async def _version(url: ServerAddress, ca_file: Path | None) -> str:
    """What is at this address, with its version if it says one. Raises `Unreachable`."""
    try:
        async with asyncio.timeout(_PATIENCE), open_session(ca_file=ca_file) as session:
            server = server_at(url, session)
            try:
                found = await server.survey()
            except Unreachable as fault:
                raise await server.explained(fault) from fault
    except TimeoutError as fault:
        raise Unreachable(url, f"timed out after {_PATIENCE:.0f} s") from fault
    told = ".".join(map(str, found.version)) or ("(unknown version)" if found.api == "ComfyUI" else "")
    return f"{found.api} {told}".strip()


async def _asked(server: Server, library: Library) -> AskedServer:
    try:
        library.learn(server.url, await offers(server))
    except Unreachable as fault:
        found = await server.explained(fault)
        return AskedServer(
            server.url, found.reason if isinstance(found, NotComfyUI) else f"No answer from ComfyUI: {found.reason}."
        )
    return AskedServer(server.url, None)


def open_library(folder: Path) -> Library:
    """The packs of `folder`, or the shipped ones if it does not exist. Their faults are logged."""
    library = _library(folder)
    library.reload()
    for fault in library.faults:
        for line in fault.faults:
            log.error("workflow %s cannot be used: %s", fault.name, line)
    if library.packs:
        log.info("workflows: %s", ", ".join(library.packs))
    else:
        log.warning("no workflows in %s (WORKFLOWS_DIR): members can only use those that were uploaded", folder)
    return library


def _library(folder: Path) -> Library:
    return Library(folder if folder.is_dir() else _SHIPPED)


if __name__ == "__main__":
    main()
