"""Start the bot's own ComfyUI, keep it running, and end it with all its child processes. Never touches another one."""

import asyncio
import configparser
import contextlib
import logging
import os
import shlex
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final
from urllib.parse import urlsplit

from bot.comfyui.connection.client import ComfyUI
from bot.comfyui.http.transport import open_session
from bot.comfyui.runs.generation import connection
from bot.errors import ComfyError, Unreachable
from bot.operating_system.command_lines import split_command
from bot.operating_system.private_files import make_private_folder, write_private
from bot.operating_system.process_groups import OWN_GROUP, end_group
from bot.workflows import Graph

log = logging.getLogger(__name__)

USUAL: Final = "http://127.0.0.1:8188"
_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})
_COMFY_CLI: Final = (
    ".config/comfy-cli/config.ini",
    "Library/Application Support/comfy-cli/config.ini",
    "AppData/Local/comfy-cli/config.ini",
)
"""Where comfy-cli keeps its settings: on Linux, macOS and Windows."""
_POLL_SECONDS: Final = 0.2
_LOG_SECONDS: Final = 10.0
"""How often the log says that ComfyUI is still starting. The first start takes minutes."""
_START_SECONDS: Final = 1800.0
_PROOF_SECONDS: Final = 60.0
_RESTART_SECONDS: Final = (1.0, 5.0, 15.0, 60.0, 300.0)
_STEADY_SECONDS: Final = 300.0
"""A ComfyUI that ran this long did not fail at its start."""
_TAIL_BYTES: Final = 4000
_TAIL_LINES: Final = 15
_PROOF_GRAPH: Final[Graph] = {
    "1": {"class_type": "EmptyImage", "inputs": {"width": 16, "height": 16, "batch_size": 1, "color": 0}},
    "2": {"class_type": "PreviewImage", "inputs": {"images": ["1", 0]}},
}


@contextlib.asynccontextmanager
async def local_comfyui(
    command: Sequence[str], urls: Sequence[str], environment: Mapping[str, str], log_file: Path
) -> AsyncIterator[str]:
    """Run a ComfyUI on this machine within this context; yields its address, where it may still be starting.

    `command` starts it (its address is added), and `environment` is everything it gets of ours. If a ComfyUI already
    answers at that address (the first of `urls` on this machine), that one is used.
    """
    wanted = usual_address(command, urls)
    async with open_session() as session:
        if await _answers(ComfyUI(wanted, session)):
            log.info("using the ComfyUI that is already running at %s instead of starting one", wanted)
            yield wanted
            return
        port = urlsplit(wanted).port or 80
        url = wanted
        if not _is_free(port):
            port = _any_port()
            url = f"http://127.0.0.1:{port}"
            log.warning("another program uses %s; starting the local ComfyUI on port %d", wanted, port)
        extras = launch_extras(Path(environment.get("HOME") or environment.get("USERPROFILE") or "/"))
        words = [*complete_command(command, extras), "--listen", "127.0.0.1", "--port", str(port)]
        local = _LocalServer(ComfyUI(url, session), words, environment, log_file)
        keeping = asyncio.create_task(local.keep_running(), name="local ComfyUI")
        try:
            yield url
        finally:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)


def usual_address(command: Sequence[str], urls: Sequence[str]) -> str:
    """Where this command's ComfyUI would listen: at its `--port`, else at the first local address of `urls`."""
    here = [url for url in urls if url.startswith("http:") and urlsplit(url).hostname in _LOOPBACK]
    words = " ".join(command).replace("--port=", "--port ").split()
    if "--port" in words[:-1] and (port := words[words.index("--port") + 1]).isdecimal():
        return next((url for url in here if urlsplit(url).port == int(port)), f"http://127.0.0.1:{port}")
    return next(iter(here), USUAL)


def complete_command(command: Sequence[str], launch_extras: Sequence[str] = ()) -> list[str]:
    """The command, extended so that ComfyUI's own options can follow. comfy-cli finds ComfyUI and its Python by itself;
    `launch_extras` are the options it usually starts ComfyUI with.
    """
    words = list(command)
    if Path(words[0]).stem in {"comfy", "comfy-cli", "comfycli"}:
        if "launch" not in words:
            # comfy-cli asks questions at its first start, and nobody could answer them.
            words += ["--skip-prompt", "launch"]
        if "--" not in words:
            # Given any options, comfy-cli no longer adds its saved ones.
            words += ["--", *launch_extras]
    return words


def launch_extras(home: Path) -> list[str]:
    """The options saved by `comfy set-default --launch-extras`."""
    config = configparser.ConfigParser()
    with contextlib.suppress(configparser.Error, OSError, ValueError):
        config.read(home / path for path in _COMFY_CLI)
        return list(split_command(config["DEFAULT"].get("default_launch_extras", ""), sys.platform))
    return []


