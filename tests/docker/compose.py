"""`compose.yaml` as it is, with what this machine needs laid over it: its own network, and a stand-in for Discord."""

import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from tests.discord_server import answered
from tests.docker.engine import Failed, docker, tried
from tests.docker.stage import BOT, HOOK, Stage
from tests.looks import finished, is_done, is_running
from tests.people import ALICE, BOB
from tests.ports import free_port
from tests.programs import ROOT

_BOTS: Final = ("bot", "gateway", "worker")
NOTHING: Final = "!reset null"
"""Takes a key of `compose.yaml` away."""
_PASSWORD: Final = "made-up"


async def tells_that_settings_are_missing(stage: Stage) -> str:
    ended = await tried(*_compose(stage, ()), "up", "--no-build")
    if ended.code == 0 or ".env" not in ended.out:
        raise Failed(f"without .env:\n{ended.out}")
    return ended.out.strip().splitlines()[-1].replace(str(stage.folder), "…")


async def brings_up_the_bot(stage: Stage) -> str:
    async with up(stage, ()) as compose:
        report = await docker(*compose, "run", "--rm", "bot", "python", "-m", "bot", "doctor")
        await finished(stage.discord.slash("imagine", user=ALICE, prompt="a red fox"))
        before = len(stage.discord.messages())
        order = await answered(stage.discord.slash("imagine", user=ALICE, prompt="a blue whale"))
        await order.message.until(is_running)
        await docker(*compose, "up", "--detach", "--wait", "--no-build", "--force-recreate", "bot")
        await order.message.until(is_done)
        if len(stage.discord.messages()) != before + 1:
            raise Failed("the image did not come to the message that it belongs to")
    return f"doctor: {report.strip().splitlines()[-1]}; a new container ends the image of the one before"


async def scales(stage: Stage) -> str:
    port = str(free_port())
    more = {
        "POSTGRES_PASSWORD": _PASSWORD,
        "DATABASE_URL": f"postgresql+asyncpg://darkroom:{_PASSWORD}@127.0.0.1:{port}/darkroom",
        "ROLES": "gateway",
    }
    async with up(stage, ("scale",), more, {"postgres": {"environment": {"PGPORT": port}}}) as compose:
        await finished(stage.discord.slash("imagine", user=ALICE, prompt="a red fox"))
        # The first of the two gateways goes, and with it whatever it had promised.
        await docker(*compose, "stop", "bot")
        await finished(stage.discord.slash("imagine", user=BOB, prompt="a blue whale"))
        # As docs/scaling.md replaces a version.
        for service in ("gateway", "bot", "worker"):
            again = ("up", "--detach", "--no-build", "--no-deps", "--force-recreate", "--wait", service)
            await docker(*compose, *again)
        await finished(stage.discord.slash("imagine", user=ALICE, prompt="a green frog"))
    return "two gateways, a worker and PostgreSQL; one gateway stopped, each replaced"


CHECKS: Final[Mapping[str, Callable[[Stage], Awaitable[str]]]] = {
    "without .env it says so": tells_that_settings_are_missing,
    "the bot": brings_up_the_bot,
    "--profile scale": scales,
}


@contextlib.asynccontextmanager
async def up(
    stage: Stage,
    profiles: Sequence[str],
    more: Mapping[str, str] | None = None,
    services: Mapping[str, Mapping[str, Any]] | None = None,
) -> AsyncIterator[list[str]]:
    """Everything healthy; the words that begin a command of `docker compose`. Afterwards all of it is gone."""
    settings = {"DISCORD_TOKEN": stage.discord.environment()["DISCORD_TOKEN"], "COMFYUI_URLS": stage.comfyui.url}
    text = "".join(f"{name}={value}\n" for name, value in (settings | dict(more or {})).items())
    (stage.folder / ".env").write_text(text)
    overlay = {name: _overlay(stage, name) for name in _BOTS}
    for name, service in (services or {}).items():
        overlay[name] = {"network_mode": "host", **service}
    (stage.folder / "overlay.yaml").write_text(json.dumps({"services": overlay}).replace(f'"{NOTHING}"', NOTHING))
    compose = _compose(stage, profiles)
    try:
        await docker(*compose, "up", "--detach", "--wait", "--no-build")
        yield compose
    except (Failed, TimeoutError, AssertionError) as fault:
        fault.add_note((await tried(*compose, "logs", "--tail", "40")).out)
        raise
    finally:
        await docker(*compose, "down", "--volumes", "--timeout", "20")


def _compose(stage: Stage, profiles: Sequence[str]) -> list[str]:
    files = [ROOT / "compose.yaml", *filter(lambda file: file.exists(), [stage.folder / "overlay.yaml"])]
    return [
        *("compose", "--project-directory", str(stage.folder), "--project-name", stage.name),
        *(word for file in files for word in ("--file", str(file))),
        *(word for profile in profiles for word in ("--profile", profile)),
    ]


def _overlay(stage: Stage, name: str) -> dict[str, Any]:
    """The image of this check, and what points it at the stand-ins. JSON is YAML, too."""
    given = stage.environment(name)
    return {
        "image": BOT,
        "network_mode": "host",
        "environment": {key: given[key] for key in ("DISCORD_STAND_IN", "PYTHONPATH", "HTTP_PORT")},
        "volumes": [f"{stage.hook()}:{HOOK}:ro"],
        "healthcheck": {"interval": "1s"},
    }
