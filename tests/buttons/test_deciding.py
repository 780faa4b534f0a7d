"""Cancel and Delete: for the owner and for moderators. A job of another guild is nowhere to be found."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from tests.buttons.conftest import Delete, Order, Press
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, Guild, Permission, answered
from tests.looks import is_done, labels, says
from tests.people import ALICE, BOB, MONA
from tests.waiting import until

WORDS = ["again", "retry", "vary", "edit", "upscale", "recipe", "delete", "publish", "cancel"]


def deleted_by(folder: Path) -> list[int | None]:
    with sqlite3.connect(folder / "data" / "darkroom.db") as database:
        return [row[0] for row in database.execute("SELECT deleted_by FROM jobs")]


@pytest.fixture
def settings() -> dict[str, str]:
    return {"DIRECT_MESSAGES": "on"}


async def test_nobody_else_deletes_a_picture(
    discord: DiscordStandIn, order: Order, press: Press, tmp_path: Path
) -> None:
    message = await order(ALICE)
    answer = (await press(message, "Delete", BOB)).message
    assert answer.ephemeral
    assert "not yours" in answer.content
    assert discord.messages() == [message]
    assert deleted_by(tmp_path) == [None]


async def test_its_owner_and_a_moderator_delete_one_after_they_are_asked_and_the_ledger_knows_who(
    order: Order, press: Press, tmp_path: Path
) -> None:
    for who in (ALICE, MONA):
        message = await order(ALICE)
        asked = await (await press(message, "Delete", who)).followup()
        assert asked.ephemeral
        assert asked.viewer == who
        assert asked.content == "Delete this image for everyone?"
        assert labels(asked) == ["Delete", "Keep"]
        assert not message.deleted
        await press(asked, "Delete", who)
        await asked.until(lambda m: "Deleted" in m.content and not m.buttons)
        assert message.deleted
    assert deleted_by(tmp_path) == [ALICE.id, MONA.id]


async def test_what_is_kept_stays_and_can_be_deleted_later(
    order: Order, press: Press, delete: Delete, tmp_path: Path
) -> None:
    message = await order(ALICE)
    asked = await (await press(message, "Delete", ALICE)).followup()
    await press(asked, "Keep", ALICE)
    assert asked.content == "Kept."
    assert not asked.buttons
    assert not message.deleted
    assert deleted_by(tmp_path) == [None]
    assert "Deleted" in (await delete(message, ALICE)).content
    assert message.deleted


async def test_of_two_who_delete_the_same_one_the_second_reads_that_it_is_gone(
    order: Order, press: Press, tmp_path: Path
) -> None:
    message = await order(ALICE)
    first = await (await press(message, "Delete", MONA)).followup()
    second = await (await press(message, "Delete", ALICE)).followup()
    await press(first, "Delete", MONA)
    await first.until(says("Deleted"))
    await press(second, "Delete", ALICE)
    await second.until(says("already"))
    assert deleted_by(tmp_path) == [MONA.id]


async def test_one_whose_message_a_moderator_took_away_by_hand_is_not_said_to_be_deleted_now(
    discord: DiscordStandIn, order: Order, press: Press, tmp_path: Path
) -> None:
    message = await order(ALICE)
    asked = await (await press(message, "Delete", ALICE)).followup()
    discord.delete_message(message)
    await press(asked, "Delete", ALICE)
    await asked.until(says("already gone"))
    assert deleted_by(tmp_path) == [ALICE.id]


async def test_what_discord_did_not_delete_is_not_said_to_be_deleted(
    discord: DiscordStandIn, order: Order, press: Press, delete: Delete
) -> None:
    message = await order(ALICE)
    asked = await (await press(message, "Delete", ALICE)).followup()
    discord.fail_next("DELETE", "/webhooks/*", 403)
    await press(asked, "Delete", ALICE)
    await asked.until(says("couldn’t delete"))
    assert not message.deleted
    assert "Deleted" in (await delete(message, ALICE)).content
    assert message.deleted


async def test_a_question_is_answered_after_a_restart_too(bot: BotProcess, order: Order, press: Press) -> None:
    message = await order(ALICE)
    asked = await (await press(message, "Delete", ALICE)).followup()
    await bot.restart()
    await press(asked, "Delete", ALICE)
    await asked.until(says("Deleted"))
    assert message.deleted


async def test_nobody_else_answers_the_question(
    discord: DiscordStandIn, order: Order, press: Press, tmp_path: Path
) -> None:
    message = await order(ALICE)
    asked = await (await press(message, "Delete", ALICE)).followup()
    planted = discord.plant(message.channel, [str(asked.buttons[0].custom_id)])
    answer = (await press(planted, str(asked.buttons[0].custom_id), BOB)).message
    assert "not yours" in answer.content
    assert not message.deleted
    assert deleted_by(tmp_path) == [None]


async def test_a_message_of_a_channel_that_the_bot_does_not_see_is_deleted_too(
    discord: DiscordStandIn, order: Order, delete: Delete
) -> None:
    message = await order(ALICE)
    discord.set_bot_permissions(message.channel, Permission(0))
    await delete(message, ALICE)
    assert message.deleted


async def test_a_moderator_cancels_and_the_message_says_who(
    discord: DiscordStandIn, bot: BotProcess, comfyui: ComfyUIStandIn, press: Press
) -> None:
    comfyui.faults.hang_in = "KSampler"
    interaction = await answered(discord.slash("imagine", user=ALICE, prompt="a fox"))
    await until(lambda: bool(comfyui.executed))
    assert "not yours" in (await press(interaction.message, "Cancel", BOB)).message.content
    await press(interaction.message, "Cancel", MONA)
    await until(lambda: bool(comfyui.interrupts))
    comfyui.faults.hang_in = None
    message = await interaction.message.until(says("Cancelled"))
    assert f"<@{MONA.id}>" in message.content
    assert not message.state.mentioned


@pytest.mark.parametrize("direct", [False, True], ids=["another guild", "direct messages"])
async def test_a_job_of_another_place_is_reached_by_nothing(
    discord: DiscordStandIn, gallery: Guild, order: Order, tmp_path: Path, direct: bool
) -> None:
    ours = await order(ALICE)
    (job_id,) = {str(button.custom_id).rpartition(":")[2] for button in ours.buttons}
    elsewhere = discord.direct(MONA) if direct else gallery.channels[0]
    planted = discord.plant(elsewhere, [f"darkroom:{word}:{job_id}" for word in WORDS])
    before = list(discord.messages())
    for button in planted.buttons:
        interaction = await discord.press(planted, str(button.custom_id), user=MONA)
        reply = await interaction.acknowledged()
        assert reply.ephemeral
        assert any(words in interaction.message.content for words in ("no longer have that request", "not yours"))
    assert list(discord.messages()) == before
    assert deleted_by(tmp_path) == [None]


def logged(folder: Path) -> list[tuple[str, int | None, int | None]]:
    """What the moderators' log says: the act, who did it, and whose job it was."""
    with sqlite3.connect(folder / "data" / "darkroom.db") as database:
        return list(database.execute("SELECT act, actor_id, user_id FROM audit ORDER BY number"))


