"""The whole program as its operator runs it: `python -m bot` between a Discord and a ComfyUI on real sockets."""

import json
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import AS_ITS_OPERATOR, BotProcess, DiscordStandIn, Message, User
from tests.operator.program import Ended, started
from tests.waiting import until

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as discord:
        yield discord


@pytest.fixture
async def comfyui() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn() as comfyui:
        yield comfyui


@pytest.fixture
def alice() -> User:
    return User("alice")


@pytest.fixture
def bob() -> User:
    return User("bob")


def program(
    discord: DiscordStandIn,
    url: str,
    folder: Path,
    more: Mapping[str, str] | None = None,
    command: Sequence[str] | None = None,
) -> BotProcess:
    env = {"COMFYUI_URLS": url, "DATA_DIR": str(folder / "data"), **(more or {})}
    return BotProcess(discord, log=folder / "bot.log", env=env, cwd=ROOT, command=command)


def done(message: Message) -> bool:
    return "✅" in message.content


def running(message: Message) -> bool:
    return "🎨" in message.content


async def test_a_picture_is_made_in_one_message(discord: DiscordStandIn, alice: User, tmp_path: Path) -> None:
    async with (
        ComfyUIStandIn(steps_per_second=8) as comfyui,
        program(discord, comfyui.url, tmp_path, command=AS_ITS_OPERATOR) as bot,
    ):
        await bot.wait_ready()
        interaction = await discord.slash("imagine", user=alice, prompt="a red fox", seed=7)
        await interaction.acknowledged()
        message = await interaction.message.until(done, PATIENCE)
        made = comfyui.output_bytes("darkroom_00001_.png")
    assert [picture.content for picture in message.attachments] == [made]
    assert "`7`" in message.content
    labels = ["Again", "Vary", "Edit", "Upscale", "Recipe", "Delete", "Report"]
    assert [button.label for button in message.buttons] == labels
    shown = {state.content for state in message.states if "step" in state.content}
    assert len(shown) >= 2
    assert discord.messages() == [message]
    assert comfyui.submitted[0]["prompt_id"] == comfyui.executed[0]


async def test_two_members_get_their_own(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, alice: User, bob: User, tmp_path: Path
) -> None:
    async with program(discord, comfyui.url, tmp_path) as bot:
        await bot.wait_ready()
        orders = [
            await discord.slash("imagine", user=user, prompt=words, seed=1)
            for user, words in ((alice, "a red fox"), (bob, "a blue whale"))
        ]
        for order in orders:
            await order.acknowledged()
        fox, whale = [await order.message.until(done, PATIENCE) for order in orders]
    assert fox.attachments[0].content != whale.attachments[0].content
    assert "red fox" in fox.content
    assert "blue whale" in whale.content
    first, second = comfyui.submitted
    assert first["client_id"] != second["client_id"]


async def test_killed_in_the_middle_it_goes_on_in_the_same_messages(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, alice: User, bob: User, tmp_path: Path
) -> None:
    async with program(discord, comfyui.url, tmp_path) as bot:
        await bot.wait_ready()
        comfyui.faults.hang_in = "KSampler"
        orders = [await discord.slash("imagine", user=user, prompt="a fox") for user in (alice, bob, alice)]
        for order in orders:
            await order.acknowledged()
        await orders[0].message.until(running, PATIENCE)
        await bot.kill()
        await bot.start()
        await bot.wait_ready()
        # A button from before the restart works.
        press = await discord.press(orders[2].message, "Cancel", user=alice)
        await press.acknowledged()
        comfyui.faults.hang_in = None
        for order in orders[:2]:
            await order.message.until(done, PATIENCE)
        await orders[2].message.until(lambda m: "Cancelled" in m.content, PATIENCE)
    assert len(comfyui.executed) == len(set(comfyui.executed))  # nothing ran twice
    assert len(discord.messages()) == 3


async def test_a_dead_interaction_token_costs_nothing(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, alice: User, tmp_path: Path
) -> None:
    async with program(discord, comfyui.url, tmp_path) as bot:
        await bot.wait_ready()
        comfyui.faults.hang_in = "KSampler"
        interaction = await discord.slash("imagine", user=alice, prompt="a fox")
        await interaction.acknowledged()
        await interaction.message.until(running, PATIENCE)
        interaction.expire()
        comfyui.faults.hang_in = None
        message = await interaction.message.until(done, PATIENCE)
    assert message.attachments
    assert discord.messages() == [message]


async def test_progress_and_final_survive_discord_faults(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, alice: User, tmp_path: Path
) -> None:
    async with program(discord, comfyui.url, tmp_path) as bot:
        await bot.wait_ready()
        interaction = await discord.slash("imagine", user=alice, prompt="a fox")
        await interaction.acknowledged()
        discord.fail_next("PATCH", "/webhooks/*", 502)
        await interaction.message.until(done, PATIENCE)


async def test_it_ends_cleanly_when_told_to(discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path) -> None:
    async with program(discord, comfyui.url, tmp_path, {"LOG_FORMAT": "json"}, AS_ITS_OPERATOR) as bot:
        await bot.wait_ready()
        assert await bot.terminate() == 0
    lines = bot.log.read_text().splitlines()
    assert lines
    assert all(json.loads(line)["message"] for line in lines)
    assert discord.environment()["DISCORD_TOKEN"] not in bot.log.read_text()


async def test_nothing_privileged_is_asked_of_discord(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with program(discord, comfyui.url, tmp_path) as bot:
        await bot.wait_ready()
        await until(lambda: bool(discord.commands()))
    assert {command["name"] for command in discord.commands()} >= {"imagine", "cancel", "workflows"}
    assert not discord.violations  # a privileged intent is one


def refused(ended: Ended) -> str:
    """What it said when it did not start."""
    assert ended.code != 0
    assert "Traceback" not in ended.err
    return ended.err


async def test_wrong_settings_are_all_named_before_anything_starts() -> None:
    async with started(env={"DISCORD_TOKEN": "", "COMFYUI_URLS": "ftp://nowhere", "LOG_LEVEL": "LOUD"}) as bot:
        said = refused(await bot.ended())
    for name in ("DISCORD_TOKEN", "COMFYUI_URLS", "LOG_LEVEL"):
        assert name in said


async def test_a_token_that_discord_refuses_is_said_in_one_line(discord: DiscordStandIn, tmp_path: Path) -> None:
    env = {**discord.environment(), "DISCORD_TOKEN": "not-the-token", "DATA_DIR": str(tmp_path)}
    async with started(env=env) as bot:
        assert "token" in refused(await bot.ended())


async def test_an_event_that_nobody_can_read_does_not_end_it(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, alice: User, tmp_path: Path
) -> None:
    async with program(discord, comfyui.url, tmp_path) as bot:
        await bot.wait_ready()
        for event in ("INTERACTION_CREATE", "CHANNEL_UPDATE", "GUILD_CREATE"):
            discord.gateway.dispatch(event, {"id": "no number", "channel": {"type": 0}}, None)
        interaction = await discord.slash("imagine", user=alice, prompt="a fox")
        await interaction.acknowledged()
        await interaction.message.until(done)
        assert "could not parse a CHANNEL_UPDATE event from Discord" in bot.log.read_text()


async def test_a_port_that_is_taken_is_told_in_a_sentence(discord: DiscordStandIn, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        more = {"HTTP_PORT": str(taken.getsockname()[1])}
        async with program(discord, "http://127.0.0.1:9", tmp_path, more) as bot:
            assert await bot.wait() == 1
            assert "Set HTTP_PORT to a free port." in bot.tail()
            assert "Traceback" not in bot.tail()
