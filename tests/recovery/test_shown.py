"""What members read is true: time left, an unreachable server, what is next, and nothing before anything is known."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Guild, Message, answered
from tests.looks import is_done, is_queued, is_running, says
from tests.people import ALICE, BOB, MODERATORS, MONA
from tests.recovery.studio import Studio, brings_picture, job_of
from tests.waiting import until

UNREACHABLE = "can’t be reached right now"
NOBODY = re.compile("answering|reached|unreachable", re.IGNORECASE)
LEFT = re.compile(r"(\d+) s left")
ONE_A_SECOND = 1.0


def times_left(message: Message) -> list[int]:
    return [int(found[1]) for state in message.states if (found := LEFT.search(state.content))]


@pytest.mark.parametrize("comfyui", [ONE_A_SECOND], indirect=True, ids=["a step a second"])
async def test_time_left_counts_down_and_each_edit_says_something_new(studio: Studio) -> None:
    order = await studio.order(ALICE)
    await order.message.until(is_done)
    told = times_left(order.message)
    assert len(told) > 3
    assert all(before >= after for before, after in pairwise(told))
    running = [state for state in order.message.states if "🎨" in state.content]
    texts = [(state.content, tuple(one.filename for one in state.attachments)) for state in running]
    assert all(before != after or before[1] for before, after in pairwise(texts))
    # The second one is known from its beginning.
    again = await studio.order(ALICE, "a cow")
    await again.message.until(is_running)
    assert LEFT.search(again.message.content)


@pytest.mark.parametrize("comfyui", [ONE_A_SECOND], indirect=True, ids=["a step a second"])
async def test_a_refused_connection_is_known_at_once_and_so_is_its_end(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    orders = [await studio.order(user) for user in (ALICE, BOB, ALICE)]
    await orders[0].message.until(is_running)
    await orders[2].message.until(says("<t:"))
    await comfyui.stop()
    running = await orders[0].message.until(says(UNREACHABLE))
    assert "▰" not in running.content
    assert "left" not in running.content
    await orders[2].message.until(lambda message: "<t:" not in message.content)
    asked = await answered(studio.discord.slash("queue", user=ALICE))
    shown = asked.message
    await shown.until(says("0 of 1 image server busy · 1 unreachable"))
    assert "<t:" not in shown.content.replace("began <t:", "")
    await comfyui.start()
    for order in orders:
        await order.message.until(is_done)
    await shown.until(lambda message: "unreachable" not in message.content)


@pytest.mark.parametrize("comfyui", [5.0], indirect=True, ids=["slowly"])
async def test_a_server_that_answers_with_an_error_is_not_called_unreachable(
    studio: Studio, comfyui: ComfyUIStandIn
) -> None:
    order = await studio.order(ALICE)
    await order.message.until(is_running)
    comfyui.faults.http_status["/queue"] = 503
    await order.message.until(is_done)
    assert not any(UNREACHABLE in state.content for state in order.message.states)


async def test_nothing_is_claimed_of_servers_before_the_first_look_is_over(
    comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    comfyui.faults.held.add("/queue")
    async with (
        DiscordStandIn(Guild(roles=(MODERATORS,))) as discord,
        Studio(discord, [comfyui], tmp_path) as studio,
    ):
        order = await studio.order(ALICE)
        queue = await answered(discord.slash("queue", user=ALICE))
        panel = await answered(discord.slash("moderate queue", user=MONA))
        assert not NOBODY.search(panel.message.text)
        assert "server" not in panel.message.text.replace("This server’s queue", "")
        assert not NOBODY.search(order.message.content)
        assert not NOBODY.search(queue.message.content)
        assert "1 waiting" in queue.message.content
        comfyui.faults.held.clear()
        await order.message.until(is_done)
        assert not any(NOBODY.search(state.content) for state in order.message.states)


async def test_what_is_ready_on_the_server_is_up_next_for_whoever_cancels(
    studio: Studio, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "KSampler"
    first, second = await studio.order(ALICE, "a fox"), await studio.order(ALICE, "a cow")
    await first.message.until(is_running)
    await studio.submitted(second)
    await second.message.until(says("Up next"))
    assert is_queued(second.message)
    choices = await studio.discord.autocomplete("cancel", user=ALICE, option="job", value="")
    names = [choice.name for choice in choices]
    assert "running: a fox" in names
    assert "up next: a cow" in names


async def test_cancelling_somebody_elses_says_nothing_of_it(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "KSampler"
    theirs, mine = await studio.order(ALICE), await studio.order(BOB)
    answers = []
    for job_id in (job_of(theirs), "0c791ad9-84c4-436a-b989-baf7942dd22a"):
        asked = await answered(studio.discord.slash("cancel", user=BOB, job=job_id))
        answers.append(asked.message.content)
    assert answers[0] == answers[1]
    assert "can’t find" in answers[0]
    comfyui.faults.hang_in = None
    await mine.message.until(is_done)
    await until(lambda: studio.states()[job_of(mine)] == "done")
    asked = await answered(studio.discord.slash("cancel", user=BOB, job=job_of(mine)))
    assert "already ended" in asked.message.content


async def test_a_finished_image_is_in_the_history_the_moment_its_message_is(studio: Studio) -> None:
    opened = None
    for number in range(3):
        order = await studio.order(ALICE, f"fox {number}")
        await order.message.until(is_done)
        if opened is not None:
            await answered(studio.discord.press(opened, "Refresh", user=ALICE))
            assert f"fox {number}" in opened.content
        asked = await answered(studio.discord.slash("history", user=ALICE))
        assert f"fox {number}" in asked.message.content
        opened = asked.message


async def test_the_history_waits_for_what_is_shown_and_not_written_down_yet(
    studio: Studio, discord: DiscordStandIn
) -> None:
    discord.faults.holds = brings_picture
    order = await studio.order(ALICE)
    await order.message.until(is_done)
    assert studio.states()[job_of(order)] == "running"
    asked = await discord.slash("history", user=ALICE)
    discord.faults.holds = None
    await asked.acknowledged()
    assert "a fox" in asked.message.content
