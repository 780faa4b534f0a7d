"""Who the bot is, its commands and its routes: the HTTP side, asked directly."""

import aiohttp
import pytest

from tests.discord_server import DiscordStandIn, User
from tests.discord_server.rest_client import NOBODY, Client, alice

bob = User("bob")


async def test_the_bot_learns_who_it_is_and_where(client: Client) -> None:
    guild = client.discord.guild
    await client.discord.say("hello", user=alice)
    for path in (
        "/users/@me",
        "/users/@me/guilds",
        f"/users/{alice.id}",
        "/applications/@me",
        "/oauth2/applications/@me",
        "/gateway",
        "/gateway/bot",
        f"/guilds/{guild.id}",
        f"/guilds/{guild.id}/channels",
        f"/guilds/{guild.id}/roles",
        f"/guilds/{guild.id}/members/{alice.id}",
        f"/channels/{guild.channels[0].id}",
    ):
        status, answer = await client.ask("GET", path)
        assert (path, status) == (path, 200)
        assert answer


async def test_a_large_bot_is_told_its_shards(client: Client) -> None:
    client.discord.set_shards(2)
    assert (await client.ask("GET", "/gateway/bot"))[1]["shards"] == 2


async def test_an_unknown_route_is_a_violation(client: Client) -> None:
    assert await client.refusal("GET", "/made/up") == (404, 0)
    assert await client.refusal("GET", "/voice/regions") == (404, 0)
    assert client.discord.violations == [
        "client: GET /made/up: no such route",
        "client: GET /voice/regions: a route that the stand-in does not have",
    ]
    client.discord.violations.clear()


async def test_violations_fail_whoever_leaves_the_context() -> None:
    with pytest.raises(AssertionError, match="no such route"):
        async with DiscordStandIn() as discord, aiohttp.ClientSession() as session:
            await Client(discord, session).ask("GET", "/made/up")


async def test_another_token_is_refused(client: Client) -> None:
    url = client.discord.environment()["DISCORD_STAND_IN"]
    headers = {"Authorization": "Bot another.made-up.token"}
    async with client.session.get(f"{url}/api/v10/users/@me", headers=headers) as response:
        assert response.status == 401


async def test_a_body_that_discord_refuses_changes_nothing(client: Client, channel: str) -> None:
    body = {"content": "x" * 2001, **NOBODY}
    assert await client.refusal("POST", f"{channel}/messages", body) == (400, 50035)
    assert client.discord.messages() == []
    assert len(client.discord.violations) == 1
    client.discord.violations.clear()


async def test_commands_keep_their_ids_when_they_are_overwritten(client: Client) -> None:
    guild = client.discord.guild
    for scope in (f"/applications/{client.application}", f"/applications/{client.application}/guilds/{guild.id}"):
        path = f"{scope}/commands"
        go, stop = {"name": "go", "description": "Go"}, {"name": "stop", "description": "Stop"}
        _, first = await client.ask("PUT", path, [go])
        status, added = await client.ask("POST", path, stop)
        assert (status, first[0]["default_member_permissions"]) == (201, None)
        assert (await client.ask("POST", path, stop))[0] == 200
        _, second = await client.ask("PUT", path, [go, stop])
        assert [one["id"] for one in second] == [first[0]["id"], added["id"]]
        _, edited = await client.ask("PATCH", f"{path}/{added['id']}", {"description": "Halt"})
        assert edited["description"] == "Halt"
        await client.ask("DELETE", f"{path}/{added['id']}")
        assert [one["name"] for one in (await client.ask("GET", path))[1]] == ["go"]
        assert await client.refusal("GET", f"{path}/{added['id']}") == (404, 10063)


async def test_other_languages_of_commands_are_listed_where_they_are_asked_for(client: Client) -> None:
    choice = {"name": "red", "name_localizations": {"de": "rot"}, "value": "red"}
    option = {"type": 3, "name": "colour", "description": "Which", "choices": [choice]}
    option |= {"description_localizations": {"de": "Welche"}}
    body = {"name": "go", "description": "Go", "description_localizations": {"de": "Los"}, "options": [option]}
    for scope in ("", f"/guilds/{client.discord.guild.id}"):
        path = f"/applications/{client.application}{scope}/commands"
        await client.ask("PUT", path, [body])
        plain = str((await client.ask("GET", path))[1])
        assert not any(said in plain for said in ("localizations", "Los", "Welche", "rot"))
        [listed] = (await client.ask("GET", f"{path}?with_localizations=true"))[1]
        assert listed["description_localizations"] == {"de": "Los"}
        assert listed["options"] == [option]


async def test_a_direct_channel_is_opened_once(client: Client) -> None:
    await client.discord.say("hello", user=bob)
    _, opened = await client.ask("POST", "/users/@me/channels", {"recipient_id": str(bob.id)})
    assert opened["id"] == str(client.discord.direct(bob).id)
    await client.ask("POST", f"/channels/{opened['id']}/messages", {"content": "psst", **NOBODY})
    assert [one.content for one in client.discord.messages(client.discord.direct(bob))] == ["psst"]
