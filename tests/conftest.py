"""The ComfyUIs that tests talk to: a stand-in for each test, and one real server for the whole run."""

import os
from collections.abc import AsyncIterator, Iterator
from typing import Any, cast

import pytest

from tests.bench.light_comfyui import LightComfyUI
from tests.comfyui_server import FULL_PREVIEW, ComfyUIStandIn, VersionName
from tests.real_comfyui import CannotInstall, RealComfyUI, Restartable, restartable

CONTRACT_SERVERS = [
    "stand_in 0.33.0",
    "stand_in 0.3.75",
    "light 0.33.0",
    pytest.param("real 0.3.75", marks=pytest.mark.real),
]
# Fast, and yet a job of some hundred steps is still running when a test gets round to interrupting it.
CONTRACT_STEPS_PER_SECOND = 200

_missing = pytest.StashKey[str]()


@pytest.fixture
async def stand_in() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn() as comfyui:
        yield comfyui


@pytest.fixture(scope="session")
def real_comfyui_process(pytestconfig: pytest.Config) -> Iterator[Restartable]:
    """For a test that kills the real server: it must start it again, because all others want it, too."""
    try:
        with restartable() as comfyui:
            yield comfyui
    except CannotInstall as error:
        if "CI" in os.environ:
            pytest.fail(f"no real ComfyUI: {error}", pytrace=False)
        pytestconfig.stash[_missing] = str(error)
        pytest.skip("no real ComfyUI: the reason stands at the end")


@pytest.fixture(scope="session")
def real_comfyui(real_comfyui_process: Restartable) -> RealComfyUI:
    return real_comfyui_process.start()


@pytest.fixture(params=CONTRACT_SERVERS)
async def comfyui_url(request: pytest.FixtureRequest) -> AsyncIterator[str]:
    """A server that must keep ComfyUI's contract: the stand-in does not drift from the real one."""
    kind, _, version = cast("str", request.param).partition(" ")
    if kind == "real":
        real: RealComfyUI = request.getfixturevalue("real_comfyui")
        yield real.url
        return
    name = cast("VersionName", version)
    stand_in = LightComfyUI if kind == "light" else ComfyUIStandIn
    async with stand_in(version=name, steps_per_second=CONTRACT_STEPS_PER_SECOND, preview_size=FULL_PREVIEW) as comfyui:
        yield comfyui.url


# Before pytest-xdist's own, which reads the groups.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if isinstance(item, pytest.Function) and "real_comfyui" in item.fixturenames:
            item.add_marker(pytest.mark.real)
        # The real server is started once: everything that talks to it runs in one of the processes.
        if item.get_closest_marker("real") is not None:
            item.add_marker(pytest.mark.xdist_group("real"))


def pytest_sessionfinish(session: pytest.Session) -> None:
    # With several processes the terminal belongs to another one.
    output: dict[str, str] | None = getattr(session.config, "workeroutput", None)
    if output is not None and (reason := session.config.stash.get(_missing, None)) is not None:
        output["no_real_comfyui"] = reason


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:  # noqa: ANN401 - a class of pytest-xdist's
    reason = getattr(node, "workeroutput", {}).get("no_real_comfyui")
    if reason is not None:
        node.config.stash[_missing] = reason


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    reason = config.stash.get(_missing, None)
    if reason is not None:
        terminalreporter.section("NOT TESTED AGAINST A REAL ComfyUI", sep="!", red=True, bold=True)
        terminalreporter.line(reason)
