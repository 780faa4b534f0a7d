"""Rate limits and failures: the HTTP side, asked directly."""

import aiohttp
import pytest

from tests.discord_server import LOST_ANSWER, REAL_RATE_LIMITS, RESET, Failure
from tests.discord_server.rest_client import NOBODY, Client, alice


async def test_a_nonce_keeps_a_message_from_being_sent_twice(client: Client, channel: str) -> None:
    body = {"content": "x", "nonce": "made-up-1", "enforce_nonce": True, **NOBODY}
    client.discord.fail_next("POST", "/channels/*", LOST_ANSWER)
    with pytest.raises(aiohttp.ClientError):
        await client.ask("POST", f"{channel}/messages", body)
    assert (await client.ask("POST", f"{channel}/messages", body))[0] == 200
    assert len(client.discord.messages()) == 1


async def test_rate_limits_speak_through_headers(client: Client, channel: str) -> None:
    client.discord.faults.rate_limits = REAL_RATE_LIMITS
    left = []
    for _ in range(5):
        await client.ask("POST", f"{channel}/messages", {"content": "x", **NOBODY})
        left.append(client.headers["X-RateLimit-Remaining"])
    assert left == ["4", "3", "2", "1", "0"]
    status, answer = await client.ask("POST", f"{channel}/messages", {"content": "x", **NOBODY})
    assert (status, answer["global"]) == (429, False)
    assert 0 < answer["retry_after"] <= 5
    assert client.headers["Via"]
    assert client.headers["X-RateLimit-Scope"] == "user"
    other = client.discord.direct(alice)
    assert (await client.ask("POST", f"/channels/{other.id}/messages", {"content": "x", **NOBODY}))[0] == 200


async def test_the_global_limit_spares_interactions(client: Client) -> None:
    interaction = await client.slash()
    client.discord.faults.per_second = 1
    assert (await client.ask("GET", "/users/@me"))[0] == 200
    status, answer = await client.ask("GET", "/users/@me")
    assert (status, answer["global"], client.headers["X-RateLimit-Global"]) == (429, True, "true")
    assert (await client.answer(interaction, {"type": 5}))[0] == 204


@pytest.mark.parametrize(("failure", "status"), [(500, 500), (502, 502), (404, 404), (Failure(403, code=50001), 403)])
async def test_the_next_requests_fail_as_planned(
    client: Client, channel: str, failure: int | Failure, status: int
) -> None:
    client.discord.fail_next("GET", "/channels/*", failure, times=2)
    assert [(await client.ask("GET", channel))[0] for _ in range(3)] == [status, status, 200]


async def test_a_connection_is_reset_as_planned(client: Client, channel: str) -> None:
    client.discord.fail_next("POST", "/channels/*", RESET)
    with pytest.raises(aiohttp.ClientError):
        await client.ask("POST", f"{channel}/messages", {"content": "x", **NOBODY})
    assert client.discord.messages() == []
    assert client.discord.requests[-1].status is None


async def test_a_429_of_cloudflare_has_no_via(client: Client, channel: str) -> None:
    client.discord.fail_next("GET", "/channels/*", Failure(429, retry_after=3, via=False))
    assert (await client.ask("GET", channel))[0] == 429
    assert "Via" not in client.headers
