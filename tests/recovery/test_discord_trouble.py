"""Discord breaks connections, loses answers, and sends its gatekeeper forward: no image is lost to that."""

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import CLOSED, LOST_ANSWER, RESET, DiscordStandIn, Failure, answered
from tests.looks import is_done, says
from tests.people import ALICE, MONA
from tests.recovery.studio import Studio, job_of
from tests.waiting import until

CALLBACK = "/interactions/*"
GATEKEEPER = Failure(429, retry_after=1, via=False)
WEB_PAGE, WEB_PAGE_VIA = Failure(429, via=False, page=True), Failure(429, page=True)
NO_TOKEN = Failure(401)


@pytest.mark.parametrize(
    "failure",
    [CLOSED, RESET, LOST_ANSWER, GATEKEEPER, WEB_PAGE, WEB_PAGE_VIA, NO_TOKEN],
    ids=["closed", "reset", "lost", "429", "429 as a page", "429 as a page by way of Discord", "401"],
)
async def test_the_picture_is_sent_again(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn, failure: Failure
) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    order = await studio.order(ALICE)
    await studio.begun(order)
    await until(lambda: any(request.method == "PATCH" for request in discord.requests))
    discord.fail_next("PATCH", "/webhooks/*", failure, times=2)
    comfyui.faults.hang_in = None
    await order.message.until(is_done)
    await until(lambda: studio.states() == {job_of(order): "done"})
    assert order.message.attachments
    assert not discord.messages(discord.direct(ALICE))


async def test_a_token_that_was_reset_ends_the_program_with_what_to_do(studio: Studio, discord: DiscordStandIn) -> None:
    # It answers, so it is done with connecting.
    await answered(discord.slash("queue", user=ALICE))
    discord.gateway.close(4004)
    await until(lambda: not studio.bot.running)
    log = studio.bot.log.read_text(encoding="utf-8")
    assert "Discord refused this token." in log
    assert "Traceback" not in log


@pytest.mark.parametrize("comfyui", [8.0], indirect=True, ids=["slowly"])
async def test_progress_that_is_refused_stops_nothing(studio: Studio, discord: DiscordStandIn) -> None:
    discord.fail_next("PATCH", "/webhooks/*", 500, times=100, when=lambda request: "▰" in request.json["content"])
    order = await studio.order(ALICE)
    await order.message.until(is_done)
    assert any(request.status == 500 for request in discord.requests)


@pytest.mark.parametrize(
    "failure", [LOST_ANSWER, Failure(502, applied=True)], ids=["its answer is lost", "its answer is an error"]
)
async def test_a_reply_that_is_there_carries_its_job_whatever_was_heard_of_it(
    studio: Studio, discord: DiscordStandIn, failure: Failure
) -> None:
    discord.fail_next("POST", CALLBACK, failure)
    order = await studio.order(ALICE)
    await order.message.until(is_done)
    await until(lambda: studio.select("SELECT state, message_id FROM jobs") == [("done", order.message.id)])
    assert discord.messages() == [order.message]


@pytest.mark.parametrize(
    "failure",
    [GATEKEEPER, WEB_PAGE, WEB_PAGE_VIA, Failure(403, page=True, via=False), Failure(503, page=True), RESET, CLOSED],
    ids=["429", "429 as a page", "the same by way of Discord", "403 as a page", "503 as a page", "reset", "closed"],
)
async def test_an_answer_that_does_not_reach_discord_twice_is_sent_again(
    studio: Studio, discord: DiscordStandIn, failure: Failure
) -> None:
    discord.fail_next("POST", CALLBACK, failure, times=2)
    order = await discord.slash("imagine", user=ALICE, prompt="a fox")
    await order.acknowledged()
    await order.message.until(is_done)
    await until(lambda: list(studio.states().values()) == ["done"])
    discord.fail_next("POST", CALLBACK, failure)
    paused = await discord.slash("moderate pause", user=MONA)
    await paused.acknowledged()
    await paused.message.until(says("The queue is paused"))
    assert discord.messages() == [order.message]


@pytest.mark.parametrize("failure", [RESET, CLOSED, Failure(404, code=10062)], ids=["reset", "closed", "too late"])
async def test_an_order_whose_reply_never_arrived_is_taken_back(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn, failure: Failure
) -> None:
    comfyui.faults.hang_in = "KSampler"
    others = [await studio.order(ALICE, f"fox {number}") for number in range(2)]
    await studio.submitted(others[1])
    discord.fail_next("POST", CALLBACK, failure, times=100)
    await discord.slash("imagine", user=ALICE, prompt="a whale")
    await until(lambda: sorted(studio.states().values()) == ["cancelled", "running", "running"])
    comfyui.faults.hang_in = None
    for order in others:
        await order.message.until(is_done)
    assert len(studio.executed()) == 2
    assert not discord.messages(discord.direct(ALICE))
