"""Each guild has its turn, however many members of another one wait; within a guild nothing changes."""

from bot.ledger import Allowance, JobState, Ledger
from tests.ledger.orders import GUILD, HERE, claim, order, place

GALLERY = 101
THIRD = 102
CROWD = 30


async def crowd(ledger: Ledger, guild_id: int = GUILD, members: int = CROWD, **limits: int) -> None:
    """As many members as there are jobs: no member's own clock holds any of them back."""
    for user_id in range(1000, 1000 + members):
        await place(ledger, order(user_id, guild_id=guild_id), Allowance(**limits))


async def serve(ledger: Ledger, jobs: int) -> list[tuple[int | None, int]]:
    served = []
    for _ in range(jobs):
        job = await ledger.claim(HERE)
        if job is None:
            break
        await ledger.finish(job, JobState.DONE, seconds=10.0)
        served.append((job.guild_id, job.user_id))
    return served


async def test_a_crowd_in_one_guild_delays_another_guild_by_one_job(ledger: Ledger) -> None:
    await crowd(ledger)
    await serve(ledger, 3)
    await place(ledger, order(1, guild_id=GALLERY))
    assert (GALLERY, 1) in await serve(ledger, 2)


async def test_guilds_take_turns_whatever_lanes_and_weights_their_moderators_gave(ledger: Ledger) -> None:
    for user_id in range(1000, 1000 + CROWD):
        await place(ledger, order(user_id), Allowance(lane=-1, weight=10.0))
    for user_id in range(1, 7):
        await place(ledger, order(user_id, guild_id=GALLERY), Allowance(lane=1, weight=0.1))
    served = [guild for guild, _ in await serve(ledger, 12)]
    assert served.count(GALLERY) == served.count(GUILD) == 6
    for number in range(1, 12):
        assert abs(served[:number].count(GALLERY) - served[:number].count(GUILD)) <= 1


async def test_a_guild_that_was_alone_pays_nobody_for_that(ledger: Ledger) -> None:
    await crowd(ledger, members=20)
    await serve(ledger, 20)
    await crowd(ledger, members=6)
    await crowd(ledger, GALLERY, members=6)
    served = [guild for guild, _ in await serve(ledger, 6)]
    assert served.count(GUILD) >= 2


async def test_each_member_in_direct_messages_has_a_share(ledger: Ledger) -> None:
    await crowd(ledger)
    for user_id in (1, 2):
        for _ in range(5):
            await place(ledger, order(user_id, guild_id=None))
    served = await serve(ledger, 9)
    assert served.count((None, 1)) == served.count((None, 2)) == 3


async def test_a_flood_within_a_guild_delays_its_members_by_one_job_while_other_guilds_wait(ledger: Ledger) -> None:
    await crowd(ledger, GALLERY)
    for _ in range(20):
        await place(ledger, order(1))
    await serve(ledger, 4)
    await place(ledger, order(2))
    after = [user for guild, user in await serve(ledger, 6) if guild == GUILD]
    assert 2 in after[:2]


async def test_the_line_is_shown_in_the_order_in_which_it_is_served(ledger: Ledger) -> None:
    await crowd(ledger, members=7)
    await crowd(ledger, GALLERY, members=3)
    await serve(ledger, 2)
    new, standing = await ledger.submit(order(5, guild_id=THIRD))
    await ledger.acknowledged(new.id, 400)
    line = await ledger.line(100)
    assert [(job.guild_id, job.user_id) for job, _ in line] == await serve(ledger, 100)
    assert [place.ahead for _, place in line] == [*range(len(line))]
    ((at, shown),) = ((at, shown) for at, (job, shown) in enumerate(line) if job.id == new.id)
    assert (standing.ahead, standing.people) == (at, shown.people)
    assert at <= 2


async def test_a_job_that_was_given_back_keeps_its_turn_and_is_paid_once(ledger: Ledger) -> None:
    await crowd(ledger, members=4)
    await crowd(ledger, GALLERY, members=4)
    first = await claim(ledger)
    assert await ledger.give_back(first, lost=True, asked_back=True)
    again = await claim(ledger)
    assert again.id == first.id
    await ledger.finish(again, JobState.DONE)
    served = [guild for guild, _ in await serve(ledger, 6)]
    assert served.count(GUILD) == served.count(GALLERY) == 3
