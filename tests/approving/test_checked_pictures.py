"""Images that a guild has checked: under a spoiler, refused, or held until a moderator has seen them."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.ledger import Ledger
from tests.approving.conftest import Rule, asked, leaks, press, reject, shown
from tests.approving.looking import __file__ as looking
from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import write
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Guild, Message, User, answered
from tests.outputs.ordering import PROMPT, coloured, node, saved, words
from tests.people import ALICE, MONA
from tests.programs import Program
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("watched")

Checking = Callable[..., BotProcess]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workflow whose images are objected to, and one whose are not."""
    workflows = tmp_path / "workflows"
    for name, color in (("red", 0xFF0000), ("green", 0x00FF00)):
        graph = words() | coloured("2", color=color) | saved("3", "2")
        write(workflows, name, graph, f'title = "{name.title()}"\n{PROMPT}')
    sent = words() | coloured("2", color=0xFF0000) | {"3": node("SaveImageWebsocket", images=["2", 0])}
    write(workflows, "sent", sent, f'title = "Sent"\n{PROMPT}')
    return workflows


@pytest.fixture
def checking(program: Program, tmp_path: Path) -> Checking:
    def made(fault: str = "") -> BotProcess:
        seen = tmp_path / "seen"
        seen.mkdir()
        return program({"PICTURE_CHECK": f"{sys.executable} {looking} {seen} {fault}"})

    return made


async def check(rule: Rule, guild: Guild, action: str | None, threshold: float = 0.5) -> None:
    async def change(ledger: Ledger) -> None:
        await ledger.rules.set_guild(guild.id, check_action=action, check_threshold=threshold)

    await rule(change)


async def order(
    discord: DiscordStandIn, user: User, workflow: str, channel: Channel | None = None, prompt: str = "a sail"
) -> Message:
    interaction = await answered(discord.slash("imagine", user=user, channel=channel, prompt=prompt, workflow=workflow))
    return interaction.message


async def test_over_the_threshold_they_go_under_a_spoiler(
    discord: DiscordStandIn, checking: Checking, rule: Rule, studio: Guild, gallery: Guild
) -> None:
    await check(rule, studio, "spoiler")
    async with checking().ready():
        red = await shown(await order(discord, ALICE, "Red"), "✅")
        green = await shown(await order(discord, ALICE, "Green"), "✅")
        # The other guild has nothing checked.
        elsewhere = await shown(await order(discord, ALICE, "Red", gallery.channel("lobby")), "✅")
    assert [one.filename for one in red.attachments] == ["SPOILER_image-1.png"]
    assert [one.filename for one in green.attachments] == ["image-1.png"]
    assert [one.filename for one in elsewhere.attachments] == ["image-1.png"]


async def test_what_is_refused_is_shown_to_nobody_and_not_counted(
    discord: DiscordStandIn, checking: Checking, rule: Rule, studio: Guild
) -> None:
    await check(rule, studio, "refuse")
    async with checking().ready() as bot:
        green = await shown(await order(discord, ALICE, "Green"), "✅")
        assert green.attachments
        sent = len([one for one in discord.requests if one.files])
        message = await shown(await order(discord, ALICE, "Red"), "⚠️")
        assert "image check blocked this image" in message.content
        assert not message.attachments
        assert len([one for one in discord.requests if one.files]) == sent
        await bot.terminate()

    async def refunded(ledger: Ledger) -> None:
        log = await ledger.audit.log(studio.id, act="picture refused")
        assert [(line.actor_id, line.user_id, line.detail) for line in log] == [(None, ALICE.id, "score 0.90")]

    await rule(refunded)


