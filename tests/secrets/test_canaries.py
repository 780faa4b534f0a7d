"""The whole program at LOG_LEVEL=DEBUG, with secrets that can be recognised: they are only where they have to be."""

import json
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote

import aiohttp
import pytest

from tests.comfyui_server import ComfyUIStandIn, Failure
from tests.discord_server import BotProcess, DiscordStandIn, Interaction, User, answered
from tests.looks import is_over, is_running
from tests.operator.program import program
from tests.postgresql import connection
from tests.programs import ROOT
from tests.waiting import until

USER = "canaryuser"
PASSWORD = "canary@pass:w/rd"
DATABASE_PASSWORD = "canarydatabase"
PROMPT = "a canarylighthouse at dusk"


@pytest.fixture
def comfyui(comfyui: ComfyUIStandIn) -> ComfyUIStandIn:
    comfyui.faults.login = f"{USER}:{PASSWORD}"
    return comfyui


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str | None:
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgresql_url")
    scheme, _, rest = url.partition("://")
    login, _, host = rest.rpartition("@")
    return f"{scheme}://{login.partition(':')[0] or 'root'}:{DATABASE_PASSWORD}@{host}"


@pytest.fixture
def env(comfyui: ComfyUIStandIn, database: str | None, tmp_path: Path, free_port: int) -> dict[str, str]:
    login = f"{USER}:{quote(PASSWORD, safe='')}"
    return {
        "COMFYUI_URLS": comfyui.url.replace("://", f"://{login}@"),
        "DATA_DIR": str(tmp_path / "data"),
        "LOG_LEVEL": "DEBUG",
        "HTTP_PORT": str(free_port),
        **({"DATABASE_URL": database} if database else {}),
    }


async def order(discord: DiscordStandIn) -> Interaction:
    return await answered(discord.slash("imagine", user=User("alice"), prompt=PROMPT))


def secrets(discord: DiscordStandIn, orders: list[Interaction]) -> dict[str, str]:
    return {
        "the user of a server": USER,
        "the password of a server": PASSWORD,
        "the same as it was written": quote(PASSWORD, safe=""),
        "the password of the database": DATABASE_PASSWORD,
        "the bot's token": discord.environment()["DISCORD_TOKEN"],
        **{f"the token of order {number}": one.token for number, one in enumerate(orders)},
    }


def assert_clean(texts: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    found = [f"{what} in {where}" for where, text in texts.items() for what, one in wanted.items() if one in text]
    assert not found


async def live(discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess) -> list[Interaction]:
    """A job that ends well, one that fails, one in which the bot is killed, and one whose server goes away."""
    await bot.wait_ready()
    first = await order(discord)
    message = await first.message.until(is_over)
    assert message.attachments
    # Over the websocket, with the same password.
    assert any("step" in state.content for state in message.states)

    comfyui.faults.fail = {"KSampler": Failure()}
    second = await order(discord)
    await second.message.until(is_over)
    comfyui.faults.fail = {}

    comfyui.faults.hang_in = "KSampler"
    discord.fail_next("PATCH", "/webhooks/*", 502)
    third = await order(discord)
    await third.message.until(is_running)
    await bot.kill()
    comfyui.faults.hang_in = None
    await bot.start()
    await bot.wait_ready()
    await third.message.until(is_over)

    fourth = await order(discord)
    fourth.expire()
    await comfyui.stop()
    await until(lambda: "used: " in bot.log.read_text())
    return [first, second, third, fourth]


async def pages(port: int) -> dict[str, str]:
    shown = {}
    async with aiohttp.ClientSession() as session:
        for page in ("healthz", "metrics"):
            async with session.get(f"http://127.0.0.1:{port}/{page}") as answer:
                shown[page] = await answer.text()
    return shown


@pytest.mark.parametrize("comfyui", [8.0], indirect=True, ids=["slowly"])
async def test_a_server_with_a_password_works_and_no_secret_is_ever_shown(
    discord: DiscordStandIn,
    comfyui: ComfyUIStandIn,
    env: dict[str, str],
    database: str | None,
    tmp_path: Path,
    free_port: int,
) -> None:
    async with BotProcess(discord, log=tmp_path / "bot.log", env=env, cwd=ROOT) as bot:
        orders = await live(discord, comfyui, bot)
        shown = await pages(free_port)
        shown["the process's title"] = Path(f"/proc/{bot.pid}/cmdline").read_text()
        comfyui.faults.login = "canaryuser:another"
        await comfyui.start()
        await bot.says("401")
    assert comfyui.url in shown["healthz"]
    # On a shared database it is called by its machine as well.
    assert f'server="{comfyui.url}' in shown["metrics"]
    log = bot.log.read_text()
    assert "claimed for" in log

    asked = {**discord.environment("asked"), **env}
    generate = ["generate", "--prompt", "x", "--out", str(tmp_path / "made")]
    for login in ("wrong", PASSWORD):
        comfyui.faults.login = f"{USER}:{login}"
        for command in (["doctor"], ["doctor", "--json"], ["workflows"], generate):
            ended = await program(*command, env=asked)
            shown[f"{command} {login}"] = ended.out + ended.err
    assert "It refuses the login that it gets (401)." in shown["['doctor'] wrong"]
    assert comfyui.url in shown[f"['workflows'] {PASSWORD}"]

    known = secrets(discord, orders)
    assert_clean({**shown, "the log": log}, {**known, "a prompt": "canarylighthouse"})
    messages = json.dumps([state.content for message in discord.messages() for state in message.states])
    assert_clean({"messages": messages}, known)
    kept = {str(path): path.read_bytes().decode("latin-1") for path in (tmp_path / "data").rglob("*") if path.is_file()}
    in_the_database = {what: one for what, one in known.items() if not what.startswith("the token of")}
    assert_clean(kept, in_the_database)
    if database is not None:
        assert_clean(await tables(database), in_the_database)


async def tables(database_url: str) -> dict[str, str]:
    """All that the database holds."""
    async with connection(database_url) as opened:
        names = await opened.fetch("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'")
        return {name: str(await opened.fetch(f"SELECT t::text FROM {name} t")) for (name,) in names}  # noqa: S608


@pytest.mark.parametrize("role", ["canaryrole", "root"])
async def test_a_database_that_refuses_is_explained_without_any_part_of_its_address(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, postgresql_url: str, tmp_path: Path, role: str
) -> None:
    host = postgresql_url.rpartition("@")[2].partition("/")[0]
    for url in (
        f"postgresql+asyncpg://{role}:{DATABASE_PASSWORD}@{host}/canarydb",
        f"postgresql+asyncpg://{role}:{DATABASE_PASSWORD}@127.0.0.9:9/canarydb",
        f"postgresql+asyncpg://{role}:{DATABASE_PASSWORD}@canaryhost.invalid/canarydb",
        f"postgresql+asyncpg://{host}?user={role}&password={DATABASE_PASSWORD}&database=canarydb",
    ):
        env = {**discord.environment("asked"), "DATA_DIR": str(tmp_path), "DATABASE_URL": url, "LOG_LEVEL": "DEBUG"}
        said = ""
        for command in ([], ["doctor"]):
            ended = await program(*command, env=env)
            assert ended.code == 1
            assert "cannot be used" in ended.out + ended.err
            said += ended.out + ended.err
        assert "Traceback" not in said
        for part in (role if role != "root" else "canary", DATABASE_PASSWORD, "canarydb", "127.0.0.9", "canaryhost"):
            assert part not in said, said
