"""Interactions and what their tokens are good for: the HTTP side, asked directly."""

from tests.discord_server.rest_client import NOBODY, Client, alice


async def test_an_interaction_is_acknowledged_once_and_in_time(client: Client) -> None:
    interaction = await client.slash()
    assert await client.answer(interaction, {"type": 5}) == (204, None)
    assert interaction.message.loading
    status, answer = await client.answer(interaction, {"type": 5})
    assert (status, answer["code"]) == (400, 40060)
    client.discord.set_answer_deadline(0)
    status, answer = await client.answer(await client.slash(), {"type": 5})
    assert (status, answer["code"]) == (404, 10062)


async def test_the_answer_comes_back_when_it_is_asked_for(client: Client) -> None:
    interaction = await client.slash()
    body = {"type": 4, "data": {"content": "hello", "flags": 64, **NOBODY}}
    _, answer = await client.answer(interaction, body, "?with_response=true")
    assert answer["interaction"]["response_message_ephemeral"] is True
    assert answer["resource"]["message"]["content"] == "hello"
    _, answer = await client.answer(await client.slash(), {"type": 5}, "?with_response=1")
    assert answer["interaction"]["response_message_loading"] is True


async def test_an_answer_of_the_wrong_kind_is_refused(client: Client) -> None:
    status, answer = await client.answer(await client.slash(), {"type": 6})
    assert (status, answer["code"]) == (400, 50035)
    client.discord.violations.clear()


async def test_a_token_is_good_for_nothing_before_the_answer_and_after_its_life(client: Client) -> None:
    interaction = await client.slash()
    path = client.webhook(interaction)
    assert await client.refusal("GET", path) == (404, 10015)
    await client.answer(interaction, {"type": 4, "data": {"content": "hello", **NOBODY}})
    assert (await client.ask("GET", path))[0] == 200
    interaction.expire()
    assert await client.refusal("GET", path) == (401, 50027)
    client.discord.set_token_lifetime(0)
    other = await client.slash()
    await client.answer(other, {"type": 5})
    assert await client.refusal("PATCH", client.webhook(other), {"content": "x", **NOBODY}) == (401, 50027)


async def test_an_ephemeral_message_is_reached_by_its_token_alone(client: Client, channel: str) -> None:
    interaction = await client.slash()
    await client.answer(interaction, {"type": 4, "data": {"content": "hello", "flags": 64, **NOBODY}})
    number = interaction.message.id
    assert await client.refusal("GET", f"{channel}/messages/{number}") == (404, 10008)
    status, _ = await client.ask(
        "PATCH", client.webhook(interaction, f"/messages/{number}"), {"content": "x", **NOBODY}
    )
    assert (status, interaction.message.content) == (200, "x")


async def test_the_first_followup_fills_a_deferral_and_keeps_its_privacy(client: Client) -> None:
    interaction = await client.slash()
    await client.answer(interaction, {"type": 5, "data": {"flags": 64}})
    path = client.webhook(interaction, "")
    await client.ask("POST", path, {"content": "one", **NOBODY})
    await client.ask("POST", path, {"content": "two", **NOBODY})
    assert (interaction.message.content, interaction.message.ephemeral) == ("one", True)
    assert [(one.content, one.ephemeral) for one in interaction.followups] == [("two", False)]


async def test_a_public_answer_is_an_ordinary_message_too(client: Client, channel: str) -> None:
    interaction = await client.slash()
    await client.answer(interaction, {"type": 4, "data": {"content": "hello", **NOBODY}})
    path = f"{channel}/messages/{interaction.message.id}"
    _, answer = await client.ask("GET", path)
    assert answer["interaction_metadata"]["user"]["id"] == str(alice.id)
    await client.ask("PATCH", path, {"content": "by the channel", **NOBODY})
    assert interaction.message.content == "by the channel"
    await client.ask("DELETE", client.webhook(interaction))
    assert interaction.message.deleted
    assert await client.refusal("PATCH", path, {"content": "x", **NOBODY}) == (404, 10008)
    assert await client.refusal("GET", client.webhook(interaction)) == (404, 10008)
