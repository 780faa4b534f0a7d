"""A prompt that falls under a rule is seen by the moderators alone until one of them lets it go."""

import asyncio
from pathlib import Path

import pytest
from PIL import Image

from bot.ledger import MOST_SHOWN, Ledger
from tests.approving.conftest import BADWORD, MILO, Rule, asked, leaks, order, press, reject, shown
from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import PAINT, PAINT_MANIFEST, opened, picture, write
from tests.discord_server import (
    BotProcess,
    Channel,
    DiscordStandIn,
    File,
    Guild,
    Message,
    NotOffered,
    Permission,
    User,
    answered,
)
from tests.discord_server.world import EVERYONE
from tests.grid.asking import start
from tests.ledger.orders import look
from tests.looks import labels
from tests.people import ALICE, MONA
from tests.programs import Program
from tests.waiting import until

PROMPT = f"a {BADWORD} over the sea"

pytestmark = pytest.mark.usefixtures("watched")


async def test_nothing_of_it_is_seen_elsewhere_before_it_is_approved(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, moderators: Channel
) -> None:
    message = await order(discord, ALICE, PROMPT)
    question = await asked(discord, moderators)
    assert f"||{PROMPT}||" in question.content
    assert f"<@{ALICE.id}>" in question.content
    assert f"/{message.channel.id}/{message.id}" in question.content
    assert "Painting" in question.content
    assert "||seed: 5||" in question.content
    assert labels(question) == ["Approve", "Reject"]
    assert not question.state.mentioned
    assert "moderator has to look at it first" in message.content
    assert not leaks(discord, BADWORD, moderators)
    assert not comfyui.submitted
    await press(discord, question, "Approve", MONA)
    await shown(message, "✅")
    await shown(question, f"Approved by <@{MONA.id}>")
    assert PROMPT in message.content
    assert [one.description for one in message.attachments] == [f"AI-generated image: {PROMPT}"]
    assert not question.buttons
    assert len(comfyui.submitted) == 1


async def test_a_rejected_one_stays_hidden_and_its_owner_reads_why(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, moderators: Channel
) -> None:
    message = await order(discord, ALICE, PROMPT)
    question = await asked(discord, moderators)
    await reject(discord, question, MONA, "not here, please")
    await shown(message, f"Rejected by <@{MONA.id}>: not here, please")
    await shown(question, f"Rejected by <@{MONA.id}>: not here, please")
    assert not question.buttons
    assert not message.buttons or {one.label for one in message.buttons} == {"Again"}
    assert not leaks(discord, BADWORD, moderators)
    assert not comfyui.submitted


async def test_what_is_approved_takes_its_old_place(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, moderators: Channel
) -> None:
    await comfyui.stop()
    held = await order(discord, ALICE, PROMPT)
    later = await order(discord, User("bob"), "a lamp")
    await shown(later, "can’t be reached")
    await press(discord, await asked(discord, moderators), "Approve", MONA)
    await shown(held, "can’t be reached")
    await comfyui.start()
    await shown(held, "✅")
    await shown(later, "✅")
    assert [one["prompt"]["6"]["inputs"]["text"] for one in comfyui.submitted] == [PROMPT, "a lamp"]


async def test_where_no_files_may_be_attached_every_prompt_is_still_shown(
    discord: DiscordStandIn, bot: BotProcess, moderators: Channel
) -> None:
    """The first is too long for its message, and would have a file."""
    discord.set_bot_permissions(moderators, EVERYONE & ~Permission.ATTACH_FILES)
    await order(discord, ALICE, f"{PROMPT} {'and far away ' * 60}")
    short = await order(discord, User("bob"), PROMPT)
    first, second = await asked(discord, moderators), await asked(discord, moderators, 2)
    assert f"> ||{PROMPT} and far away" in first.content
    assert first.content.endswith(
        "Files that belong to this couldn’t be attached. Check that I may **Attach Files** here."
    )
    assert not first.attachments
    assert "Attach Files" not in second.content
    await press(discord, second, "Approve", MONA)
    await shown(short, "✅")
    await press(discord, first, "Approve", MONA)
    await shown(first, f"Approved by <@{MONA.id}>")


