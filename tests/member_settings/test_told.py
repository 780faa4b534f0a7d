"""A member hears that a job is over: once, in a reply that mentions them and nobody else, or where only they see it."""

import itertools
import json
from collections.abc import Sequence
from typing import Any, Final

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.faults import Failure
from tests.discord_server import (
    EVERYONE,
    Channel,
    DiscordStandIn,
    Interaction,
    Message,
    Permission,
    Request,
    User,
    answered,
)
from tests.discord_server.resolving import Value
from tests.looks import is_cancelled, is_done, is_failed, is_stopping
from tests.member_settings.test_defaults import set_up
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio, brings_picture, job_of
from tests.waiting import until

PROMPT: Final = f"a fox for @everyone, @here, <@1>, <@!{BOB.id}>, <@&2> and <@{ALICE.id}>"
SIGN: Final = "🔔"
SEEDS: Final = itertools.count()
"""No two jobs are alike, so ComfyUI takes none from its cache."""


def notices(discord: DiscordStandIn, channel: Channel | None = None) -> Sequence[Message]:
    return [one for one in discord.messages(channel) if one.content.startswith(SIGN)]


def tells(request: Request) -> bool:
    """Whether it posts a notice."""
    posts = request.method == "POST" and isinstance(request.json, dict)
    return posts and str(request.json.get("content")).startswith(SIGN)


def mentions(discord: DiscordStandIn) -> set[str]:
    """Everybody whom any state of any message mentioned."""
    return {who for message in discord.messages() for state in message.states for who in state.mentioned}


async def order(studio: Studio, user: User = ALICE, channel: Channel | None = None, **more: Value) -> Interaction:
    options: dict[str, Value] = {"prompt": PROMPT, "seed": next(SEEDS), **more}
    interaction = await studio.discord.slash("imagine", user=user, channel=channel, options=options)
    await interaction.acknowledged()
    return interaction


async def long_one(
    studio: Studio, user: User = ALICE, channel: Channel | None = None, seconds: int = 61, **more: Value
) -> Interaction:
    """A job that was requested so long ago, and ends now. After a quarter of an hour its token is dead."""
    (comfyui,) = studio.comfyuis
    comfyui.faults.hang_in = "VAEDecode"
    interaction = await order(studio, user, channel, **more)
    await studio.begun(interaction)
    studio.change("UPDATE jobs SET created_at = created_at - ? WHERE id = ?", seconds, job_of(interaction))
    if seconds > 15 * 60:
        interaction.expire()
    comfyui.faults.hang_in = None
    return interaction


async def until_settled(studio: Studio) -> None:
    """Until nobody is to be told of anything any more."""
    await until(lambda: studio.select("SELECT * FROM notices") == [])


async def told_after(studio: Studio, user: User = BOB) -> None:
    """Somebody else's later job is over, and they were told: what is not there by now does not come."""
    await set_up(studio.discord, user, told="always")
    interaction = await order(studio, user)
    await interaction.message.until(is_done)
    await studio.discord.until(lambda: any(f"<@{user.id}>" in one.content for one in notices(studio.discord)))
    await until_settled(studio)


async def test_of_a_long_one_in_a_reply_that_mentions_its_owner_alone(studio: Studio, discord: DiscordStandIn) -> None:
    interaction = await long_one(studio)
    await discord.until(lambda: bool(notices(discord)))
    (notice,) = notices(discord)
    message = interaction.message
    link = f"https://discord.com/channels/{discord.guild.id}/{message.channel.id}/{message.id}"
    assert notice.content.splitlines()[0] == f"{SIGN} <@{ALICE.id}> Your request is ready: {link}"
    assert notice.origin["message_reference"]["message_id"] == str(message.id)
    assert mentions(discord) == {str(ALICE.id)}
    (sent,) = filter(tells, discord.requests)
    assert sent.json["allowed_mentions"] == {"parse": [], "users": [ALICE.id]}
    assert sent.json["enforce_nonce"]
    assert sent.json["flags"] == 4
    await until_settled(studio)


async def test_of_short_ones_only_whoever_wants_to_know(studio: Studio, discord: DiscordStandIn) -> None:
    await (await order(studio)).message.until(is_done)
    carol = User("carol")
    await set_up(discord, carol, told="never")
    await (await long_one(studio, carol)).message.until(is_done)
    await told_after(studio)
    assert len(notices(discord)) == 1
    assert mentions(discord) == {str(BOB.id)}


