"""The page's own HTTP server: headers of every answer, nothing but the page, and bounds for strangers."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from typing import Final

import aiohttp
import pytest

from bot.doctor.page_checks import ask_page
from bot.paint_page.connections import MOST_CONNECTIONS
from tests.discord_server import BotProcess, DiscordStandIn, answered
from tests.looks import labels
from tests.paint.conftest import Link, Order
from tests.people import ALICE
from tests.programs import Program
from tests.waiting import until

HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Server": "Darkroom",
    "Connection": "close",
}


async def test_every_answer_has_the_headers_and_no_cookie(
    bot: BotProcess, order: Order, link: Link, page_url: str
) -> None:
    url = await link(await order(ALICE, size="256x192"), ALICE)
    # Whether a proxy passes the path on or leaves it out.
    for base in (url, url.replace("/darkroom", "")):
        asked = [
            ("GET", base, 200, "text/html"),
            ("GET", f"{base}/image", 200, "image/png"),
            ("GET", f"{base.rpartition('/')[0]}/static/paint.js", 200, "text/javascript"),
            ("GET", f"{base.rpartition('/')[0]}/static/paint.css", 200, "text/css"),
            ("GET", f"{base.rpartition('/')[0]}/static/page.html", 404, "text/plain"),
            ("GET", f"{base.rpartition('/')[0]}/static/..%2fserver.py", 404, "text/plain"),
            ("GET", f"{base}x", 404, "text/html"),
            ("POST", base, 415, "application/json"),
            ("PUT", base, 405, "text/plain"),
            ("GET", page_url, 404, "text/plain"),
            ("GET", f"{page_url}/metrics", 404, "text/plain"),
        ]
        async with aiohttp.ClientSession() as session:
            for method, address, status, kind in asked:
                async with session.request(method, address) as response:
                    assert (response.status, response.content_type) == (status, kind), address
                    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
                    assert "Set-Cookie" not in response.headers


async def test_a_prompt_is_text_on_the_page(bot: BotProcess, order: Order, link: Link) -> None:
    prompt = '</textarea><script src="//evil.example"></script> $title &amp; "quoted"'
    url = await link(await order(ALICE, prompt, size="256x192"), ALICE)
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        text = await response.text()
    assert "&lt;/textarea&gt;&lt;script src=&quot;//evil.example&quot;&gt;&lt;/script&gt; $title &amp;amp;" in text
    assert text.count("<script") == 1


async def test_a_crowd_of_connections_is_turned_away_until_some_are_gone(
    bot: BotProcess, page_url: str, free_port: int
) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(MOST_CONNECTIONS):
            _reader, writer = await asyncio.open_connection("127.0.0.1", free_port)
            stack.callback(writer.close)
        async with aiohttp.ClientSession() as session, session.get(page_url) as response:
            assert (response.status, response.headers["Retry-After"]) == (503, "5")
    await until(lambda: is_served(page_url))


async def is_served(page_url: str) -> bool:
    async with aiohttp.ClientSession() as session, session.get(page_url) as response:
        return response.status != 503


async def test_a_body_that_says_nothing_of_its_length_is_bounded(bot: BotProcess, order: Order, link: Link) -> None:
    url = await link(await order(ALICE, size="256x192"), ALICE)
    boundary = "made-up"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="mask"; filename="m"\r\n\r\n'.encode()
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield head
        while sent < 200 * 2**20:
            sent += 2**16
            yield bytes(2**16)

    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    async with aiohttp.ClientSession() as session:
        with contextlib.suppress(aiohttp.ClientError):
            async with session.post(url, data=endless(), headers=headers) as response:
                assert response.status == 413
        assert sent < 100 * 2**20
        async with session.get(url) as response:
            assert response.status == 200


async def test_a_port_that_is_taken_is_named(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        async with program({"PUBLIC_PORT": str(taken.getsockname()[1])}) as bot:
            assert await bot.wait() == 1
            assert "The paint page cannot be served" in bot.tail()
            assert "Set PUBLIC_PORT to a free port." in bot.tail()


@pytest.mark.parametrize("settings", [{}])
async def test_without_an_address_there_is_no_page(
    bot: BotProcess, discord: DiscordStandIn, order: Order, settings: dict[str, str]
) -> None:
    pressed = await answered(discord.press(await order(ALICE, size="256x192"), "Change part", user=ALICE))
    reply = await pressed.message.until(lambda m: "Continue" in labels(m))
    assert "Paint it" not in labels(reply)
    assert "paint page" not in bot.log.read_text()


async def test_the_doctor_asks_where_members_do(bot: BotProcess, settings: dict[str, str], page_url: str) -> None:
    async with aiohttp.ClientSession() as session:
        assert await ask_page(session, settings["PUBLIC_URL"]) is None
        assert await ask_page(session, f"{page_url}/elsewhere") == "it answers 404"
        await bot.terminate()
        assert "Cannot connect" in (await ask_page(session, page_url) or "")
