"""`python -m bot doctor` between a Discord, a ComfyUI and a database on real sockets."""

import json
import sqlite3
import time
import uuid
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from bot import comfyui
from bot.ledger import inspect_ledger, open_ledger
from bot.terminal import read_arguments
from bot.version import VERSION
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import txt2img
from tests.discord_server import Channel, DiscordStandIn, Guild, Permission
from tests.discord_server.world import EVERYONE
from tests.operator.program import program, started
from tests.programs import ROOT
from tests.real_comfyui import RealComfyUI

POSTGRESQL = "127.0.0.1:5432"


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", (Channel("general"), Channel("art"))),)


@pytest.fixture
async def postgresql() -> AsyncIterator[str]:
    name = f"doctor_{uuid.uuid4().hex}"
    try:
        connection = await asyncpg.connect(f"postgresql://{POSTGRESQL}/test", timeout=5)
    except (OSError, asyncpg.PostgresError) as fault:
        pytest.skip(f"no PostgreSQL: {fault}")
    await connection.execute(f"CREATE DATABASE {name}")
    yield f"postgresql+asyncpg://{POSTGRESQL}/{name}"
    await connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await connection.close()


async def test_one_server_under_two_addresses_is_named(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    local = stand_in.url.replace("127.0.0.1", "localhost")
    urls = f"{stand_in.url},{local},{stand_in.url}/other"
    done = await program("doctor", env={**discord.environment(), "COMFYUI_URLS": urls, "DATA_DIR": str(tmp_path)})
    assert done.out.count("the same server as") == 1
    assert f"It is probably the same server as {stand_in.url}, so it counts twice" in " ".join(done.out.split())


async def test_all_is_well(discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path) -> None:
    env = {**discord.environment(), "COMFYUI_URLS": stand_in.url, "DATA_DIR": str(tmp_path / "data")}
    done = await program("doctor", env=env)
    assert done.code == 0, done.out + done.err
    assert not done.err
    for said in (
        "The token is valid: Darkroom",
        "Studio: all permissions in all 2 channels.",
        "Connected: ComfyUI 0.33.0.",
        "text_to_image (/imagine) runs on every server.",
        f"Darkroom {VERSION} with Python 3.",
        "Its clock agrees with Discord's.",
        f"client_id={discord.bot.id}&scope=bot+applications.commands&permissions=",
    ):
        assert said in done.out
    assert env["DISCORD_TOKEN"] not in done.out
    # It looked, and left nothing behind.
    assert not (tmp_path / "data").exists()
    assert not stand_in.submitted
    assert not discord.gateway.sessions
    assert {request.method for request in discord.requests} == {"GET"}


async def test_everything_that_is_wrong_is_told_at_once(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    discord.set_bot_permissions(discord.guild.channel("art"), EVERYONE & ~Permission.ATTACH_FILES)
    packs = tmp_path / "packs"
    packs.mkdir()
    giant = txt2img() | {"30": {"class_type": "GiantNode", "inputs": {"images": ["8", 0]}}}
    (packs / "giant.json").write_text(json.dumps(giant))
    (packs / "cut.json").write_text('{"1": ')
    (tmp_path / "file").write_text("no folder, no database")
    env = {
        **discord.environment(),
        "COMFYUI_URLS": f"{stand_in.url},http://127.0.0.1:9",
        "WORKFLOWS_DIR": str(packs),
        "DATA_DIR": str(tmp_path / "file"),
        "DATABASE_URL": f"sqlite+aiosqlite:///{tmp_path / 'file'}",
    }
    done = await program("doctor", "--json", env=env)
    assert done.code == 1
    told = json.loads(done.out)
    bad = {f"{one['level']} {one['text']}": one["advice"] for one in told["findings"] if one["level"] != "ok"}
    for said in (
        "warning Studio: Attach Files is missing in #art.",
        "fault No answer from ComfyUI: Connection refused.",
        "fault cut: this is not a JSON file",
        f"fault giant (/imagine) cannot run on {stand_in.url}: it needs the node GiantNode.",
        "fault It cannot be used: file is not a database.",
        f"fault Cannot write to {tmp_path / 'file'}: {tmp_path / 'file'} is not a folder.",
    ):
        assert [text for text in bad if text.startswith(said)], said
    assert all(bad.values())


@pytest.mark.parametrize(("token", "said"), [("", "DISCORD_TOKEN is missing."), ("x", "Discord refused this")])
async def test_without_a_good_token_the_rest_is_looked_at_all_the_same(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path, token: str, said: str
) -> None:
    env = {**discord.environment(), "DISCORD_TOKEN": token, "COMFYUI_URLS": stand_in.url, "DATA_DIR": str(tmp_path)}
    done = await program("doctor", env=env)
    assert done.code == 1
    assert f"fault    {said}" in done.out
    assert "Connected: ComfyUI" in done.out
    assert "permissions=" not in done.out


async def test_a_ledger_is_looked_at_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "jobs.db"
    url = f"sqlite+aiosqlite:///{path}"
    assert (await inspect_ledger(url)).revision is None
    assert not path.exists()
    await (await open_ledger(url)).close()
    facts = await inspect_ledger(url)
    assert (facts.revision, facts.known, facts.fault, facts.ahead) == (facts.head, True, None, None)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num = 'f00d'")
    connection.commit()
    facts = await inspect_ledger(url)
    assert (facts.revision, facts.known) == ("f00d", False)
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.close()
    assert "darkroom_doctor" not in tables


async def test_a_postgresql_is_looked_at_and_not_touched(postgresql: str) -> None:
    facts = await inspect_ledger(postgresql)
    assert (facts.revision, facts.fault) == (None, None)
    assert facts.ahead is not None
    assert abs(facts.ahead) < 60
    await (await open_ledger(postgresql)).close()
    facts = await inspect_ledger(postgresql.replace("://", "://root:hush-hush@"))
    assert facts.revision == facts.head
    assert "hush" not in facts.place


async def test_a_user_who_may_not_write(postgresql: str) -> None:
    await (await open_ledger(postgresql)).close()
    name = postgresql.rsplit("/", 1)[1]
    connection = await asyncpg.connect(postgresql.replace("+asyncpg", ""))
    await connection.execute(f"CREATE ROLE {name} LOGIN")
    try:
        await connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {name}")
        facts = await inspect_ledger(postgresql.replace("://", f"://{name}@"))
        assert facts.fault is not None
        assert "permission denied" in facts.fault
    finally:
        await connection.execute(f"DROP OWNED BY {name}")
        await connection.execute(f"DROP ROLE {name}")
        await connection.close()


async def test_the_real_one_is_surveyed(real_comfyui: RealComfyUI) -> None:
    async with comfyui.connect(real_comfyui.url) as connection:
        found = await connection.server.survey()
    assert found.version == (0, 3, 75)
    assert (found.jobs_api, found.preview_metadata, found.websocket) == (False, True, True)
    assert found.arguments[found.arguments.index("--preview-method") + 1] == "latent2rgb"
    assert found.devices[0].vram_total > 0


def test_the_program_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments, code in ((["--help"], 0), (["doctor", "--help"], 0), (["--version"], 0), (["dance"], 2)):
        with pytest.raises(SystemExit) as ended:
            read_arguments(arguments)
        assert ended.value.code == code
    out, err = capsys.readouterr()
    for word in ("generate", "doctor", "workflows", "--json", f"Darkroom {VERSION}"):
        assert word in out
    assert "dance" in err


async def test_a_mistyped_setting_and_another_program_with_the_token_are_named(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    now = time.time()
    (tmp_path / "other_program.json").write_text(json.dumps({"since": now - 7200, "last": now - 60}))
    env = {**discord.environment(), "COMFYUI_URLS": f"{stand_in.url}/#/", "DATA_DIR": str(tmp_path)}
    done = await program("doctor", env={**env, "COMFYUI_URL": "http://hush-hush"})
    assert done.code == 0, done.out + done.err
    words = " ".join(done.out.split())
    assert "COMFYUI_URL is not a setting, so it is ignored. Did you mean COMFYUI_URLS?" in words
    since = time.strftime("%Y-%m-%d %H:%M", time.gmtime(now - 7200))
    assert f"Another program has been using this token since {since} UTC or earlier." in words
    assert "Connected: ComfyUI" in words
    assert "hush" not in done.out


async def test_lines_of_the_settings_file_that_cannot_be_read_are_named(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    """`NAME: value`, a space in a name, a quotation mark that nobody closed: each would be ignored silently."""
    lines = ["# mine", "", "COMFYUI_URLS: hush", "DATA DIR=hush", f"DATA_DIR={tmp_path}", 'HTTP_PORT="hush']
    lines += ["LOG_FORMAT=text", "LOG_LEVEL=hush", "LOG_LEVEL=INFO", "LOG_FORMAT=text"]
    (tmp_path / ".env").write_text("\n".join(lines))
    env = {**discord.environment(), "COMFYUI_URLS": stand_in.url, "PYTHONPATH": str(ROOT)}
    async with started("doctor", env=env, cwd=tmp_path) as running:
        done = await running.ended()
    words = " ".join(done.out.split())
    for line in (3, 4, 6):
        assert f"Line {line} of {tmp_path / '.env'} can't be read, so it is ignored. Write it as NAME=value" in words
    assert words.count("can't be read") == 3
    assert f"LOG_LEVEL is set 2 times in {tmp_path / '.env'}, and line 9 counts. Remove the others." in words
    assert "LOG_FORMAT is set" not in words
    assert "dotenv" not in done.err
    assert "hush" not in done.out + done.err


async def test_a_discord_that_cannot_be_reached_is_named_with_the_reason(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path, free_port: int
) -> None:
    nobody = {"DISCORD_STAND_IN": f"http://127.0.0.1:{free_port}/bot"}
    done = await program(
        "doctor", env={**discord.environment(), **nobody, "COMFYUI_URLS": stand_in.url, "DATA_DIR": str(tmp_path)}
    )
    assert done.code == 1
    assert "Cannot get an answer from Discord: Connection refused.\n" in done.out


async def test_a_start_names_the_folders_that_cannot_be_used(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folders = {"DATA_DIR": str(tmp_path / "file" / "data"), "WORKFLOWS_DIR": str(tmp_path / "none")}
    done = await program(env={"DISCORD_TOKEN": "made-up.token.for-tests", **folders})
    assert done.code == 1
    assert f"no workflows in {tmp_path / 'none'} (WORKFLOWS_DIR)" in done.err
    assert f"It is the file {tmp_path / 'file' / 'data' / 'darkroom.db'}." in done.err
    assert "set DATA_DIR to another place" in done.err
