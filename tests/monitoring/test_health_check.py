"""The check of the container: it asks where HTTP_PORT says that the bot shows its health."""

import asyncio
import json
import re
import sys
from pathlib import Path

import pytest
from aiohttp import web

from tests.programs import ROOT, Program


def command() -> list[str]:
    """That of the image, with this Python."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    (check,) = re.findall(r"^HEALTHCHECK .* CMD (.*)$", text, flags=re.MULTILINE)
    python, *arguments = json.loads(check)
    assert python == "python"
    return [sys.executable, *arguments]


async def asked(folder: Path, http_port: str | None) -> int:
    env = {"PYTHONPATH": str(ROOT), **({} if http_port is None else {"HTTP_PORT": http_port})}
    process = await asyncio.create_subprocess_exec(*command(), cwd=folder, env=env)
    return await process.wait()


@pytest.mark.parametrize("host", ["", "127.0.0.1:", "0.0.0.0:"])
async def test_it_follows_http_port(program: Program, tmp_path: Path, host: str, free_port: int) -> None:
    given = f"{host}{free_port}"
    assert await asked(tmp_path, given) == 1
    async with program({"HTTP_PORT": given}).ready():
        assert await asked(tmp_path, given) == 0


async def test_the_port_may_stand_in_the_settings_file(tmp_path: Path, free_port: int) -> None:
    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({}, status=statuses.pop())

    statuses = [200, 503]
    app = web.Application()
    app.router.add_get("/healthz", healthz)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", free_port).start()
        (tmp_path / ".env").write_text(f"HTTP_PORT={free_port}\n")
        assert [await asked(tmp_path, None), await asked(tmp_path, None)] == [1, 0]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(("given", "status"), [("", 0), (None, 0), ("none", 2)])
async def test_without_a_port_there_is_nothing_to_ask(tmp_path: Path, given: str | None, status: int) -> None:
    assert await asked(tmp_path, given) == status
