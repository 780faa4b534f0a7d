"""Links: one key for all processes, one job for each link, and a link whose job nobody saw is good for another."""

import asyncio
from dataclasses import replace

import pytest

from bot.errors import LimitReached, LinkUsed
from bot.ledger import Allowance, Ledger, NewLink
from tests.ledger.conftest import Opening
from tests.ledger.orders import OWNER, look, order

LINK = NewLink(
    id="a-link",
    user_id=OWNER,
    guild_id=None,
    channel_id=200,
    channel_visible=True,
    application_id=300,
    token="a-made-up-token",
    upload_limit=10,
    private=False,
    spoiler=True,
    workflow="inpaint",
    values={"prompt": "a fox"},
    image="https://cdn.example/1.png",
)


async def test_all_processes_sign_with_one_key(opening: Opening) -> None:
    ledgers = [await opening() for _ in range(3)]
    keys = await asyncio.gather(*(one.links.key() for one in [*ledgers, *ledgers]))
    assert len(set(keys)) == 1
    assert len(keys[0]) == 64


async def test_a_link_is_kept_as_it_was_given(ledger: Ledger) -> None:
    await ledger.links.keep(LINK)
    assert await ledger.links.link("another") is None
    kept = await ledger.links.link(LINK.id)
    assert kept is not None
    assert NewLink(**{name: getattr(kept, name) for name in NewLink.__dataclass_fields__}) == LINK
    assert (kept.file_id, kept.used) == (None, False)
    await ledger.links.shown(LINK.id, "a-file")
    assert await ledger.links.link(LINK.id) == replace(kept, file_id="a-file")


async def test_of_many_jobs_at_once_one_has_the_link(opening: Opening) -> None:
    ledgers = [await opening() for _ in range(3)]
    await ledgers[0].links.keep(LINK)
    orders = [order(user_id, link_id=LINK.id) for user_id in range(6)]
    tries = (ledgers[number % 3].submit(new) for number, new in enumerate(orders))
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(isinstance(one, LinkUsed) for one in outcomes) == 5
    assert sum(isinstance(one, tuple) for one in outcomes) == 1
    with pytest.raises(LinkUsed):
        await ledgers[1].submit(order(link_id="never kept"))


async def test_what_is_refused_leaves_the_link_unused(ledger: Ledger) -> None:
    await ledger.links.keep(LINK)
    with pytest.raises(LimitReached):
        await ledger.submit(order(link_id=LINK.id), Allowance(daily=0))
    assert not await _is_used(ledger)
    unseen, _ = await ledger.submit(order(link_id=LINK.id))
    assert await _is_used(ledger)
    await ledger.cancel(unseen.id, by=OWNER)
    assert not await _is_used(ledger)
    seen, _ = await ledger.submit(order(link_id=LINK.id))
    await ledger.acknowledged(seen.id, 400)
    await ledger.cancel(seen.id, by=OWNER)
    assert await _is_used(ledger)
    with pytest.raises(LinkUsed):
        await ledger.submit(order(link_id=LINK.id))


async def test_old_links_are_deleted(ledger: Ledger, ledger_url: str) -> None:
    await ledger.links.keep(LINK)
    await ledger.links.prune()
    assert await ledger.links.link(LINK.id) is not None
    await look(ledger_url, "UPDATE links SET created_at = created_at - 90000")
    await ledger.links.prune()
    assert await ledger.links.link(LINK.id) is None


async def _is_used(ledger: Ledger) -> bool:
    link = await ledger.links.link(LINK.id)
    return link is not None and link.used
