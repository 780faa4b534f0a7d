"""Messages, files and permissions: the HTTP side, asked directly."""

import aiohttp

from tests.discord_server import EVERYONE, Channel, DiscordStandIn, File, Guild, Permission, User
from tests.discord_server.rest_client import NOBODY, Client, alice

bob = User("bob")
SEND_AND_SEE = Permission.VIEW_CHANNEL | Permission.SEND_MESSAGES


async def test_attachments_that_are_named_stay_and_the_others_go(client: Client, channel: str) -> None:
    body = {"attachments": [{"id": 0, "description": "first"}, {"id": 1, "filename": "b c.png"}]}
    files = {"a.png": b"aaa", "b.png": b"bb"}
    _, answer = await client.ask("POST", f"{channel}/messages", body, files=files)
    first, second = answer["attachments"]
    assert (first["description"], second["filename"], second["size"]) == ("first", "b_c.png", 2)
    path = f"{channel}/messages/{answer['id']}"
    edit = {"attachments": [{"id": 0, "filename": "c.png"}, {"id": second["id"]}]}
    await client.ask("PATCH", path, edit, files={"c.png": b"c"})
    message = client.discord.messages()[0]
    assert [one.filename for one in message.attachments] == ["b_c.png", "c.png"]
    assert client.discord.requests[-1].files == (("c.png", 1),)
    async with client.session.get(second["url"]) as response:
        assert (response.content_type, await response.read()) == ("image/png", b"bb")
    async with client.session.get(first["url"]) as response:
        assert response.status == 404
    await client.ask("PATCH", path, {"content": "all stay", **NOBODY})
    assert len(message.attachments) == 2
    await client.ask("PATCH", path, {"attachments": []})
    assert [*message.attachments] == []


async def test_a_file_that_an_embed_shows_is_not_listed(client: Client, channel: str) -> None:
    embed = {"title": "A cat", "image": {"url": "attachment://a.png"}}
    body = {"embeds": [embed], "attachments": [{"id": 0}, {"id": 1}], **NOBODY}
    _, answer = await client.ask("POST", f"{channel}/messages", body, files={"a.png": b"a", "b.png": b"b"})
    assert [one["filename"] for one in answer["attachments"]] == ["b.png"]
    assert answer["embeds"][0]["image"]["url"].endswith("/a.png")
    assert [one.shown for one in client.discord.messages()[0].attachments] == [True, False]
    body = {"embeds": [{"image": {"url": "attachment://no.png"}}], **NOBODY}
    assert await client.refusal("POST", f"{channel}/messages", body) == (400, 50035)
    client.discord.violations.clear()


async def test_a_file_above_the_limit_is_too_large(client: Client, channel: str) -> None:
    files = {"a.png": b"x" * 1001}
    status, answer = await client.ask("POST", f"{channel}/messages", {"attachments": [{"id": 0}]}, files=files)
    assert (status, answer["code"]) == (413, 40005)
    interaction = await client.slash()
    await client.answer(interaction, {"type": 5})
    status, answer = await client.ask("PATCH", client.webhook(interaction), {}, files=files)
    assert (status, answer["code"]) == (413, 40005)


async def test_an_empty_message_is_refused(client: Client, channel: str) -> None:
    assert await client.refusal("POST", f"{channel}/messages", {"content": " ", **NOBODY}) == (400, 50006)
    client.discord.violations.clear()


async def test_components_v2_cannot_be_taken_back(client: Client, channel: str) -> None:
    text = {"type": 10, "content": "hello"}
    _, answer = await client.ask("POST", f"{channel}/messages", {"flags": 1 << 15, "components": [text], **NOBODY})
    path = f"{channel}/messages/{answer['id']}"
    assert await client.refusal("PATCH", path, {"content": "x", **NOBODY}) == (400, 50035)
    await client.ask("PATCH", path, {"components": [{"type": 10, "content": "again"}], **NOBODY})
    assert client.discord.messages()[0].text == "again"
    client.discord.violations.clear()


