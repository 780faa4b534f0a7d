"""A process that has imported the bot and forks itself into one whenever it is told to: importing takes longer than
all the rest of a start. `prefork` talks to it.
"""

import contextlib
import gc
import json
import os
import runpy
import signal
import socket
import sys
from pathlib import Path
from typing import Final

from bot.__main__ import main
from bot.ledger import ledger

_HOOK: Final = Path(__file__).with_name("hook") / "sitecustomize.py"


def fork_on_demand(orders: socket.socket) -> None:
    """Returns in each process that is to be the bot, and ends this one when nobody can give orders any more."""
    signal.signal(signal.SIGCHLD, _reap)
    gc.freeze()
    while True:
        _, descriptors, _, _ = socket.recv_fds(orders, 1, 2)
        if not descriptors:
            sys.exit()
        line, log = descriptors
        if os.fork() == 0:
            orders.close()
            _fork_bot(socket.socket(fileno=line), log)
            return
        os.close(line)
        os.close(log)


def _reap(*_: object) -> None:
    """Waited for, their time counts as the test run's."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _fork_bot(line: socket.socket, log: int) -> None:
    """Returns in the bot. The process between waits for it and tells its id and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with line, line.makefile("rw") as told:
        order = json.loads(told.readline())
        if pid := os.fork():
            print(pid, file=told, flush=True)
            _, status = os.waitpid(pid, 0)
            print(os.waitstatus_to_exitcode(status), file=told, flush=True)
            os._exit(0)
    os.setsid()
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    with Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), sys.stdin.fileno())
    for stream in (sys.stdout, sys.stderr):
        os.dup2(log, stream.fileno())
    os.close(log)
    runpy.run_path(str(_HOOK))
    if seconds := os.environ.get("LEASE_SECONDS"):
        # Nobody waits long for a worker that a test has stopped.
        ledger.LEASE_SECONDS = float(seconds)  # type: ignore[misc]


if __name__ == "__main__":
    fork_on_demand(socket.socket(fileno=os.dup(sys.stdin.fileno())))
    main()