@pytest.mark.parametrize("workflow", ["Red", "Sent"])
async def test_what_is_held_is_seen_by_the_moderators_alone_and_made_once(
    discord: DiscordStandIn,
    comfyui: ComfyUIStandIn,
    checking: Checking,
    rule: Rule,
    studio: Guild,
    moderators: Channel,
    workflow: str,
) -> None:
    await check(rule, studio, "hold")
    async with checking().ready() as bot:
        message = await order(discord, ALICE, workflow)
        question = await asked(discord, moderators)
        (picture,) = question.attachments
        assert picture.filename == "SPOILER_image-1.png"
        # The prompt stands behind a spoiler there, which no alternative text does.
        assert picture.description == "AI-generated image"
        assert "||score 0.90||" in question.content
        await shown(message, "moderator has to look at it first")
        assert not leaks(discord, "SPOILER_", moderators)
        await bot.restart()
        await press(discord, question, "Approve", MONA)
        await shown(message, "✅")
        await shown(question, f"Approved by <@{MONA.id}>")
        assert question.attachments
    assert message.attachments[0].content == picture.content
    assert message.attachments[0].description == "AI-generated image: a sail"
    assert len(comfyui.executed) == 1


async def test_a_rejected_picture_is_never_shown(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, checking: Checking, rule: Rule, studio: Guild, moderators: Channel
) -> None:
    await check(rule, studio, "hold")
    async with checking().ready():
        message = await order(discord, ALICE, "Red")
        cancelled = await order(discord, ALICE, "Red")
        for one in (message, cancelled):
            await shown(one, "look at it first")
        await reject(discord, await asked(discord, moderators, 2), MONA, "too red")
        await until(lambda: any("Rejected" in one.content for one in (message, cancelled)))
        waiting = next(one for one in (message, cancelled) if "Rejected" not in one.content)
        # Its owner gives up: it is not stuck because a server has it.
        await press(discord, waiting, "Cancel", ALICE)
        await shown(waiting, "Cancelled by the requester")
        rejected = next(one for one in (message, cancelled) if one is not waiting)
        await shown(rejected, f"Rejected by <@{MONA.id}>: too red")
        assert not leaks(discord, "SPOILER_", moderators)
    assert len(comfyui.executed) == 2


async def test_a_server_that_forgot_it_makes_another_which_is_looked_at_as_well(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, checking: Checking, rule: Rule, studio: Guild, moderators: Channel
) -> None:
    await check(rule, studio, "hold")
    async with checking().ready():
        message = await order(discord, ALICE, "Red")
        first = await asked(discord, moderators)
        await shown(message, "look at it first")
        await comfyui.stop()
        await comfyui.start()
        await press(discord, first, "Approve", MONA)
        second = await asked(discord, moderators, 2)
        assert second.attachments
        assert not leaks(discord, "SPOILER_", moderators)

        async def is_approved() -> bool:
            return (await (await discord.press(second, "Approve", user=MONA)).acknowledged()).deferred

        await until(is_approved)
        await shown(message, "✅")
    assert message.attachments
    assert len(comfyui.executed) == 2


@pytest.mark.parametrize("given", [("spoiler", "absent"), ("refuse", "dies")], ids="-".join)
async def test_what_cannot_be_checked_waits_for_a_moderator(
    discord: DiscordStandIn, checking: Checking, rule: Rule, studio: Guild, moderators: Channel, given: tuple[str, str]
) -> None:
    action, fault = given
    await check(rule, studio, action)
    async with checking(fault).ready() as bot:
        message = await order(discord, ALICE, "Green")
        question = await asked(discord, moderators)
        assert "not checked" in question.content
        assert question.attachments
        assert not leaks(discord, "SPOILER_", moderators)
        assert "could not check its images" in bot.log.read_text()
        await shown(message, "look at it first")
        await press(discord, question, "Approve", MONA)
        await shown(message, "✅")


async def test_one_that_dies_once_is_started_again(
    discord: DiscordStandIn, checking: Checking, rule: Rule, studio: Guild
) -> None:
    await check(rule, studio, "hold")
    async with checking("dies-once").ready():
        assert (await shown(await order(discord, ALICE, "Green"), "✅")).attachments
