"""`/operator`: what its operators see of the servers it is in, and that it leaves one only when asked twice."""

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, Channel, DiscordStandIn, Guild, Permission, Role, User, answered
from tests.moderating.acts import Room, shows, told
from tests.waiting import until

ADMINISTRATOR = Role("admins", Permission.ADMINISTRATOR)


@pytest.fixture
def operator() -> User:
    return User("operator", roles=(ADMINISTRATOR,))


async def asked(room: Room, command: str, user: User | None = None, **options: str) -> str:
    return await told(await room.discord.slash(f"operator {command}", user=user or room.operator, options=options))


async def test_each_server_is_listed_with_what_it_uses(room: Room) -> None:
    await shows((await room.imagine(room.alice, "a fox")).message, "✅")
    await room.fill_the_server()
    waiting = await room.imagine(room.alice, "a waiting one", room.lobby)
    await shows(waiting.message, "🕓")
    listed = await asked(room, "servers")
    first, gallery, studio = listed.splitlines()
    assert first == "**2 servers** · page 1 of 1"
    assert gallery.startswith(f"**Gallery** · `{room.gallery.id}` · ")
    assert "1 waiting · 1 image in 30 days" in gallery
    assert studio.startswith("**Studio**")
    assert "3 images in 30 days" in studio
    room.go_on()


async def test_nobody_else_learns_anything_of_it(room: Room) -> None:
    admin = User("admin", roles=(ADMINISTRATOR,))
    for command, options in (("servers", {}), ("caps", {}), ("leave", {"server": "Gallery"})):
        assert "Only the people who run this bot" in await asked(room, command, admin, **options)
    assert not await room.discord.autocomplete("operator leave", option="server", value="", user=admin)


async def test_a_server_is_left_when_asked_twice_and_its_jobs_end(room: Room) -> None:
    await room.fill_the_server()
    waiting = await room.imagine(room.alice, "a waiting one", room.lobby)
    await shows(waiting.message, "🕓")
    assert "not in a server" in await asked(room, "leave", server="nowhere")
    (choice,) = await room.discord.autocomplete("operator leave", option="server", value="gal", user=room.operator)
    question = await answered(
        room.discord.slash("operator leave", user=room.operator, options={"server": str(choice.value)})
    )
    await shows(question.message, "Leave **Gallery**? Its 1 job will be cancelled.")
    await answered(room.discord.press(question.message, "Stay", user=room.operator))
    assert question.message.content == "Nothing was changed."
    question = await answered(room.discord.slash("operator leave", user=room.operator, options={"server": "Gallery"}))
    await shows(question.message, "Leave **Gallery**?")
    await room.discord.press(question.message, "Leave", user=room.operator)
    await question.message.until(lambda message: "👋 Left **Gallery**. 1 job cancelled." in message.content)
    await shows(waiting.message, "🛑 Cancelled")

    async def gone() -> bool:
        return "Gallery" not in await asked(room, "servers")

    await until(gone)
    room.go_on()


async def test_a_server_without_jobs_is_left_without_a_word_about_jobs(room: Room) -> None:
    question = await answered(room.discord.slash("operator leave", user=room.operator, options={"server": "Gallery"}))
    await shows(question.message, "Leave **Gallery**? What I keep")
    await room.discord.press(question.message, "Leave", user=room.operator)
    await question.message.until(lambda message: message.content == "👋 Left **Gallery**.")


async def test_a_server_that_removes_the_bot_has_nothing_in_the_queue_any_more(room: Room) -> None:
    await room.fill_the_server()
    await room.moderate("words add", channel=room.lobby, options={"kind": "word", "text": "zeppelin", "action": "hold"})
    there = [await room.imagine(room.alice, prompt, room.lobby) for prompt in ("a fox", "a zeppelin")]
    here = await room.imagine(room.alice, "a hare")
    for one in (*there, here):
        await one.message.until(lambda message: "🕓" in message.content or "✋" in message.content)
    room.discord.remove_bot(room.gallery)
    for one in there:
        await shows(one.message, "🛑 Cancelled: I’m not in this server any more")
    room.go_on()
    await shows(here.message, "✅")
    assert len(room.comfyui.executed) == 3, "the two that fill the server, and the one here"


