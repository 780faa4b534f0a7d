"""Links to the page: each for one member, one image, one job and 15 minutes; anything else is refused in words."""

import asyncio
import hashlib
import struct
import time
import zlib
from collections.abc import Sequence
from typing import Any, Final

import aiohttp
import pytest
from itsdangerous import TimestampSigner, URLSafeTimedSerializer

from bot.ledger import Ledger, Link
from tests.discord_server import BotProcess, DiscordStandIn, Guild, Message, Role, answered
from tests.discord_server.faults import Failure
from tests.looks import is_done
from tests.paint.conftest import THREAD, Order, image_at, mask_of, paint_url, send
from tests.paint.conftest import Link as AskForLink
from tests.people import ALICE, BOB, MONA
from tests.waiting import until

SIZE = (256, 192)
MASK = mask_of(SIZE)
UNKNOWN_MEMBER: Final = Failure(404, code=10007)


@pytest.fixture
async def image(bot: BotProcess, order: Order) -> Message:
    return await order(ALICE, "a fox", size="256x192", negative="rain")


@pytest.fixture
async def url(image: Message, link: AskForLink) -> str:
    """Bob's link to Alice's image."""
    return await link(image, BOB)


async def page(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


class _Earlier(TimestampSigner):
    """Signs as it would have been signed 15 minutes ago."""

    def get_timestamp(self) -> int:
        return int(time.time()) - 15 * 60


async def signed(
    ledger: Ledger, said: Sequence[object], signer: type[TimestampSigner] = TimestampSigner, key: str | None = None
) -> str:
    options: dict[str, Any] = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    key = await ledger.links.key() if key is None else key
    serializer = URLSafeTimedSerializer(key, salt="paint", signer=signer, signer_kwargs=options)
    return str(serializer.dumps(list(said)))


async def said_by(ledger: Ledger, url: str) -> tuple[str, list[Any], Link]:
    """The address before the token, what the token says, and the link that is kept."""
    options: dict[str, Any] = {"key_derivation": "hmac", "digest_method": hashlib.sha256}
    start, _, token = url.rpartition("/")
    serializer = URLSafeTimedSerializer(await ledger.links.key(), salt="paint", signer_kwargs=options)
    said = serializer.loads(token)
    kept = await ledger.links.link(said[0])
    assert kept is not None
    return start, said, kept


async def is_refused(url: str, status: int, words: str) -> None:
    """In words on the page, and to a script that sends or asks for the image nevertheless."""
    shown, text = await page(url)
    assert (shown, words in text) == (status, True), text
    code, answer = await send(url, MASK)
    assert (code, answer["final"]) == (status, True)
    assert words in answer["text"]
    async with aiohttp.ClientSession() as session, session.get(f"{url}/image") as response:
        assert response.status == status


async def test_a_link_is_good_for_one_job(discord: DiscordStandIn, url: str, image: Message) -> None:
    assert (await page(url))[0] == (await page(url))[0] == 200
    assert (await image_at(url)).size == SIZE
    status, answer = await send(url, MASK)
    assert status == 200
    new = discord.messages()[0]
    assert answer["message"].endswith(f"/{new.channel.id}/{new.id}")
    assert new.origin["message_reference"]["message_id"] == str(image.id)
    await is_refused(url, 410, "already been used")
    await new.until(is_done)
    await is_refused(url, 410, "already been used")
    assert discord.messages() == [new, image]


async def test_of_two_at_once_one_is_a_job(discord: DiscordStandIn, url: str, image: Message) -> None:
    answers = await asyncio.gather(*(send(url, MASK) for _ in range(4)))
    assert sorted(status for status, _ in answers) == [200, 410, 410, 410]
    await discord.messages()[0].until(is_done)
    assert len(discord.messages()) == 2


async def test_a_link_expires(ledger: Ledger, url: str) -> None:
    start, said, _kept = await said_by(ledger, url)
    await is_refused(f"{start}/{await signed(ledger, said, _Earlier)}", 410, "expired")


async def test_a_link_that_says_something_else_is_not_valid(ledger: Ledger, url: str) -> None:
    start, (link_id, user_id, digest), kept = await said_by(ledger, url)
    token = url.rpartition("/")[2]
    changed = {
        "a sign": f"{'A' if token[0] != 'A' else 'B'}{token[1:]}",
        "another key": await signed(ledger, [link_id, user_id, digest], key="0" * 64),
        "another member": await signed(ledger, [link_id, str(ALICE.id), digest]),
        "another image": await signed(ledger, [link_id, user_id, digest[::-1]]),
        "another link": await signed(ledger, [kept.id[::-1], user_id, digest]),
        "another form": await signed(ledger, [link_id]),
    }
    for forged in changed.values():
        await is_refused(f"{start}/{forged}", 404, "isn’t valid")
    assert (await page(url))[0] == 200


async def test_a_mask_is_checked_and_another_can_be_sent(discord: DiscordStandIn, url: str) -> None:
    wrong = [
        (mask_of((255, 192)), 422, "another size"),
        (mask_of(SIZE, None), 422, "Nothing is marked"),
        (b"GIF89a", 422, "has to be a PNG"),
        (MASK[:80], 422, "has to be a PNG"),
        (_bomb(), 422, "another size"),
        (bytes(50_000_000), 413, "too large: at most 8 MB"),
    ]
    for mask, status, words in wrong:
        code, answer = await send(url, mask)
        assert (code, answer["final"], words in answer["text"]) == (status, False, True), answer
    async with aiohttp.ClientSession() as session, session.post(url, data=b"{}") as response:
        assert (response.status, "send everything" in await response.text()) == (415, True)
    assert (await send(url, MASK))[0] == 200
    await discord.messages()[0].until(is_done)


def _bomb() -> bytes:
    """A PNG that says it has 40,000 x 40,000 pixels."""
    header = struct.pack(">4sIIBBBBB", b"IHDR", 40_000, 40_000, 8, 6, 0, 0, 0)
    return MASK[:8] + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header)) + MASK[33:]


