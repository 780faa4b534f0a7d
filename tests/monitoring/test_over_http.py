"""What an operator's supervisor and Prometheus read, of the whole program; and what stands in no log."""

import json
import os
import signal
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, User
from tests.waiting import until

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0
PROMPT = "a lighthouse that nobody else must read of"


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        number: int = free.getsockname()[1]
        return number


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as discord:
        yield discord


@pytest.fixture
async def comfyui() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn() as comfyui:
        yield comfyui


def program(discord: DiscordStandIn, comfyui: ComfyUIStandIn, folder: Path, **more: str) -> BotProcess:
    env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(folder / "data"), **more}
    return BotProcess(discord, log=folder / "bot.log", env=env, cwd=ROOT)


async def read(port: int, path: str) -> tuple[int, str]:
    async with aiohttp.ClientSession() as session, session.get(f"http://127.0.0.1:{port}{path}") as answer:
        return answer.status, await answer.text()


async def figures(port: int) -> dict[str, float]:
    _, text = await read(port, "/metrics")
    return {
        ",".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def test_health_and_figures_tell_how_the_bot_is_doing(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path, port: int
) -> None:
    async with program(discord, comfyui, tmp_path, HTTP_PORT=str(port)) as bot:
        await bot.wait_ready()
        interaction = await discord.slash("imagine", user=User("alice"), prompt=PROMPT)
        await interaction.acknowledged()
        await interaction.message.until(lambda message: "✅" in message.content, PATIENCE)

        status, text = await read(port, "/healthz")
        assert status == 200
        assert json.loads(text) == {
            "status": "ok", "gateway": True, "database": True, "servers": {comfyui.url: True}
        }  # fmt: skip

        async def ended() -> bool:
            return (await figures(port)).get("darkroom_jobs_ended_total,done,text_to_image") == 1

        await until(ended)
        found = await figures(port)
        assert found["darkroom_job_run_seconds_count,text_to_image"] == 1
        assert found["darkroom_message_edits_total"] >= 1
        assert found[f"darkroom_server_up,{comfyui.url}"] == 1
        assert found[f"darkroom_websocket_connects_total,{comfyui.url.removeprefix('http://')}"] == 1
        assert not any("jobs_active" in name for name in found)

        await comfyui.stop()
        waiting = await discord.slash("imagine", user=User("bob"), prompt=PROMPT)
        await waiting.acknowledged()
        await waiting.message.until(lambda message: "can’t be reached" in message.content, PATIENCE)
        found = await figures(port)
        assert found[f"darkroom_server_up,{comfyui.url}"] == 0
        assert found["darkroom_jobs_active,queued,text_to_image"] == 1
        # Members can order all the same: nothing is lost.
        assert (await read(port, "/healthz"))[0] == 200


async def test_a_silence_of_the_event_loop_shows_for_a_minute_however_rare_it_is(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path, port: int
) -> None:
    held = 0.6
    async with program(discord, comfyui, tmp_path, HTTP_PORT=str(port)) as bot:
        await bot.wait_ready()
        os.kill(bot.pid, signal.SIGSTOP)
        stopped = time.monotonic()
        await until(lambda: time.monotonic() - stopped > held)
        os.kill(bot.pid, signal.SIGCONT)

        async def told() -> bool:
            # It came up to one look before the process was stopped.
            return (await figures(port))["darkroom_event_loop_longest_silence_seconds"] > held - 0.1

        await until(told)
        assert await told(), "reading it does not take it away"


async def test_no_prompt_and_no_token_stands_in_the_log_and_every_line_of_a_job_has_its_id(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with program(discord, comfyui, tmp_path, LOG_FORMAT="json") as bot:
        await bot.wait_ready()
        interaction = await discord.slash("imagine", user=User("alice"), prompt=PROMPT)
        await interaction.acknowledged()
        await interaction.message.until(lambda message: "✅" in message.content, PATIENCE)
    log = bot.log.read_text()
    assert "lighthouse" not in log
    assert interaction.token not in log
    assert discord.environment("log")["DISCORD_TOKEN"] not in log
    lines = [json.loads(line) for line in log.splitlines()]
    (job_id,) = comfyui.executed
    about = [line for line in lines if line["logger"].startswith("bot.worker") and "claimed" in line["message"]]
    assert [line["job"] for line in about] == [job_id]
