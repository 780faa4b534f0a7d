"""Threads that are archived, locked or deleted while a job runs, and limits that shrink: no image is lost."""

from typing import Final

import pytest

from bot.pictures import marked
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.faults import Failure as Fails
from tests.discord_server import (
    EVERYONE,
    Channel,
    DiscordStandIn,
    Failure,
    Guild,
    Interaction,
    Message,
    Permission,
    User,
    answered,
)
from tests.looks import is_done, is_running, is_stopping, labels
from tests.people import ALICE
from tests.recovery.studio import Studio, job_of
from tests.waiting import until

TEXT: Final = Channel("text")
THREAD: Final = Channel("thread", under=TEXT, kind="thread")
READ_ONLY: Final = EVERYONE & ~Permission.SEND_MESSAGES


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild(channels=(TEXT, THREAD)),)


async def running(studio: Studio, comfyui: ComfyUIStandIn) -> Interaction:
    comfyui.faults.hang_in = "VAEDecode"
    order = await studio.order(ALICE, channel=THREAD)
    await order.message.until(is_running)
    return order


async def ended(studio: Studio, comfyui: ComfyUIStandIn, state: str = "done") -> None:
    comfyui.faults.hang_in = None
    await until(lambda: set(studio.states().values()) == {state})


async def delete(discord: DiscordStandIn, message: Message, user: User) -> None:
    """Delete, and yes to the question."""
    asked = await discord.press(message, "Delete", user=user)
    await until(lambda: bool(asked.followups))
    await (await discord.press(asked.followups[0], "Delete", user=user)).acknowledged()


async def brings_back(discord: DiscordStandIn, comfyui: ComfyUIStandIn, order: Interaction) -> Message:
    """The owner's history has it, for them alone."""
    listed = await discord.slash("history", user=ALICE, channel=TEXT)
    await listed.acknowledged()
    brought = await discord.select(listed.message, "Bring one back", [job_of(order)], user=ALICE)
    await brought.acknowledged()
    await brought.message.until(lambda message: bool(message.attachments))
    assert brought.message.ephemeral
    assert brought.message.attachments[0].content == marked(comfyui.output_bytes("darkroom_00001_.png"))
    return brought.message


