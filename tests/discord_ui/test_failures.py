"""When it goes wrong: the message says what and what to do, and nothing that is none of a member's business."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.workflows import Graph, Library, Pack
from tests.comfyui_server import OUT_OF_MEMORY, ComfyUIStandIn, Failure
from tests.discord_ui.graphs import library_of, with_inputs
from tests.discord_ui.looks import is_done, is_failed, is_over, is_running
from tests.discord_ui.stand_ins import painting_at, pictures_of
from tests.simcord_world import World
from tests.waiting import until


def changed(packs: dict[str, Pack], graph: Graph) -> Library:
    """The default workflow with another graph, for servers to stumble over."""
    return library_of({"text_to_image": replace(packs["text_to_image"], graph=graph)})


async def test_a_value_that_the_server_refuses_is_named_with_its_node(
    tmp_path: Path, packs: dict[str, Pack], stand_in: ComfyUIStandIn
) -> None:
    graph = with_inputs(packs["text_to_image"].graph, "5", width=7)
    async with World.open(tmp_path, changed(packs, graph), [stand_in.url]) as world:
        ordered = await world.imagine(world.alice, "a cat")
        failed = await ordered.message.until(is_over)
        assert is_failed(failed)
        for fact in ("Empty Latent Image", "width", "7"):
            assert fact in failed.content
        assert "Cancel" not in failed.buttons
        assert not stand_in.executed
        assert "prompt_outputs_failed_validation" in (await world.press(world.carol, ordered, "Why?") or "")


async def test_a_node_that_the_server_lacks_is_named(
    tmp_path: Path, packs: dict[str, Pack], stand_in: ComfyUIStandIn
) -> None:
    graph = dict(packs["text_to_image"].graph)
    graph["8"] = {**graph["8"], "class_type": "FancyDecode"}
    async with World.open(tmp_path, changed(packs, graph), [stand_in.url]) as world:
        ordered = await world.imagine(world.alice, "a cat")
        waiting = await ordered.message.until(lambda look: "FancyDecode" in look.content)
        assert "place is kept" in waiting.content


async def test_a_server_without_any_model_is_told_what_to_install(world: World, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.unknown_models.add("tiny-random-sd15.safetensors")
    ordered = await world.imagine(world.alice, "a cat")
    await ordered.message.until(lambda look: "models/checkpoints" in look.content)


@pytest.mark.parametrize(
    ("failure", "advice"),
    [(Failure(), "Try again"), (OUT_OF_MEMORY, "Try a smaller picture")],
    ids=["an exception", "out of memory"],
)
async def test_a_node_that_fails_is_named_without_the_servers_insides(
    world: World, stand_in: ComfyUIStandIn, failure: Failure, advice: str
) -> None:
    stand_in.faults.fail["VAEDecode"] = failure
    ordered = await world.imagine(world.alice, "a cat")
    failed = await ordered.message.until(is_over)
    assert is_failed(failed)
    assert "VAE Decode" in failed.content
    assert advice in failed.content
    for secret in ("/srv", "Traceback", failure.exception_type, "GiB"):
        assert secret not in failed.content
    stand_in.faults.fail.clear()
    after = await world.imagine(world.alice, "a cat")
    assert is_done(await after.message.until(is_over)), "one failure stops nobody else"


async def test_an_order_is_kept_while_no_server_answers(world: World, stand_in: ComfyUIStandIn) -> None:
    await stand_in.stop()
    ordered = await world.imagine(world.alice, "a cat")
    waiting = await ordered.message.until_says("can’t be reached")
    assert "Cancel" in waiting.buttons
    await stand_in.start()
    done = await ordered.message.until(is_over)
    assert list(done.files.values()) == await pictures_of(stand_in.url, ordered.id)


@painting_at(40)
async def test_a_server_that_dies_at_work_and_comes_back_finishes_in_the_same_message(
    world: World, stand_in: ComfyUIStandIn
) -> None:
    stand_in.faults.die_after_steps = 8
    ordered = await world.imagine(world.alice, "a cat")
    await until(lambda: not stand_in.alive)
    await stand_in.start()
    done = await ordered.message.until(is_over)
    assert list(done.files.values()) == await pictures_of(stand_in.url, ordered.id)
    assert stand_in.executed == [ordered.id, ordered.id]
    assert len(world.messages()) == 1


@painting_at(60)
async def test_a_job_that_kills_its_server_twice_fails_in_plain_words(world: World, stand_in: ComfyUIStandIn) -> None:
    ordered = await world.imagine(world.alice, "a cat")
    for _ in range(2):
        stand_in.faults.die_after_steps = 3
        await until(lambda: not stand_in.alive)
        await stand_in.start()
    failed = await ordered.message.until(is_over)
    assert is_failed(failed)
    assert "lost track" in failed.content


@painting_at(6)
async def test_a_server_out_of_reach_for_a_moment_costs_nothing(world: World, stand_in: ComfyUIStandIn) -> None:
    ordered = await world.imagine(world.alice, "a cat")
    await ordered.message.until(is_running)
    seen = len(ordered.message.looks)
    for path in ("/queue", "/history"):
        stand_in.faults.http_status[path] = 503
    await until(lambda: len(ordered.message.looks) >= seen + 1)
    stand_in.faults.http_status.clear()
    assert is_done(await ordered.message.until(is_over))
    assert stand_in.executed == [ordered.id]
