"""What the ledger holds about a member is counted, handed out and erased, and nobody else's is touched."""

import contextlib
import json
import sqlite3
import sys
import uuid
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from bot.errors import LimitReached
from bot.ledger import Act, Allowance, Axis, Entry, Holdings, JobState, Ledger, NewGrid, open_ledger
from bot.ledger.database.schema import JOBS
from bot.ledger.personal_data import EMPTIED
from tests.ledger.orders import GUILD, OWNER, UPLOAD_LIMIT, claim, look, order, pass_time, place, submit
from tests.ledger.test_links import LINK

OTHER = 2
CANARY = "canarylighthouse"
STAYS = {
    *("number", "id", "guild_id", "channel_id", "message_id", "user_id", "application_id", "upload_limit"),
    *("channel_visible", "workflow", "pictures", "state", "held_by", "lane", "weight", "size_class", "approved_by"),
    *("spoiler", "previews", "cost", "start_tag", "finish_tag", "overtaken", "server", "bound_until", "lease_until"),
    *("epoch", "losses", "takeovers", "returns", "created_at", "warned_at", "started_at", "begun_at", "finished_at"),
    *("seconds", "cancelled_by", "private", "deleted_by", "erased_at", "stops", "pressed_at", "grid_id"),
    *("publishing_until", "cell", "foreign_ahead", "share", "partner_price", "reserved", "charged"),
}
"""Columns of a job that hold nothing of what its member gave."""


async def done(ledger: Ledger, user_id: int = OWNER, **values: object) -> str:
    job = await place(ledger, order(user_id, {"prompt": CANARY, **values}))
    await ledger.finish(await claim(ledger), JobState.DONE)
    await ledger.acknowledged(job.id, job.number + 10_000)
    return job.id


async def raw(url: str) -> str:
    """Everything that the database holds, as far as it can be read: all bytes of its files, or all rows."""
    if url.startswith("sqlite"):
        path = Path(make_url(url).database or "")
        return "".join(file.read_bytes().decode("latin-1") for file in sorted(path.parent.glob(f"{path.name}*")))
    names = await look(url, "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
    return "".join([str(await look(url, f"SELECT t::text FROM {name} t")) for (name,) in names])  # noqa: S608


def test_each_column_of_a_job_is_emptied_or_holds_nothing_of_its_member() -> None:
    """A new column is in neither: decide here where it belongs."""
    assert EMPTIED.keys() & STAYS == set()
    assert {column.name for column in JOBS.c} == EMPTIED.keys() | STAYS


async def test_a_canary_is_found_nowhere_once_its_member_has_erased_it(ledger: Ledger, ledger_url: str) -> None:
    image = f"{CANARY} in an image".encode()
    file_id = await ledger.shelf.keep_file(image)
    for number in range(40):
        # Many rows of changing sizes, so that pages split and rows move.
        await done(ledger, image=file_id, style=CANARY * (1 + number % 7 * 40))
    undelivered = await done(ledger)
    await ledger.shelf.keep_result(undelivered, image)
    await ledger.reports.report(Entry(GUILD, Act.REPORTED, OWNER, OTHER, "of another"), 10)
    await ledger.reports.report(Entry(GUILD, Act.REPORTED, OTHER, OWNER, undelivered), 10)
    await ledger.reports.keep_copy(undelivered, image)
    await ledger.audit.record(Entry(GUILD, Act.REFUSED, user_id=OWNER, detail="limit", prompt=CANARY))
    other = await done(ledger, OTHER, prompt="somebody else's")
    assert CANARY in await raw(ledger_url)
    assert await ledger.personal_data.holdings(OWNER) == Holdings(41, 1, 1)

    assert await ledger.personal_data.erase(OWNER, messages=False) == {GUILD}

    assert CANARY not in await raw(ledger_url)
    assert await ledger.personal_data.holdings(OWNER) == Holdings(0, 0, 0)
    assert (await ledger.history(OWNER, GUILD, 5)).jobs == ()
    assert [job.id for job in (await ledger.history(OTHER, GUILD, 5)).jobs] == [other]
    kept = await ledger.job(other)
    assert kept is not None
    assert kept.values == {"prompt": "somebody else's"}
    assert await ledger.personal_data.erase(OWNER, messages=False) == set()


async def test_while_another_program_reads_the_database_nothing_is_left_for_good(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'darkroom.db'}"
    ledger = await open_ledger(url)
    await done(ledger)
    with contextlib.closing(sqlite3.connect(tmp_path / "darkroom.db", isolation_level=None)) as backup:
        backup.execute("BEGIN")
        backup.execute("SELECT count(*) FROM jobs").fetchall()
        await ledger.personal_data.erase(OWNER, messages=False)
    assert CANARY in await raw(url)
    await ledger.personal_data.prune()
    assert CANARY not in await raw(url)
    await ledger.close()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of processes are Unix's")
async def test_without_room_to_write_the_database_again_a_member_has_erased_all_the_same(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import resource  # noqa: PLC0415 - exists only on Unix

    url = f"sqlite+aiosqlite:///{tmp_path / 'darkroom.db'}"
    ledger = await open_ledger(url)
    await ledger.shelf.keep_file(bytes(6 * 2**20))
    await done(ledger)
    await ledger.close()
    ledger = await open_ledger(url)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3 * 2**20, before[1]))
    try:
        await ledger.personal_data.erase(OWNER, messages=False)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert (await ledger.personal_data.holdings(OWNER)).jobs == 0
    assert "copies of erased rows are left" in caplog.text
    await ledger.personal_data.prune()
    assert CANARY not in await raw(url)
    await ledger.close()


