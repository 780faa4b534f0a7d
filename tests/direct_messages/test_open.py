"""`DIRECT_MESSAGES=on`: blocks of shared servers count there, and the operator's limits, words and image check."""

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.approving.looking import __file__ as looking
from tests.comfyui_server import ComfyUIStandIn
from tests.direct_messages.conftest import OUTSIDE, answer, order
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Guild, Message, NotOffered, answered
from tests.ledgers import open_patiently
from tests.looks import is_done, says
from tests.people import ALICE, BOB, MONA
from tests.programs import Program

Blocked = Callable[..., Awaitable[None]]
BLOCKED = "blocked from requesting images in a server that we share"


@pytest.fixture
def settings() -> dict[str, str]:
    return {"DIRECT_MESSAGES": "on"}


@pytest.fixture
async def blocked(tmp_path: Path) -> Blocked:
    """Blocks alice in a guild before the bot starts."""

    async def block(guild: Guild, reason: str | None = "spam", seconds: float | None = None) -> None:
        ledger = await open_patiently(f"sqlite+aiosqlite:///{tmp_path / 'data' / 'darkroom.db'}")
        await ledger.rules.block(guild.id, ALICE.id, 1, reason, seconds)
        await ledger.close()

    return block


@pytest.fixture
def direct(discord: DiscordStandIn) -> Channel:
    return discord.direct(ALICE)


async def finished(
    discord: DiscordStandIn, direct: Channel, prompt: str = "a fox", workflow: str = "Painting"
) -> Message:
    return await (await order(discord, ALICE, direct, prompt, workflow=workflow)).message.until(is_done)


async def test_members_request_images_there_and_moderators_have_no_commands(
    discord: DiscordStandIn, bot: BotProcess, direct: Channel
) -> None:
    places = {one["name"]: one["contexts"] for one in discord.commands()}
    moderating = {"moderate", "style", "workflow", "machine", "operator"}
    assert {name for name, contexts in places.items() if contexts == [0]} == moderating
    assert {str(places[name]) for name in places.keys() - moderating} == {"[0, 1]"}
    assert (await finished(discord, direct)).attachments
    with pytest.raises(NotOffered):
        await discord.slash("moderate queue", user=MONA, channel=discord.direct(MONA))
    discord.outdated = True
    for kind in ("group", "foreign"):
        assert OUTSIDE in await answer(await order(discord, ALICE, discord.outside(kind)))


async def test_a_block_in_any_server_that_they_share_counts(
    discord: DiscordStandIn, program: Program, blocked: Blocked, guilds: tuple[Guild, ...], direct: Channel,
    comfyui: ComfyUIStandIn,
) -> None:  # fmt: skip
    await blocked(guilds[1])
    async with program().ready():
        # In the other server nobody has blocked them.
        await (await order(discord, ALICE, guilds[0].channels[0])).message.until(is_done)
        made = len(comfyui.executed)
        for name, options in (
            ("imagine", {"prompt": "a fox"}),
            ("grid", {"prompt": "a fox", "x": "seed 2, 3"}),
            ("quota", {}),
        ):
            asked = await discord.slash(name, user=ALICE, channel=direct, options=options)
            said = await answer(asked)
            assert BLOCKED in said, name
            assert "spam" in said
        assert (await (await order(discord, BOB, discord.direct(BOB))).message.until(is_done)).attachments
        assert len(comfyui.executed) == made + 1


async def test_a_block_where_the_member_is_not_any_more_does_not_count(
    discord: DiscordStandIn, program: Program, blocked: Blocked, guilds: tuple[Guild, ...], direct: Channel
) -> None:
    await blocked(guilds[1])
    await blocked(Guild("Without the bot"))
    discord.leave(guilds[1], ALICE)
    async with program().ready():
        assert (await finished(discord, direct)).attachments


async def test_a_block_counts_while_discord_does_not_say_where_they_are(
    discord: DiscordStandIn, program: Program, blocked: Blocked, guilds: tuple[Guild, ...], direct: Channel
) -> None:
    await blocked(guilds[1])
    discord.leave(guilds[1], ALICE)
    discord.fail_next("GET", f"/guilds/{guilds[1].id}/members/*", 403)
    async with program().ready():
        assert BLOCKED in await answer(await order(discord, ALICE, direct))
        assert (await finished(discord, direct)).attachments


