"""The whole program as its operator runs it: `python -m bot` between a Discord and a ComfyUI on real sockets."""

import json
import re
import socket
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from bot.pictures import marked
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import AS_ITS_OPERATOR, BotProcess, DiscordStandIn, Message, NotOffered, answered
from tests.discord_server.gateway import GUILDS, Gateway
from tests.discord_server.resolving import Value
from tests.looks import finished, is_done, labels
from tests.operator.program import Ended, started
from tests.people import ALICE, BOB
from tests.programs import Program
from tests.waiting import until

# Of a message's progress it is 1.2 s; on the way to Discord a little of that may be lost.
PACE = 1.1
WILD_PROMPT = (
    'a "quoted" cat\nwith a new line, `code`, ```a block```, **stars**, <@1> <@&2> @everyone @here 🐈‍⬛, \\ and '
    "[a link](https://example.org) "
) * 26


@pytest.mark.parametrize("comfyui", [8.0], indirect=True, ids=["slowly"])
async def test_a_picture_is_made_in_one_message(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, program: Program
) -> None:
    async with program(command=AS_ITS_OPERATOR).ready():
        message = await finished(discord.slash("imagine", user=ALICE, prompt="a red fox", seed=7))
    assert [picture.content for picture in message.attachments] == [marked(comfyui.output_bytes("darkroom_00001_.png"))]
    assert "`7`" in message.content
    assert labels(message) == ["Again", "Vary", "Edit", "Change part", "Upscale", "Recipe", "Delete", "Report"]
    shown = [state for state in message.states if "step" in state.content]
    assert all("%" in state.content and state.buttons[0].label == "Cancel" for state in shown)
    assert len({file.content for state in shown for file in state.attachments}) >= 2, "the preview sharpens"
    assert all(later.at - state.at > PACE for state, later in pairwise(shown))
    assert discord.messages() == [message]
    assert comfyui.submitted[0]["prompt_id"] == comfyui.executed[0]


async def test_two_members_get_their_own(discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess) -> None:
    orders = [
        await discord.slash("imagine", user=user, prompt=words, seed=1)
        for user, words in ((ALICE, "a red fox"), (BOB, "a blue whale"))
    ]
    for order in orders:
        await order.acknowledged()
    fox, whale = [await order.message.until(is_done) for order in orders]
    assert fox.attachments[0].content != whale.attachments[0].content
    assert "red fox" in fox.content
    assert "blue whale" in whale.content
    first, second = comfyui.submitted
    assert first["client_id"] != second["client_id"]


async def test_a_seed_that_nobody_gave_is_another_each_time_and_shown_to_make_the_same_image_again(
    discord: DiscordStandIn, bot: BotProcess
) -> None:
    async def made(**seed: int) -> Message:
        order = await answered(discord.slash("imagine", user=ALICE, prompt="a fox", options=seed))
        return await order.message.until(is_done)

    first, second = await made(), await made()
    seed = re.search(r"seed `(\d+)`", first.content)
    assert seed is not None
    again = await made(seed=int(seed[1]))
    pictures = [message.attachments[0].content for message in (first, second, again)]
    assert pictures[0] == pictures[2] != pictures[1]