async def test_no_table_holds_what_a_member_wrote_once_they_have_erased_it(ledger: Ledger, ledger_url: str) -> None:
    """Grids, links, settings, held prompts and what a server said about a failure, in words that databases escape."""
    words = f"{CANARY} 'quoted' \"twice\" \\ Ünïcödé 猫 \N{CAT FACE} %s"
    for guild_id in (GUILD, None):
        failed = await place(ledger, order(OWNER, {"prompt": words}, guild_id=guild_id, hold_reason=f"words: {words}"))
        running = await claim(ledger)
        why = {"message": words, "traceback": words}
        await ledger.finish(running, JobState.FAILED, words, cause=words, failure=why)
        assert await ledger.failure(failed.id) == why
    axes = [Axis(option="steps", labels=[words])]
    where = {
        "guild_id": GUILD,
        "channel_id": 200,
        "user_id": OWNER,
        "application_id": 300,
        "upload_limit": UPLOAD_LIMIT,
    }
    what = {"interaction_token": "t", "channel_visible": True, "private": False, "workflow": "text_to_image"}
    what |= {"upload_limit": UPLOAD_LIMIT}
    grid = NewGrid(**{**where, **what, "id": str(uuid.uuid4()), "prompt": words, "axes": axes})  # type: ignore[arg-type]
    await ledger.grids.create(grid, [order(OWNER, {"prompt": words}, grid_id=grid.id, cell=0)], Allowance())
    await ledger.grids.acknowledged(grid.id, 400)
    await ledger.finish(await claim(ledger), JobState.DONE)
    await ledger.grids.close(grid.id, tell=True)
    await ledger.links.keep(replace(LINK, values={"prompt": words}))
    await ledger.preferences.change(OWNER, GUILD, {"negative": words})
    await ledger.audit.record(Entry(GUILD, Act.REFUSED, user_id=OWNER, detail="limit", prompt=words))
    assert CANARY in await raw(ledger_url)
    assert await look(ledger_url, "SELECT 1 FROM shares WHERE share < 0")

    await ledger.personal_data.erase(OWNER, messages=False)

    assert CANARY not in await raw(ledger_url)
    assert not await look(ledger_url, "SELECT 1 FROM shares WHERE share < 0")