async def test_a_block_that_is_lifted_or_over_does_not_count(
    discord: DiscordStandIn, program: Program, blocked: Blocked, guilds: tuple[Guild, ...], direct: Channel
) -> None:
    await blocked(guilds[0])
    await blocked(guilds[1], seconds=-1.0)
    async with program().ready():
        assert BLOCKED in await answer(await order(discord, ALICE, direct))
        lifted = await discord.slash("moderate unblock", user=MONA, options={"user": ALICE})
        assert "<@" in await answer(lifted)
        assert (await finished(discord, direct)).attachments


async def test_the_operators_limits_hold_for_each_member(
    discord: DiscordStandIn, program: Program, comfyui: ComfyUIStandIn, direct: Channel
) -> None:
    comfyui.faults.hang_in = "KSampler"
    async with program({"DM_QUEUED": "2", "DM_DAILY": "5"}).ready():
        orders = [await order(discord, ALICE, direct, f"fox {number}") for number in range(4)]
        await orders[1].message.until(lambda message: "Up next" in message.content or "🎨" in message.content)
        while not orders[-1].message.ephemeral:
            orders.append(await order(discord, ALICE, direct, "one more"))
            assert len(orders) <= 5
        assert "2" in orders[-1].message.content
        assert not (await order(discord, BOB, discord.direct(BOB))).message.ephemeral
        here = discord.guild.channels[0]
        assert not (await order(discord, ALICE, here)).message.ephemeral, "servers have limits of their own"
        quota = await answer(await discord.slash("quota", user=ALICE, channel=direct))
        assert "of 2**" in quota
        assert "of 5**" in quota
        comfyui.faults.hang_in = None
        for one in orders[:4]:
            if not one.message.ephemeral:
                await one.message.until(is_done)
        said = ""
        for _ in range(6):
            latest = await order(discord, ALICE, direct)
            if latest.message.ephemeral:
                said = latest.message.content
                break
            await latest.message.until(is_done)
        assert "5" in said


async def test_the_operators_words_are_refused_there(
    discord: DiscordStandIn, program: Program, tmp_path: Path, direct: Channel, comfyui: ComfyUIStandIn
) -> None:
    (tmp_path / "words.txt").write_text("# not here\nzeppelin\nblue moon\n", encoding="utf-8")
    async with program({"DM_WORDS": str(tmp_path / "words.txt")}).ready():
        for prompt in ("a Zeppelin", "z e p p e l i n", "under a blue  MOON"):
            assert "isn’t allowed here" in await answer(await order(discord, ALICE, direct, prompt))
        assert not comfyui.executed
        message = await finished(discord, direct, "a moon")
        form = await answered(discord.press(message, "Edit", user=ALICE))
        assert "isn’t allowed here" in await answer(await form.submit({"prompt": "a zeppelin"}))
        # Servers have lists of their own.
        await (await order(discord, ALICE, discord.guild.channels[0], "a zeppelin")).message.until(is_done)


@pytest.mark.parametrize(("said", "red"), [("", "⚠️"), ("refuse 50", "⚠️"), ("spoiler 50", "✅"), ("off", "✅")])
async def test_images_are_checked_there_as_the_operator_says(
    discord: DiscordStandIn, program: Program, tmp_path: Path, direct: Channel, said: str, red: str
) -> None:
    seen = tmp_path / "seen"
    seen.mkdir()
    async with program({"PICTURE_CHECK": f"{sys.executable} {looking} {seen}", "DM_CHECK": said}).ready():
        message = (await order(discord, ALICE, direct, workflow="Red")).message
        await message.until(says(red))
        green = (await order(discord, ALICE, direct, workflow="Green")).message
        await green.until(is_done)
    assert [one.filename for one in green.attachments] == ["image-1.png"]
    shown = {"": [], "refuse 50": [], "spoiler 50": ["SPOILER_image-1.png"], "off": ["image-1.png"]}
    assert [one.filename for one in message.attachments] == shown[said]


async def test_what_cannot_be_checked_is_shown_to_nobody_there(
    discord: DiscordStandIn, program: Program, tmp_path: Path, direct: Channel
) -> None:
    async with program({"PICTURE_CHECK": f"{sys.executable} {looking} {tmp_path} absent"}).ready():
        message = (await order(discord, ALICE, direct, workflow="Green")).message
        await message.until(says("⚠️"))
    assert not message.attachments
