"""The stand-in under an unmodified discord.py bot that runs as a process of its own."""

import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.discord_server import (
    EVERYONE,
    RESET,
    BotProcess,
    Channel,
    Choice,
    DiscordStandIn,
    Failure,
    File,
    Guild,
    Permission,
    RateLimit,
    Role,
    User,
    answered,
)

# One bot for all: starting it takes longer than all that it is asked here.
pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("sample bot")]

SAMPLE_BOT = (sys.executable, "-m", "tests.discord_server.sample_bot")
alice, bob = User("alice"), User("bob")
moderators = Role("moderators", Permission.MANAGE_MESSAGES)
EDIT = frozenset({("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original")})


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DiscordStandIn]:
    guild = Guild(channels=(Channel("general"), Channel("hidden")), roles=(moderators,))
    log = tmp_path_factory.mktemp("bot") / "bot.log"
    async with DiscordStandIn(guild) as discord, BotProcess(discord, log=log, command=SAMPLE_BOT) as bot:
        await bot.wait_ready()
        yield discord


@pytest.fixture
def discord(shared: DiscordStandIn) -> Iterator[DiscordStandIn]:
    yield shared
    shared.faults.rate_limits = ()
    shared.faults.per_second = None
    shared.faults.latency = 0
    shared.set_token_lifetime(900)
    shared.set_answer_deadline(3)


async def test_a_slash_command_is_answered_and_its_message_goes_through_its_states(discord: DiscordStandIn) -> None:
    interaction = await discord.slash("draw", user=alice, prompt="a cat", seed=7)
    reply = await interaction.acknowledged()
    assert reply.message is interaction.message
    message = await interaction.message.until(lambda message: message.content == "done a cat 7")
    assert [state.content for state in message.states] == ["queued a cat", "running", "done a cat 7"]
    assert [[(one.filename, one.content) for one in state.attachments] for state in message.states] == [
        [],
        [("preview.png", b"blurred")],
        [("the_cat.png", b"png")],
    ]
    times = [state.at for state in message.states]
    assert times == sorted(times)


async def test_a_picture_given_to_a_command_reaches_the_bot(discord: DiscordStandIn) -> None:
    interaction = await answered(discord.slash("draw", user=alice, prompt="x", image=File("mine.png", b"my own")))
    message = await interaction.message.until(lambda message: message.content.startswith("done"))
    assert message.attachments[0].content == b"my own"


async def test_a_button_is_pressed_by_its_label(discord: DiscordStandIn) -> None:
    interaction = await answered(discord.slash("draw", user=alice, prompt="x"))
    message = await interaction.message.until(lambda message: message.content.startswith("done"))
    press = await discord.press(message, "Count 1", user=bob)
    assert (await press.acknowledged()).message is message
    assert message.content == "pressed by bob"
    assert [button.label for button in message.buttons] == ["Count 2"]
    assert len(message.attachments) == 1
    await answered(discord.press(message, "Count 1", user=bob, state=message.states[0]))
    assert [button.label for button in message.buttons] == ["Count 2"]


async def test_typing_gets_choices(discord: DiscordStandIn) -> None:
    choices = await discord.autocomplete("draw", option="prompt", value="d", user=alice)
    assert choices == [Choice("dog", "dog")]


async def test_a_deferral_is_filled_by_the_first_followup(discord: DiscordStandIn) -> None:
    interaction = await discord.slash("think", user=alice)
    assert (await interaction.acknowledged()).deferred
    followup = await interaction.followup()
    assert [state.content for state in interaction.message.states] == ["", "thought"]
    assert interaction.message.states[0].loading
    assert not interaction.message.loading
    assert followup.ephemeral
    await followup.until(lambda message: message.content == "even more")


async def test_an_ephemeral_message_is_seen_by_its_viewer_alone(discord: DiscordStandIn) -> None:
    interaction = await discord.slash("think", user=alice, private=True)
    assert (await interaction.acknowledged()).ephemeral
    await interaction.message.until(lambda message: message.content == "thought")
    assert interaction.message.ephemeral
    assert interaction.message not in discord.messages()


async def test_a_modal_is_filled_in_by_its_labels(discord: DiscordStandIn) -> None:
    interaction = await answered(discord.slash("form", user=alice))
    assert list(interaction.modal.fields) == ["Prompt", "Size", "Image"]
    submitted = await answered(interaction.submit({"Size": "Big", "Image": File("mine.png", b"uploaded")}))
    assert submitted.message.content == "a cat, 1024, uploaded"


async def test_a_select_is_picked_by_its_label(discord: DiscordStandIn) -> None:
    interaction = await answered(discord.slash("choose", user=alice))
    picked = await discord.select(interaction.message, "Which?", ["Draft"], user=alice)
    assert (await picked.acknowledged()).deferred
    await interaction.message.until(lambda message: message.content == "picked draft")
    assert interaction.message.components == ()


async def test_users_roles_and_channels_are_resolved(discord: DiscordStandIn) -> None:
    moderator = User("mod", roles=(moderators,))
    place = discord.guild.channel("hidden")
    interaction = await answered(
        discord.slash("moderate block", user=moderator, options={"user": bob, "role": moderators, "channel": place})
    )
    assert interaction.message.content == "blocked bob, moderators, hidden"


async def test_a_context_menu_sees_a_users_message(discord: DiscordStandIn) -> None:
    message = await discord.say("look", user=bob, files=[File("a.png", b"12345")])
    interaction = await answered(discord.context_menu("Read it", message, user=alice))
    assert interaction.message.content == "bob: look (5)"