async def test_the_rules_of_that_moment_count(discord: DiscordStandIn, guilds: tuple[Guild, ...], url: str) -> None:
    here, everyone = guilds[0].channel("general"), Role("@everyone", id=guilds[0].id)
    rules: list[tuple[str, dict[str, Any], str]] = [
        ("moderate words add", {"kind": "word", "text": "castle", "action": "refuse"}, "isn’t allowed here"),
        ("moderate limits", {"role": everyone, "steps": 1}, "more steps than you can request here"),
        ("moderate channels set", {"channel": here, "workflows": "Painting"}, "isn’t allowed in this channel"),
        ("moderate channels set", {"channel": here, "use": "deny"}, "can’t use me in this channel"),
        ("moderate block", {"user": BOB}, "You’re blocked from requesting images here"),
    ]
    for command, options, words in rules:
        await answered(discord.slash(command, user=MONA, options=options))
        status, answer = await send(url, MASK)
        assert (status, answer["final"], words in answer["text"]) == (422, False, True), answer
    assert len(discord.messages()) == 1


async def test_who_has_left_requests_nothing(discord: DiscordStandIn, url: str) -> None:
    moments = [(UNKNOWN_MEMBER, 403, "You’re not in that server any more"), (Failure(503), 503, "can’t reach Discord")]
    for failure, status, words in moments:
        # discord.py repeats a request that Discord could not answer.
        discord.fail_next("GET", "/guilds/*/members/*", failure, times=5 if status == 503 else 1)
        code, answer = await send(url, MASK)
        assert (code, words in answer["text"]) == (status, True)
    assert len(discord.messages()) == 1


async def test_what_discord_did_not_take_can_be_sent_again(
    discord: DiscordStandIn, ledger: Ledger, url: str, image: Message
) -> None:
    discord.fail_next("POST", "/webhooks/*", Failure(403, code=50013))
    code, answer = await send(url, MASK)
    assert (code, answer["final"], "Press **Send** again" in answer["text"]) == (503, False, True)
    assert (await page(url))[0] == 200
    assert (await send(url, MASK))[0] == 200
    await discord.messages()[0].until(is_done)
    assert len(discord.messages()) == 2
    # The first job is over, too: nobody has seen it.
    await until(lambda: _nothing_waits(ledger))


async def _nothing_waits(ledger: Ledger) -> bool:
    return not await ledger.active_by_workflow()


async def test_a_private_image_leads_to_a_private_one(
    discord: DiscordStandIn, bot: BotProcess, order: Order, link: AskForLink
) -> None:
    message = await order(ALICE, "a fox", size="256x192", private=True)
    pressed = await answered(discord.press(message, "Change part", user=ALICE))
    reply = await pressed.message.until(lambda m: any(button.label == "Paint it" for button in m.buttons))
    url = next(str(button.component["url"]) for button in reply.buttons if button.label == "Paint it")
    status, answer = await send(url, MASK)
    assert status == 200
    assert answer["message"] == f"https://discord.com/channels/{discord.guild.id}/{message.channel.id}"
    done = await (await pressed.followup()).until(is_done)
    assert done.ephemeral
    assert done.viewer == ALICE
    assert not discord.messages()
    # The reply itself was left alone.
    assert reply.content.startswith("Which part should change?")


@pytest.mark.parametrize("comfyui", [5], indirect=True)
async def test_after_its_token_the_message_is_edited_through_the_channel(
    discord: DiscordStandIn, bot: BotProcess, image: Message
) -> None:
    pressed = await answered(discord.press(image, "Change part", user=BOB))
    reply = await pressed.message.until(lambda m: paint_url(m) is not None)
    await answered(discord.select(reply, "Cells to change", ["A1"], user=BOB))
    url = paint_url(await reply.until(lambda m: not m.buttons[0].disabled))
    assert url is not None
    assert (await send(url, MASK))[0] == 200
    new = await pressed.followup()
    pressed.expire()
    await new.until(is_done)
    assert discord.messages() == [new, image]


async def test_in_a_thread(discord: DiscordStandIn, bot: BotProcess, link: AskForLink) -> None:
    ordered = await answered(discord.slash("imagine", user=ALICE, channel=THREAD, options={"prompt": "a fox"}))
    url = await link(await ordered.message.until(is_done), BOB)
    assert (await send(url, mask_of((await image_at(url)).size)))[0] == 200
    await discord.messages(THREAD)[0].until(is_done)


async def test_a_link_outlives_a_restart(discord: DiscordStandIn, bot: BotProcess, url: str) -> None:
    await bot.restart()
    await until(lambda: _answers(url))
    assert (await send(url, MASK))[0] == 200
    await discord.messages()[0].until(is_done)


async def _answers(url: str) -> bool:
    try:
        return (await page(url))[0] == 200
    except aiohttp.ClientError:
        return False
