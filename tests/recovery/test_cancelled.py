"""Cancelled at each moment of a job's life: the right one, nobody else's, and its message says what happened."""

from collections.abc import AsyncIterator

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Interaction, User
from tests.looks import is_cancelled, is_done, is_running, is_stopping, labels, says
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio, brings_picture, job_of
from tests.waiting import until


@pytest.fixture(params=["0.33.0", "0.3.75"])
async def comfyui(request: pytest.FixtureRequest) -> AsyncIterator[ComfyUIStandIn]:
    """One that can cancel a job by its id, and one that cannot."""
    async with ComfyUIStandIn(version=request.param) as comfyui:
        yield comfyui


async def press(studio: Studio, order: Interaction) -> None:
    reply = await (await studio.discord.press(order.message, "Cancel", user=order.user)).acknowledged()
    assert reply.deferred, "its message says the rest"


async def command(studio: Studio, user: User, **more: str) -> str:
    interaction = await studio.discord.slash("cancel", user=user, options=more)
    assert (await interaction.acknowledged()).ephemeral
    return (await interaction.message.until(lambda message: not message.loading)).content


async def only_cancelled(studio: Studio, order: Interaction, others: list[Interaction]) -> None:
    """The order is, with nothing left over in its message, and the others get their images."""
    await order.message.until(is_cancelled)
    assert "Cancelled by the requester" in order.message.content
    assert not order.message.attachments
    assert labels(order.message) == ["Again"]
    for comfyui in studio.comfyuis:
        comfyui.faults.hang_in = None
    for other in others:
        await other.message.until(is_done)
    expected = {job_of(other): "done" for other in others} | {job_of(order): "cancelled"}
    await until(lambda: studio.states() == expected)
    executed = studio.executed()
    assert len(executed) == len(set(executed))


async def test_queued_here_and_queued_there(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "KSampler"
    first, ready, waiting, behind = [await studio.order(user) for user in (ALICE, BOB, ALICE, BOB)]
    await studio.submitted(ready)
    await behind.message.until(says("2nd in line · 1 person ahead"))
    await press(studio, waiting)
    await waiting.message.until(is_cancelled)
    assert not is_cancelled(first.message)
    # Who is behind sees the line get shorter, and the place on the server is free for them.
    await behind.message.until(says("Next in line"))
    await press(studio, ready)
    await ready.message.until(is_cancelled)
    comfyui.faults.hang_in = None
    for order in (first, behind):
        await order.message.until(is_done)
    assert studio.executed() == [job_of(first), job_of(behind)]


@pytest.mark.parametrize(
    ("node", "title"), [("CheckpointLoaderSimple", "Load Checkpoint"), ("VAEDecode", "VAE Decode")]
)
async def test_between_nodes(studio: Studio, comfyui: ComfyUIStandIn, node: str, title: str) -> None:
    comfyui.faults.hang_in = node
    order, other = await studio.order(ALICE), await studio.order(BOB)
    await order.message.until(lambda message: title in message.content)
    await studio.submitted(other)
    before = order.message.state
    await press(studio, order)
    # The node that runs does not listen; the next one is not begun.
    await order.message.until(is_stopping)
    assert not order.message.buttons
    await order.message.until(says("not every step can be interrupted"))
    again = await studio.discord.press(order.message, "Cancel", user=ALICE, state=before)
    assert (await again.acknowledged()).deferred, "a second press changes nothing"
    comfyui.faults.hang_in = None
    await only_cancelled(studio, order, [other])


async def test_while_it_is_fetched_the_picture_is_kept(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.held.add("/view")
    order, other = await studio.order(ALICE), await studio.order(BOB)
    await until(lambda: len(comfyui.viewed) == 2)
    await press(studio, order)
    comfyui.faults.held.clear()
    for one in (order, other):
        await one.message.until(is_done)
        assert one.message.attachments
    await until(lambda: set(studio.states().values()) == {"done"})


async def test_while_it_is_delivered_and_after(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    discord.faults.holds = brings_picture
    order = await studio.order(ALICE)
    await order.message.until(is_done)
    assert "Stopping" in await command(studio, ALICE)
    discord.faults.holds = None
    await until(lambda: studio.states() == {job_of(order): "done"})
    pressed = next(state for state in order.message.states if state.buttons)
    late = await discord.press(order.message, "Cancel", user=ALICE, state=pressed)
    assert (await late.acknowledged()).ephemeral
    assert "already ended" in late.message.content
    assert "nothing waiting" in await command(studio, ALICE)
    assert is_done(order.message)
    assert order.message.attachments


@pytest.mark.parametrize("version", ["0.33.0", "0.3.75"])
async def test_while_it_samples(
    discord: DiscordStandIn, tmp_path_factory: pytest.TempPathFactory, version: str
) -> None:
    async with (
        ComfyUIStandIn(version=version, steps_per_second=7) as comfyui,  # type: ignore[arg-type] # one of its names
        Studio(discord, [comfyui], tmp_path_factory.mktemp("sampling")) as studio,
    ):
        order, other = await studio.order(ALICE), await studio.order(BOB)
        await order.message.until(is_running)
        assert "fox" in await command(studio, ALICE)
        await only_cancelled(studio, order, [other])


async def test_while_the_members_pictures_are_many_all_of_them_and_nobody_elses(
    studio: Studio, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "KSampler"
    other = await studio.order(BOB)
    await studio.begun(other)
    mine = [await studio.order(ALICE, f"fox {number}") for number in range(4)]
    (choice,) = await studio.discord.autocomplete("cancel", user=ALICE, option="job", value="all")
    assert choice.name == "all 4 of mine"
    assert "Cancelled 4 requests" in await command(studio, ALICE, job=str(choice.value))
    for order in mine:
        await order.message.until(is_cancelled)
    comfyui.faults.hang_in = None
    await other.message.until(is_done)
    assert studio.executed() == [job_of(other)]


async def test_the_command_takes_the_newest_or_the_one_that_is_picked(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "KSampler"
    mine = [await studio.order(ALICE, f"fox {number}") for number in range(4)]
    await studio.order(BOB, "a dog")
    assert "fox 3" in await command(studio, ALICE)
    await mine[3].message.until(is_cancelled)
    offered = await studio.discord.autocomplete("cancel", user=ALICE, option="job", value="")
    assert len(offered) == 4, "each of mine, and all of mine"
    assert not [choice for choice in offered if "dog" in choice.name]
    (picked,) = await studio.discord.autocomplete("cancel", user=ALICE, option="job", value="FOX 2")
    assert picked.value == job_of(mine[2])
    assert "fox 2" in await command(studio, ALICE, job=str(picked.value))
    await mine[2].message.until(is_cancelled)
    assert not any(is_cancelled(order.message) for order in mine[:2])
