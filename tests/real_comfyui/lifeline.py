"""Runs a script so that its whole process group ends with the process that holds the other end of stdin.

A test run that dies without a chance to clean up would otherwise leave a ComfyUI of a gigabyte behind.
"""

import os
import runpy
import signal
import sys
import threading
from pathlib import Path


def end_with_parent() -> None:
    os.read(0, 1)  # nothing is ever written: it returns when the other end is closed
    os.killpg(0, signal.SIGKILL)


if __name__ == "__main__":
    del sys.argv[0]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    threading.Thread(target=end_with_parent, daemon=True).start()
    runpy.run_path(sys.argv[0], run_name="__main__")
