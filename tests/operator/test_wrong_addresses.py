"""Addresses that lead to something else than a ComfyUI: the doctor and the first start say what is there."""

import asyncio
import os
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from bot.comfyui.connection.diagnosis import judge
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.hostile import Answer, Rule, bodies
from tests.discord_server import DiscordStandIn
from tests.operator.program import program
from tests.operator.pseudo_terminal import CTRL_C, at_a_terminal
from tests.programs import ROOT

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A port at which this answers everything."""
    runner = web.ServerRunner(web.Server(handler))
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
        await site.start()
        port: int = runner.addresses[0][1]
        yield port
    finally:
        await runner.cleanup()


@pytest.fixture
def env(discord: DiscordStandIn, tmp_path: Path) -> dict[str, str]:
    return {**discord.environment(), "DATA_DIR": str(tmp_path / "data"), "WORKFLOWS_DIR": str(ROOT / "workflows")}


@pytest.fixture(scope="module")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    folder = tmp_path_factory.mktemp("certificate")
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)),
        ],
        capture_output=True,
        check=False,
    )
    if made.returncode:
        pytest.skip("no openssl to make a certificate with")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


async def queue(_: web.BaseRequest) -> web.Response:
    return web.json_response({"queue_running": [], "queue_pending": []})


async def doctor(url: str, env: Mapping[str, str]) -> str:
    """What it says of this address."""
    ended = await program("doctor", env={**env, "COMFYUI_URLS": url})
    assert ended.code == 1
    assert "Traceback" not in ended.err
    said = ended.out.partition(f"ComfyUI {url}")[2].partition("\n\n")[0]
    return " ".join(said.split())


async def test_https_on_a_port_that_speaks_http(stand_in: ComfyUIStandIn, env: dict[str, str]) -> None:
    said = await doctor(stand_in.url.replace("http", "https"), env)
    assert f"This port uses http, not https: write {stand_in.url}." in said


async def test_http_on_a_port_that_speaks_https(self_signed: ssl.SSLContext, env: dict[str, str]) -> None:
    async with serving(queue, self_signed) as port:
        said = await doctor(f"http://127.0.0.1:{port}", env)
    assert f"This port uses https, not http: write https://127.0.0.1:{port}." in said


async def test_a_certificate_that_nobody_vouches_for(self_signed: ssl.SSLContext, env: dict[str, str]) -> None:
    async with serving(queue, self_signed) as port:
        said = await doctor(f"https://127.0.0.1:{port}", env)
    assert "Its certificate is not trusted." in said


async def test_a_server_that_redirects_is_not_followed(stand_in: ComfyUIStandIn, env: dict[str, str]) -> None:
    async def redirect(request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": f"{stand_in.url}{request.path}"})

    async with serving(redirect) as port:
        said = await doctor(f"http://127.0.0.1:{port}", env)
    assert f"It redirects to {stand_in.url}: write that address." in said


async def test_a_path_that_is_wrong(stand_in: ComfyUIStandIn, env: dict[str, str]) -> None:
    said = await doctor(f"{stand_in.url}/comfy", env)
    assert "Something answers there, but it is not ComfyUI (404)." in said


@pytest.mark.parametrize(
    ("status", "location", "body", "said"),
    [
        (200, None, b'{"queue_running": [], "queue_pending": []}', None),
        (200, None, b"<html>", "not ComfyUI."),
        (200, None, b"[" * 200_000, "not ComfyUI."),
        (200, None, b"[]", "not ComfyUI."),
        (307, "https://gpu.example/queue", b"", "redirects to https://gpu.example: write that address"),
        (308, "/comfy/queue", b"", "redirects to http://h/comfy: write that address"),
        (302, "https://login.example/?next=/queue&token=canary", b"", "redirects to https://login.example/?…."),
        (302, None, b"", "not ComfyUI (302)"),
        (302, "http://[::1", b"", "not ComfyUI (302)"),
        (302, "", b"", "not ComfyUI (302)"),
        (401, None, b"", "asks for a login (401)"),
        (403, None, b"", "asks for a login (403)"),
        (502, None, b"", "A proxy answers"),
        (429, None, b"", "turns requests away for now (429)"),
        (500, None, b"", "not ComfyUI (500)"),
    ],
)
def test_what_an_answer_says_about_an_address(status: int, location: str | None, body: bytes, said: str | None) -> None:
    headers = {} if location is None else {"Location": location}
    told = judge("http://h", status, headers, body)
    assert (told is None) == (said is None)
    if told is not None and said is not None:
        assert said in told[0]
        assert told[1].endswith(".")
        assert "canary" not in str(told)


async def test_a_port_that_speaks_something_else(env: dict[str, str]) -> None:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.6\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(greet, "127.0.0.1", 0) as server:
        said = await doctor(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", env)
    assert "Something answers there, but it does not use HTTP." in said


@pytest.mark.parametrize("route", ["GET /object_info", "GET /system_stats"])
@pytest.mark.parametrize("answer", [bodies.cut_off, bodies.PAGE, bodies.body(bodies.JSON_SHAPES["200,000 deep"])])
async def test_a_comfyui_that_answers_in_part_is_not_said_to_be_silent(
    stand_in: ComfyUIStandIn, env: dict[str, str], route: str, answer: Answer
) -> None:
    stand_in.faults.rules.append(Rule(route, answer))
    said = await doctor(stand_in.url, env)
    assert "It answers, but not like ComfyUI: " in said
    assert "No answer" not in said


async def test_the_first_start_says_it_too_and_keeps_the_password(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, env: dict[str, str], tmp_path: Path
) -> None:
    token = env.pop("DISCORD_TOKEN")
    stand_in.faults.login = "me:p@ss"
    async with at_a_terminal(env=env, cwd=tmp_path) as terminal:
        await terminal.answers("Token: ", token)
        await terminal.answers("188]: ", f"{stand_in.url}/comfy")
        await terminal.sees("It asks for a login (401).")
        await terminal.answers("User name: ", "")
        await terminal.answers("Login token: ", "")
        await terminal.answers("anyway? [y/N] ", "n")
        await terminal.answers("188]: ", stand_in.url.replace("://", "://me:p%40ss@"))
        await terminal.sees(f"Trying {stand_in.url} ")
        await terminal.sees("Connected: ComfyUI 0.33.0.")
        await terminal.sees("Starting")
        await discord.until(lambda: bool(discord.gateway.sessions))
        terminal.type(CTRL_C)
        assert await terminal.end() == 0
    assert f"COMFYUI_URLS={stand_in.url.replace('://', '://me:p%40ss@')}\n" in (tmp_path / ".env").read_text()


async def test_a_slow_server_is_called_slow_and_the_wait_is_told(stand_in: ComfyUIStandIn, env: dict[str, str]) -> None:
    stand_in.faults.http_delay = 4.0
    ended = await program("doctor", env={**env, "COMFYUI_URLS": stand_in.url})
    assert "It is slow: it took 4 s to answer a short request." in ended.out
    assert "Connected: ComfyUI" in ended.out
    assert f"Still waiting for ComfyUI {stand_in.url} (3 s) …" in ended.err


@pytest.mark.parametrize("arguments", [("doctor", "--json"), ("doctor",), ("workflows",), ("generate", "--help")])
async def test_nobody_reads_to_the_end(
    stand_in: ComfyUIStandIn, env: dict[str, str], arguments: tuple[str, ...]
) -> None:
    """`… | head`: it ends as other tools do, without a word."""
    reader, writer = os.pipe()
    os.close(reader)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bot", *arguments),
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "COMFYUI_URLS": stand_in.url, **env},
        stdout=writer,
        stderr=asyncio.subprocess.PIPE,
    )
    os.close(writer)
    _, err = await process.communicate()
    assert process.returncode == 141
    assert not err
