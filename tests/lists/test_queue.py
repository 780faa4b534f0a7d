"""`/queue`: true while it is open, quiet when nothing moves, and gone with the bot."""

import itertools
import sys
from pathlib import Path

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, Guild, Interaction, Message, User
from tests.lists.conftest import ROOT, Program
from tests.waiting import until

PATIENCE = 60.0
SHORT_LIVED = """
from bot.discord_ui.queue import live_queue
live_queue.LIVE_SECONDS = 1.0
from bot.__main__ import main
main()
"""


async def imagine(discord: DiscordStandIn, user: User, prompt: str, **more: object) -> Message:
    interaction = await discord.slash("imagine", user=user, prompt=prompt, **more)  # type: ignore[arg-type]
    await interaction.acknowledged()
    return interaction.message


async def look(discord: DiscordStandIn, user: User, **more: object) -> Interaction:
    interaction = await discord.slash("queue", user=user, **more)  # type: ignore[arg-type]
    reply = await interaction.acknowledged()
    assert reply.ephemeral
    return interaction


async def test_the_line_is_shown_and_follows_what_happens(
    discord: DiscordStandIn,
    comfyui: ComfyUIStandIn,
    bot: BotProcess,
    guilds: tuple[Guild, Guild],
    alice: User,
    bob: User,
) -> None:
    assert "made at once" in (await look(discord, bob)).message.content
    comfyui.faults.hang_in = "KSampler"
    orders = [await imagine(discord, alice, f"cat {number}") for number in range(3)]
    await until(lambda: len(comfyui.submitted) == 2)
    orders.append(await imagine(discord, bob, "a dog"))
    await imagine(discord, User("eve"), "a secret", channel=guilds[1].channels[0])
    shown = (await look(discord, alice)).message
    assert "secret" not in shown.content
    assert "Elsewhere: 1 waiting." in shown.content
    lines = shown.content.splitlines()
    assert [line for line in lines if "**you**" in line] == [line for line in lines if "cat" in line]
    assert any(line.startswith("🎨 ➤ cat 0") for line in lines)
    assert any(line.startswith("⏭️ ➤ cat 1") for line in lines)
    assert any("a dog" in line and f"<@{bob.id}>" in line for line in lines)
    elsewhere = (await look(discord, User("eve"), channel=guilds[1].channels[0])).message
    assert "cat" not in elsewhere.content
    assert "secret" in elsewhere.content
    comfyui.faults.hang_in = None
    for message in (shown, elsewhere):
        await message.until(lambda m: "made at once" in m.content, PATIENCE)
    for order in orders:
        await order.until(lambda m: "✅" in m.content, PATIENCE)


async def test_a_newer_list_ends_the_one_before(discord: DiscordStandIn, bot: BotProcess, alice: User) -> None:
    first = (await look(discord, alice)).message
    second = (await look(discord, alice)).message
    await first.until(lambda m: "stands still" in m.content)
    assert "Kept up to date" in second.content
    pressed = await discord.press(first, "Refresh", user=alice)
    await pressed.acknowledged()
    assert "Kept up to date" in first.content
    await second.until(lambda m: "stands still" in m.content)


async def test_nothing_is_edited_while_nothing_moves(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, alice: User, bob: User
) -> None:
    comfyui.faults.hang_in = "KSampler"
    quiet = (await look(discord, alice)).message
    await imagine(discord, bob, "a dog")
    await quiet.until(lambda m: "🎨 a dog" in m.content, PATIENCE)
    # Another order of the same kind is heard of: whatever happened in between was worth no edit of its own.
    await imagine(discord, bob, "a cow")
    await quiet.until(lambda m: "a cow" in m.content, PATIENCE)
    texts = [state.content for state in quiet.states]
    assert all(one != other for one, other in itertools.pairwise(texts))
    gaps = [later.at - state.at for state, later in itertools.pairwise(quiet.states)]
    assert min(gaps) >= 2.0
    comfyui.faults.hang_in = None


async def test_a_list_that_cannot_be_edited_any_more_is_let_go(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, alice: User, bob: User
) -> None:
    comfyui.faults.hang_in = "KSampler"
    opened = await look(discord, alice)
    opened.expire()
    order = await imagine(discord, bob, "a dog")
    await until(lambda: "not kept up to date any more" in bot.log.read_text())
    comfyui.faults.hang_in = None
    await order.until(lambda m: "✅" in m.content, PATIENCE)
    assert "Traceback" not in bot.log.read_text()


async def test_its_time_ends_and_it_says_how_to_see_it_again(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, folder: Path, tmp_path: Path, alice: User
) -> None:
    env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(tmp_path / "data"), "WORKFLOWS_DIR": str(folder)}
    command = (sys.executable, "-c", SHORT_LIVED)
    async with BotProcess(discord, log=tmp_path / "bot.log", env=env, cwd=ROOT, command=command) as bot:
        await bot.wait_ready()
        message = (await look(discord, alice)).message
        await message.until(lambda m: "stands still" in m.content)
        assert "`/queue`" in message.content


async def test_the_bot_ends_at_once_with_lists_open_and_an_old_list_can_be_refreshed(
    discord: DiscordStandIn, program: Program, alice: User, bob: User
) -> None:
    async with program() as bot:
        await bot.wait_ready()
        lists = [(await look(discord, user)).message for user in (alice, bob)]
        assert await bot.terminate() == 0
        assert "Traceback" not in bot.log.read_text()
        await bot.start()
        await bot.wait_ready()
        await (await discord.press(lists[0], "Refresh", user=alice)).acknowledged()
        assert "Kept up to date" in lists[0].content