async def test_permissions_are_checked_channel_by_channel(client: Client, channel: str) -> None:
    place = client.discord.guild.channels[0]
    body = {"content": "x", **NOBODY}
    client.discord.set_bot_permissions(place, SEND_AND_SEE)
    _, sent = await client.ask("POST", f"{channel}/messages", body)
    files = {"a.png": b"a"}
    status, answer = await client.ask("POST", f"{channel}/messages", {"attachments": [{"id": 0}]}, files=files)
    assert (status, answer["code"]) == (403, 50013)
    assert await client.refusal("GET", f"{channel}/messages/{sent['id']}") == (403, 50001)
    client.discord.set_bot_permissions(place, EVERYONE & ~Permission.SEND_MESSAGES)
    assert await client.refusal("POST", f"{channel}/messages", body) == (403, 50013)
    client.discord.set_bot_permissions(place, EVERYONE & ~Permission.VIEW_CHANNEL)
    assert await client.refusal("POST", f"{channel}/messages", body) == (403, 50001)
    assert await client.refusal("PATCH", f"{channel}/messages/{sent['id']}", body) == (403, 50001)


async def test_a_users_message_is_not_the_bots(client: Client, channel: str) -> None:
    message = await client.discord.say("secret", user=alice, files=[File("a.png", b"a")])
    path = f"{channel}/messages/{message.id}"
    assert await client.refusal("PATCH", path, {"content": "x", **NOBODY}) == (403, 50005)
    assert await client.refusal("DELETE", path) == (403, 50013)
    _, answer = await client.ask("GET", path)
    assert (answer["content"], answer["attachments"]) == ("", [])
    mention = await client.discord.say(f"<@{client.discord.bot.id}> look", user=alice)
    _, answer = await client.ask("GET", f"{channel}/messages/{mention.id}")
    assert answer["content"].endswith("look")


async def test_what_others_deleted_is_gone(client: Client, channel: str) -> None:
    _, sent = await client.ask("POST", f"{channel}/messages", {"content": "x", **NOBODY})
    client.discord.delete_message(client.discord.messages()[0])
    assert await client.refusal("PATCH", f"{channel}/messages/{sent['id']}", {"content": "y", **NOBODY}) == (404, 10008)
    client.discord.delete_channel(client.discord.guild.channels[0])
    assert await client.refusal("GET", channel) == (404, 10003)


async def test_history_comes_newest_first(client: Client, channel: str) -> None:
    for content in ("1", "2", "3"):
        await client.ask("POST", f"{channel}/messages", {"content": content, **NOBODY})
    _, answer = await client.ask("GET", f"{channel}/messages?limit=2")
    assert [one["content"] for one in answer] == ["3", "2"]
    _, answer = await client.ask("GET", f"{channel}/messages?before={answer[-1]['id']}")
    assert [one["content"] for one in answer] == ["1"]


async def test_it_is_said_whom_a_message_would_mention(client: Client, channel: str) -> None:
    text = f"@everyone <@{alice.id}> <@{bob.id}>"
    client.discord.direct(alice)
    body = {"content": text, "allowed_mentions": {"parse": [], "users": [str(alice.id)]}}
    _, answer = await client.ask("POST", f"{channel}/messages", body)
    assert client.discord.messages()[0].state.mentioned == {str(alice.id)}
    assert (answer["mention_everyone"], [one["id"] for one in answer["mentions"]]) == (False, [str(alice.id)])
    await client.ask("POST", f"{channel}/messages", {"content": "@everyone"})
    assert client.discord.messages()[0].state.mentioned == {"everyone"}
    assert "allowed_mentions" in client.discord.violations.pop()


async def test_two_guilds_have_their_own_limits() -> None:
    small, large = Guild("small", upload_limit=1), Guild("large", channels=(Channel("big"),))
    async with DiscordStandIn(small, large) as discord, aiohttp.ClientSession() as session:
        client = Client(discord, session)
        seen = [
            (await client.ask("POST", f"/channels/{guild.channels[0].id}/messages", {}, files={"a": b"xx"}))[0]
            for guild in (small, large)
        ]
    assert seen == [413, 200]