async def test_a_new_message_opens_the_thread_again_and_carries_the_job_from_then_on(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    order = await running(studio, comfyui)
    discord.archive(THREAD)
    await ended(studio, comfyui)
    new, old = discord.messages(THREAD)
    assert is_done(new)
    assert new.attachments
    assert new.state.mentioned == {str(ALICE.id)}
    assert "Again" in labels(new)
    assert old is order.message
    assert str(new.id) in old.content
    assert not old.buttons
    assert not old.attachments
    assert "▰" not in old.content
    assert not discord.messages(discord.direct(ALICE))
    listed = await answered(discord.slash("history", user=ALICE, channel=THREAD))
    assert str(new.id) in listed.message.content
    await delete(discord, new, ALICE)
    await until(lambda: new.deleted)


async def test_a_process_that_dies_right_after_its_new_message_leaves_one(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    order = await running(studio, comfyui)
    discord.archive(THREAD)
    discord.faults.holds = lambda request: (
        request.method == "POST" and request.path == f"/channels/{THREAD.id}/messages"
    )
    comfyui.faults.hang_in = None
    await until(lambda: len(discord.messages(THREAD)) == 2)
    await studio.bot.kill()
    discord.faults.holds = None
    await studio.start()
    await ended(studio, comfyui)
    assert [bool(message.attachments) for message in discord.messages(THREAD)] == [True, False]
    assert not order.message.buttons
    assert not discord.messages(discord.direct(ALICE))


@pytest.mark.parametrize("case", ["locked", "deleted", "out of sight"])
async def test_where_the_thread_takes_nothing_it_comes_as_a_direct_message(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn, case: str
) -> None:
    order = await running(studio, comfyui)
    match case:
        case "locked":
            discord.archive(THREAD, locked=True)
        case "deleted":
            discord.delete_message(order.message)
            discord.delete_channel(THREAD)
        case _:
            order.expire()
            discord.set_bot_permissions(THREAD, Permission(0))
    await ended(studio, comfyui)
    (direct,) = discord.messages(discord.direct(ALICE))
    assert is_done(direct)
    assert direct.attachments


@pytest.mark.parametrize("token", ["alive", "dead"])
async def test_what_a_moderator_deleted_does_not_come_back_and_its_owner_has_it_in_the_history(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn, token: str
) -> None:
    order = await running(studio, comfyui)
    discord.delete_message(order.message)
    if token == "dead":
        order.expire()
    await ended(studio, comfyui)
    assert discord.messages(THREAD) == []
    assert discord.messages(discord.direct(ALICE)) == []
    await brings_back(discord, comfyui, order)


@pytest.mark.parametrize("end", ["failed", "cancelled"])
async def test_nothing_is_said_where_a_moderator_deleted_the_message(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn, end: str
) -> None:
    order = await running(studio, comfyui)
    if end == "failed":
        comfyui.faults.fail["VAEDecode"] = Fails()
    else:
        await (await discord.slash("cancel", user=ALICE, channel=THREAD)).acknowledged()
        await order.message.until(is_stopping)
    discord.delete_message(order.message)
    await ended(studio, comfyui, end)
    assert discord.messages(THREAD) == []


async def test_a_locked_thread_and_closed_direct_messages_leave_it_in_the_history(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    order = await running(studio, comfyui)
    discord.archive(THREAD, locked=True)
    discord.close_direct(ALICE)
    await ended(studio, comfyui)
    brought = await brings_back(discord, comfyui, order)
    await delete(discord, brought, ALICE)
    await until(lambda: studio.select("SELECT 1 FROM files") == [])


@pytest.mark.parametrize("limit", [4000, 500], ids=["less", "next to nothing"])
async def test_a_limit_that_has_shrunk_gets_a_smaller_copy(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn, limit: int
) -> None:
    order = await running(studio, comfyui)
    discord.set_upload_limit(discord.guild, limit)
    await ended(studio, comfyui)
    assert len(comfyui.output_bytes("darkroom_00001_.png")) > limit
    assert is_done(order.message)
    (file,) = order.message.attachments
    assert len(file.content) <= limit


async def test_where_no_file_is_taken_at_any_size_its_history_brings_it(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    order = await running(studio, comfyui)
    refused = Failure(413, code=40005)
    discord.fail_next("PATCH", "*", refused, times=100, when=lambda request: bool(request.files))
    await ended(studio, comfyui)
    assert is_done(order.message)
    assert "/history" in order.message.content
    assert "Cancel" not in labels(order.message)
    discord.faults.forget()
    listed = await answered(discord.slash("history", user=ALICE, channel=THREAD))
    brought = await answered(discord.select(listed.message, "Bring one back", [job_of(order)], user=ALICE))
    await brought.message.until(lambda message: bool(message.attachments))


async def test_no_link_unfolds_in_anything_that_the_bot_writes(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    link = "https://example.com/a"
    comfyui.faults.hang_in = "VAEDecode"
    order = await studio.order(ALICE, link)
    await order.message.until(is_running)
    await answered(discord.slash("queue", user=ALICE))
    order.expire()
    await ended(studio, comfyui)
    await (await discord.press(order.message, "Recipe", user=ALICE)).acknowledged()
    listed = await answered(discord.slash("history", user=ALICE))
    await (await discord.select(listed.message, "Bring one back", [job_of(order)], user=ALICE)).acknowledged()
    said = [body.get("data", body) for one in discord.requests if isinstance(body := one.json, dict)]
    texts = [body for body in said if isinstance(body, dict) and body.get("content")]
    assert len(texts) > 5
    assert all(body["flags"] & 4 for body in texts)
