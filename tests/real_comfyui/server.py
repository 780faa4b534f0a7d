"""Starts, kills and ends a real ComfyUI: a process group and a fresh base directory each time."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from tests.real_comfyui import installation, lifeline

UP_WITHIN = 120.0  # seconds
ENDED_WITHIN = 10.0
LOOK_EVERY = 0.1
TAIL_LINES = 30
# Several threads only wait for each other: a model this small is ten times as fast on one.
ENVIRONMENT = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class RealComfyUI:
    """A ComfyUI that answers at `url`; `base` holds its models, custom nodes, input, output and log."""

    url: str
    base: Path
    output: Path
    input: Path
    log: Path


class DidNotStart(Exception):  # noqa: N818 - reads as what it says
    """ComfyUI ended, or did not answer in time."""

    def __init__(self, what: str, log: Path) -> None:
        tail = "\n".join(log.read_text(errors="replace").splitlines()[-TAIL_LINES:])
        super().__init__(f"{what}; the end of its log:\n{tail}")


@contextmanager
def running(port: int | None = None) -> Iterator[RealComfyUI]:
    """A ComfyUI that runs until the block ends, installed if need be.

    Raises CannotInstall, DidNotStart, or OSError when somebody listens on `port`.
    """
    with restartable(port) as comfyui:
        yield comfyui.start()


@contextmanager
def startable() -> Iterator[list[str]]:
    """A command that starts a ComfyUI but for its address, for a test of what starts and ends one itself."""
    home = installation.install()
    with tempfile.TemporaryDirectory(prefix="darkroom-comfyui-", ignore_cleanup_errors=True) as folder:
        base = Path(folder)
        _furnish(base, home)
        python = [str(home / installation.PYTHON), "-E", "-s", "-u"]
        yield [*python, str(home / installation.COMFYUI / "main.py"), "--cpu", *_options(home, base)]


@contextmanager
def restartable(port: int | None = None) -> Iterator["Restartable"]:
    """A ComfyUI for a test that kills it: not yet started; its folder and port stay until the block ends."""
    home = installation.install()
    with tempfile.TemporaryDirectory(prefix="darkroom-comfyui-", ignore_cleanup_errors=True) as folder:
        base = Path(folder)
        _furnish(base, home)
        comfyui = Restartable(home, base, _free_port(port))
        try:
            yield comfyui
        finally:
            comfyui.stop()


class Restartable:
    """One base directory and one port, on which ComfyUI can be started, killed and started again."""

    def __init__(self, home: Path, base: Path, port: int) -> None:
        self._home = home
        self._base = base
        self._port = port
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> RealComfyUI:
        """Start it and return once it answers; it remembers nothing of an earlier run but its files."""
        assert self._process is None, "it runs already"
        log = self._base / "comfyui.log"
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                _command(self._home, self._base, self._port),
                cwd=self._base,
                env=os.environ | ENVIRONMENT,
                stdin=subprocess.PIPE,  # see lifeline
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait_until_up(self._process, log)
        return RealComfyUI(
            url=f"http://127.0.0.1:{self._port}",
            base=self._base,
            output=self._base / "output",
            input=self._base / "input",
            log=log,
        )

    def kill(self) -> None:
        """End it as a crash does: in the middle of whatever it does, without a word to its clients."""
        if self._process is not None:
            _signal(self._process, signal.SIGKILL)
            self._process.communicate()
            self._process = None

    def stop(self) -> None:
        """End it and whatever it started, politely at first."""
        if self._process is not None:
            _signal(self._process, signal.SIGTERM)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(ENDED_WITHIN)
            self.kill()

    def _wait_until_up(self, process: subprocess.Popen[bytes], log: Path) -> None:
        deadline = time.monotonic() + UP_WITHIN
        while not _answers(self._port):
            if time.monotonic() > deadline:
                raise DidNotStart(f"ComfyUI did not answer within {UP_WITHIN:.0f} s", log)
            with suppress(subprocess.TimeoutExpired):
                code = process.wait(LOOK_EVERY)
                raise DidNotStart(f"ComfyUI ended with code {code}", log)


def _furnish(base: Path, home: Path) -> None:
    """Give `base` what ComfyUI looks for in it: the bundled custom nodes and the checkpoint, linked."""
    shutil.copytree(home / installation.COMFYUI / "custom_nodes", base / "custom_nodes")
    for folder in ("input", "output", "models/checkpoints"):
        (base / folder).mkdir(parents=True)
    (base / "models/checkpoints" / installation.CHECKPOINT.name).symlink_to(home / installation.CHECKPOINT)


def _command(home: Path, base: Path, port: int) -> list[str]:
    # -E and -s: the settings and packages of the person who runs the tests are not ComfyUI's.
    python = [str(home / installation.PYTHON), "-E", "-s", "-u", lifeline.__file__]
    server = [
        str(home / installation.COMFYUI / "main.py"),
        "--cpu",
        "--listen",
        "127.0.0.1",
        "--port",
        str(port),
    ]
    return [*python, *server, *_options(home, base)]


def _options(home: Path, base: Path) -> list[str]:
    folders = ["--base-directory", str(base), "--front-end-root", str(home / installation.FRONT_END)]
    # A file, because a database in memory makes this version log tracebacks of foreign threads.
    database = ["--database-url", f"sqlite:///{base / 'comfyui.db'}"]
    return [*folders, *database, "--preview-method", "latent2rgb", "--disable-api-nodes"]


def _free_port(wanted: int | None) -> int:
    """Return a port that nobody listens on; raises OSError if somebody has the one wanted."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind(("127.0.0.1", wanted or 0))
        port: int = probe.getsockname()[1]
        return port


def _answers(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/system_stats")
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):  # the whole group has ended already
        os.killpg(process.pid, number)
