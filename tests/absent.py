"""A pytest plugin: what a machine lacks for some tests is skipped on a desk, fails in CI, and reported at the end."""

import os
from typing import Any, NoReturn

import pytest

_absent = pytest.StashKey[dict[str, str]]()
_OUTPUT = "absent"


def is_absent(config: pytest.Config, what: str, reason: str) -> NoReturn:
    """A test cannot run without it."""
    if "CI" in os.environ:
        pytest.fail(f"no {what}: {reason}", pytrace=False)
    config.stash[_absent][what] = reason
    pytest.skip(f"no {what}: the reason stands at the end")


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_absent] = {}


def pytest_sessionfinish(session: pytest.Session) -> None:
    # With several processes the terminal belongs to another one.
    output: dict[str, object] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[_OUTPUT] = session.config.stash[_absent]


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - a class of pytest-xdist's
    node.config.stash[_absent] |= getattr(node, "workeroutput", {}).get(_OUTPUT, {})


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for what, reason in config.stash[_absent].items():
        terminalreporter.section(f"NOT TESTED AGAINST A {what}", sep="!", red=True, bold=True)
        terminalreporter.line(reason)
