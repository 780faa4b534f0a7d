"""A prompt that falls under a rule is seen by the moderators alone until one of them lets it go."""

import asyncio
from pathlib import Path

import pytest
from PIL import Image

from bot.ledger import Ledger
from tests.approving.conftest import BADWORD, PATIENCE, Program, Rule, asked, leaks, order, press, reject, shown
from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import PAINT, PAINT_MANIFEST, opened, picture, write
from tests.discord_server import Channel, DiscordStandIn, File, Guild, NotOffered, User
from tests.waiting import until

PROMPT = f"a {BADWORD} over the sea"

pytestmark = pytest.mark.usefixtures("watched")


@pytest.fixture
def moderators(studio: Guild) -> Channel:
    return studio.channel("moderators")


async def test_nothing_of_it_is_seen_elsewhere_before_it_is_approved(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, program: Program, moderators: Channel, alice: User, mona: User
) -> None:
    async with program() as bot:
        await bot.wait_ready()
        message = await order(discord, alice, PROMPT)
        question = await asked(discord, moderators)
        assert f"||{PROMPT}||" in question.content
        assert f"<@{alice.id}>" in question.content
        assert f"/{message.channel.id}/{message.id}" in question.content
        assert "Painting" in question.content
        assert "||seed: 5||" in question.content
        assert [one.label for one in question.buttons] == ["Approve", "Reject"]
        assert not question.state.mentioned
        assert "moderator has to look at it first" in message.content
        assert not leaks(discord, BADWORD, moderators)
        assert not comfyui.submitted
        await press(discord, question, "Approve", mona)
        await shown(message, "✅")
        await shown(question, f"Approved by <@{mona.id}>")
    assert PROMPT in message.content
    assert message.attachments
    assert not question.buttons
    assert len(comfyui.submitted) == 1


async def test_a_rejected_one_stays_hidden_and_its_owner_reads_why(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, program: Program, moderators: Channel, alice: User, mona: User
) -> None:
    async with program() as bot:
        await bot.wait_ready()
        message = await order(discord, alice, PROMPT)
        question = await asked(discord, moderators)
        await reject(discord, question, mona, "not here, please")
        await shown(message, f"Rejected by <@{mona.id}>: not here, please")
        await shown(question, f"Rejected by <@{mona.id}>: not here, please")
    assert not question.buttons
    assert not message.buttons or {one.label for one in message.buttons} == {"Again"}
    assert not leaks(discord, BADWORD, moderators)
    assert not comfyui.submitted


async def test_what_is_approved_takes_its_old_place(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, program: Program, moderators: Channel, alice: User, mona: User
) -> None:
    async with program() as bot:
        await bot.wait_ready()
        await comfyui.stop()
        held = await order(discord, alice, PROMPT)
        later = await order(discord, User("bob"), "a lamp")
        await shown(later, "can’t be reached")
        await press(discord, await asked(discord, moderators), "Approve", mona)
        await shown(held, "can’t be reached")
        await comfyui.start()
        await shown(held, "✅")
        await shown(later, "✅")
    assert [one["prompt"]["6"]["inputs"]["text"] for one in comfyui.submitted] == [PROMPT, "a lamp"]


async def test_only_moderators_decide(
    discord: DiscordStandIn, program: Program, moderators: Channel, alice: User, gallery: Guild
) -> None:
    async with program() as bot:
        await bot.wait_ready()
        message = await order(discord, alice, PROMPT)
        question = await asked(discord, moderators)
        for label in ("Approve", "Reject"):
            refused = await press(discord, question, label, alice)
            assert "Only moderators" in refused.message.content
            assert refused.message.ephemeral
        assert "look at it first" in message.content
        assert not discord.messages(gallery.channel("wardens"))


async def test_two_at_once_decide_once_and_the_second_is_told_who(
    discord: DiscordStandIn, program: Program, moderators: Channel, alice: User, mona: User, milo: User
) -> None:
    async with program() as bot:
        await bot.wait_ready()
        for number in range(3):
            message = await order(discord, alice, f"{PROMPT}, number {number}")
            question = await asked(discord, moderators, number + 1)
            state = question.state
            form = await press(discord, question, "Reject", milo)
            approved, rejected = await asyncio.gather(
                discord.press(question, "Approve", user=mona, state=state), form.submit({"reason": "no"})
            )
            await asyncio.gather(approved.acknowledged(), rejected.acknowledged())
            await question.until(lambda it: "ed by <@" in it.content.replace("by <@" + str(alice.id), ""), PATIENCE)
            if "Approved" in question.content:
                assert f"Approved by <@{mona.id}>" in (await rejected.followup()).content
                await shown(message, "✅")
            else:
                assert f"Rejected by <@{milo.id}>" in (await approved.followup()).content
                await shown(message, f"Rejected by <@{milo.id}>: no")


async def test_a_restart_forgets_nothing(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, program: Program, moderators: Channel, alice: User, mona: User
) -> None:
    async with program() as bot:
        await bot.wait_ready()
        message = await order(discord, alice, PROMPT)
        question = await asked(discord, moderators)
        await bot.kill()
        await bot.start()
        await bot.wait_ready()
        await press(discord, question, "Approve", mona)
        await shown(message, "✅")
        await shown(question, "Approved by")
    assert len(discord.messages(moderators)) == 1
    assert len(comfyui.submitted) == 1