async def test_where_nothing_may_be_posted_the_log_says_so(
    discord: DiscordStandIn, bot: BotProcess, moderators: Channel
) -> None:
    discord.set_bot_permissions(moderators, Permission.VIEW_CHANNEL)
    held = await order(discord, ALICE, PROMPT)

    async def noted() -> bool:
        log = (await answered(discord.slash("moderate log", user=MONA))).message.content
        return f"Approvals and reports couldn’t be shown to moderators: I can’t post in <#{moderators.id}>" in log

    await until(noted)
    assert "moderator has to look at it first" in held.content


async def test_only_moderators_decide(
    discord: DiscordStandIn, bot: BotProcess, moderators: Channel, gallery: Guild
) -> None:
    message = await order(discord, ALICE, PROMPT)
    question = await asked(discord, moderators)
    for label in ("Approve", "Reject"):
        refused = await press(discord, question, label, ALICE)
        assert "Only moderators" in refused.message.content
        assert refused.message.ephemeral
    assert "look at it first" in message.content
    assert not discord.messages(gallery.channel("wardens"))


async def test_two_at_once_decide_once_and_the_second_is_told_who(
    discord: DiscordStandIn, bot: BotProcess, moderators: Channel
) -> None:
    for number in range(3):
        message = await order(discord, ALICE, f"{PROMPT}, number {number}")
        question = await asked(discord, moderators, number + 1)
        state = question.state
        form = await press(discord, question, "Reject", MILO)
        approved, rejected = await asyncio.gather(
            discord.press(question, "Approve", user=MONA, state=state), form.submit({"reason": "no"})
        )
        await asyncio.gather(approved.acknowledged(), rejected.acknowledged())
        await question.until(lambda it: "ed by <@" in it.content.replace("by <@" + str(ALICE.id), ""))
        if "Approved" in question.content:
            assert f"Approved by <@{MONA.id}>" in (await rejected.followup()).content
            await shown(message, "✅")
        else:
            assert f"Rejected by <@{MILO.id}>" in (await approved.followup()).content
            await shown(message, f"Rejected by <@{MILO.id}>: no")


async def test_a_restart_forgets_nothing(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, moderators: Channel
) -> None:
    message = await order(discord, ALICE, PROMPT)
    question = await asked(discord, moderators)
    await bot.restart()
    await press(discord, question, "Approve", MONA)
    await shown(message, "✅")
    await shown(question, "Approved by")
    assert len(discord.messages(moderators)) == 1
    assert len(comfyui.submitted) == 1


async def test_what_was_decided_right_before_a_crash_is_shown_after_it(
    discord: DiscordStandIn, bot: BotProcess, moderators: Channel, rule: Rule, studio: Guild
) -> None:
    message = await order(discord, ALICE, PROMPT)
    question = await asked(discord, moderators)
    # Once the next one is there, this one's message is known.
    await order(discord, ALICE, f"another {BADWORD}")
    await asked(discord, moderators, 2)
    await bot.kill()

    async def decide(ledger: Ledger) -> None:
        job, _ = await ledger.active_in(studio.id)
        assert await ledger.reject(job.id, studio.id, by=MONA.id, reason="no")

    await rule(decide)
    await bot.start()
    await shown(message, f"Rejected by <@{MONA.id}>: no")
    await shown(question, f"Rejected by <@{MONA.id}>: no")


async def test_its_owner_may_take_it_back(discord: DiscordStandIn, bot: BotProcess, moderators: Channel) -> None:
    message = await order(discord, ALICE, PROMPT)
    question = await asked(discord, moderators)
    state = question.state
    await press(discord, message, "Cancel", ALICE)
    await shown(message, "Cancelled by the requester")
    await shown(question, "Cancelled by the requester")
    late = await answered(discord.press(question, "Approve", user=MONA, state=state))
    assert "Cancelled by the requester" in (await late.followup()).content
    assert not leaks(discord, BADWORD, moderators)


async def test_where_moderators_have_no_place_it_waits_until_they_have_one(
    discord: DiscordStandIn, program: Program, rule: Rule, studio: Guild, moderators: Channel
) -> None:
    async def nowhere(ledger: Ledger) -> None:
        await ledger.rules.set_guild(studio.id, approval_channel=None)

    async def in_the_log(ledger: Ledger) -> None:
        await ledger.rules.set_guild(studio.id, audit_channel=studio.channel("log").id)

    await rule(nowhere)
    async with program().ready() as bot:
        message = await order(discord, ALICE, PROMPT)
        await until(lambda: "look at it first" in message.content)
        await bot.terminate()
        assert not discord.messages(moderators)
        await rule(in_the_log)
        await bot.start()
        await bot.wait_ready()
        question = await asked(discord, studio.channel("log"))
        await press(discord, question, "Approve", MONA)
        await shown(message, "✅")


