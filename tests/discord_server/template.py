"""A process that has imported the bot and forks itself into one whenever it is told to: importing takes longer than
all the rest of a start. `prefork` talks to it.
"""

import atexit
import contextlib
import fcntl
import gc
import json
import os
import runpy
import signal
import socket
import sys
import termios
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NoReturn

import bot.__main__
from bot.ledger import ledger

_HOOK: Final = Path(__file__).with_name("hook") / "sitecustomize.py"


def fork_on_demand(orders: socket.socket) -> None:
    """Returns in each process that is to be the bot, and ends this one when nobody can give orders any more."""
    signal.signal(signal.SIGCHLD, _reap)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    gc.freeze()
    while True:
        _, descriptors, _, _ = socket.recv_fds(orders, 1, 4)
        if not descriptors:
            sys.exit()
        if os.fork() == 0:
            orders.close()
            _fork_bot(socket.socket(fileno=descriptors[0]), descriptors[1:])
            return
        for descriptor in descriptors:
            os.close(descriptor)


def _reap(*_: object) -> None:
    """Waited for, their time counts as the test run's."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _fork_bot(line: socket.socket, streams: Sequence[int]) -> None:
    """Returns in the bot. The process between waits for it and tells its id and how it ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    with line, line.makefile("rw") as told:
        order = json.loads(told.readline())
        if pid := os.fork():
            # Whoever reads what the bot says would wait for this process to end, too.
            for descriptor in (*streams, sys.stdout.fileno(), sys.stderr.fileno()):
                os.close(descriptor)
            print(pid, file=told, flush=True)
            _, status = os.waitpid(pid, 0)
            print(os.waitstatus_to_exitcode(status), file=told, flush=True)
            os._exit(0)
    os.setsid()
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    for stream, descriptor in zip((sys.stdin, sys.stdout, sys.stderr), streams, strict=True):
        os.dup2(descriptor, stream.fileno())
        os.close(descriptor)
    if order["at_its_terminal"]:
        fcntl.ioctl(sys.stdin.fileno(), termios.TIOCSCTTY, 0)
    sys.argv = [str(bot.__main__.__file__), *order["arguments"]]
    runpy.run_path(str(_HOOK))
    if seconds := os.environ.get("LEASE_SECONDS"):
        # Nobody waits long for a worker that a test has stopped.
        ledger.LEASE_SECONDS = float(seconds)  # type: ignore[misc]


def _end(status: object) -> NoReturn:
    """As Python would end, except that it does not take apart all that was imported: longer work than a bot's start."""
    threading._shutdown()  # type: ignore[attr-defined]  # noqa: SLF001 - Python has no other name for it
    atexit._run_exitfuncs()  # noqa: SLF001
    if isinstance(status, str):
        sys.stderr.write(f"{status}\n")
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    os._exit(status if isinstance(status, int) else bool(status))


if __name__ == "__main__":
    fork_on_demand(socket.socket(fileno=os.dup(sys.stdin.fileno())))
    try:
        bot.__main__.main()
    except SystemExit as end:
        _end(end.code)
    _end(0)
