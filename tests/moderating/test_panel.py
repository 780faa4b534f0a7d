"""`/moderate queue`: the panel is true, stays true, and two moderators may press at once."""

import asyncio

import pytest

from tests.discord_server import Channel, Guild, Interaction, Message, Permission, User, answered
from tests.moderating.acts import Room, shows, told
from tests.people import MODERATORS
from tests.waiting import until


async def panel(room: Room, user: User | None = None) -> Message:
    asked = await answered(room.discord.slash("moderate queue", user=user or room.mia, channel=room.staff))
    return asked.message


async def pick(room: Room, shown: Message, prompt: str, user: User) -> Interaction:
    """What can be done with the job that has this prompt."""
    await shows(shown, prompt)
    labels = [
        option["label"] for row in shown.components for one in row["components"] for option in one.get("options", [])
    ]
    (label,) = [label for label in labels if prompt in label]
    return await answered(room.discord.select(shown, "Pick a job to manage", [label], user=user))


async def press(room: Room, shown: Interaction, label: str, user: User, said: str) -> None:
    await answered(room.discord.press(shown.message, label, user=user))
    await shows(shown.message, said)


async def test_it_shows_what_runs_where_and_what_waits_and_follows(room: Room) -> None:
    shown = await panel(room)
    assert "The queue is empty." in shown.text
    await room.fill_the_server()
    waiting = await room.imagine(room.alice, "a cat")
    await shows(
        shown,
        "**Running** (1)",
        "**Up next** (1)",
        "up next on server 1",
        "**Waiting** (1)",
        f"<@{room.alice.id}> · a cat",
    )
    assert room.comfyui.url not in shown.text
    assert not shown.state.mentioned
    await (await room.discord.press(waiting.message, "Cancel", user=room.alice)).acknowledged()
    await shown.until(lambda message: "Waiting" not in message.text)
    # Now it's the turn of the guild next door, which has nothing on the server yet.
    await room.imagine(room.alice, "a cat next door", room.lobby)
    await shows(shown, "**Running** (1)", "**Waiting** (1)", "filling 1")
    assert "next door" not in shown.text


async def test_a_job_is_held_released_moved_and_cancelled_from_it(room: Room) -> None:
    shown = await panel(room)
    await room.fill_the_server()
    cats = [await room.imagine(room.alice, f"cat {number}") for number in range(3)]
    picked = await pick(room, shown, "cat 2", room.mia)
    assert picked.message.ephemeral
    await press(room, picked, "Hold", room.mia, "on hold.")
    await shows(cats[2].message, f"✋ Put on hold by <@{room.mia.id}>")
    await shows(shown, "**On hold** (1)")
    await press(room, picked, "Release", room.mia, "▶️ Released")
    await press(room, picked, "To the front", room.mia, "to the front")
    await shows(cats[2].message, "Next in line")
    asked = await answered(room.discord.press(picked.message, "Cancel", user=room.mia))
    assert "🛑 Cancelled" in await told(await asked.submit({"reason": "no cats"}))
    await shows(cats[2].message, f"🛑 Cancelled by <@{room.mia.id}>: no cats")


async def test_it_pauses_and_resumes_the_queue(room: Room) -> None:
    shown = await panel(room)
    asked = await answered(room.discord.press(shown, "Pause", user=room.mia))
    await told(await asked.submit({"reason": "lunch"}))
    await shown.until(lambda message: "lunch" in message.text and message.buttons[0].label == "Resume")
    pressed = await room.discord.press(shown, "Resume", user=room.max)
    assert "running again" in await told(pressed)
    await shown.until(lambda message: "Paused" not in message.text and message.buttons[0].label == "Pause")


async def test_its_order_is_the_order_of_the_queue_also_while_that_is_paused(room: Room) -> None:
    shown = await panel(room)
    await answered(room.discord.slash("moderate pause", user=room.mia))
    cats = [await room.imagine(room.alice, f"cat {number}") for number in range(3)]
    await shows(shown, "**Waiting** (3)")
    picked = await pick(room, shown, "cat 2", room.mia)
    await press(room, picked, "To the front", room.mia, "to the front")
    await shown.until(lambda message: message.text.find("cat 2") < message.text.find("cat 0"))
    assert all(cat.message.buttons[0].label == "Cancel" for cat in cats)


async def test_it_survives_a_restart_and_the_end_of_its_token(room: Room) -> None:
    room.discord.set_token_lifetime(0.5)
    shown = await panel(room)
    room.discord.set_token_lifetime(900)

    async def kept() -> bool:
        return "opened the queue panel" in await room.log()

    await until(kept)
    await room.bot.restart()
    await room.fill_the_server()
    await shows(shown, "**Running** (1)")


async def test_a_new_one_takes_the_place_of_the_old_one(room: Room) -> None:
    first, second = await panel(room), await panel(room, room.max)
    await until(lambda: first.deleted)
    await room.fill_the_server()
    await shows(second, "**Running** (1)")


async def test_one_that_somebody_deleted_is_let_go(room: Room) -> None:
    room.discord.delete_message(await panel(room))
    await room.fill_the_server()
    await room.bot.says("could not edit its queue panel")
    shown = await panel(room)
    await shows(shown, "**Running** (1)")


async def test_two_who_press_at_once_are_both_told_the_truth(room: Room) -> None:
    await room.fill_the_server()
    for number in range(10):
        ordered = await room.imagine(room.alice, f"cat {number}")
        job_id = await room.job_of(f"cat {number}")
        answers = await asyncio.gather(
            room.moderate("cancel", room.mia, job=job_id, reason="mia's"),
            room.moderate("cancel", room.max, job=job_id, reason="max's"),
        )
        (won,) = [index for index, answer in enumerate(answers) if "🛑 Cancelled" in answer]
        winner, reason = ((room.mia, "mia's"), (room.max, "max's"))[won]
        assert answers[1 - won] == f"<@{winner.id}> has already cancelled it."
        await shows(ordered.message, f"🛑 Cancelled by <@{winner.id}>: {reason}")


async def test_a_panel_that_is_out_of_sight_is_told_to_moderators(room: Room) -> None:
    await panel(room)
    room.discord.set_bot_permissions(room.staff, Permission.SEND_MESSAGES)
    room.stand_still()
    await room.imagine(room.alice, "a cat")

    async def noted() -> bool:
        return f"The queue panel couldn’t be updated: I can’t see <#{room.staff.id}>." in await room.log()

    await until(noted)


class TestInAThread:
    @pytest.fixture
    def guilds(self) -> tuple[Guild, ...]:
        general = Channel("general")
        thread = Channel("staff", under=general, kind="thread")
        return Guild("Studio", (general, thread), roles=(MODERATORS,)), Guild("Gallery", (Channel("lobby"),))

    async def test_a_panel_in_an_archived_thread_is_told_to_moderators_and_goes_on_later(self, room: Room) -> None:
        shown = await panel(room)
        room.stand_still()
        await room.imagine(room.alice, "a cat")
        await shows(shown, "a cat")
        room.discord.archive(room.staff)
        await room.imagine(room.bob, "a dog")

        async def noted() -> bool:
            return f"The queue panel couldn’t be updated: <#{room.staff.id}> is archived." in await room.log()

        await until(noted)
        assert "a dog" not in shown.text
        room.discord.reopen(room.staff)
        room.go_on()
        await shows(shown, "The queue is empty.")
        assert (await room.log()).count("couldn’t be updated") == 1