async def test_another_guild_reaches_nothing_of_it(
    discord: DiscordStandIn, program: Program, moderators: Channel, gallery: Guild
) -> None:
    wardens = gallery.channel("wardens")
    async with program().ready():
        message = await order(discord, ALICE, PROMPT)
        question = await asked(discord, moderators)
        # The word is free in the other guild.
        await shown(await order(discord, ALICE, PROMPT, gallery.channel("lobby")), "✅")
        # A component typed by hand: the same button under a message of the other guild.
        copied = await discord.say("anything", user=MONA, channel=wardens)
        copied.become(question.state)
        for label in ("Approve", "Reject"):
            pressed = await answered(discord.press(copied, label, user=MONA))
            told = await pressed.followup()
            assert "nothing left to decide" in told.content
            assert PROMPT not in told.content
        assert "look at it first" in message.content
        assert not discord.messages(wardens)[1:]


async def test_a_long_order_comes_whole(discord: DiscordStandIn, bot: BotProcess, moderators: Channel) -> None:
    long = f"{'very ' * 300}long {BADWORD}"
    await order(discord, ALICE, long)
    question = await asked(discord, moderators)
    (file,) = question.attachments
    assert file.filename == "SPOILER_request.txt"
    assert long in file.content.decode()
    assert not leaks(discord, BADWORD, moderators)


async def test_a_picture_that_came_with_it_is_shown_as_well(
    discord: DiscordStandIn, program: Program, folder: Path, moderators: Channel
) -> None:
    graph = PAINT | {
        "10": {"class_type": "LoadImage", "inputs": {"image": "example.png"}, "_meta": {"title": "Picture"}},
        "11": {"class_type": "SaveImage", "inputs": {"images": ["10", 0], "filename_prefix": "given"}},
    }
    write(folder, "paint", graph, f'{PAINT_MANIFEST}[parameters.image]\ntarget = ["Picture.image"]\n')
    given = File("mine.png", picture(Image.new("RGB", (9, 9), "red")))
    async with program().ready():
        await answered(discord.slash("imagine", user=ALICE, prompt=PROMPT, image=given))
        question = await asked(discord, moderators)
    (shown_one,) = question.attachments
    assert shown_one.filename == "SPOILER_image.png"
    assert opened(shown_one.content).getpixel((4, 4)) == (255, 0, 0)
    assert not leaks(discord, BADWORD, moderators)


async def test_a_channel_that_takes_nothing_holds_nothing_else_up(
    discord: DiscordStandIn, bot: BotProcess, moderators: Channel
) -> None:
    discord.fail_next("POST", f"/channels/{moderators.id}/messages", 403)
    held = await order(discord, ALICE, PROMPT)
    await shown(await order(discord, User("bob"), "a lamp"), "✅")
    await bot.says("could not write to the moderators")
    assert "look at it first" in held.content
    assert not discord.messages(moderators)
    with pytest.raises(NotOffered):
        await discord.press(held, "Approve", user=ALICE)


@pytest.mark.parametrize("action", ["hold", "refuse"])
async def test_a_word_that_is_listed_counts_for_what_waits_already(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, moderators: Channel, action: str
) -> None:
    comfyui.faults.hang_in = "KSampler"
    for user in (User("bob"), User("carol")):
        ahead = await order(discord, user, "a hare")
        await ahead.until(lambda one: "🕓 Up next" in one.content or "🎨" in one.content)
    fox, other = [await order(discord, ALICE, prompt) for prompt in ("a red fox", "a red bird")]
    sheet = await start(discord, ALICE, {"prompt": "a fox", "x": "seed 1, 2"})
    given = {"kind": "word", "text": "fox", "action": action}
    added = (await answered(discord.slash("moderate words add", user=MONA, options=given))).message
    log = f"A job of <@{ALICE.id}> was put on hold in <#{fox.channel.id}>: the word list has “fox”"
    if action == "hold":
        await shown(added, "2 waiting requests contain it and are now on hold")
        await shown(fox, "moderator has to look at it first")
        await asked(discord, moderators, 2)
        about_fox = next(one for one in discord.messages(moderators) if "||a red fox||" in one.content)
        await press(discord, about_fox, "Approve", MONA)
        await shown(sheet, "✋")
    else:
        log = f"<@{MONA.id}> rejected a request from <@{ALICE.id}>: the word list has “fox”"
        await shown(added, "2 waiting requests contained it and were rejected")
        await shown(fox, f"🛑 Rejected by <@{MONA.id}>: Your prompt contains something that isn’t allowed here.")
        await shown(sheet, "🛑")
        assert "fox" not in fox.content
    comfyui.faults.hang_in = None
    await shown(other, "✅")
    if action == "hold":
        await shown(fox, "✅")
    shown_log = (await answered(discord.slash("moderate log", user=MONA))).message.content
    assert shown_log.count(log) == 2


