"""What rules, a dead token, a deleted message and another process's restart do to a grid."""

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import Channel, DiscordStandIn, Guild, Permission, answered
from tests.discord_server.resolving import Value
from tests.grid.asking import FOUR, ask, done_in, is_complete, start
from tests.looks import labels, says
from tests.people import ALICE, BOB, MODERATORS, MONA
from tests.recovery.studio import Studio
from tests.waiting import until


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", (Channel("general"), Channel("moderators")), roles=(MODERATORS,)),)


async def told(discord: DiscordStandIn, command: str, **options: Value) -> None:
    """A moderator's act, once it has been carried out."""
    act = await answered(discord.slash(command, user=MONA, options=options))
    await act.message.until(lambda message: not message.loading)


async def test_a_prompt_that_is_held_is_decided_once(
    discord: DiscordStandIn, studio: Studio, guilds: tuple[Guild, ...]
) -> None:
    room = guilds[0].channel("moderators")
    await told(discord, "moderate approvals", channel=room)
    await told(discord, "moderate words add", kind="word", text="zeppelin", action="hold")
    options = {**FOUR, "prompt": "a zeppelin"}
    assert "A moderator has to look at the prompt first." in (await ask(discord, ALICE, **options)).content
    sheet = await start(discord, ALICE, options)
    await sheet.until(says("4 are waiting for a moderator"))
    assert "zeppelin" not in sheet.content
    await until(lambda: any("to approve" in one.content for one in discord.messages(room)))
    (case,) = [one for one in discord.messages(room) if "to approve" in one.content]
    await answered(discord.press(case, "Approve", user=MONA))
    await sheet.until(is_complete)
    assert done_in(sheet) == 4
    assert "zeppelin" in sheet.content
    assert len([one for one in discord.messages(room) if "to approve" in one.content]) == 1
    assert len(studio.select("SELECT number FROM audit WHERE act = 'held'")) == 1


async def test_a_refused_word_is_said_before_anything_runs(discord: DiscordStandIn, studio: Studio) -> None:
    await told(discord, "moderate words add", kind="word", text="zeppelin", action="refuse")
    reply = await ask(discord, ALICE, prompt="a {zeppelin|fox}", x="{zeppelin|fox}")
    assert "isn’t allowed here" in reply.content
    assert not labels(reply)


async def test_blocked_between_the_question_and_start(discord: DiscordStandIn, studio: Studio) -> None:
    question = await ask(discord, ALICE, **FOUR)
    await told(discord, "moderate block", user=ALICE)
    pressed = await answered(discord.press(question, "Start", user=ALICE))
    await until(lambda: pressed.message.deleted)
    assert any("blocked" in one.content for one in pressed.followups)
    assert not studio.states()


async def test_after_its_token_is_dead(discord: DiscordStandIn, studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    question = await ask(discord, ALICE, **FOUR)
    pressed = await answered(discord.press(question, "Start", user=ALICE))
    sheet = await pressed.message.until(lambda message: "of 4 done" in message.content)
    await until(lambda: len(comfyui.executed) == 1)
    await studio.bot.kill()
    studio.change("UPDATE grids SET created_at = created_at - ?", 16 * 60)
    pressed.expire()
    comfyui.faults.hang_in = None
    await studio.start()
    await sheet.until(is_complete)
    assert done_in(sheet) == 4
    assert discord.messages() == [sheet]


@pytest.mark.parametrize("when", ["waiting", "done"])
async def test_killed_before_anybody_knows_its_message(
    discord: DiscordStandIn, studio: Studio, comfyui: ComfyUIStandIn, when: str
) -> None:
    comfyui.faults.hang_in = "VAEDecode" if when == "waiting" else None
    question = await ask(discord, ALICE, **FOUR)
    discord.faults.holds = lambda request: request.method == "PATCH" and "of 4 done" in str(request.json)
    pressed = await answered(discord.press(question, "Start", user=ALICE))
    sheet = await pressed.message.until(lambda message: "of 4 done" in message.content)
    # Nobody waits any longer for the id of the reply.
    studio.change("UPDATE jobs SET created_at = created_at - ?", 20)
    studio.change("UPDATE grids SET created_at = created_at - ?", 20)
    if when == "done":
        await until(lambda: set(studio.states().values()) == {"done"})
    await studio.bot.kill()
    discord.faults.holds = None
    await studio.start()
    await until(lambda: studio.select("SELECT message_id FROM grids") == [(sheet.id,)])
    pressed.expire()
    comfyui.faults.hang_in = None
    await sheet.until(is_complete)
    assert done_in(sheet) == 4
    confirming = await answered(discord.press(sheet, "Delete", user=ALICE))
    await answered(discord.press(confirming.message, "Delete", user=ALICE))
    await until(lambda: sheet.deleted)
    assert studio.select("SELECT count(*) FROM jobs WHERE deleted_by = ?", ALICE.id) == [(4,)]


async def test_where_the_channel_takes_nothing_it_comes_as_a_direct_message(
    discord: DiscordStandIn, studio: Studio, comfyui: ComfyUIStandIn, guilds: tuple[Guild, ...]
) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    question = await ask(discord, ALICE, **FOUR)
    pressed = await answered(discord.press(question, "Start", user=ALICE))
    await pressed.message.until(lambda message: "of 4 done" in message.content)
    await until(lambda: len(comfyui.executed) == 1)
    discord.set_bot_permissions(guilds[0].channel("general"), Permission(0))
    studio.change("UPDATE grids SET created_at = created_at - ?", 16 * 60)
    pressed.expire()
    comfyui.faults.hang_in = None
    await until(lambda: bool(discord.messages(discord.direct(ALICE))))
    (direct,) = discord.messages(discord.direct(ALICE))
    assert direct.attachments
    assert "4 images" in direct.content
    assert "`/history` there has each image in full size" in direct.content


async def test_its_message_is_deleted_meanwhile(
    discord: DiscordStandIn, studio: Studio, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    sheet = await start(discord, ALICE, FOUR)
    await until(lambda: len(comfyui.executed) == 1)
    discord.delete_message(sheet)
    comfyui.faults.hang_in = None
    await until(lambda: set(studio.states().values()) == {"done"})
    await until(lambda: studio.select("SELECT count(*) FROM grids WHERE closed_at IS NULL") == [(0,)])
    assert not [one for one in discord.messages() if not one.deleted], "what a moderator deletes does not come back"
    history = await answered(discord.slash("history", user=ALICE))
    assert history.message.content.count("a fox") == 4 or "a fox" in history.message.text


async def test_paused_and_resumed(discord: DiscordStandIn, studio: Studio) -> None:
    await told(discord, "moderate pause", reason="a break")
    sheet = await start(discord, ALICE, FOUR)
    await sheet.until(says("paused by"))
    queue = await answered(discord.slash("queue", user=BOB))
    assert "grid of 4" in queue.message.content
    await told(discord, "moderate resume")
    await sheet.until(is_complete)
    assert done_in(sheet) == 4
