"""What an operator's supervisor and Prometheus read, of the whole program; and what stands in no log."""

import json
import os
import signal
import time

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, User, answered
from tests.looks import finished, is_done, says
from tests.programs import Program
from tests.waiting import until

PROMPT = "a lighthouse that nobody else must read of"


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
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, program: Program, free_port: int
) -> None:
    async with program({"HTTP_PORT": str(free_port)}).ready():
        await finished(discord.slash("imagine", user=User("alice"), prompt=PROMPT))

        status, text = await read(free_port, "/healthz")
        assert status == 200
        assert json.loads(text) == {
            "status": "ok", "gateway": True, "database": True, "servers": {comfyui.url: True}, "other_program": None
        }  # fmt: skip

        async def ended() -> bool:
            return (await figures(free_port)).get("darkroom_jobs_ended_total,done,text_to_image") == 1

        await until(ended)
        found = await figures(free_port)
        assert found["darkroom_job_run_seconds_count,text_to_image"] == 1
        assert found["darkroom_message_edits_total"] >= 1
        assert found[f"darkroom_server_up,{comfyui.url}"] == 1
        assert found[f"darkroom_websocket_connects_total,{comfyui.url.removeprefix('http://')}"] == 1
        assert not any("jobs_active" in name for name in found)

        await comfyui.stop()
        waiting = await answered(discord.slash("imagine", user=User("bob"), prompt=PROMPT))
        await waiting.message.until(says("can’t be reached"))
        found = await figures(free_port)
        assert found[f"darkroom_server_up,{comfyui.url}"] == 0
        assert found["darkroom_jobs_active,queued,text_to_image"] == 1
        # Members can order anyway: nothing is lost.
        assert (await read(free_port, "/healthz"))[0] == 200


async def test_it_is_not_ready_before_its_commands_are_registered(
    discord: DiscordStandIn, program: Program, free_port: int
) -> None:
    discord.fail_next("PUT", "/applications/*/commands", 503, times=10**6)
    async with program({"HTTP_PORT": str(free_port)}).ready() as bot:
        await bot.says("could not register the commands")
        status, text = await read(free_port, "/healthz")
        assert (status, json.loads(text)["gateway"]) == (503, False)


async def test_a_silence_of_the_event_loop_shows_for_a_minute_however_rare_it_is(
    program: Program, free_port: int
) -> None:
    held = 0.6
    async with program({"HTTP_PORT": str(free_port)}).ready() as bot:
        os.kill(bot.pid, signal.SIGSTOP)
        stopped = time.monotonic()
        await until(lambda: time.monotonic() - stopped > held)
        os.kill(bot.pid, signal.SIGCONT)

        async def told() -> bool:
            # It came up to one look before the process was stopped.
            return (await figures(free_port))["darkroom_event_loop_longest_silence_seconds"] > held - 0.1

        await until(told)
        assert await told(), "reading it does not take it away"


async def test_no_prompt_and_no_token_stands_in_the_log_and_every_line_of_a_job_has_its_id(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, program: Program
) -> None:
    async with program({"LOG_FORMAT": "json"}).ready() as bot:
        interaction = await answered(discord.slash("imagine", user=User("alice"), prompt=PROMPT))
        await interaction.message.until(is_done)
    log = bot.log.read_text()
    assert "lighthouse" not in log
    assert interaction.token not in log
    assert discord.environment("log")["DISCORD_TOKEN"] not in log
    lines = [json.loads(line) for line in log.splitlines()]
    (job_id,) = comfyui.executed
    about = [line for line in lines if line["logger"].startswith("bot.worker") and "claimed" in line["message"]]
    assert [line["job"] for line in about] == [job_id]
