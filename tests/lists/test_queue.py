"""`/queue`: true while it is open, quiet when nothing moves, and gone with the bot."""

import itertools
import sys

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, Guild, Interaction, Message, User, answered
from tests.looks import is_done, says
from tests.people import ALICE, BOB
from tests.programs import Program
from tests.waiting import until

SHORT_LIVED = """
from bot.discord_ui.queue import live_queue
live_queue.LIVE_SECONDS = 1.0
from bot.__main__ import main
main()
"""


async def imagine(discord: DiscordStandIn, user: User, prompt: str, **more: object) -> Message:
    interaction = await answered(discord.slash("imagine", user=user, prompt=prompt, **more))  # type: ignore[arg-type]
    return interaction.message


async def look(discord: DiscordStandIn, user: User, **more: object) -> Interaction:
    interaction = await discord.slash("queue", user=user, **more)  # type: ignore[arg-type]
    reply = await interaction.acknowledged()
    assert reply.ephemeral
    return interaction


async def test_the_queue_is_shown_and_follows_what_happens(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, guilds: tuple[Guild, Guild]
) -> None:
    assert "starts right away" in (await look(discord, BOB)).message.content
    comfyui.faults.hang_in = "KSampler"
    orders = [await imagine(discord, ALICE, f"cat {number}") for number in range(3)]
    await until(lambda: len(comfyui.submitted) == 2)
    orders.append(await imagine(discord, BOB, "a dog"))
    shown = (await look(discord, ALICE)).message
    # The second cat is ready in ComfyUI until it gives way to the dog, and the dog until it gives way to a server that
    # has had nothing yet.
    await shown.until(says("⏭️ a dog"))
    await imagine(discord, User("eve"), "a secret", channel=guilds[1].channels[0])
    await shown.until(says("Requests from elsewhere: 1 up next."))
    assert "secret" not in shown.content
    lines = shown.content.splitlines()
    assert [line for line in lines if "**you**" in line] == [line for line in lines if "cat" in line]
    assert any(line.startswith("🎨 ➤ cat 0") for line in lines)
    assert any("a dog" in line and f"<@{BOB.id}>" in line for line in lines)
    elsewhere = (await look(discord, User("eve"), channel=guilds[1].channels[0])).message
    assert "cat" not in elsewhere.content
    await elsewhere.until(says("⏭️ a secret"))
    comfyui.faults.hang_in = None
    for message in (shown, elsewhere):
        await message.until(says("starts right away"))
    for order in orders:
        await order.until(is_done)


async def test_a_newer_list_ends_the_one_before(discord: DiscordStandIn, bot: BotProcess) -> None:
    first = (await look(discord, ALICE)).message
    second = (await look(discord, ALICE)).message
    await first.until(says("No longer updating"))
    assert "Updates for" in second.content
    await answered(discord.press(first, "Refresh", user=ALICE))
    assert "Updates for" in first.content
    await second.until(says("No longer updating"))


async def test_nothing_is_edited_while_nothing_moves(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    comfyui.faults.hang_in = "KSampler"
    quiet = (await look(discord, ALICE)).message
    await imagine(discord, BOB, "a dog")
    await quiet.until(says("🎨 a dog"))
    # Another order of the same kind is heard of: whatever happened in between was worth no edit of its own.
    await imagine(discord, BOB, "a cow")
    await quiet.until(says("a cow"))
    texts = [state.content for state in quiet.states]
    assert all(one != other for one, other in itertools.pairwise(texts))
    gaps = [later.at - state.at for state, later in itertools.pairwise(quiet.states)]
    assert min(gaps) >= 2.0
    comfyui.faults.hang_in = None


async def test_a_list_that_cannot_be_edited_any_more_is_let_go(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    comfyui.faults.hang_in = "KSampler"
    opened = await look(discord, ALICE)
    opened.expire()
    order = await imagine(discord, BOB, "a dog")
    await bot.says("is no longer updated")
    comfyui.faults.hang_in = None
    await order.until(is_done)
    assert "Traceback" not in bot.log.read_text()


async def test_its_time_ends_and_it_says_how_to_see_it_again(discord: DiscordStandIn, program: Program) -> None:
    async with program(command=(sys.executable, "-c", SHORT_LIVED)).ready():
        message = (await look(discord, ALICE)).message
        await message.until(says("No longer updating"))
        assert "Press **Refresh**" in message.content


async def test_the_bot_ends_at_once_with_lists_open_and_an_old_list_can_be_refreshed(
    discord: DiscordStandIn, bot: BotProcess
) -> None:
    lists = [(await look(discord, user)).message for user in (ALICE, BOB)]
    assert await bot.terminate() == 0
    assert "Traceback" not in bot.log.read_text()
    await bot.start()
    await bot.wait_ready()
    await (await discord.press(lists[0], "Refresh", user=ALICE)).acknowledged()
    assert "Updates for" in lists[0].content
