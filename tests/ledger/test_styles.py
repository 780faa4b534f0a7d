"""A guild's styles: two moderators at once, names in any case, and no more than there is room for."""

import asyncio
from collections.abc import Sequence

from bot.ledger import Ledger, Saved, SavedStyles
from tests.ledger.conftest import Opening

GUILD, OTHER = 100, 200
MIA, MAX = 1, 2
MOST = 5
TEXT = {"prompt": "x\n{prompt} \U0001f3a8", "steps": 3}


async def test_a_style_is_found_in_any_case_and_in_its_guild_alone(ledger: Ledger) -> None:
    assert await ledger.styles.save(GUILD, "Film  Noir", TEXT, MIA, most=MOST) is Saved.SAVED
    kept = await ledger.styles.find(GUILD, "film noir")
    assert kept is not None
    assert (kept.name, kept.content, kept.changed_by) == ("Film  Noir", TEXT, MIA)
    assert await ledger.styles.find(OTHER, "film noir") is None
    assert await ledger.styles.names(OTHER) == {}
    assert not await ledger.styles.remove(OTHER, "film noir")
    assert await ledger.styles.remove(GUILD, "FILM NOIR")
    assert await ledger.styles.of_guild(GUILD) == ()


async def test_a_style_that_changed_meanwhile_is_not_overwritten(ledger: Ledger) -> None:
    await ledger.styles.save(GUILD, "A", TEXT, MIA, most=MOST)
    before = await ledger.styles.find(GUILD, "A")
    assert await ledger.styles.save(GUILD, "A", {"prompt": "max"}, MAX, most=MOST, before=before) is Saved.SAVED
    assert await ledger.styles.save(GUILD, "A", {"prompt": "mia"}, MIA, most=MOST, before=before) is Saved.CHANGED
    now = await ledger.styles.find(GUILD, "A")
    assert now is not None
    assert now.content == {"prompt": "max"}
    await ledger.styles.remove(GUILD, "A")
    assert await ledger.styles.save(GUILD, "A", TEXT, MIA, most=MOST, before=now) is Saved.CHANGED
    assert await ledger.styles.names(GUILD) == {}


async def test_a_style_can_get_another_name_but_not_a_taken_one(ledger: Ledger) -> None:
    for name in ("A", "B"):
        await ledger.styles.save(GUILD, name, TEXT, MIA, most=MOST)
    assert await ledger.styles.save(GUILD, "a", TEXT, MIA, most=MOST) is Saved.TAKEN
    before = await ledger.styles.find(GUILD, "A")
    assert await ledger.styles.save(GUILD, "b", TEXT, MIA, most=MOST, before=before) is Saved.TAKEN
    assert await ledger.styles.save(GUILD, "C", TEXT, MIA, most=MOST, before=before) is Saved.SAVED
    assert await ledger.styles.names(GUILD) == {"B": True, "C": True}


async def test_a_hidden_name_takes_no_room_and_can_be_used(ledger: Ledger) -> None:
    await ledger.styles.hide(GUILD, "A", MIA)
    await ledger.styles.hide(GUILD, "a", MIA)
    assert await ledger.styles.names(GUILD) == {"a": False}
    for name in ("A", "B"):
        assert await ledger.styles.save(GUILD, name, TEXT, MIA, most=2) is Saved.SAVED
    assert await ledger.styles.save(GUILD, "C", TEXT, MIA, most=2) is Saved.FULL
    assert await ledger.styles.names(GUILD) == {"A": True, "B": True}


async def test_an_import_replaces_adds_and_says_what_had_no_room(ledger: Ledger) -> None:
    await ledger.styles.save(GUILD, "A", TEXT, MIA, most=MOST)
    new = {name: {"prompt": name} for name in ("B", "a", "C", "D")}
    saved = await ledger.styles.save_all(GUILD, new, MAX, most=3)
    assert saved == SavedStyles(("B", "C"), ("a",), ("D",))
    kept = {row.name: row.content for row in await ledger.styles.of_guild(GUILD)}
    assert kept == {name: new[name] for name in ("a", "B", "C")}
    assert await ledger.styles.save_all(GUILD, {}, MAX, most=3) == SavedStyles()


async def test_of_many_who_save_at_once_one_wins_and_the_limit_holds(ledger: Ledger, opening: Opening) -> None:
    # Only PostgreSQL can have several processes at work on one ledger.
    ledgers: Sequence[Ledger] = [ledger, await opening()] if ledger.shared else [ledger]
    doing = [ledgers[n % len(ledgers)].styles.save(GUILD, "A", {"prompt": str(n)}, n, most=MOST) for n in range(8)]
    assert sorted(await asyncio.gather(*doing)) == [Saved.SAVED, *[Saved.TAKEN] * 7]
    doing = [ledgers[n % len(ledgers)].styles.save(GUILD, f"B{n}", TEXT, n, most=MOST) for n in range(8)]
    assert sorted(await asyncio.gather(*doing)) == [*[Saved.FULL] * 4, *[Saved.SAVED] * 4]
    assert len(await ledger.styles.names(GUILD)) == MOST
