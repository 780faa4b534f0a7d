"""What other processes say of their servers is taken over, what they say alike once."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.comfyui import ObjectInfos
from bot.ledger import SERVERS, Ledger
from bot.worker import OtherProcesses
from bot.workflows import Library
from tests.ledgers import open_patiently
from tests.waiting import until

HERE, THERE, OWN = "http://here:8188", "http://there:8188", "http://own:8188"
SAID = json.dumps({"EmptyImage": {}, "SaveImage": {}}).encode()
OTHERWISE = json.dumps({"SaveImage": {}}).encode()


@pytest.fixture
async def ledger(tmp_path: Path) -> AsyncIterator[Ledger]:
    ledger = await open_patiently(f"sqlite+aiosqlite:///{tmp_path / 'jobs.db'}")
    yield ledger
    await ledger.close()


@pytest.fixture
async def library(ledger: Ledger, tmp_path: Path) -> AsyncIterator[Library]:
    """One that hears of all servers but its own."""
    library = Library(tmp_path)

    async def nothing() -> None:
        """No other process adds workflows."""

    following = asyncio.create_task(OtherProcesses(ledger, library, ObjectInfos(), frozenset({OWN}), nothing).run())
    yield library
    following.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await following


async def said(ledger: Ledger, body: bytes, *urls: str) -> None:
    """Their worker has said so, and the news is there."""
    for url in urls:
        await ledger.servers.say(url, answering=True, object_info=body)
    ledger.signals.ring(SERVERS)


async def test_servers_that_have_the_same_are_kept_once(ledger: Ledger, library: Library) -> None:
    await said(ledger, SAID, HERE, THERE, OWN)
    await until(lambda: library.infos.keys() == {HERE, THERE})
    assert library.infos[HERE] is library.infos[THERE]
    assert library.infos[HERE].knows("EmptyImage")


async def test_one_that_has_changed_is_known_as_it_is_now(ledger: Ledger, library: Library) -> None:
    await said(ledger, SAID, HERE, THERE)
    await until(lambda: library.infos.keys() == {HERE, THERE})
    await said(ledger, OTHERWISE, THERE)
    await until(lambda: not library.infos[THERE].knows("EmptyImage"))
    assert library.infos[HERE].knows("EmptyImage")
