"""`/moderate cancel`, `front`, `pause` and `resume` through the whole program."""

from tests.discord_server import User, answered
from tests.looks import labels
from tests.moderating.acts import Room, shows, told
from tests.waiting import until


async def test_a_waiting_picture_is_cancelled_with_a_reason_that_its_message_tells(room: Room) -> None:
    await room.fill_the_server()
    ordered = await room.imagine(room.alice, "a cat")
    said = await room.moderate("cancel", job=await room.job_of("a cat"), reason="no cats today")
    assert "Cancelled “a cat”" in said
    message = await shows(ordered.message, f"🛑 Cancelled by <@{room.mia.id}>: no cats today")
    assert not message.state.mentioned
    assert "Cancel" not in labels(message)


async def test_a_running_picture_is_stopped_on_its_server(room: Room) -> None:
    running, _ = await room.fill_the_server()
    said = await room.moderate("cancel", job=await room.job_of("filling 0"), reason="too much")
    assert "🛑 Stopping “filling 0”" in said
    await room.go_on_interrupted()
    await shows(running.message, f"🛑 Cancelled by <@{room.mia.id}>: too much")


async def test_all_of_a_member_are_cancelled_and_nobody_elses(room: Room) -> None:
    await room.fill_the_server()
    cats = [await room.imagine(room.alice, f"cat {number}") for number in range(3)]
    dog = await room.imagine(room.mia, "a dog")
    assert f"Cancelled 3 jobs of <@{room.alice.id}>: a flood" in await room.moderate(
        "cancel", user=room.alice, reason="a flood"
    )
    for ordered in cats:
        await shows(ordered.message, "🛑 Cancelled", "a flood")
    assert "🕓" in dog.message.content


async def test_everything_is_cancelled_only_after_a_second_thought(room: Room) -> None:
    filling = await room.fill_the_server()
    waiting = await room.imagine(room.alice, "a cat")
    elsewhere = await room.imagine(room.alice, "a cat next door", room.lobby)
    asked = await answered(
        room.discord.slash("moderate cancel", user=room.mia, options={"all": True, "reason": "closing"})
    )
    assert asked.modal.title == "Cancel all 3 jobs?"
    assert "🕓" in waiting.message.content
    assert "Cancelled 3 jobs in this server" in await told(await asked.submit({}))
    await room.go_on_interrupted()
    for ordered in (*filling, waiting):
        await shows(ordered.message, f"🛑 Cancelled by <@{room.mia.id}>: closing")
    await shows(elsewhere.message, "✅")


async def test_an_empty_queue_is_not_asked_about(room: Room) -> None:
    assert "nothing to cancel" in await room.moderate("cancel", options={"all": True})


async def test_one_of_the_three_has_to_be_said(room: Room) -> None:
    assert "exactly one" in await room.moderate("cancel")
    assert "exactly one" in await room.moderate("cancel", user=room.alice, job="some job")


async def test_what_is_over_is_said_to_be(room: Room) -> None:
    await room.fill_the_server()
    ordered = await room.imagine(room.alice, "a cat")
    job_id = await room.job_of("a cat")
    await room.moderate("cancel", job=job_id)
    assert f"<@{room.mia.id}> has already cancelled it" in await room.moderate("cancel", room.max, job=job_id)
    assert f"<@{room.mia.id}> has already cancelled it" in await room.moderate("front", room.max, job=job_id)
    await shows(ordered.message, "🛑 Cancelled")
    assert "isn’t in this server’s queue" in await room.moderate("cancel", job="7")


async def test_suggestions_say_whose_jobs_they_are(room: Room) -> None:
    await room.fill_the_server()
    turned = User("\u202eela\n" + "x" * 27)
    await room.imagine(room.alice, "a cat")
    await room.imagine(turned, "a cat " * 40)
    hidden = await answered(room.discord.slash("imagine", user=room.zoe, options={"prompt": "a wish", "private": True}))
    assert hidden.message.ephemeral

    async def suggested(command: str, typed: str = "") -> list[str]:
        found = await room.discord.autocomplete(command, option="job", value=typed, user=room.mia)
        return sorted(choice.name for choice in found)

    for command in ("moderate cancel", "moderate front"):
        assert len(await suggested(command)) == 5
        assert await suggested(command, "Alice") == ["queued: Alice · a cat"]
        assert await suggested(command, "private") == ["queued: Zoe · a private request"]
    (long,) = await suggested("moderate cancel", turned.name[-20:])
    assert long.casefold().startswith(f"queued: ela {'x' * 27} · a cat a cat")
    assert len(long) == 100
    # Discord tells no name of somebody who has left.
    room.discord.leave(room.studio, room.alice)
    await room.bot.restart()
    assert await suggested("moderate cancel", "a cat") == ["queued: a cat", long]