async def test_any_words_reach_the_server_untouched_and_mention_nobody(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    prompt = WILD_PROMPT[:4000]
    message = await finished(discord.slash("imagine", user=ALICE, prompt=prompt, negative=prompt[::-1]))
    (body,) = comfyui.submitted
    assert body["prompt"]["6"]["inputs"]["text"] == prompt
    assert body["prompt"]["7"]["inputs"]["text"] == prompt[::-1]
    assert not any(state.mentioned for state in message.states)
    _, _, note = message.content.splitlines()
    assert "was used instead" in note, "the model that the workflow names is not there"


async def test_what_cannot_be_made_is_refused_in_private_with_what_can(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    asked: list[tuple[dict[str, Value], str]] = [({"count": 9}, "at most `4`"), ({"workflow": "oil"}, "Text to image")]
    for options, allowed in asked:
        order = await discord.slash("imagine", user=ALICE, prompt="a cat", options=options)
        assert (await order.acknowledged()).ephemeral
        assert allowed in order.message.content
    beyond: list[dict[str, Value]] = [{"count": 99}, {"count": 0}, {"seed": -1}, {"seed": 2**53}, {"prompt": ""}]
    for options in beyond:
        with pytest.raises(NotOffered):
            await discord.slash("imagine", user=ALICE, options={"prompt": "a cat", **options})
    assert not comfyui.submitted


async def test_it_ends_cleanly_when_told_to_and_warns_of_nothing(discord: DiscordStandIn, program: Program) -> None:
    async with program({"LOG_FORMAT": "json"}, AS_ITS_OPERATOR).ready() as bot:
        assert await bot.terminate() == 0
    lines = [json.loads(line) for line in bot.log.read_text().splitlines()]
    assert lines
    assert all(line["message"] for line in lines)
    assert [line for line in lines if line["level"] != "INFO"] == []
    assert discord.environment()["DISCORD_TOKEN"] not in bot.log.read_text()


@pytest.mark.parametrize(
    "broken_off",
    [lambda gateway: gateway.ask_to_reconnect(), lambda gateway: gateway.drop(), lambda gateway: gateway.close(4000)],
    ids=["asked to", "broken", "closed"],
)
async def test_a_session_at_discord_is_resumed_and_nothing_is_missed(
    discord: DiscordStandIn, bot: BotProcess, broken_off: Callable[[Gateway], None]
) -> None:
    (session,) = discord.gateway.sessions
    broken_off(discord.gateway)
    await discord.until(lambda: not session.live)
    await finished(discord.slash("imagine", user=ALICE, prompt="a fox"))
    assert discord.gateway.sessions == [session]
    assert session.resumes == 1


async def test_a_session_that_discord_has_forgotten_is_begun_anew(discord: DiscordStandIn, bot: BotProcess) -> None:
    discord.gateway.invalidate()
    await discord.until(lambda: len(discord.gateway.sessions) == 2)
    await answered(discord.slash("queue", user=ALICE))


async def test_nothing_privileged_is_asked_of_discord(discord: DiscordStandIn, bot: BotProcess) -> None:
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


async def test_an_empty_setting_in_the_environment_hides_none_of_the_file(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("DISCORD_TOKEN=made-up\nLOG_LEVEL=LOUD\n")
    async with started(env={"DISCORD_TOKEN": "", "LOG_LEVEL": " "}, cwd=tmp_path) as bot:
        said = refused(await bot.ended())
    assert "LOG_LEVEL" in said
    assert "DISCORD_TOKEN" not in said


async def test_a_token_that_discord_refuses_is_said_in_one_line(discord: DiscordStandIn, tmp_path: Path) -> None:
    env = {**discord.environment(), "DISCORD_TOKEN": "not-the-token", "DATA_DIR": str(tmp_path)}
    async with started(env=env) as bot:
        assert "token" in refused(await bot.ended())


async def test_an_event_that_nobody_can_read_does_not_end_it(discord: DiscordStandIn, bot: BotProcess) -> None:
    for event in ("INTERACTION_CREATE", "CHANNEL_UPDATE", "GUILD_CREATE"):
        discord.gateway.dispatch(event, {"id": "no number", "channel": {"type": 0}}, None)
    await finished(discord.slash("imagine", user=ALICE, prompt="a fox"))
    assert "could not parse a CHANNEL_UPDATE event from Discord" in bot.log.read_text()


async def test_a_port_that_is_taken_is_told_in_a_sentence(program: Program) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        async with program({"HTTP_PORT": str(taken.getsockname()[1])}) as bot:
            assert await bot.wait() == 1
            assert "Set HTTP_PORT to a free port." in bot.tail()
            assert "Traceback" not in bot.tail()