class _LocalServer:
    def __init__(self, server: ComfyUI, command: Sequence[str], environment: Mapping[str, str], log_file: Path) -> None:
        self._server = server
        self._command = command
        self._environment = environment
        self._log_file = log_file

    async def keep_running(self) -> None:
        """Start it, and restart it whenever it ends, until cancelled. It has ended when this returns."""
        clock = asyncio.get_running_loop().time
        failures = 0
        while True:
            began_at = clock()
            try:
                await self._run()
            except OSError as fault:
                log.error("the local ComfyUI cannot be started, check COMFYUI_COMMAND: %s", fault)  # noqa: TRY400
            failures = 0 if clock() - began_at > _STEADY_SECONDS else failures + 1
            pause = _RESTART_SECONDS[min(max(failures - 1, 0), len(_RESTART_SECONDS) - 1)]
            log.info("restarting the local ComfyUI in %.0f s", pause)
            await asyncio.sleep(pause)

    async def _run(self) -> None:
        """Run it once, from its start to its end."""
        log.info("starting the local ComfyUI: %s (log file: %s)", shlex.join(self._command), self._log_file)
        starting = asyncio.create_task(self._start())
        try:
            # Shielded, so that a cancel during the start still leaves us a process to end.
            process = await asyncio.shield(starting)
            if await self._wait_until_up(process) and await self._generates():
                log.info("the local ComfyUI is ready at %s", self._server.url)
                code = await process.wait()
                log.warning("the local ComfyUI exited unexpectedly with code %d", code)
        finally:
            await end_group(await starting)

    async def _start(self) -> asyncio.subprocess.Process:
        # Its output goes into a file, not through a pipe to us: it keeps running if the bot is killed.
        with self._fresh_log() as output:
            return await asyncio.create_subprocess_exec(
                *self._command,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=asyncio.subprocess.STDOUT,
                # Its own process group: Ctrl-C in the terminal reaches only the bot, and all children end together.
                **OWN_GROUP,
            )

    def _fresh_log(self) -> IO[bytes]:
        """The file for its output. The output of the last run is kept beside it."""
        make_private_folder(self._log_file.parent)
        # On Windows, a file cannot be renamed while another process has it open (a ComfyUI that outlived its bot).
        with contextlib.suppress(FileNotFoundError, PermissionError):
            self._log_file.replace(self._log_file.with_suffix(".last.log"))
        return write_private(self._log_file)

    async def _wait_until_up(self, process: asyncio.subprocess.Process) -> bool:
        """Wait until it answers. False if it ended first."""
        clock = asyncio.get_running_loop().time
        began_at = told_at = clock()
        while not await _answers(self._server):
            with contextlib.suppress(TimeoutError):
                code = await asyncio.wait_for(process.wait(), _POLL_SECONDS)
                log.error("the local ComfyUI exited with code %d while starting:\n%s", code, self._tail())
                return False
            seconds = clock() - began_at
            if seconds > _START_SECONDS:
                log.error("the local ComfyUI still does not answer after %.0f s:\n%s", seconds, self._tail())
                return False
            if clock() - told_at > _LOG_SECONDS:
                told_at = clock()
                log.info("the local ComfyUI is still starting (%.0f s): %s", seconds, self._tail(1))
        return True

    async def _generates(self) -> bool:
        """Whether it can make an image without any model. A broken installation may still answer requests."""
        try:
            async with asyncio.timeout(_PROOF_SECONDS), connection(self._server) as server:
                await server.generate(_PROOF_GRAPH)
        except ComfyError as fault:
            log.error("the local ComfyUI answers, but its test image failed: %s", fault)  # noqa: TRY400
            return False
        except TimeoutError:
            log.warning("the test image of the local ComfyUI timed out; other jobs may be ahead of it")
        return True

    def _tail(self, lines: int = _TAIL_LINES) -> str:
        """The last lines of its output."""
        with contextlib.suppress(OSError), self._log_file.open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            printed = file.read().decode(errors="replace").replace("\r", "\n").split("\n")
            return "\n".join([line for line in printed if line.strip()][-lines:])
        return ""


async def _answers(server: ComfyUI) -> bool:
    try:
        async with asyncio.timeout(5):
            await server.alive()
    except (Unreachable, TimeoutError):
        return False
    return True


def _is_free(port: int) -> bool:
    try:
        with socket.socket() as probe:
            # A port that was closed a moment ago counts as free. On Windows this option would steal one in use.
            if sys.platform != "win32":
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
    except OSError:
        return False
    return True


def _any_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
