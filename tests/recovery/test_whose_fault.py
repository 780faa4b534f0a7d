"""What a server answers to one job is that job's own: it fails in true words, and nobody else is held up."""

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import Interaction, User
from tests.recovery.studio import PATIENCE, Studio, is_done, is_failed
from tests.server_blamed import BLAMED
from tests.waiting import until


async def said(order: Interaction) -> list[str]:
    return [state.content for state in order.message.states]


@pytest.mark.parametrize("status", [403, 413, 500, 502])
@pytest.mark.parametrize(("route", "words"), [("/view", "hand it over"), ("/prompt", "refused this")])
async def test_a_status_ends_the_job_and_no_other(
    studio: Studio, comfyui: ComfyUIStandIn, alice: User, bob: User, route: str, status: int, words: str
) -> None:
    comfyui.faults.http_status[route] = status
    order = await studio.order(alice)
    await order.message.until(is_failed, PATIENCE)
    del comfyui.faults.http_status[route]
    assert words in order.message.content
    assert str(status) in order.message.content
    assert not [content for content in await said(order) if BLAMED.search(content)]
    other = await studio.order(bob)
    await other.message.until(is_done, PATIENCE)


async def test_what_passes_costs_nothing_but_a_moment(studio: Studio, comfyui: ComfyUIStandIn, alice: User) -> None:
    comfyui.faults.http_status["/view"] = 500
    order = await studio.order(alice)
    await until(lambda: len(comfyui.executed) == 1, PATIENCE)
    await until(lambda: "retrying /view" in studio.bot.tail(), PATIENCE)
    del comfyui.faults.http_status["/view"]
    await order.message.until(is_done, PATIENCE)
    assert len(comfyui.executed) == 1


async def test_a_history_that_cannot_be_read_does_not_go_round_for_ever(
    studio: Studio, comfyui: ComfyUIStandIn, alice: User
) -> None:
    comfyui.faults.http_status["/history"] = 500
    order = await studio.order(alice)
    await order.message.until(is_failed, PATIENCE)
    assert len(comfyui.executed) == 1


async def test_a_server_that_wants_a_password_is_told_as_what_it_is(
    studio: Studio, comfyui: ComfyUIStandIn, alice: User
) -> None:
    comfyui.faults.http_status |= {"/queue": 401, "/prompt": 401, "/history": 401}
    order = await studio.order(alice)
    await order.message.until(lambda message: "let me in" in message.content, PATIENCE)
    comfyui.faults.http_status.clear()
    await order.message.until(is_done, PATIENCE)


async def test_what_was_given_back_too_often_fails_whatever_the_cause(
    studio: Studio, comfyui: ComfyUIStandIn, alice: User, bob: User
) -> None:
    await comfyui.stop()
    order, other = await studio.order(alice), await studio.order(bob)
    await until(lambda: studio.select("SELECT count(*) FROM servers WHERE answering") == [(0,)], PATIENCE)
    studio.change("UPDATE jobs SET returns = 6 WHERE user_id = ?", alice.id)
    await comfyui.start()
    await order.message.until(is_failed, PATIENCE)
    assert "failed too often" in order.message.content
    await other.message.until(is_done, PATIENCE)
    assert len(comfyui.executed) == 1