async def test_a_server_that_removed_the_bot_while_it_was_down_has_nothing_in_the_queue_any_more(room: Room) -> None:
    await room.fill_the_server()
    hidden = await answered(
        room.discord.slash("imagine", user=room.bob, channel=room.lobby, options={"prompt": "a wish", "private": True})
    )
    there = [hidden, await room.imagine(room.alice, "a fox", room.lobby)]
    here = await room.imagine(room.alice, "a hare")
    await room.bot.kill()
    room.discord.remove_bot(room.gallery)
    # Discord's first answer says nothing about whether the bot is there.
    room.discord.fail_next("GET", f"/guilds/{room.gallery.id}", 500)
    await room.bot.start()
    for one in there:
        await shows(one.message, "🛑 Cancelled: I’m not in this server any more")
    room.go_on()
    await shows(here.message, "✅")
    assert len(room.comfyui.executed) == 3, "the two that fill the server, and the one here"


async def test_a_server_that_has_only_the_commands_keeps_its_jobs(room: Room) -> None:
    """The bot is no member there, and never saw the channel. After a restart Discord does not list the server."""
    room.discord.set_bot_permissions(room.lobby, Permission.SEND_MESSAGES)
    await room.fill_the_server()
    there = await room.imagine(room.alice, "a fox", room.lobby)
    await room.bot.kill()
    room.discord.remove_bot(room.gallery)
    await room.bot.start()
    await room.bot.wait_ready()
    room.go_on()
    await shows(there.message, "✅")


async def test_a_server_that_removed_the_bot_during_an_outage_has_nothing_in_the_queue_any_more(room: Room) -> None:
    """Discord has forgotten the session, so that no event about it follows."""
    await room.fill_the_server()
    there = await room.imagine(room.alice, "a fox", room.lobby)
    here = await room.imagine(room.alice, "a hare")
    room.discord.gateway.invalidate()
    room.discord.remove_bot(room.gallery)
    await shows(there.message, "🛑 Cancelled: I’m not in this server any more")
    room.go_on()
    await shows(here.message, "✅")


class _InTheirGuilds:
    """The room is in the first two of the guilds that a class has."""

    @pytest.fixture
    def room(
        self,
        discord: DiscordStandIn,
        comfyui: ComfyUIStandIn,
        bot: BotProcess,
        guilds: tuple[Guild, ...],
        operator: User,
    ) -> Room:
        return Room(discord, comfyui, bot, guilds[0], guilds[1], operator)


class TestNamesakes(_InTheirGuilds):
    @pytest.fixture
    def guilds(self) -> tuple[Guild, ...]:
        studio = Guild("Studio", (Channel("general"), Channel("staff")))
        turned = Guild("\u202eyrellaG", (Channel("lobby"),))
        return studio, Guild("Gallery", (Channel("lobby"),)), Guild("Gallery", (Channel("lobby"),)), turned

    async def test_servers_with_one_name_are_told_apart(self, room: Room, guilds: tuple[Guild, ...]) -> None:
        _studio, first, second, _turned = guilds
        found = await room.discord.autocomplete("operator leave", option="server", value="", user=room.operator)
        assert {choice.name for choice in found} == {
            "Studio",
            f"Gallery ({first.id})",
            f"Gallery ({second.id})",
            "yrellaG",
        }
        (choice,) = [one for one in found if one.value == str(second.id)]
        leaving = {"server": str(choice.value)}
        question = await answered(room.discord.slash("operator leave", user=room.operator, options=leaving))
        await shows(question.message, f"Leave **Gallery** (`{second.id}`)? What I keep")
        await room.discord.press(question.message, "Leave", user=room.operator)
        await shows(question.message, f"👋 Left **Gallery** (`{second.id}`).")


class TestManyServers(_InTheirGuilds):
    @pytest.fixture
    def guilds(self) -> tuple[Guild, ...]:
        studio = Guild("Studio", (Channel("general"), Channel("staff")))
        return (studio, *(Guild(f"*_~`|>#{number:03} {'*' * 80}", (Channel("a"),)) for number in range(60)))

    async def test_sixty_one_servers_are_turned_page_by_page(self, room: Room) -> None:
        listed = await answered(room.discord.slash("operator servers", user=room.operator))
        await shows(listed.message, "page 1 of 7")
        assert "**61 servers** · page 1 of 7" in listed.message.content
        seen = set(listed.message.content.splitlines()[1:])
        for page in range(2, 8):
            await answered(room.discord.press(listed.message, "Next", user=room.operator))
            await shows(listed.message, f"page {page} of 7")
            seen |= set(listed.message.content.splitlines()[1:])
        assert len(seen) == 61
        assert [button.label for button in listed.message.buttons] == ["Back"]
