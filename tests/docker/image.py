"""What the image promises: small, nobody's root, healthy at any port, gone in a second, and nothing is lost."""

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from tests.discord_server import answered
from tests.docker.engine import Failed, build, docker, looked_at, tried
from tests.docker.stage import BOT, HARDENED, Stage
from tests.looks import finished, is_done, is_running
from tests.people import ALICE
from tests.ports import free_port
from tests.programs import ROOT

_UID: Final = "10001"
_KILLED: Final = 137
"""The exit status of a container whose grace period was over."""


async def builds(_: Stage) -> str:
    began = time.monotonic()
    await build(BOT, ROOT, "Dockerfile")
    seconds = time.monotonic() - began
    return f"{(await looked_at(BOT))['Size'] / 1e6:.0f} MB, in {seconds:.0f} s"


async def says_what_to_do_without_settings(_: Stage) -> str:
    # At a terminal it would ask, but here the answers can't be kept.
    piped, shown = [await tried("run", "--rm", *options, *HARDENED, BOT) for options in ((), ("--tty",))]
    for ended in (piped, shown):
        _expect(ended.code == 2, "a start without settings ends with 2", ended.out)
        _expect("DISCORD_TOKEN" in ended.out and "Traceback" not in ended.out, "it names what is missing", ended.out)
    return piped.out.splitlines()[-1].strip()


async def doctor_finds_no_fault(stage: Stage) -> str:
    ended = await tried("run", "--rm", *stage.options("doctor"), BOT, "python", "-m", "bot", "doctor", "--json")
    _expect(ended.code == 0, "the doctor finds no fault", ended.out)
    found = json.loads(ended.out[ended.out.index("{") :])["findings"]
    return f"{len(found)} findings"


async def doctor_explains_loopback(stage: Stage) -> str:
    settings = {"COMFYUI_URLS": f"http://127.0.0.1:{free_port()}"}
    command = ("python", "-m", "bot", "doctor", "--json")
    ended = await tried("run", "--rm", *stage.options("loopback", settings), BOT, *command)
    _expect(ended.code == 1, "the doctor finds a fault", ended.out)
    advice = "http://host.docker.internal:"
    _expect(advice in ended.out, f"it names {advice}", ended.out)
    return f"it names {advice}…"


async def generates_without_rights(stage: Stage) -> str:
    async with stage.running("bot") as name:
        status = await docker("exec", name, "cat", "/proc/1/status")
        lines = dict(line.split(":", 1) for line in status.splitlines())
        _expect(lines["Uid"].split()[0] == _UID, "the bot's user", lines["Uid"])
        _expect(int(lines["CapEff"], 16) == 0, "no capabilities", lines["CapEff"])
        _expect(lines["NoNewPrivs"].strip() == "1", "no new privileges", lines["NoNewPrivs"])
        _expect((await tried("exec", name, "touch", "/app/x")).code != 0, "nothing outside of /data can be written")
        message = await finished(stage.discord.slash("imagine", user=ALICE, prompt="a red fox", seed=7))
        _expect(len(message.attachments) == 1, "one image", message.content)
    return "as user 10001, read-only, without capabilities"


async def is_healthy_at_any_port(stage: Stage) -> str:
    seconds = []
    for text in (f"{free_port()}", f"0.0.0.0:{free_port()}", ""):
        began = time.monotonic()
        async with stage.running("ports", {"HTTP_PORT": text}) as name:
            seconds.append(time.monotonic() - began)
            env = (await looked_at(name))["Config"]["Env"]
            _expect(f"HTTP_PORT={text}" in env, "the port of .env", str(env))
    return f"{min(seconds):.1f} s after the start, if the engine asks every second"


async def stops_at_once(stage: Stage) -> str:
    async with stage.running("stopped") as name:
        began = time.monotonic()
        await docker("stop", "--time", "20", name)
        seconds = time.monotonic() - began
        code = (await looked_at(name))["State"]["ExitCode"]
        _expect(code == 0, "exit status 0, not 137", f"{code}\n{await docker('logs', name)}")
    return f"{seconds:.1f} s after docker stop, with exit status 0"


async def finishes_after_it_was_killed(stage: Stage) -> str:
    async with stage.running("first") as name:
        order = await answered(stage.discord.slash("imagine", user=ALICE, prompt="a blue whale"))
        await order.message.until(is_running)
        await docker("kill", name)
        code = (await looked_at(name))["State"]["ExitCode"]
        _expect(code == _KILLED, "killed", str(code))
    async with stage.running("second"):
        await order.message.until(is_done)
        images = len(order.message.attachments)
    _expect(images == 1 and len(stage.comfyui.submitted) == len(stage.comfyui.executed), "one image, made once")
    return "a new container with the same volume brought the image to the same message"


CHECKS: Final[Mapping[str, Callable[[Stage], Awaitable[str]]]] = {
    "the image builds": builds,
    "without settings it says what to do": says_what_to_do_without_settings,
    "the doctor finds no fault": doctor_finds_no_fault,
    "the doctor knows that 127.0.0.1 is the container": doctor_explains_loopback,
    "it needs no rights": generates_without_rights,
    "it is healthy at any HTTP_PORT": is_healthy_at_any_port,
    "it stops by itself": stops_at_once,
    "a killed container loses nothing": finishes_after_it_was_killed,
}


def _expect(held: bool, what: str, seen: str = "") -> None:
    if not held:
        raise Failed(f"not so: {what}. Seen:\n{seen}")