async def test_the_front_is_before_everybody_else(room: Room) -> None:
    filling = await room.fill_the_server()
    cats = [await room.imagine(room.alice, f"cat {number}") for number in range(4)]
    last = await room.job_of("cat 3")
    assert "to the front" in await room.moderate("front", job=last)
    await shows(cats[3].message, "Next in line")
    assert "already running" in await room.moderate("front", job=await room.job_of("filling 0"))
    room.go_on()
    for ordered in (*filling, *cats):
        await shows(ordered.message, "✅")
    assert room.comfyui.executed.index(last) == 2


async def test_a_paused_queue_starts_nothing_and_says_so(room: Room) -> None:
    filling = await room.fill_the_server()
    before = await room.imagine(room.alice, "a cat")
    assert "The queue is paused: lunch\nJobs that are already running" in await room.moderate("pause", reason="lunch")
    assert f"<@{room.mia.id}> has already paused the queue: lunch" in await room.moderate("pause", room.max)
    after = await room.imagine(room.alice, "a dog")
    for ordered in (before, after):
        await shows(ordered.message, f"⏸️ The queue is paused by <@{room.mia.id}>: lunch")
    # It is not running yet, and makes way for the guild next door.
    running, ready = filling
    next_door = await room.imagine(room.alice, "next door", room.lobby)
    await shows(ready.message, f"⏸️ The queue is paused by <@{room.mia.id}>: lunch")
    room.go_on()
    for ordered in (running, next_door):
        await shows(ordered.message, "✅")
    assert len(room.comfyui.executed) == 2
    assert "running again" in await room.moderate("resume", room.max)
    assert "isn’t paused" in await room.moderate("resume")
    for ordered in (ready, before, after):
        await shows(ordered.message, "✅")


async def test_the_first_reply_says_that_the_queue_is_paused(room: Room) -> None:
    await room.moderate("pause", reason="lunch")
    ordered = await room.imagine(room.alice, "a cat")
    assert f"⏸️ The queue is paused by <@{room.mia.id}>: lunch" in ordered.message.states[0].content
    await room.moderate("resume")
    await shows(ordered.message, "✅")
    assert len([state for state in ordered.message.states if "⏸️" in state.content]) == 1, "it was said once"


async def test_a_paused_queue_lets_running_jobs_finish_after_a_restart(room: Room) -> None:
    running, _ = await room.fill_the_server()
    waiting = await room.imagine(room.alice, "a cat")
    await room.moderate("pause")
    await room.bot.restart()
    room.go_on()
    await shows(running.message, "✅")
    assert "⏸️" in waiting.message.content
    await room.moderate("resume")
    await shows(waiting.message, "✅")


async def test_each_act_stands_in_the_log_and_in_its_channel(room: Room) -> None:
    await room.moderate("audit", channel=None, options={"channel": room.staff})
    await room.fill_the_server()
    await room.imagine(room.alice, "a cat")
    await room.moderate("cancel", job=await room.job_of("a cat"), reason="no cats")
    await room.moderate("pause", reason="lunch")
    await room.moderate("resume", room.max)

    mia, cancelled = f"<@{room.mia.id}>", f"🛑 <@{room.mia.id}> cancelled a job of <@{room.alice.id}>: no cats"
    resumed = f"▶️ <@{room.max.id}> resumed the queue."

    async def logged() -> bool:
        text = await room.log()
        return all(part in text for part in (cancelled, f"⏸️ {mia} paused the queue: lunch", resumed))

    await until(logged)
    assert resumed in await room.log(moderator=room.max)
    assert "paused" not in await room.log(moderator=room.max)
    assert "no cats" in await room.log(member=room.alice)
    assert await room.log(act="reported") == "No matching entries."

    def in_channel() -> str:
        return "\n".join(message.content for message in room.discord.messages(room.staff))

    await room.discord.until(lambda: all(part in in_channel() for part in (cancelled, "lunch", resumed)))
    assert not [message for message in room.discord.messages(room.staff) if message.state.mentioned]


async def test_nobody_else_may(room: Room) -> None:
    room.discord.reassigned.add("moderate")
    assert "Only moderators" in await room.moderate("pause", User("eve"))