@pytest.fixture
async def flood(discord: DiscordStandIn, bot: BotProcess, moderators: Channel) -> list[Message]:
    """More requests that are on hold than moderators are shown at once, when they are shown."""
    members = [User(f"member-{number}") for number in range(MOST_SHOWN + 2)]
    messages = [await order(discord, member, PROMPT) for member in members]
    last = await asked(discord, moderators, MOST_SHOWN)
    assert f"You see {MOST_SHOWN} prompts at once" in last.content
    return messages


async def change_words(discord: DiscordStandIn, command: str, **options: str) -> str:
    answer = (await answered(discord.slash(f"moderate words {command}", user=MONA, options=options))).message
    await answer.until(lambda one: not one.loading)
    return answer.content


async def test_many_held_prompts_are_shown_a_few_at_once(
    discord: DiscordStandIn, flood: list[Message], moderators: Channel
) -> None:
    first = discord.messages(moderators)[-1]
    await discord.until(lambda: all("look at it first" in message.content for message in flood))
    assert len(discord.messages(moderators)) == MOST_SHOWN
    await reject(discord, first, MONA, "no")
    following = await asked(discord, moderators, MOST_SHOWN + 1)
    assert f"/{flood[MOST_SHOWN].id}" in following.content


async def test_a_word_that_is_refused_from_now_on_decides_about_all_that_it_holds(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, flood: list[Message], moderators: Channel
) -> None:
    said = await change_words(discord, "add", kind="word", text=BADWORD, action="refuse")
    assert f"{len(flood)} waiting requests contained it and were rejected" in said
    for message in flood:
        await shown(message, f"Rejected by <@{MONA.id}>")
    await discord.until(lambda: not any(one.buttons for one in discord.messages(moderators)))
    assert len(discord.messages(moderators)) == MOST_SHOWN
    assert not comfyui.submitted


async def test_a_word_that_is_removed_holds_nothing_any_more(
    discord: DiscordStandIn, flood: list[Message], moderators: Channel
) -> None:
    await change_words(discord, "add", kind="word", text="lighthouse", action="hold")
    other = await order(discord, ALICE, f"{PROMPT} with a lighthouse")
    said = await change_words(discord, "remove", rule=BADWORD)
    assert f"{len(flood)} requests were on hold only for that" in said
    for message in flood:
        await shown(message, "✅")
    asked_about_other = await asked(discord, moderators, MOST_SHOWN + 1)
    assert "lighthouse" in asked_about_other.content
    assert "look at it first" in other.content


async def test_the_prompts_of_a_deleted_channel_come_to_the_next_one(
    discord: DiscordStandIn, bot: BotProcess, studio: Guild, moderators: Channel, database: str
) -> None:
    message = await order(discord, ALICE, PROMPT)
    await asked(discord, moderators)

    async def is_noted() -> bool:
        return await look(database, "SELECT message_id IS NOT NULL FROM cases") == [(1,)]

    await until(is_noted)
    discord.delete_channel(moderators)

    async def is_forgotten() -> bool:
        shown_now = await answered(discord.slash("moderate approvals", user=MONA))
        said = await shown_now.message.until(lambda message: not message.loading)
        return "There’s no channel for approvals" in said.content

    await until(is_forgotten)
    await answered(discord.slash("moderate approvals", user=MONA, options={"channel": studio.channel("log")}))
    question = await asked(discord, studio.channel("log"), 2)
    await press(discord, question, "Approve", MONA)
    await shown(message, "✅")
