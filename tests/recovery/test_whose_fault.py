"""What a server answers to one job is that job's own: it fails in true words, and nobody else is held up."""

from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Interaction, answered
from tests.looks import is_done, is_failed, labels, says
from tests.people import ALICE, BOB, MONA
from tests.recovery.studio import Studio
from tests.server_blamed import BLAMED
from tests.waiting import until


async def said(order: Interaction) -> list[str]:
    return [state.content for state in order.message.states]


@pytest.mark.parametrize("status", [403, 413, 500, 502])
@pytest.mark.parametrize(
    ("route", "words"),
    [("/view", "couldn’t get it"), ("/prompt", "refused this"), ("/history", "what happened to this")],
)
async def test_a_status_ends_the_job_and_no_other(
    studio: Studio, comfyui: ComfyUIStandIn, route: str, status: int, words: str
) -> None:
    comfyui.faults.http_status[route] = status
    order = await studio.order(ALICE)
    await order.message.until(is_failed)
    del comfyui.faults.http_status[route]
    assert words in order.message.content
    assert str(status) in order.message.content
    assert not [content for content in await said(order) if BLAMED.search(content)]
    other = await studio.order(BOB)
    await other.message.until(is_done)


async def test_a_value_that_it_refuses_is_named_with_its_node(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    studio = Studio(discord, [comfyui], tmp_path)
    studio.change_node("5", inputs={"width": 7})
    async with studio:
        order = await studio.order(ALICE)
        await order.message.until(is_failed)
        for fact in ("Empty Latent Image", "width", "7"):
            assert fact in order.message.content
        assert "Cancel" not in labels(order.message)
        assert not comfyui.executed
        why = await answered(discord.press(order.message, "Why?", user=MONA))
        assert "prompt_outputs_failed_validation" in why.message.content


@pytest.mark.parametrize("lacking", ["FancyDecode", "models/checkpoints"])
async def test_what_it_lacks_is_named_to_whoever_waits(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path, lacking: str
) -> None:
    studio = Studio(discord, [comfyui], tmp_path)
    if lacking == "FancyDecode":
        studio.change_node("8", class_type=lacking)
    else:
        comfyui.faults.unknown_models.add("tiny-random-sd15.safetensors")
    comfyui.faults.held.add("/queue")
    async with studio:
        order = await studio.order(ALICE)
        comfyui.faults.held.clear()
        await order.message.until(says(lacking))
        assert "place is kept" in order.message.content


async def test_what_passes_costs_nothing_but_a_moment(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.http_status["/view"] = 500
    order = await studio.order(ALICE)
    await until(lambda: len(comfyui.executed) == 1)
    await studio.bot.says("retrying /view")
    del comfyui.faults.http_status["/view"]
    await order.message.until(is_done)
    assert len(comfyui.executed) == 1


async def test_a_history_that_cannot_be_read_does_not_go_round_for_ever(
    studio: Studio, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.http_status["/history"] = 500
    order = await studio.order(ALICE)
    await order.message.until(is_failed)
    assert len(comfyui.executed) == 1


async def test_a_server_that_wants_a_password_is_told_as_what_it_is(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.http_status |= {"/queue": 401, "/prompt": 401, "/history": 401}
    order = await studio.order(ALICE)
    await order.message.until(says("let me in"))
    comfyui.faults.http_status.clear()
    await order.message.until(is_done)


async def test_what_was_given_back_too_often_fails_whatever_the_cause(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    await comfyui.stop()
    order, other = await studio.order(ALICE), await studio.order(BOB)
    await until(lambda: studio.select("SELECT count(*) FROM servers WHERE answering") == [(0,)])
    studio.change("UPDATE jobs SET returns = 6 WHERE user_id = ?", ALICE.id)
    await comfyui.start()
    await order.message.until(is_failed)
    assert "failed too often" in order.message.content
    await other.message.until(is_done)
    assert len(comfyui.executed) == 1