async def test_a_moderator_who_cancels_leaves_one_line_in_the_log_and_an_owner_none(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, press: Press, bot: BotProcess, tmp_path: Path
) -> None:
    comfyui.faults.hang_in = "KSampler"
    running = await answered(discord.slash("imagine", user=ALICE, prompt="a fox"))
    await until(lambda: bool(comfyui.executed))
    waiting = [await answered(discord.slash("imagine", user=ALICE, prompt=f"fox {n}")) for n in range(3)]
    cancelled = waiting[2].message
    before = cancelled.state
    await press(waiting[1].message, "Cancel", ALICE)
    await waiting[1].message.until(says("Cancelled by the requester"))
    await asyncio.gather(*(press(cancelled, "Cancel", MONA, state=before) for _ in range(3)))
    await cancelled.until(says("Cancelled by <"))
    late = await press(cancelled, "Cancel", MONA, state=before)
    await late.message.until(says("already cancelled"))
    await press(running.message, "Cancel", MONA)
    # Released any sooner, it could finish before it is stopped.
    await running.message.until(says("Stopping"))
    comfyui.faults.hang_in = None
    await running.message.until(says("Cancelled by <"))
    await until(lambda: len(logged(tmp_path)) > 1)
    await waiting[0].message.until(is_done)
    assert logged(tmp_path) == [("cancelled", MONA.id, ALICE.id)] * 2


async def test_a_moderator_who_deletes_leaves_one_line_in_the_log_and_an_owner_none(
    order: Order, press: Press, delete: Delete, tmp_path: Path
) -> None:
    await delete(await order(ALICE), ALICE)
    await delete(await order(MONA), MONA)
    message = await order(ALICE)
    asked = [await (await press(message, "Delete", MONA)).followup() for _ in range(2)]
    await asyncio.gather(*(press(question, "Delete", MONA) for question in asked))
    for question in asked:
        await question.until(lambda m: not m.buttons)
    await until(lambda: bool(logged(tmp_path)))
    await delete(await order(ALICE), ALICE)
    assert logged(tmp_path) == [("deleted", MONA.id, ALICE.id)]
