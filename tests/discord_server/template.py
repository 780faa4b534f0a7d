"""A process that has imported the bot and forks itself into one whenever it is asked to: importing takes longer than
all the rest of a start. `prefork` starts it, once for a whole test run, and talks to it.
"""

import atexit
import contextlib
import fcntl
import gc
import json
import os
import runpy
import select
import signal
import socket
import sys
import termios
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NoReturn

_HOOK: Final = Path(__file__).with_name("hook") / "sitecustomize.py"


def fork_on_demand(orders: socket.socket) -> None:
    """Returns in each process that is to be the bot, and ends this one when its standard input ends.

    Each connection to `orders` is one bot's: its order comes in, its process id and how it ended go out.
    """
    lines: dict[int, socket.socket] = {}
    ended, ending = socket.socketpair()
    ending.setblocking(False)
    signal.set_wakeup_fd(ending.fileno())
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    while True:
        ready, _, _ = select.select([orders, ended, sys.stdin], [], [])
        if sys.stdin in ready:
            _kill(*lines)
            sys.exit()
        if ended in ready:
            ended.recv(4096)
            _tell(lines)
        if orders in ready:
            line, _ = orders.accept()
            streams, order = _read_order(line)
            if not order:
                line.close()
                continue
            _import_bot()
            if (pid := os.fork()) == 0:
                signal.set_wakeup_fd(-1)
                for one in (orders, ended, ending, line, *lines.values()):
                    one.close()
                _become_bot(json.loads(order), streams)
                return
            lines[pid] = line
            for descriptor in streams:
                os.close(descriptor)
            try:
                line.sendall(b"%d\n" % pid)
            except OSError:
                # Its starter is gone, and nobody else would end it.
                _kill(pid)


def _read_order(line: socket.socket) -> tuple[Sequence[int], str]:
    """The bot's standard streams, and the rest of its order; nothing where its sender is gone."""
    _, streams, _, _ = socket.recv_fds(line, 1, 3)
    with line.makefile() as text:
        return streams, text.readline()


def _import_bot() -> None:
    """At the first order: a run of a few tests may want no bot at all."""
    if "bot.__main__" not in sys.modules:
        import bot.__main__  # noqa: PLC0415
        from bot.discord_ui.app import FEATURES, own_commands  # noqa: PLC0415
        from bot.discord_ui.core.routing import Router  # noqa: PLC0415
        from bot.translation import languages  # noqa: PLC0415

        # They are the same for every bot; Python itself keeps the router's patterns.
        own_commands()
        Router(FEATURES)
        languages()
        sys.argv = [str(bot.__main__.__file__)]
        gc.freeze()


def _tell(lines: dict[int, socket.socket]) -> None:
    """Those who wait for the end of a bot. Waited for, its time counts as the test run's."""
    with contextlib.suppress(ChildProcessError):
        while (waited := os.waitpid(-1, os.WNOHANG))[0]:
            pid, status = waited
            with lines.pop(pid) as line, contextlib.suppress(OSError):
                line.sendall(b"%d\n" % os.waitstatus_to_exitcode(status))


def _kill(*pids: int) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _become_bot(order: dict[str, Any], streams: Sequence[int]) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()
    os.chdir(order["cwd"])
    os.environ.clear()
    os.environ.update(order["env"])
    for name, mode, descriptor in zip(("stdin", "stdout", "stderr"), "rww", streams, strict=True):
        number = getattr(sys, name).fileno()
        os.dup2(descriptor, number)
        os.close(descriptor)
        # Opened again: the one from before takes a pipe for the file that it was made for.
        setattr(sys, name, open(number, mode, buffering=1, closefd=False))  # noqa: SIM115 - it lives as long
    if order["at_its_terminal"]:
        fcntl.ioctl(sys.stdin.fileno(), termios.TIOCSCTTY, 0)
    sys.argv += order["arguments"]
    runpy.run_path(str(_HOOK))
    if catalogues := os.environ.get("CATALOGUES"):
        from bot.translation import language_called  # noqa: PLC0415

        # The languages that a test has made up.
        module: Any = sys.modules[language_called.__module__]
        module.CATALOGUES = Path(catalogues)
        module._read.cache_clear()  # noqa: SLF001
    if "DIE_AT" in os.environ:
        runpy.run_path(str(_HOOK.with_name("dying.py")))
    if seconds := os.environ.get("LEASE_SECONDS"):
        from bot.ledger import ledger  # noqa: PLC0415

        # Nobody waits long for a worker that a test has stopped.
        ledger.LEASE_SECONDS = float(seconds)  # type: ignore[misc]


def _run_bot() -> None:
    import bot.__main__  # noqa: PLC0415

    try:
        bot.__main__.main()
    except SystemExit as end:
        _end(end.code)
    _end(0)


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
    fork_on_demand(socket.socket(fileno=int(sys.argv[1])))
    _run_bot()