async def test_a_file_that_another_member_uses_too_stays_for_them(ledger: Ledger) -> None:
    shared, own = await ledger.shelf.keep_file(b"shared"), await ledger.shelf.keep_file(b"own")
    await done(ledger, image=shared, mask=own)
    await place(ledger, order(OTHER, {"image": shared}))
    await ledger.personal_data.erase(OWNER, messages=False)
    assert await ledger.shelf.file(shared) == b"shared"
    assert await ledger.shelf.file(own) is None


async def test_what_still_runs_stays_until_it_is_erased_later(ledger: Ledger, ledger_url: str) -> None:
    (job,) = await submit(ledger)
    running = await claim(ledger)
    await ledger.personal_data.erase(OWNER, messages=True)
    kept = await ledger.job(job.id)
    assert kept is not None
    assert kept.values == job.values
    await ledger.finish(running, JobState.CANCELLED)
    await ledger.personal_data.erase(OWNER, messages=True)
    emptied = await ledger.job(job.id)
    assert emptied is not None
    assert (emptied.values, emptied.interaction_token) == ({}, "")


async def test_erasing_gives_nobody_more_images_a_day_and_what_counts_goes_a_day_later(
    ledger: Ledger, ledger_url: str
) -> None:
    job_id = await done(ledger)
    await ledger.personal_data.erase(OWNER, messages=False)
    with pytest.raises(LimitReached):
        await ledger.submit(order(), Allowance(daily=1))
    await ledger.personal_data.prune()
    assert await ledger.job(job_id) is not None
    await pass_time(ledger_url, 86_500)
    await ledger.personal_data.prune()
    assert await ledger.job(job_id) is None


async def test_messages_wait_to_be_deleted_until_each_is_gone_even_if_erased_again(ledger: Ledger) -> None:
    first, second = await done(ledger), await done(ledger)
    await ledger.personal_data.erase(OWNER, messages=True)
    await ledger.personal_data.erase(OWNER, messages=False)
    assert [job.id for job in await ledger.personal_data.messages_to_delete(10)] == [first, second]
    await ledger.personal_data.message_gone(first)
    assert [job.id for job in await ledger.personal_data.messages_to_delete(10)] == [second]
    # Another member's messages and jobs that were not erased are none of its business.
    third = await done(ledger)
    await ledger.personal_data.message_gone(third)
    kept = await ledger.job(third)
    assert kept is not None
    assert kept.message_id is not None


async def test_blocks_and_the_log_stay_and_are_handed_out_without_who_and_why(ledger: Ledger) -> None:
    await ledger.rules.block(GUILD, OWNER, 99, "a reason", None)
    await ledger.audit.record(Entry(GUILD, Act.BLOCKED, 99, OWNER, None, "between moderators"))
    await done(ledger)
    export = json.dumps(await ledger.personal_data.export(OWNER))
    assert CANARY in export
    assert "a-made-up-token" not in export
    assert "between moderators" not in export
    await ledger.personal_data.erase(OWNER, messages=False)
    assert (await ledger.rules.book(GUILD)).block_of(OWNER) is not None
    assert [one.act for one in await ledger.audit.log(GUILD, member_id=OWNER)] == [Act.ERASED, Act.BLOCKED]


async def test_what_no_job_names_goes_after_a_day_and_tokens_after_an_hour(ledger: Ledger, ledger_url: str) -> None:
    named, given, unnamed = [await ledger.shelf.keep_file(one) for one in (b"named", b"given", b"unnamed")]
    job = await place(ledger, order(values={"image": named}, given={"image": given}))
    await ledger.shelf.keep_result("a" * 36, b"of a job that is gone")
    await ledger.personal_data.prune()
    assert await ledger.shelf.file(unnamed) == b"unnamed"
    assert job.interaction_token
    await ledger.finish(await claim(ledger), JobState.DONE)
    await pass_time(ledger_url, 86_500)
    await look(ledger_url, "UPDATE files SET created_at = created_at - 86500")
    await ledger.personal_data.prune()
    found = [await ledger.shelf.file(one) for one in (named, given, unnamed, "a" * 36)]
    assert found == [b"named", b"given", None, None]
    after = await ledger.job(job.id)
    assert after is not None
    assert not after.interaction_token