async def test_what_was_decided_right_before_a_crash_is_shown_after_it(
    discord: DiscordStandIn, program: Program, moderators: Channel, rule: Rule, alice: User, mona: User, studio: Guild
) -> None:
    async with program() as bot:
        await bot.wait_ready()
        message = await order(discord, alice, PROMPT)
        question = await asked(discord, moderators)
        # Once the next one is there, this one's message is known.
        await order(discord, alice, f"another {BADWORD}")
        await asked(discord, moderators, 2)
        await bot.kill()

        async def decide(ledger: Ledger) -> None:
            job, _ = await ledger.active_in(studio.id)
            assert await ledger.reject(job.id, studio.id, by=mona.id, reason="no")

        await rule(decide)
        await bot.start()
        await shown(message, f"Rejected by <@{mona.id}>: no")
        await shown(question, f"Rejected by <@{mona.id}>: no")


async def test_its_owner_may_take_it_back(
    discord: DiscordStandIn, program: Program, moderators: Channel, alice: User, mona: User
) -> None:
    async with program() as bot:
        await bot.wait_ready()
        message = await order(discord, alice, PROMPT)
        question = await asked(discord, moderators)
        state = question.state
        await press(discord, message, "Cancel", alice)
        await shown(message, "Cancelled by the requester")
        await shown(question, "Cancelled by the requester")
        late = await discord.press(question, "Approve", user=mona, state=state)
        await late.acknowledged()
        assert "Cancelled by the requester" in (await late.followup()).content
    assert not leaks(discord, BADWORD, moderators)


async def test_where_moderators_have_no_place_it_waits_until_they_have_one(
    discord: DiscordStandIn, program: Program, rule: Rule, studio: Guild, moderators: Channel, alice: User, mona: User
) -> None:
    async def nowhere(ledger: Ledger) -> None:
        await ledger.rules.set_guild(studio.id, approval_channel=None)

    async def in_the_log(ledger: Ledger) -> None:
        await ledger.rules.set_guild(studio.id, audit_channel=studio.channel("log").id)

    await rule(nowhere)
    async with program() as bot:
        await bot.wait_ready()
        message = await order(discord, alice, PROMPT)
        await until(lambda: "look at it first" in message.content)
        await bot.terminate()
        assert not discord.messages(moderators)
        await rule(in_the_log)
        await bot.start()
        await bot.wait_ready()
        question = await asked(discord, studio.channel("log"))
        await press(discord, question, "Approve", mona)
        await shown(message, "✅")


async def test_another_guild_reaches_nothing_of_it(
    discord: DiscordStandIn, program: Program, moderators: Channel, gallery: Guild, alice: User, mona: User
) -> None:
    wardens = gallery.channel("wardens")
    async with program() as bot:
        await bot.wait_ready()
        message = await order(discord, alice, PROMPT)
        question = await asked(discord, moderators)
        # The word is free in the other guild.
        await shown(await order(discord, alice, PROMPT, gallery.channel("lobby")), "✅")
        # A component typed by hand: the same button under a message of the other guild.
        copied = await discord.say("anything", user=mona, channel=wardens)
        copied.become(question.state)
        for label in ("Approve", "Reject"):
            pressed = await discord.press(copied, label, user=mona)
            await pressed.acknowledged()
            assert "not here any more" in pressed.message.content
            assert PROMPT not in pressed.message.content
        assert "look at it first" in message.content
        assert not discord.messages(wardens)[1:]


async def test_a_long_order_comes_whole(
    discord: DiscordStandIn, program: Program, moderators: Channel, alice: User
) -> None:
    long = f"{'very ' * 300}long {BADWORD}"
    async with program() as bot:
        await bot.wait_ready()
        await order(discord, alice, long)
        question = await asked(discord, moderators)
    (file,) = question.attachments
    assert file.filename == "SPOILER_request.txt"
    assert long in file.content.decode()
    assert not leaks(discord, BADWORD, moderators)


async def test_a_picture_that_came_with_it_is_shown_as_well(
    discord: DiscordStandIn, program: Program, folder: Path, moderators: Channel, alice: User
) -> None:
    graph = PAINT | {
        "10": {"class_type": "LoadImage", "inputs": {"image": "example.png"}, "_meta": {"title": "Picture"}},
        "11": {"class_type": "SaveImage", "inputs": {"images": ["10", 0], "filename_prefix": "given"}},
    }
    write(folder, "paint", graph, f'{PAINT_MANIFEST}[parameters.image]\ntarget = ["Picture.image"]\n')
    given = File("mine.png", picture(Image.new("RGB", (9, 9), "red")))
    async with program() as bot:
        await bot.wait_ready()
        interaction = await discord.slash("imagine", user=alice, prompt=PROMPT, image=given)
        await interaction.acknowledged()
        question = await asked(discord, moderators)
    (shown_one,) = question.attachments
    assert shown_one.filename == "SPOILER_image.png"
    assert opened(shown_one.content).getpixel((4, 4)) == (255, 0, 0)
    assert not leaks(discord, BADWORD, moderators)


async def test_a_channel_that_takes_nothing_holds_nothing_else_up(
    discord: DiscordStandIn, program: Program, moderators: Channel, alice: User
) -> None:
    async with program() as bot:
        await bot.wait_ready()
        discord.fail_next("POST", f"/channels/{moderators.id}/messages", 403)
        held = await order(discord, alice, PROMPT)
        await shown(await order(discord, User("bob"), "a lamp"), "✅")
        await until(lambda: "could not be written to" in bot.log.read_text())
        assert "look at it first" in held.content
    assert not discord.messages(moderators)
    with pytest.raises(NotOffered):
        await discord.press(held, "Approve", user=alice)
