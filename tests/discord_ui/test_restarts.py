"""The bot dies, a new process starts on its ledger: nothing is lost, nothing is done twice, messages stay the same."""

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_ui.looks import is_cancelled, is_done, is_over
from tests.discord_ui.stand_ins import painting_at, pictures_of
from tests.simcord_world import World
from tests.waiting import until


@painting_at(60)
async def test_all_that_ran_and_waited_ends_in_its_own_message(world: World, stand_in: ComfyUIStandIn) -> None:
    orders = [await world.imagine(member, f"a cat for {member.name}") for member in (world.alice, world.bob) * 2]
    await until(lambda: orders[0].id in stand_in.executed)
    await world.kill_bot()
    await world.start_bot()
    for ordered in orders:
        done = await ordered.message.until(is_over)
        assert list(done.files.values()) == await pictures_of(stand_in.url, ordered.id)
    assert stand_in.executed == [ordered.id for ordered in orders], "none ran twice"
    assert len(world.messages()) == len(orders)
    after = await world.imagine(world.alice, "a dog")
    assert is_done(await after.message.until(is_over)), "the new bot takes orders as the old one did"


async def test_a_picture_that_was_finished_while_the_bot_was_away_is_delivered(
    world: World, stand_in: ComfyUIStandIn
) -> None:
    stand_in.faults.hang_in = "VAEDecode"
    ordered = await world.imagine(world.alice, "a cat")
    await until(lambda: ordered.id in stand_in.executed)
    await world.kill_bot()
    stand_in.faults.hang_in = None
    await world.start_bot()
    done = await ordered.message.until(is_over)
    assert list(done.files.values()) == await pictures_of(stand_in.url, ordered.id)
    assert stand_in.executed == [ordered.id]


async def test_an_old_cancel_button_still_cancels(world: World, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.hang_in = "KSampler"
    running, ready, waiting = [await world.imagine(world.alice, f"cat {number}") for number in range(3)]
    await until(lambda: ready.id in {body["prompt_id"] for body in stand_in.submitted})
    await world.kill_bot()
    await world.start_bot()
    answer = await world.press(world.bob, waiting)
    assert answer is not None
    assert "not yours" in answer
    for ordered in (waiting, ready):
        assert await world.press(world.alice, ordered) is None
        assert is_cancelled(await ordered.message.until(is_over))
    assert not is_over(running.message.now)
    assert stand_in.executed == [running.id]


async def test_a_cancellation_that_the_dead_bot_promised_is_kept(world: World, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.hang_in = "KSampler"
    ordered = await world.imagine(world.alice, "a cat")
    await until(lambda: ordered.id in stand_in.executed)
    await world.press(world.alice, ordered)
    await ordered.message.until_says("Stopping")
    await world.kill_bot()
    await world.start_bot()
    stand_in.faults.hang_in = None
    assert is_cancelled(await ordered.message.until(is_over))


async def test_an_order_outlives_bot_and_server_both(world: World, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.hang_in = "KSampler"
    ordered = await world.imagine(world.alice, "a cat")
    await until(lambda: ordered.id in stand_in.executed)
    await world.kill_bot()
    await stand_in.stop()
    stand_in.faults.hang_in = None
    await world.start_bot()
    await ordered.message.until_says("can’t be reached")
    await stand_in.start()
    done = await ordered.message.until(is_over)
    assert list(done.files.values()) == await pictures_of(stand_in.url, ordered.id)
