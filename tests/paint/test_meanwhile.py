"""What happens between a link and Send: the image is deleted, the channel is gone, the day's images are used up."""

from typing import Final

import aiohttp
import pytest

from tests.discord_server import BotProcess, DiscordStandIn, Guild, Message, Role, User, answered
from tests.looks import is_done, says
from tests.paint.conftest import GENERAL, THREAD, Link, Order, image_at, mask_of, send
from tests.people import ALICE, BOB, MONA

SIZE = (256, 192)
MASK = mask_of(SIZE)


@pytest.fixture(params=["sqlite", "postgresql"])
def settings(request: pytest.FixtureRequest, settings: dict[str, str]) -> dict[str, str]:
    url = {} if request.param == "sqlite" else {"DATABASE_URL": request.getfixturevalue("postgresql_url")}
    return {**settings, **url}


@pytest.fixture
async def image(bot: BotProcess, order: Order) -> Message:
    return await order(ALICE, "a fox", size="256x192")


@pytest.fixture
async def url(image: Message, link: Link) -> str:
    """Bob's link to Alice's image. The page has been open."""
    url = await link(image, BOB)
    assert (await image_at(url)).size == SIZE
    return url


async def shown_at(url: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status, await response.text()


async def is_deleted(url: str) -> None:
    """The link no longer shows the image, and nothing is made from it."""
    for address in (url, f"{url}/image"):
        status, text = await shown_at(address)
        assert (status, "That image was deleted" in text) == (410, True)
    status, answer = await send(url, MASK)
    assert (status, answer["final"], "That image was deleted" in answer["text"]) == (410, True, True)


@pytest.mark.parametrize("by", [ALICE, MONA], ids=["its requester", "a moderator"])
async def test_an_image_that_was_deleted_is_not_changed(
    discord: DiscordStandIn, image: Message, url: str, by: User
) -> None:
    asked = await (await answered(discord.press(image, "Delete", user=by))).followup()
    await answered(discord.press(asked, "Delete", user=by))
    await asked.until(says("Deleted."))
    await is_deleted(url)
    assert not discord.messages()


async def test_what_its_requester_erased_is_not_changed(discord: DiscordStandIn, url: str) -> None:
    page = (await answered(discord.slash("privacy", user=ALICE))).message
    asked = (await answered(discord.press(page, "Erase", user=ALICE))).message
    await answered(discord.press(asked, "Erase", user=ALICE))
    await asked.until(says("Erased."))
    await is_deleted(url)


async def test_an_image_that_was_deleted_by_hand_is_missed_in_words(
    discord: DiscordStandIn, image: Message, url: str
) -> None:
    discord.delete_message(image)
    status, answer = await send(url, MASK)
    assert (status, "can’t download that image any more" in answer["text"]) == (422, True)
    assert not discord.messages()


async def test_a_channel_that_is_gone_is_named(
    discord: DiscordStandIn, order: Order, link: Link, bot: BotProcess
) -> None:
    ordered = await answered(discord.slash("imagine", user=ALICE, channel=THREAD, options={"prompt": "a fox"}))
    url = await link(await ordered.message.until(is_done), BOB)
    size = (await image_at(url)).size
    discord.delete_channel(THREAD)
    status, answer = await send(url, mask_of(size))
    assert (status, "That channel is gone" in answer["text"]) == (403, True)


async def test_limits_that_are_full_are_said_and_the_link_stays_good(
    discord: DiscordStandIn, guilds: tuple[Guild, ...], order: Order, url: str
) -> None:
    everyone = Role("@everyone", id=guilds[0].id)
    await answered(discord.slash("moderate limits", user=MONA, options={"role": everyone, "daily": 1}))
    await order(BOB, size="256x192")
    status, answer = await send(url, MASK)
    assert (status, answer["final"]) == (422, False)
    assert "limit of 1 image a day" in answer["text"], answer
    await answered(discord.slash("moderate limits", user=MONA, options={"role": everyone, "daily": 5}))
    assert (await send(url, MASK))[0] == 200


PROMPTS: Final = (
    "a\0fox",
    "\ufffe fox \x1b[31m",
    " \r\n\t",
    "",
    "x" * 5_000,
    "<lora:none:1> {a|",
    "@everyone \u202e fox",
)


async def test_any_text_is_a_prompt_or_is_refused_in_words(discord: DiscordStandIn, image: Message, link: Link) -> None:
    for prompt in PROMPTS:
        status, answer = await send(await link(image, BOB), MASK, prompt)
        assert status in {200, 422}, (prompt, answer)
        if status == 200:
            await discord.messages(GENERAL)[0].until(is_done)
        else:
            assert answer["text"]
