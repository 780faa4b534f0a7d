"""What strangers may do to the page's server: broken requests, slow ones, and bodies that no browser sends."""

import asyncio
import contextlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest

from bot.paint_page.deadlines import Deadlines
from tests.discord_server import BotProcess
from tests.paint.conftest import Link, Order, mask_of, send
from tests.paint.desk import HOST, desk_at
from tests.people import ALICE

GUARDED: Final = ("content-security-policy", "x-content-type-options", "cache-control", "referrer-policy")


async def answer_to(port: int, *pieces: bytes) -> tuple[int, dict[str, str], bytes]:
    """What is answered to these bytes until the connection is closed: status, headers and body."""
    reader, writer = await asyncio.open_connection(HOST, port)
    try:
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    finally:
        writer.close()
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in lines)
    return int(first.split()[1]), headers, body


def request(path: str, method: str = "GET", *lines: str, host: str = "Host: a") -> bytes:
    return "\r\n".join([f"{method} {path} HTTP/1.1", host, *lines, "", ""]).encode("latin-1")


async def test_whatever_is_asked_the_answer_is_guarded_and_gives_nothing_away(
    bot: BotProcess, order: Order, link: Link, free_port: int
) -> None:
    url = await link(await order(ALICE, size="256x192"), ALICE)
    path = url.partition(str(free_port))[2]
    token = path.rpartition("/")[2]
    asked: list[tuple[bytes, int]] = [
        (b"hello\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(100), 400),
        (request(f"{path}\xff"), 400),
        (request(path, host="Nobody: a"), 400),
        (request(path).replace(b"1.1", b"9.9"), 400),
        (request(path, "GET", f"X: {'a' * 20_000}"), 400),
        (request(path, "POST", "Content-Length: -1"), 400),
        (request(path, "POST", "Transfer-Encoding: chunked", "Content-Length: 3"), 400),
        (request(path, "POST", "Expect: nothing", "Content-Length: 0"), 417),
        (request(path, "OPTIONS", "Origin: https://evil.example"), 405),
        (request(path, "DELETE"), 405),
        (request("*", "OPTIONS"), 404),
        (request("/darkroom/paint/static/../../../etc/passwd"), 404),
        (request("/darkroom/paint/%00%2e%2e%2f"), 404),
    ]
    for sent, status in asked:
        answered, headers, body = await answer_to(free_port, sent)
        assert (answered, headers["server"], headers["connection"]) == (status, "darkroom", "close"), sent
        assert all(name in headers for name in GUARDED), sent
        assert token.encode() not in body
        assert b"aiohttp" not in body
        assert (headers.get("allow"), status == 405) in {(None, False), ("get,head,post", True)}
        assert not any(name.startswith("access-control") for name in headers)
    log = bot.log.read_text()
    assert token not in log
    assert "Traceback" not in log


async def test_whatever_became_of_a_link_its_page_says_that_it_is_not_valid(bot: BotProcess, free_port: int) -> None:
    for path in ("/paint", "/paint/", "/darkroom/paint/", "/paint/abc/", "/darkroom/paint/a/b", "/paint/%0d%0aX:y"):
        status, headers, body = await answer_to(free_port, request(path))
        assert (status, headers["content-type"]) == (404, "text/html; charset=utf-8"), path
        assert "This link isn’t valid." in body.decode()
        # Its style sheet is found from there.
        style = body.decode().partition('href="')[2].partition('"')[0]
        at = "/".join([*path.split("/")[:-1], style])
        while "/../" in at:
            before, _, after = at.partition("/../")
            at = f"{before.rpartition('/')[0]}/{after}"
        assert (await answer_to(free_port, request(at)))[0] == 200, at


async def test_head_says_what_get_would_and_sends_nothing(
    bot: BotProcess, order: Order, link: Link, free_port: int
) -> None:
    path = (await link(await order(ALICE, size="256x192"), ALICE)).partition(str(free_port))[2]
    for asked in (path, f"{path}/image", "/paint/static/paint.js"):
        status, headers, body = await answer_to(free_port, request(asked))
        head, told, nothing = await answer_to(free_port, request(asked, "HEAD"))
        assert (head, told | {"date": headers["date"]}, nothing) == (status, headers, b"")
        assert (status, headers["content-length"]) == (200, str(len(body)))


def form(*fields: tuple[str, bytes], end: bytes = b"--x--\r\n") -> bytes:
    parts = (f"--x\r\nContent-Disposition: form-data; {name}\r\n\r\n".encode() + body for name, body in fields)
    return b"".join(part + b"\r\n" for part in parts) + end


PROMPT, MASK = 'name="prompt"', 'name="mask"; filename="mask.png"'
PNG: Final = mask_of((256, 192))
FORMS: Final[dict[str, tuple[bytes, int, str]]] = {
    "nothing": (b"", 400, "send everything"),
    "no mask": (form((PROMPT, b"a castle")), 400, "send everything"),
    "no prompt": (form((MASK, PNG)), 400, "send everything"),
    "two masks": (form((PROMPT, b"a castle"), (MASK, PNG), (MASK, PNG)), 400, "send everything"),
    "another field": (form((PROMPT, b"a castle"), ('name="workflow"', b"sdxl"), (MASK, PNG)), 400, "send everything"),
    "thousands of files": (form(*[(f'name="{n}"; filename="a"', b"1") for n in range(5_000)]), 400, "send everything"),
    "no text": (form((PROMPT, b"\xff\xfe"), (MASK, PNG)), 400, "send everything"),
    "no end": (form((PROMPT, b"a castle"), (MASK, PNG), end=b""), 400, "send everything"),
    "a charset": (form(('name="_charset_"', b"a" * 40), (PROMPT, b"a castle"), (MASK, PNG)), 400, "send everything"),
    "a long prompt": (form((PROMPT, b"a" * 2**18), (MASK, PNG)), 413, "too large"),
    "a large mask": (form((PROMPT, b"a castle"), (MASK, bytes(8 * 2**20 + 1))), 413, "too large"),
}


async def test_a_body_that_the_page_does_not_send_is_refused_in_words(
    bot: BotProcess, order: Order, link: Link, free_port: int
) -> None:
    url = await link(await order(ALICE, size="256x192"), ALICE)
    path = url.partition(str(free_port))[2]
    kind = "Content-Type: multipart/form-data; boundary=x"
    for name, (body, status, words) in FORMS.items():
        head = request(path, "POST", kind, f"Content-Length: {len(body)}")
        answered, _headers, answer = await answer_to(free_port, head, body)
        assert (answered, words in json.loads(answer)["text"]) == (status, True), (name, answer)
    whole = form((PROMPT, b"a castle"), (MASK, PNG))
    # One that is packed could unpack to any size.
    for lines in (
        (kind, "Content-Encoding: gzip"),
        ("Content-Type: multipart/form-data",),
        ("Content-Type: text/xml",),
    ):
        head = request(path, "POST", *lines, f"Content-Length: {len(whole)}")
        answered, _headers, answer = await answer_to(free_port, head, whole)
        assert (answered, "send everything" in json.loads(answer)["text"]) in {(400, True), (415, True)}, lines
    assert "Traceback" not in bot.log.read_text()
    assert (await send(url, PNG))[0] == 200


async def drip(port: int, head: bytes, pieces: Sequence[bytes]) -> bytes:
    """Send the head, then these pieces with a pause after each. Returns what came until the connection was closed."""
    reader, writer = await asyncio.open_connection(HOST, port)
    writer.write(head)

    async def dripping() -> None:
        with contextlib.suppress(OSError):
            for piece in pieces:
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.05)

    task = asyncio.create_task(dripping())
    came = b""
    try:
        # What was read before a reset counts, too: who still writes when the other side has closed, gets one.
        with contextlib.suppress(ConnectionError):
            while block := await reader.read(65_536):
                came += block
    finally:
        task.cancel()
        writer.close()
    return came


