"""The page and its job speak what the member reads on Discord, whatever their browser prefers."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from bot.translation import Language, language_called
from tests.discord_server import BotProcess, DiscordStandIn, Message, User, answered
from tests.looks import labels
from tests.paint.conftest import Order, mask_of

GERMAN, FRENCH = map(language_called, ("de", "fr"))
HANNA: Final = User("Hanna", locale="de")
FRENCH_BROWSER: Final = {"Accept-Language": "fr"}
TOO_SMALL: Final = b"no mask"


def said(language: Language, text: str) -> str:
    translated = language.texts.gettext(text)
    assert translated != text
    return translated


@pytest.fixture
async def url(bot: BotProcess, discord: DiscordStandIn, order: Order) -> str:
    """Hanna's link to her image."""
    message: Message = await order(HANNA, "ein Fuchs", size="256x192")
    pressed = await answered(discord.press(message, said(GERMAN, "Change part"), user=HANNA))
    label = said(GERMAN, "Paint it")
    reply = await pressed.message.until(lambda shown: label in labels(shown))
    return str(next(button.component["url"] for button in reply.buttons if button.label == label))


async def page(url: str) -> str:
    async with aiohttp.ClientSession(headers=FRENCH_BROWSER) as session, session.get(url) as response:
        return await response.text()


async def sent(url: str, mask: bytes) -> dict[str, str]:
    body = aiohttp.FormData()
    body.add_field("prompt", "eine Burg")
    body.add_field("mask", mask, filename="mask.png", content_type="image/png")
    async with aiohttp.ClientSession(headers=FRENCH_BROWSER) as session, session.post(url, data=body) as response:
        answer: dict[str, str] = await response.json()
        return answer


async def test_the_page_and_the_message_of_its_job_are_in_the_members_language(
    discord: DiscordStandIn, url: str
) -> None:
    shown = await page(url)
    assert 'lang="de"' in shown
    assert said(GERMAN, "Paint over the part that should change.") in shown
    refused = await sent(url, TOO_SMALL)
    assert refused["text"] == said(GERMAN, "I can’t read that mask. It has to be a PNG.")
    await sent(url, mask_of((256, 192)))
    new = discord.messages()[0]
    await new.until(lambda message: said(GERMAN, "Recipe") in labels(message))


async def test_a_link_from_before_speaks_what_the_browser_prefers(
    discord: DiscordStandIn, url: str, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "data" / "darkroom.db", isolation_level=None)) as opened:
        opened.execute("UPDATE links SET language = NULL")
    assert said(FRENCH, "Paint over the part that should change.") in await page(url)
    await sent(url, mask_of((256, 192)))
    await discord.messages()[0].until(lambda message: said(FRENCH, "Recipe") in labels(message))
