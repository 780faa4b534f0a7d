"""Two gateways with one token and one database: each interaction is taken by one of them, whichever lives."""

from collections import Counter
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.discord_server import Failure, Permission, Role, User, answered
from tests.looks import is_cancelled, is_done, says
from tests.machines.gateways import ALARM, PATIENCE, Siblings, siblings
from tests.waiting import until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("machines")]

USERS = [User(f"user {number}") for number in range(12)]
ADA = User("ada", roles=(Role("mods", Permission.MANAGE_MESSAGES | Permission.MANAGE_GUILD),))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def two(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Siblings]:
    async with siblings(tmp_path_factory.mktemp("two")) as two:
        yield two


async def test_each_command_is_answered_by_one_while_the_other_stays_silent(two: Siblings) -> None:
    orders = [await answered(two.discord.slash("paint", user=user, prompt="a fox")) for user in USERS]
    for order in orders:
        await order.message.until(is_done)
    assert [order.id for order in orders if not two.answered_by_one(order)] == []
    assert len({body["prompt_id"] for body in two.comfyui.submitted}) == len(orders)
    assert len(two.discord.messages()) == len(orders)
    assert ALARM not in two.logs()


async def test_a_press_is_carried_out_once(two: Siblings) -> None:
    order = await answered(two.discord.slash("paint", user=USERS[0], prompt="a press"))
    await order.message.until(is_done)
    before = len(two.comfyui.submitted)
    again = await answered(two.discord.press(order.message, "Again", user=USERS[0]))
    await again.message.until(is_done)
    assert two.answered_by_one(again)
    assert len(two.comfyui.submitted) == before + 1


async def test_a_form_goes_to_the_process_that_has_opened_it(two: Siblings) -> None:
    for number in range(4):
        order = await answered(two.discord.slash("paint", user=USERS[1], prompt=f"form {number}"))
        await order.message.until(is_done)
        asked = await answered(two.discord.press(order.message, "Delete", user=USERS[1]))
        sure = await answered(two.discord.press(await asked.followup(), "Delete", user=USERS[1]))
        opened, sent = (two.first_answers(one)[0].process for one in (asked, sure))
        assert opened == sent


async def test_suggestions_come_from_either_and_are_no_sign_of_another_program(two: Siblings) -> None:
    for _ in range(3):
        choices = await two.discord.autocomplete("paint", option="checkpoint", value="", user=USERS[0], prompt="x")
        assert choices
    assert ALARM not in two.logs()


async def test_one_of_them_keeps_a_panel_up_to_date(two: Siblings) -> None:
    panel = await answered(two.discord.slash("moderate queue", user=ADA))
    two.comfyui.faults.hang_in = "KSampler"
    orders = [await answered(two.discord.slash("paint", user=user, prompt="a panel", steps=5)) for user in USERS[:4]]
    await until(lambda: bool(_edits_of(two, panel.message.id)))
    two.comfyui.faults.hang_in = None
    for order in orders:
        await order.message.until(is_done)
    assert len(set(_edits_of(two, panel.message.id))) == 1


def _edits_of(two: Siblings, message_id: int) -> Counter[str]:
    return Counter(
        one.process
        for one in two.discord.requests
        if one.method == "PATCH" and one.path.startswith("/channels/") and one.path.endswith(str(message_id))
    )


async def test_the_other_answers_when_one_was_killed_with_an_interaction_in_its_hands(two: Siblings) -> None:
    two.right.suspend()
    # It takes the next interaction, and is killed while it waits to answer.
    await two.left.kill()
    await two.left.start({"DIE_AT": "end 3"})
    await two.left.wait_ready()
    try:
        order = await two.discord.slash("paint", user=USERS[2], prompt="a takeover")
        await two.left.wait()
    finally:
        two.right.resume()
    await order.acknowledged(PATIENCE)
    assert two.first_answers(order)[-1].process == "right"
    await order.message.until(is_done)
    await two.left.start()
    await two.left.wait_ready()


async def test_a_cancellation_is_shown_if_the_process_that_took_it_died_before(two: Siblings) -> None:
    ledger, guild = two.machines.ledger, two.discord.guild.id
    await ledger.rules.pause(guild, ADA.id, None)
    order = await answered(two.discord.slash("paint", user=USERS[5], prompt="a cancellation"))
    (job,) = await ledger.active_of(USERS[5].id)
    # This ledger is a process that takes it, and never tells anybody.
    await ledger.cancel(job.id, by=USERS[5].id)
    await order.message.until(is_cancelled)
    await ledger.rules.resume(guild)


async def test_a_view_that_was_kept_up_to_date_by_a_process_that_died_says_that_it_has_ended(two: Siblings) -> None:
    view = await answered(two.discord.slash("queue", user=USERS[3]))
    owner = two.left if two.first_answers(view)[0].process == "left" else two.right
    assert "Updates for 5 minutes" in view.message.content
    await owner.kill()
    await view.message.until(says("No longer updating"))
    await owner.start()
    await owner.wait_ready()


async def test_another_program_with_another_database_is_noticed(two: Siblings) -> None:
    assert ALARM not in two.logs()
    two.discord.fail_next("POST", "/interactions/*/callback", Failure(400, code=40060))
    await two.discord.slash("paint", user=USERS[4], prompt="somebody else's")
    await until(lambda: ALARM in two.logs())