async def test_of_a_failed_one_but_not_of_one_that_was_cancelled(
    studio: Studio, discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.fail["SaveImage"] = Failure()
    failed = await long_one(studio)
    await failed.message.until(is_failed)
    await discord.until(lambda: bool(notices(discord)))
    comfyui.faults.fail.clear()
    comfyui.faults.hang_in = "VAEDecode"
    cancelled = await order(studio)
    await studio.begun(cancelled)
    studio.change("UPDATE jobs SET created_at = created_at - 61 WHERE id = ?", job_of(cancelled))
    await answered(discord.press(cancelled.message, "Cancel", user=ALICE))
    await cancelled.message.until(lambda message: is_stopping(message) or is_cancelled(message))
    comfyui.faults.hang_in = None
    await cancelled.message.until(is_cancelled)
    await told_after(studio)
    bobs, alices = notices(discord)
    assert f"<@{ALICE.id}> Your request failed: " in alices.content
    assert str(failed.message.id) in alices.content
    assert mentions(discord) == {str(ALICE.id), str(BOB.id)}
    assert "ready" in bobs.content


async def test_of_a_private_one_only_its_owner_sees_it(studio: Studio, discord: DiscordStandIn) -> None:
    interaction = await long_one(studio, private=True)
    notice = await interaction.followup()
    assert notice.ephemeral
    assert notice.content.startswith(f"{SIGN} Your request is ready: ")
    assert not notice.state.mentioned
    await until_settled(studio)
    assert not discord.messages()


async def test_a_result_that_comes_as_a_direct_message_is_all_they_get(studio: Studio, discord: DiscordStandIn) -> None:
    hidden = await long_one(studio, seconds=1000, private=True)
    await discord.until(lambda: bool(discord.messages(discord.direct(ALICE))))
    await told_after(studio)
    (result,) = discord.messages(discord.direct(ALICE))
    assert result.attachments
    assert not result.content.startswith(SIGN)
    assert hidden.followups == []
    assert len(notices(discord)) == 1


async def test_in_direct_messages_nobody_is_mentioned(studio: Studio, discord: DiscordStandIn) -> None:
    direct = discord.direct(ALICE)
    interaction = await long_one(studio, channel=direct)
    await discord.until(lambda: bool(notices(discord, direct)))
    (notice,) = notices(discord, direct)
    assert notice.origin["message_reference"]["message_id"] == str(interaction.message.id)
    assert notice.content.startswith(f"{SIGN} Your request is ready: https://discord.com/channels/@me/")
    assert not notice.state.mentioned


@pytest.mark.parametrize("missing", [Permission.SEND_MESSAGES, Permission.READ_MESSAGE_HISTORY], ids=["send", "read"])
async def test_where_the_bot_may_not_reply_only_they_see_it(
    studio: Studio, discord: DiscordStandIn, missing: Permission
) -> None:
    discord.set_bot_permissions(discord.guild.channels[0], EVERYONE & ~missing)
    interaction = await long_one(studio)
    notice = await interaction.followup()
    assert notice.ephemeral
    assert notice.content.startswith(SIGN)
    await until_settled(studio)
    assert not notices(discord)


async def test_where_nothing_reaches_them_nothing_is_lost_but_the_notice(
    studio: Studio, discord: DiscordStandIn
) -> None:
    discord.set_bot_permissions(discord.guild.channels[0], EVERYONE & ~Permission.SEND_MESSAGES)
    interaction = await long_one(studio, seconds=1000)
    await interaction.message.until(is_done)
    await discord.until(lambda: any(tells(request) for request in discord.requests))
    await until_settled(studio)
    assert not notices(discord)
    assert interaction.followups == []


async def test_nobody_hears_of_a_message_that_was_deleted(studio: Studio, discord: DiscordStandIn) -> None:
    discord.faults.holds = brings_picture
    interaction = await long_one(studio)
    await interaction.message.until(is_done)
    discord.delete_message(interaction.message)
    discord.faults.holds = None
    await told_after(studio)
    (notice,) = notices(discord)
    assert f"<@{BOB.id}>" in notice.content
    assert interaction.followups == []


@pytest.mark.parametrize("when", ["before the ledger knows", "while it is sent"])
async def test_once_even_if_the_bot_is_killed(studio: Studio, discord: DiscordStandIn, when: str) -> None:
    discord.faults.holds = tells if when == "while it is sent" else brings_picture
    interaction = await long_one(studio)
    await interaction.message.until(is_done)
    if when == "while it is sent":
        await discord.until(lambda: bool(notices(discord)))
        assert studio.select("SELECT count(*) FROM notices") == [(1,)]
    await studio.bot.kill()
    discord.faults.holds = None
    await studio.start()
    await discord.until(lambda: bool(notices(discord)))
    await until_settled(studio)
    (notice,) = notices(discord)
    assert str(interaction.message.id) in notice.content
    assert mentions(discord) == {str(ALICE.id)}
    nonces = {_nonce(one) for one in discord.requests if tells(one)}
    assert len(nonces) == 1


async def test_what_discord_does_not_take_at_once_is_sent_again_and_holds_up_nothing(
    studio: Studio, discord: DiscordStandIn
) -> None:
    discord.fail_next("POST", "/channels/*/messages", 503, times=3, when=tells)
    interaction = await long_one(studio)
    await interaction.message.until(is_done)
    await (await order(studio, BOB)).message.until(is_done)
    await until(lambda: set(studio.states().values()) == {"done"})
    await discord.until(lambda: bool(notices(discord)))
    await until_settled(studio)
    assert len(notices(discord)) == 1


def _nonce(request: Request) -> Any:  # noqa: ANN401 - Discord's JSON
    return json.loads(json.dumps(request.json))["nonce"]
