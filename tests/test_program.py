"""The whole program as its operator runs it: `python -m bot` between a Discord and a ComfyUI on real sockets."""

import json
import re
import socket
from collections.abc import AsyncIterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import AS_ITS_OPERATOR, BotProcess, DiscordStandIn, Message, NotOffered, User, answered
from tests.discord_server.gateway import GUILDS
from tests.discord_server.resolving import Value
from tests.operator.program import Ended, started
from tests.waiting import until

ROOT = Path(__file__).parents[1]
PATIENCE = 60.0
# Of a message's progress it is 1.2 s; on the way to Discord a little of that may be lost.
PACE = 1.1
WILD_PROMPT = (
    'a "quoted" cat\nwith a new line, `code`, ```a block```, **stars**, <@1> <@&2> @everyone @here 🐈‍⬛, \\ and '
    "[a link](https://example.org) "
) * 26


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


async def test_a_picture_is_made_in_one_message(discord: DiscordStandIn, alice: User, tmp_path: Path) -> None:
    async with (
        ComfyUIStandIn(steps_per_second=8) as comfyui,
        program(discord, comfyui.url, tmp_path, command=AS_ITS_OPERATOR) as bot,
    ):
        await bot.wait_ready()
        interaction = await answered(discord.slash("imagine", user=alice, prompt="a red fox", seed=7))
        message = await interaction.message.until(done, PATIENCE)
        made = comfyui.output_bytes("darkroom_00001_.png")
    assert [picture.content for picture in message.attachments] == [made]
    assert "`7`" in message.content
    labels = ["Again", "Vary", "Edit", "Upscale", "Recipe", "Delete", "Report"]
    assert [button.label for button in message.buttons] == labels
    shown = [state for state in message.states if "step" in state.content]
    assert all("%" in state.content and state.buttons[0].label == "Cancel" for state in shown)
    assert len({file.content for state in shown for file in state.attachments}) >= 2, "the preview sharpens"
    assert all(later.at - state.at > PACE for state, later in pairwise(shown))
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


async def test_a_seed_that_nobody_gave_is_another_each_time_and_shown_to_make_the_same_image_again(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, alice: User, tmp_path: Path
) -> None:
    async def made(**seed: int) -> Message:
        order = await answered(discord.slash("imagine", user=alice, prompt="a fox", options=seed))
        return await order.message.until(done, PATIENCE)

    async with program(discord, comfyui.url, tmp_path) as bot:
        await bot.wait_ready()
        first, second = await made(), await made()
        seed = re.search(r"seed `(\d+)`", first.content)
        assert seed is not None
        again = await made(seed=int(seed[1]))
    pictures = [message.attachments[0].content for message in (first, second, again)]
    assert pictures[0] == pictures[2] != pictures[1]


async def test_any_words_reach_the_server_untouched_and_mention_nobody(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, alice: User, tmp_path: Path
) -> None:
    prompt = WILD_PROMPT[:4000]
    async with program(discord, comfyui.url, tmp_path) as bot:
        await bot.wait_ready()
        order = await answered(discord.slash("imagine", user=alice, prompt=prompt, negative=prompt[::-1]))
        message = await order.message.until(done, PATIENCE)
    (body,) = comfyui.submitted
    assert body["prompt"]["6"]["inputs"]["text"] == prompt
    assert body["prompt"]["7"]["inputs"]["text"] == prompt[::-1]
    assert not any(state.mentioned for state in message.states)
    _, _, note = message.content.splitlines()
    assert "was used instead" in note, "the model that the workflow names is not there"


async def test_what_cannot_be_made_is_refused_in_private_with_what_can(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, alice: User, tmp_path: Path
) -> None:
    asked: list[tuple[dict[str, Value], str]] = [({"count": 9}, "at most `4`"), ({"workflow": "oil"}, "Text to image")]
    async with program(discord, comfyui.url, tmp_path) as bot:
        await bot.wait_ready()
        for options, allowed in asked:
            order = await discord.slash("imagine", user=alice, prompt="a cat", options=options)
            assert (await order.acknowledged()).ephemeral
            assert allowed in order.message.content
        beyond: list[dict[str, Value]] = [{"count": 99}, {"count": 0}, {"seed": -1}, {"seed": 2**53}, {"prompt": ""}]
        for options in beyond:
            with pytest.raises(NotOffered):
                await discord.slash("imagine", user=alice, options={"prompt": "a cat", **options})
    assert not comfyui.submitted


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
    assert [session.intents for session in discord.gateway.sessions] == [GUILDS]


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
        interaction = await answered(discord.slash("imagine", user=alice, prompt="a fox"))
        await interaction.message.until(done)
        assert "a CHANNEL_UPDATE that cannot be read" in bot.log.read_text()


async def test_a_port_that_is_taken_is_told_in_a_sentence(discord: DiscordStandIn, tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        more = {"HTTP_PORT": str(taken.getsockname()[1])}
        async with program(discord, "http://127.0.0.1:9", tmp_path, more) as bot:
            assert await bot.wait() == 1
            assert "Set HTTP_PORT to a free port." in bot.tail()
            assert "Traceback" not in bot.tail()
