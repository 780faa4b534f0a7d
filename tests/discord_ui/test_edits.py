"""What the bot sends to Discord: no more than Discord takes, and the last state whatever happens."""

import discord

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_ui.looks import is_done, is_over, is_running
from tests.discord_ui.stand_ins import painting_at
from tests.simcord_world import Trouble, World


@painting_at(14)
async def test_progress_that_discord_refuses_stops_nothing(world: World) -> None:
    world.wire.troubles.append(Trouble(lambda sent: sent.is_progress, status=500))
    ordered = await world.imagine(world.alice, "a cat")
    assert is_done(await ordered.message.until(is_over))
    assert any(sent.is_progress for sent in world.wire.sent)


@painting_at(14)
async def test_progress_that_takes_its_time_never_lands_on_the_finished_picture(world: World) -> None:
    world.wire.troubles.append(Trouble(lambda sent: sent.is_progress, seconds=1.5))
    ordered = await world.imagine(world.alice, "a cat")
    done = await ordered.message.until(is_over)
    assert is_done(done)
    assert done.files
    assert [is_running(look) for look in ordered.message.looks[-2:]] == [True, False]


async def test_the_picture_is_sent_until_discord_takes_it(world: World) -> None:
    world.wire.troubles.append(Trouble(lambda sent: sent.is_edit and bool(sent.files), status=503, times=1))
    ordered = await world.imagine(world.alice, "a cat")
    done = await ordered.message.until(is_over)
    assert is_done(done)
    assert done.files


@painting_at(15)
async def test_a_dead_token_does_not_keep_the_picture_from_its_message(world: World, stand_in: ComfyUIStandIn) -> None:
    world.wire.troubles.append(Trouble(lambda sent: sent.path.startswith("/webhooks/"), status=401, code=50027))
    ordered = await world.imagine(world.alice, "a cat")
    await ordered.message.until(is_running)
    done = await ordered.message.until(is_over)
    assert list(done.files.values()) == [stand_in.output_bytes("darkroom_00001_.png")]
    assert {sent.path for sent in world.wire.sent if sent.is_edit and sent.path.startswith("/channels/")} == {
        f"/channels/{world.channel.id}/messages/{ordered.message.id}"
    }


async def test_an_order_that_cannot_be_acknowledged_is_taken_back(world: World, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.hang_in = "KSampler"
    await world.imagine(world.bob, "a dog")
    await world.imagine(world.bob, "another dog")
    world.wire.troubles.append(Trouble(lambda sent: sent.path.endswith("/callback"), status=404, code=10062, times=1))
    result = await world.slash(world.alice, "imagine", prompt="a cat")
    assert not result.acknowledged
    assert "nothing" in await world.ask(world.alice, "cancel")
    stand_in.faults.hang_in = None


async def test_a_message_that_was_deleted_stops_nobody_else(world: World, stand_in: ComfyUIStandIn) -> None:
    stand_in.faults.hang_in = "KSampler"
    deleted, other = [await world.imagine(member, "a cat") for member in (world.alice, world.bob)]
    world.env.backend.delete_message(world.channel.id, deleted.message.id)
    stand_in.faults.hang_in = None
    assert is_done(await other.message.until(is_over))
    assert "nothing" in await world.ask(world.alice, "cancel")


async def test_no_message_can_notify_anybody(world: World) -> None:
    ordered = await world.imagine(world.alice, f"@everyone @here {world.bob.mention}")
    await ordered.message.until(is_over)
    await world.ask(world.alice, "imagine", prompt="@everyone", workflow="@everyone")
    bodies = [sent.body.get("data", sent.body) for sent in world.wire.sent if sent.method in {"POST", "PATCH"}]
    said = [body for body in bodies if "content" in body]
    assert len(said) >= 3
    assert all(body["allowed_mentions"] == {"parse": []} for body in said)
    assert not any(look.pings for look in ordered.message.looks)


async def test_the_bot_asks_for_nothing_privileged(world: World) -> None:
    intents = world.process.bot.intents
    assert not any((intents.members, intents.presences, intents.message_content))
    assert intents == discord.Intents(guilds=True)
