"""The real NudeNet for the tests: an environment of its own in the cache, as the real ComfyUI has one.

It is under the AGPL: never imported by the tests or the bot, only started as a separate process.
`python -m tests.approving.nudenet` installs it (200 MB).
"""

import fcntl
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from tests.programs import ROOT
from tests.real_comfyui.installation import cache

_TAIL = 2_000


class NoNudeNet(Exception):  # noqa: N818 - reads as what it says: `except NoNudeNet`
    """It cannot be installed here; the end of what pip said."""


def install() -> Path:
    """The Python of an environment with the extra `picture-check`; made first if there is none. Raises NoNudeNet."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]["picture-check"]
    home = cache() / f"nudenet-{sys.version_info.major}.{sys.version_info.minor}"
    python = home / "bin" / "python"
    home.parent.mkdir(parents=True, exist_ok=True)
    with Path(f"{home}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (home / "ready").exists():
            shutil.rmtree(home, ignore_errors=True)
            _run(sys.executable, "-m", "venv", str(home))
            _run(str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted)
            (home / "ready").touch()
    return python


def _run(*command: str) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)
    if done.returncode:
        raise NoNudeNet(f"{' '.join(command[:4])}: {(done.stderr or done.stdout)[-_TAIL:]}")


if __name__ == "__main__":
    try:
        sys.stdout.write(f"NudeNet is ready: {install()}\n")
    except NoNudeNet as error:
        sys.exit(f"cannot install NudeNet: {error}")
