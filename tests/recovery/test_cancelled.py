"""Cancelled at each moment of a job's life: the right one, nobody else's, and its message says what happened."""

from collections.abc import AsyncIterator

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, Interaction, User
from tests.recovery.studio import (
    PATIENCE,
    Studio,
    brings_picture,
    is_cancelled,
    is_done,
    is_queued,
    is_running,
    is_stopping,
    job_of,
)
from tests.waiting import until


@pytest.fixture(params=["0.33.0", "0.3.75"])
async def comfyui(request: pytest.FixtureRequest) -> AsyncIterator[ComfyUIStandIn]:
    """One that can cancel a job by its id, and one that cannot."""
    async with ComfyUIStandIn(version=request.param) as comfyui:
        yield comfyui


async def press(studio: Studio, order: Interaction) -> None:
    reply = await (await studio.discord.press(order.message, "Cancel", user=order.user)).acknowledged()
    assert reply.deferred, "its message says the rest"


async def command(studio: Studio, user: User) -> str:
    interaction = await studio.discord.slash("cancel", user=user)
    assert (await interaction.acknowledged()).ephemeral
    return interaction.message.content


async def only_cancelled(studio: Studio, order: Interaction, others: list[Interaction]) -> None:
    """The order is, with nothing left over in its message, and the others get their pictures."""
    await order.message.until(is_cancelled, PATIENCE)
    assert "Cancelled by the requester" in order.message.content
    assert not order.message.attachments
    assert [button.label for button in order.message.buttons] == ["Again"]
    for comfyui in studio.comfyuis:
        comfyui.faults.hang_in = None
    for other in others:
        await other.message.until(is_done, PATIENCE)
    expected = {job_of(other): "done" for other in others} | {job_of(order): "cancelled"}
    await until(lambda: studio.states() == expected)
    executed = studio.executed()
    assert len(executed) == len(set(executed))


async def test_queued_here_and_queued_there(studio: Studio, comfyui: ComfyUIStandIn, alice: User, bob: User) -> None:
    comfyui.faults.hang_in = "KSampler"
    first, ready, waiting = [await studio.order(user) for user in (alice, bob, alice)]
    await studio.submitted(ready)
    await waiting.message.until(is_queued)
    await press(studio, waiting)
    await waiting.message.until(is_cancelled, PATIENCE)
    assert not is_cancelled(first.message)
    # Its place on the server is free for this one.
    another = await studio.order(alice, "a whale")
    await press(studio, ready)
    await ready.message.until(is_cancelled, PATIENCE)
    comfyui.faults.hang_in = None
    for order in (first, another):
        await order.message.until(is_done, PATIENCE)
    assert studio.executed() == [job_of(first), job_of(another)]


@pytest.mark.parametrize(
    ("node", "title"), [("CheckpointLoaderSimple", "Load Checkpoint"), ("VAEDecode", "VAE Decode")]
)
async def test_between_nodes(
    studio: Studio, comfyui: ComfyUIStandIn, alice: User, bob: User, node: str, title: str
) -> None:
    comfyui.faults.hang_in = node
    order, other = await studio.order(alice), await studio.order(bob)
    await order.message.until(lambda message: title in message.content, PATIENCE)
    await studio.submitted(other)
    await press(studio, order)
    # The node that runs does not listen; the next one is not begun.
    await order.message.until(is_stopping, PATIENCE)
    assert not order.message.buttons
    comfyui.faults.hang_in = None
    await only_cancelled(studio, order, [other])


async def test_while_it_is_fetched_the_picture_is_kept(
    studio: Studio, comfyui: ComfyUIStandIn, alice: User, bob: User
) -> None:
    comfyui.faults.held.add("/view")
    order, other = await studio.order(alice), await studio.order(bob)
    await until(lambda: len(comfyui.viewed) == 2)
    await press(studio, order)
    comfyui.faults.held.clear()
    for one in (order, other):
        await one.message.until(is_done, PATIENCE)
        assert one.message.attachments
    await until(lambda: set(studio.states().values()) == {"done"})


async def test_while_it_is_delivered_and_after(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn, alice: User
) -> None:
    discord.faults.holds = brings_picture
    order = await studio.order(alice)
    await order.message.until(is_done, PATIENCE)
    assert "Stopping" in await command(studio, alice)
    discord.faults.holds = None
    await until(lambda: studio.states() == {job_of(order): "done"})
    pressed = next(state for state in order.message.states if state.buttons)
    late = await discord.press(order.message, "Cancel", user=alice, state=pressed)
    assert (await late.acknowledged()).ephemeral
    assert "over already" in late.message.content
    assert "nothing waiting" in await command(studio, alice)
    assert is_done(order.message)
    assert order.message.attachments


@pytest.mark.parametrize("version", ["0.33.0", "0.3.75"])
async def test_while_it_samples(
    discord: DiscordStandIn, alice: User, bob: User, tmp_path_factory: pytest.TempPathFactory, version: str
) -> None:
    async with (
        ComfyUIStandIn(version=version, steps_per_second=7) as comfyui,  # type: ignore[arg-type] # one of its names
        Studio(discord, [comfyui], tmp_path_factory.mktemp("sampling")) as studio,
    ):
        order, other = await studio.order(alice), await studio.order(bob)
        await order.message.until(is_running, PATIENCE)
        assert "fox" in await command(studio, alice)
        await only_cancelled(studio, order, [other])


async def test_while_the_members_pictures_are_many_all_of_them_and_nobody_elses(
    studio: Studio, comfyui: ComfyUIStandIn, alice: User, bob: User
) -> None:
    comfyui.faults.hang_in = "KSampler"
    other = await studio.order(bob)
    await studio.begun(other)
    mine = [await studio.order(alice, f"fox {number}") for number in range(4)]
    interaction = await studio.discord.slash("cancel", user=alice, job="all")
    await interaction.acknowledged()
    assert "4 pictures" in interaction.message.content
    for order in mine:
        await order.message.until(is_cancelled, PATIENCE)
    comfyui.faults.hang_in = None
    await other.message.until(is_done, PATIENCE)
    assert studio.executed() == [job_of(other)]