ENDLESS: Final = [b"a"] * 10_000


@pytest.mark.parametrize(
    ("head", "pieces"),
    [(b"", []), (b"GET /paint/good HTT", []), (b"GET /paint/good HTTP/1.1\r\nHost: a\r\nX: ", ENDLESS)],
    ids=["nothing", "a line", "a header"],
)
async def test_a_head_that_never_ends_is_cut_off(
    tmp_path: Path, free_port: int, head: bytes, pieces: Sequence[bytes]
) -> None:
    async with desk_at(tmp_path, free_port, Deadlines(head=0.3)):
        assert await drip(free_port, head, pieces) == b""
        assert (await answer_to(free_port, request("/paint/good")))[0] == 200


async def test_a_body_of_a_byte_at_a_time_is_refused_in_words(tmp_path: Path, free_port: int) -> None:
    kind = "Content-Type: multipart/form-data; boundary=x"
    head = request("/paint/good", "POST", kind, "Content-Length: 5000") + form((PROMPT, b"a castle"), end=b"--x")
    async with desk_at(tmp_path, free_port, Deadlines(body=0.5)) as desk:
        answer = await drip(free_port, head, ENDLESS)
        assert b"408" in answer.partition(b"\r\n")[0]
        assert b"took too long to arrive" in answer
        assert not desk.sent


async def test_who_never_reads_the_image_is_let_go(tmp_path: Path, free_port: int) -> None:
    async with desk_at(tmp_path, free_port, Deadlines(connection=0.5), bytes(50_000_000)):
        _reader, writer = await asyncio.open_connection(HOST, free_port, limit=1)
        writer.write(request("/paint/good/image"))
        with pytest.raises(ConnectionError):
            await write_on(writer)
        writer.close()


async def write_on(writer: asyncio.StreamWriter) -> None:
    while True:
        writer.write(b"a")
        await writer.drain()
        await asyncio.sleep(0.05)


async def test_nothing_is_read_from_those_whose_link_does_not_work(tmp_path: Path, free_port: int) -> None:
    kind = "Content-Type: multipart/form-data; boundary=x"
    async with desk_at(tmp_path, free_port) as desk:
        head = request("/paint/forged", "POST", kind, "Content-Length: 8000000")
        # It is answered although no byte of its body ever comes.
        assert (await answer_to(free_port, head))[0] == 404
        whole = form((PROMPT, "a castle\r\nby the sea 🏰".encode()), (MASK, PNG))
        head = request("/paint/good", "POST", kind, f"Content-Length: {len(whole)}")
        assert (await answer_to(free_port, head, *(whole[at : at + 100] for at in range(0, len(whole), 100))))[0] == 200
        assert desk.sent == [("a castle\nby the sea 🏰", PNG)]
