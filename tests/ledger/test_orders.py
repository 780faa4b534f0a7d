"""An order is kept as it was given, and found again."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError, IntegrityError

from bot.ledger import JobState, Ledger, open_ledger
from tests.ledger.conftest import Opening
from tests.ledger.orders import MODERATOR, OWNER, claim, claims, look, now, order, pass_time, place, submit, url_of

COSTLY = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


async def test_an_accepted_order_waits_as_it_was_given(ledger: Ledger) -> None:
    new = order(OWNER, pictures=3, models="sdxl", needs="lora", size_class=2, channel_visible=False)
    job, standing = await ledger.submit(new)
    assert (standing.ahead, standing.people) == (0, 0)
    assert job.state is JobState.QUEUED
    for name in ("id", "guild_id", "channel_id", "user_id", "application_id", "interaction_token", "upload_limit"):
        assert getattr(job, name) == getattr(new, name)
    for name in ("workflow", "values", "pictures", "models", "size_class", "channel_visible"):
        assert getattr(job, name) == getattr(new, name)
    assert (job.message_id, job.server, job.epoch, job.losses, job.takeovers) == (None, None, 0, 0, 0)
    assert (job.started_at, job.finished_at, job.cancelled_by, job.reason, job.held_by) == (None,) * 5
    assert await ledger.job(job.id) == job


async def test_an_order_outside_a_server_has_no_guild(ledger: Ledger) -> None:
    job, _ = await ledger.submit(order(guild_id=None))
    assert (await now(ledger, job)).guild_id is None


async def test_the_same_id_is_not_accepted_twice(ledger: Ledger) -> None:
    new = order()
    await place(ledger, new)
    with pytest.raises(IntegrityError):
        await ledger.submit(new)
    assert await claims(ledger) == [new.id]


async def test_the_message_of_a_job_is_remembered_in_any_state(ledger: Ledger) -> None:
    waiting, ended, other = [(await ledger.submit(order()))[0] for _ in range(3)]
    await ledger.acknowledged(ended.id, 2**62)
    await ledger.cancel(ended.id, by=OWNER)
    await ledger.acknowledged(ended.id, 2**62 + 1)
    await ledger.acknowledged(waiting.id, 2**62 + 2)
    assert [(await now(ledger, job)).message_id for job in (waiting, ended, other)] == [2**62 + 2, 2**62 + 1, None]


async def test_an_acknowledgement_without_a_number_keeps_the_one_there_is(ledger: Ledger) -> None:
    (job,) = await submit(ledger)
    await ledger.acknowledged(job.id, None)
    assert (await now(ledger, job)).message_id == job.message_id


async def test_an_unknown_job_is_none(ledger: Ledger) -> None:
    assert await ledger.job("missing") is None


NASTY = [
    "",
    "x" * 4000,
    "\N{FACE WITH TEARS OF JOY}" * 2000,
    "'; DROP TABLE jobs; --",
    'he said "\\n" and {left} :name $1 %s',
    "\x00\x01\x7f\u2028\u202e",
    "日本語 العربية ॐ é e\u0301",
    "@everyone <@1> `x`",
]


@pytest.mark.parametrize("text", NASTY)
async def test_a_text_comes_back_as_it_was(ledger: Ledger, text: str) -> None:
    values = {"prompt": text, text: 1}
    job, _ = await ledger.submit(order(values=values))
    assert job.values == values
    assert (await now(ledger, job)).values == values


@COSTLY
@given(
    st.dictionaries(
        st.text(),
        st.text()
        | st.integers(-(2**53), 2**53)
        | st.booleans()
        | st.none()
        | st.floats(allow_nan=False, allow_infinity=False),
    )
)
async def test_values_come_back_as_they_were(ledger: Ledger, values: dict[str, Any]) -> None:
    job, _ = await ledger.submit(order(values=values))
    found = (await now(ledger, job)).values
    assert found == values
    assert [type(value) for value in found.values()] == [type(value) for value in values.values()]


@pytest.mark.parametrize("text", NASTY)
async def test_any_reason_can_be_written_down(ledger: Ledger, text: str) -> None:
    (job,) = await submit(ledger)
    ended = await ledger.finish(await claim(ledger), JobState.FAILED, text + "\ud83d")
    assert ended is not None
    assert (await now(ledger, job)).reason == ended.reason == text.replace("\x00", "") + "?"


async def test_a_value_that_no_database_takes_is_no_outage(ledger: Ledger) -> None:
    with pytest.raises((DBAPIError, UnicodeEncodeError)):
        await ledger.submit(order(workflow="\ud83d"))


async def test_a_users_active_jobs_are_his_newest_first(ledger: Ledger) -> None:
    jobs = await submit(ledger, 4)
    await submit(ledger, 1, MODERATOR)
    await ledger.finish(await claim(ledger), JobState.DONE)
    await claim(ledger)
    await ledger.cancel(jobs[2].id, by=OWNER)
    assert [job.id for job in await ledger.active_of(OWNER)] == [jobs[3].id, jobs[1].id]
    assert await ledger.active_of(12345) == ()


async def test_owners_whose_message_will_go_silent_are_warned_once(ledger: Ledger, ledger_url: str) -> None:
    hidden = await place(ledger, order(channel_visible=False))
    ended = await place(ledger, order(channel_visible=False))
    await ledger.cancel(ended.id, by=OWNER)
    await place(ledger, order())
    assert await ledger.unwarned(600) == ()
    await pass_time(ledger_url, 601)
    assert [job.id for job in await ledger.unwarned(600)] == [hidden.id]
    assert [await ledger.warned(hidden.id) for _ in range(2)] == [True, False]
    assert await ledger.unwarned(600) == ()


async def test_old_jobs_and_pictures_are_forgotten_and_nothing_else(ledger: Ledger, ledger_url: str) -> None:
    old, running, waiting = await submit(ledger, 3)
    await ledger.finish(await claim(ledger), JobState.DONE)
    await claim(ledger)
    old_file = await ledger.shelf.keep_file(b"old")
    await look(ledger_url, "UPDATE files SET created_at = created_at - 691200")
    new_file = await ledger.shelf.keep_file(b"new")
    await pass_time(ledger_url, 8 * 86400)
    (later,) = await submit(ledger)
    await ledger.cancel(later.id, by=OWNER)
    assert await ledger.prune(9) == 0
    assert await ledger.prune(7, ahead=2 * 86400) == 0, "it ended less than seven days ago by a clock that is right"
    assert await ledger.prune(7) == 1
    assert await ledger.job(old.id) is None
    for job in (running, waiting, later):
        assert await ledger.job(job.id) is not None
    assert (await ledger.shelf.file(old_file), await ledger.shelf.file(new_file)) == (None, b"new")


async def test_a_ledger_is_the_same_after_it_was_closed(ledger_url: str, opening: Opening) -> None:
    ledger = await open_ledger(ledger_url)
    jobs = await submit(ledger, 6)
    await ledger.finish(await claim(ledger), JobState.DONE)
    await ledger.finish(await claim(ledger), JobState.FAILED, "no memory")
    await ledger.give_back(await claim(ledger), lost=True)
    await ledger.cancel(jobs[3].id, by=MODERATOR)
    before = [await now(ledger, job) for job in jobs]
    await ledger.close()

    again = await opening()
    assert [await now(again, job) for job in jobs] == before
    (later,) = await submit(again)
    assert later.number > jobs[-1].number


async def test_a_ledger_makes_its_folder(tmp_path: Path) -> None:
    ledger = await open_ledger(url_of(tmp_path / "a" / "b"))
    await submit(ledger)
    await ledger.close()
    assert (tmp_path / "a" / "b" / "ledger.db").is_file()
