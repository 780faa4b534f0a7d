"""A pytest plugin: how long a run takes, whatever it is that is tested."""

import contextlib
import gc
import os
from collections.abc import Generator

import pytest
from hypothesis import HealthCheck, settings

from tests.discord_server.prefork import template

# No deadlines: on a busy machine any example may take long. CI judges a change by the same examples every time;
# developers' machines search for new ones.
settings.register_profile(
    "brief",
    deadline=None,
    max_examples=25,
    suppress_health_check=[HealthCheck.too_slow],
    derandomize="CI" in os.environ,
)
settings.register_profile("long", settings.get_profile("brief"), max_examples=250)
settings.load_profile("brief")


def pytest_configure(config: pytest.Config) -> None:
    """Bots are forked from one process, whichever of the run's processes wants one."""
    if not hasattr(config, "workerinput"):
        stack = contextlib.ExitStack()
        stack.enter_context(template())
        config.add_cleanup(stack.close)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Thousands of tests and all that they import stay to the end: there is no garbage to look for among them."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


# Before those that do not run are taken out.
@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long, most of it waiting, is begun first: at the end all others would wait for it."""
    for path in {item.path for item in items if item.get_closest_marker("endurance") is not None}:
        if "endurance" not in path.read_text(encoding="utf-8"):
            raise pytest.UsageError(f"{path} has tests for `make endurance`, which finds modules by that word")
    items.sort(key=lambda item: item.get_closest_marker("waits") is None)