async def test_the_bot_writes_to_a_user_directly(discord: DiscordStandIn) -> None:
    interaction = await answered(discord.context_menu("Greet", bob, user=alice))
    assert [message.content for message in discord.messages(discord.direct(bob))] == ["hello"]
    assert interaction.message.state.mentioned == frozenset()


async def test_a_command_works_in_a_direct_channel(discord: DiscordStandIn) -> None:
    interaction = await answered(discord.slash("draw", user=alice, channel=discord.direct(alice), prompt="x"))
    await interaction.message.until(lambda message: message.content.startswith("done"))


async def test_a_dead_token_leaves_the_channel(discord: DiscordStandIn) -> None:
    interaction = await answered(discord.slash("outlive", user=alice))
    interaction.expire()
    await discord.slash("go", user=bob)
    message = await interaction.message.until(lambda message: message.content != "waiting")
    assert message.content == "by the channel after 401 50027"


async def test_a_late_answer_is_refused(discord: DiscordStandIn) -> None:
    discord.set_answer_deadline(0)
    interaction = await discord.slash("draw", user=alice, prompt="late")
    callback = f"/interactions/{interaction.id}/{interaction.token}/callback"
    await discord.until(lambda: [one.status for one in discord.requests if one.path == callback] == [404])
    assert interaction.reply is None


async def test_the_bot_is_heard_to_be_alive(discord: DiscordStandIn) -> None:
    await discord.until(lambda: discord.gateway.heartbeats > 0)
    (session,) = discord.gateway.live("bot")
    assert session.shard == (0, 1)


async def test_a_reconnect_is_resumed_and_nothing_is_missed(discord: DiscordStandIn) -> None:
    session = discord.gateway.sessions[-1]
    resumes = session.resumes
    discord.gateway.ask_to_reconnect()
    await discord.until(lambda: not session.live)
    await answered(discord.slash("go", user=alice))
    assert discord.gateway.sessions[-1] is session
    assert session.resumes == resumes + 1


async def test_a_broken_connection_is_resumed(discord: DiscordStandIn) -> None:
    session = discord.gateway.sessions[-1]
    resumes = session.resumes
    discord.gateway.drop()
    await discord.until(lambda: session.resumes == resumes + 1)


async def test_a_forgotten_session_is_started_anew(discord: DiscordStandIn) -> None:
    before = len(discord.gateway.sessions)
    discord.gateway.invalidate()
    await discord.until(lambda: len(discord.gateway.sessions) == before + 1)
    await answered(discord.slash("go", user=alice))


async def test_a_closed_connection_comes_back(discord: DiscordStandIn) -> None:
    session = discord.gateway.sessions[-1]
    resumes = session.resumes
    discord.gateway.close(4000)
    await discord.until(lambda: session.resumes == resumes + 1)


async def test_a_429_is_waited_out(discord: DiscordStandIn) -> None:
    discord.fail_next("PATCH", "/webhooks/*", Failure(429, retry_after=0.05), times=2)
    interaction = await answered(discord.slash("burst", user=alice, times=2))
    await interaction.message.until(lambda message: message.content == "2")
    edits = [one.status for one in discord.requests if interaction.token in one.path and one.method == "PATCH"]
    assert edits == [429, 429, 200, 200]


async def test_rate_limit_headers_slow_the_bot_down_before_a_429(discord: DiscordStandIn) -> None:
    discord.faults.rate_limits = [RateLimit("edits", EDIT, 2, 0.2, ("webhook_token",))]
    interaction = await answered(discord.slash("burst", user=alice, times=6))
    await interaction.message.until(lambda message: message.content == "6")
    edits = [one.status for one in discord.requests if interaction.token in one.path and one.method == "PATCH"]
    assert edits == [200] * 6


async def test_server_errors_are_tried_again(discord: DiscordStandIn) -> None:
    discord.fail_next("PATCH", "/webhooks/*", 502)
    interaction = await answered(discord.slash("burst", user=alice, times=1))
    await interaction.message.until(lambda message: message.content == "1")


async def test_a_reset_connection_ends_a_request_without_an_answer(discord: DiscordStandIn) -> None:
    discord.fail_next("PATCH", "/webhooks/*", RESET)
    interaction = await answered(discord.slash("burst", user=alice, times=1))
    await discord.until(lambda: any(one.status is None for one in discord.requests[-1:]))
    assert interaction.message.content == "0"


async def test_latency_is_drawn_from_a_range(discord: DiscordStandIn) -> None:
    discord.faults.latency = (0.001, 0.01)
    interaction = await answered(discord.slash("burst", user=alice, times=5))
    await interaction.message.until(lambda message: message.content == "5")
    assert [state.content for state in interaction.message.states] == [str(number) for number in range(6)]


async def test_a_channel_that_the_bot_cannot_see_refuses_it(discord: DiscordStandIn) -> None:
    hidden = discord.guild.channel("hidden")
    discord.set_bot_permissions(hidden, EVERYONE & ~Permission.VIEW_CHANNEL)
    interaction = await answered(discord.slash("outlive", user=alice, channel=hidden))
    interaction.expire()
    await discord.slash("go", user=bob)
    await discord.until(lambda: discord.requests[-1].status == 403)
    assert interaction.message.content == "waiting"
    assert Path(discord.requests[-1].path).name == str(interaction.message.id)
