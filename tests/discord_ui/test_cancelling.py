"""Cancel: the button and the command, at any moment, and never anybody else's job."""

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_ui.looks import is_cancelled, is_done, is_over, is_running
from tests.discord_ui.stand_ins import painting_at
from tests.simcord_world import World
from tests.waiting import until


async def test_a_job_in_line_is_cancelled_at_once(world: World, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.hang_in = "KSampler"
    *others, waiting = [await world.imagine(world.alice, f"cat {number}") for number in range(3)]
    assert await world.press(world.alice, waiting) is None
    assert is_cancelled(waiting.message.now)
    assert "Cancelled by the requester" in waiting.message.now.content
    assert list(waiting.message.now.buttons) == ["Again"]
    stand_in.faults.hang_in = None
    for other in others:
        assert is_done(await other.message.until(is_over))
    assert waiting.id not in {body["prompt_id"] for body in stand_in.submitted}


async def test_a_job_that_waits_on_the_server_is_taken_back(world: World, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.hang_in = "KSampler"
    first, ready = [await world.imagine(world.alice, f"cat {number}") for number in range(2)]
    await until(lambda: ready.id in {body["prompt_id"] for body in stand_in.submitted})
    assert await world.press(world.alice, ready) is None
    await ready.message.until(is_cancelled)
    stand_in.faults.hang_in = None
    assert is_done(await first.message.until(is_over))
    assert stand_in.executed == [first.id]


@painting_at(5)
async def test_a_running_job_is_stopped_and_the_next_one_runs(world: World, stand_in: ComfyUIStandIn) -> None:
    running = await world.imagine(world.alice, "a cat")
    following = await world.imagine(world.bob, "a dog")
    await running.message.until(is_running)
    assert await world.press(world.alice, running) is None
    last = await running.message.until(is_over)
    assert is_cancelled(last)
    assert not last.files, "no half picture stays"
    await until(lambda: stand_in.executed == [running.id, following.id])


async def test_a_member_cannot_cancel_what_somebody_else_ordered(world: World, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.hang_in = "KSampler"
    ordered = await world.imagine(world.alice, "a cat")
    answer = await world.press(world.bob, ordered)
    assert answer is not None
    assert "not yours" in answer
    stand_in.faults.hang_in = None
    assert is_done(await ordered.message.until(is_over))


async def test_a_press_that_comes_too_late_is_told_so(world: World, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.hang_in = "KSampler"
    ordered = await world.imagine(world.alice, "a cat")
    press = world.aim(world.alice, ordered)
    stand_in.faults.hang_in = None
    done = await ordered.message.until(is_done)
    answer = await press()
    assert answer is not None
    assert "over already" in answer
    assert ordered.message.now == done


async def test_a_second_press_while_the_server_lets_go_changes_nothing(world: World, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.hang_in = "KSampler"
    ordered = await world.imagine(world.alice, "a cat")
    await until(lambda: ordered.id in stand_in.executed)
    second_press = world.aim(world.alice, ordered)
    await world.press(world.alice, ordered)
    await ordered.message.until_says("Stopping")
    assert await second_press() is None
    stand_in.faults.hang_in = None
    assert is_cancelled(await ordered.message.until(is_over))


async def test_the_command_cancels_the_newest(world: World, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.hang_in = "KSampler"
    orders = [await world.imagine(world.alice, f"cat {number}") for number in range(4)]
    somebody_elses = await world.imagine(world.bob, "a dog")
    assert "cat 3" in await world.ask(world.alice, "cancel")
    assert is_cancelled(orders[3].message.now)
    stand_in.faults.hang_in = None
    for other in (*orders[:3], somebody_elses):
        assert is_done(await other.message.until(is_over))


async def test_the_command_cancels_the_one_that_is_picked(world: World, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.hang_in = "KSampler"
    orders = [await world.imagine(world.alice, f"cat {number}") for number in range(4)]
    await world.imagine(world.bob, "a dog")
    offered = await world.choices(world.alice, "cancel", "job", "")
    assert [name for name in offered if "dog" in name] == []
    assert len(offered) == len(orders) + 1, "each of mine, and all of mine"
    (picked,) = (await world.choices(world.alice, "cancel", "job", "CAT 2")).values()
    assert picked == orders[2].id
    assert "cat 2" in await world.ask(world.alice, "cancel", job=picked)
    assert is_cancelled(orders[2].message.now)
    assert not is_over(orders[3].message.now)
    stand_in.faults.hang_in = None


@painting_at(5)
async def test_the_command_cancels_all_of_mine(world: World, stand_in: ComfyUIStandIn) -> None:
    orders = [await world.imagine(world.alice, f"cat {number}") for number in range(4)]
    somebody_elses = await world.imagine(world.bob, "a dog")
    offered = await world.choices(world.alice, "cancel", "job", "all")
    assert "4 pictures" in await world.ask(world.alice, "cancel", job=offered["all 4 of mine"])
    for ordered in orders:
        assert is_cancelled(await ordered.message.until(is_over))
    await until(lambda: somebody_elses.id in stand_in.executed)


async def test_the_command_never_cancels_what_somebody_else_ordered(world: World, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.hang_in = "KSampler"
    ordered = await world.imagine(world.alice, "a cat")
    assert "nothing" in await world.ask(world.bob, "cancel")
    assert "can't find" in await world.ask(world.bob, "cancel", job=ordered.id)
    stand_in.faults.hang_in = None
    assert is_done(await ordered.message.until(is_over))


async def test_the_command_says_when_the_picked_one_is_over(world: World, stand_in: ComfyUIStandIn) -> None:
    over = await world.imagine(world.alice, "a cat")
    await over.message.until(is_done)
    assert "nothing" in await world.ask(world.alice, "cancel", job=over.id)
    stand_in.faults.hang_in = "KSampler"
    await world.imagine(world.alice, "a dog")
    assert "over already" in await world.ask(world.alice, "cancel", job=over.id)
    stand_in.faults.hang_in = None
