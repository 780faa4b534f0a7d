"""What only Unix has stands behind a guard: every module can be loaded, and every path be taken, on Windows."""

import ast
from collections.abc import Iterator

import pytest

from tests.programs import ROOT

MODULES = frozenset(
    {"crypt", "curses", "fcntl", "grp", "posix", "pty", "pwd", "readline", "resource", "syslog", "termios", "tty"}
)
"""Of the standard library, https://docs.python.org/3/library/ ("Availability: Unix")."""
_OF_OS = """
chown chroot ctermid fchmod fchown fork forkpty getegid geteuid getgid getgroups getpgid getpgrp getpriority getresuid
getsid getuid initgroups killpg lchown mkfifo mknod nice openpty pathconf posix_fadvise posix_spawn pread preadv pwrite
pwritev sched_getaffinity sendfile setegid seteuid setgid setgroups setpgid setpriority setsid setuid statvfs sync
sysconf tcgetpgrp tcsetpgrp uname wait3 wait4 waitid WNOHANG O_DIRECTORY O_NOFOLLOW O_NONBLOCK O_CLOEXEC O_SYNC
"""
_OF_SIGNAL = """
SIGALRM SIGBUS SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGPROF SIGQUIT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGUSR1 SIGUSR2
SIGWINCH alarm pause pthread_kill pthread_sigmask setitimer siginterrupt sigpending sigwait
"""
NAMES = {
    "os": frozenset(_OF_OS.split()),
    "signal": frozenset(_OF_SIGNAL.split()),
    "socket": frozenset({"AF_UNIX", "SO_REUSEPORT", "send_fds", "recv_fds"}),
    "asyncio": frozenset({"open_unix_connection", "start_unix_server", "SafeChildWatcher", "ThreadedChildWatcher"}),
}
METHODS = frozenset({"add_signal_handler", "remove_signal_handler", "create_unix_connection", "create_unix_server"})
"""Of an event loop: on Windows they raise NotImplementedError."""
KEYWORDS = frozenset({"preexec_fn", "start_new_session", "process_group", "pass_fds", "umask", "extra_groups"})
"""Of a program that is started. Some are not taken there at all, the others do nothing."""


def unguarded(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Lines with a name that Windows has not, outside of every guard."""
    yield from _walk(tree.body if isinstance(tree, ast.Module) else [tree], guarded=False)


def _walk(nodes: list[ast.stmt] | list[ast.AST], *, guarded: bool) -> Iterator[tuple[int, str]]:
    for node in nodes:
        if isinstance(node, ast.If) and (on_windows := _asks_for_windows(node.test)) is not None:
            yield from _walk(node.body, guarded=guarded or not on_windows)
            yield from _walk(node.orelse, guarded=guarded or on_windows)
            # `if windows: return` guards what follows in the block.
            if on_windows and isinstance(node.body[-1], ast.Return | ast.Raise | ast.Continue):
                guarded = True
            continue
        if isinstance(node, ast.Try) and any(_catches_missing(handler) for handler in node.handlers):
            yield from _walk(node.body, guarded=True)
            yield from _walk([*node.handlers, *node.orelse, *node.finalbody], guarded=guarded)
            continue
        if not guarded and (name := _unix_name(node)) is not None:
            yield getattr(node, "lineno", 0), name
        for _, field in ast.iter_fields(node):
            if isinstance(field, list):
                yield from _walk([one for one in field if isinstance(one, ast.AST)], guarded=guarded)
            elif isinstance(field, ast.AST):
                yield from _walk([field], guarded=guarded)


def _asks_for_windows(test: ast.expr) -> bool | None:
    """Whether the body of such an `if` is for Windows (True) or for the others (False); None: neither."""
    match test:
        case ast.Compare(
            left=ast.Attribute(value=ast.Name(id="sys"), attr="platform"),
            ops=[operator],
            comparators=[ast.Constant("win32")],
        ):
            return isinstance(operator, ast.Eq)
    return None


def _catches_missing(handler: ast.ExceptHandler) -> bool:
    named = ast.dump(handler.type) if handler.type is not None else ""
    return "NotImplementedError" in named


def _unix_name(node: ast.AST) -> str | None:
    match node:
        case ast.Import(names=names):
            return next((one.name for one in names if one.name.partition(".")[0] in MODULES), None)
        case ast.ImportFrom(module=str(module), names=names):
            if module in MODULES:
                return module
            return next((f"{module}.{one.name}" for one in names if one.name in NAMES.get(module, ())), None)
        case ast.Attribute(value=ast.Name(id=module), attr=attr) if attr in NAMES.get(module, ()):
            return f"{module}.{attr}"
        case ast.Attribute(attr=attr) if attr in METHODS:
            return attr
        case ast.keyword(arg=str(arg)) if arg in KEYWORDS:
            return arg
    return None


def test_no_module_needs_what_windows_has_not() -> None:
    found = [
        f"{path.relative_to(ROOT).as_posix()}:{line}: {name}"
        for path in sorted((ROOT / "bot").rglob("*.py"))
        for line, name in unguarded(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found, "\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("import resource", ["resource"]),
        ("from os import fork", ["os.fork"]),
        ("os.killpg(1, signal.SIGKILL)", ["os.killpg", "signal.SIGKILL"]),
        ("def f():\n    loop.add_signal_handler(1, f)", ["add_signal_handler"]),
        ("run(x, start_new_session=True)", ["start_new_session"]),
        ("if sys.platform == 'win32':\n    os.fork()\nelse:\n    os.nice(1)", ["os.fork"]),
        ("if sys.platform != 'win32':\n    import resource", []),
        ("def f():\n    if sys.platform == 'win32':\n        return\n    os.nice(1)", []),
        ("def f():\n    os.nice(1)\n    if sys.platform == 'win32':\n        return", ["os.nice"]),
        ("try:\n    loop.add_signal_handler(1, f)\nexcept NotImplementedError:\n    os.fork()", ["os.fork"]),
        ("if ready:\n    os.getuid()", ["os.getuid"]),
        ("os.kill(1, signal.SIGTERM)", []),
    ],
)
def test_a_guard_is_seen(source: str, names: list[str]) -> None:
    assert [name for _, name in unguarded(ast.parse(source))] == names
