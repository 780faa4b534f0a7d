"""`python -m bot` on a fresh machine: it asks for what is missing, writes `.env`, checks everything, and starts."""

import io
import stat
from collections.abc import Mapping
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.errors import EnvFileUnwritten, SettingsError
from bot.terminal.setup.env_file import can_be_written, read_env_file, with_settings, write_env_file
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn
from tests.operator.program import program
from tests.operator.pseudo_terminal import CTRL_C, CTRL_D, at_a_terminal
from tests.programs import ROOT
from tests.runpod_server import RunPodStandIn
from tests.servers.certificates import made_up
from tests.servers.door import Door

NOWHERE = "http://127.0.0.1:9"


@pytest.fixture
def token(discord: DiscordStandIn) -> str:
    return discord.environment()["DISCORD_TOKEN"]


@pytest.fixture
def fresh(discord: DiscordStandIn) -> dict[str, str]:
    """The environment of a machine on which nothing is set."""
    env = discord.environment()
    del env["DISCORD_TOKEN"]
    return {**env, "WORKFLOWS_DIR": str(ROOT / "workflows")}


def written(folder: Path) -> Mapping[str, str | None]:
    return dotenv_values(folder / ".env")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_it_asks_writes_checks_and_starts(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, fresh: Mapping[str, str], token: str, tmp_path: Path
) -> None:
    async with at_a_terminal(env=fresh, cwd=tmp_path) as terminal:
        await terminal.sees("Reset Token")
        await terminal.answers("Token: ", "")
        await terminal.sees("Nothing was entered.")
        await terminal.answers("Token: ", "123456789012345678")
        await terminal.sees("three parts")
        await terminal.answers("Token: ", "1.nobody.knows-this-one")
        await terminal.sees("Discord refused this token.")
        await terminal.answers("Token: ", f'  "Bot {token}" ')
        await terminal.answers("Address [http://127.0.0.1:8188]: ", stand_in.url.removeprefix("http://"))
        await terminal.sees(f"Trying {stand_in.url}")
        await terminal.sees("Connected: ComfyUI 0.33.0.")
        await terminal.sees("no faults")
        await terminal.sees("Starting")
        await discord.until(lambda: bool(discord.gateway.sessions))
        assert written(tmp_path) == {"DISCORD_TOKEN": token, "COMFYUI_URLS": stand_in.url}
        assert mode(tmp_path / ".env") == 0o600
        assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".env")] == [".env"]
        terminal.type(CTRL_C)
        assert await terminal.end() == 0
        assert token not in terminal.shown
        assert "knows-this-one" not in terminal.shown
        assert "Traceback" not in terminal.shown
    # And never again.
    async with at_a_terminal(env=fresh, cwd=tmp_path) as terminal:
        await discord.until(lambda: len(discord.gateway.sessions) > 1)
        terminal.type(CTRL_C)
        assert await terminal.end() == 0
        assert "Token" not in terminal.shown


async def test_what_is_set_already_is_kept_and_not_asked(
    stand_in: ComfyUIStandIn, fresh: Mapping[str, str], token: str, tmp_path: Path
) -> None:
    old = "# ours\nLOG_LEVEL=WARNING\nDISCORD_TOKEN=\nOWNER_IDS='1, 2'  # both\n"
    (tmp_path / ".env").write_text(old)
    (tmp_path / ".env").chmod(0o644)
    async with at_a_terminal(env={**fresh, "COMFYUI_URLS": stand_in.url}, cwd=tmp_path) as terminal:
        await terminal.answers("Token: ", token)
        await terminal.sees("Starting")
        assert "Address" not in terminal.shown
    assert (tmp_path / ".env").read_text() == old.replace("TOKEN=", f"TOKEN={token}")
    assert mode(tmp_path / ".env") == 0o600


async def test_a_comfyui_that_does_not_answer_may_be_kept(
    discord: DiscordStandIn, fresh: Mapping[str, str], token: str, tmp_path: Path
) -> None:
    async with at_a_terminal(env=fresh, cwd=tmp_path) as terminal:
        await terminal.answers("Token: ", token)
        await terminal.answers("Address", "ftp://nowhere")
        await terminal.answers("Address", NOWHERE)
        await terminal.sees("No answer from ComfyUI: Connection refused.")
        await terminal.answers("Use this address anyway? [y/N] ", "")
        await terminal.answers("Address", NOWHERE)
        await terminal.answers("Use this address anyway? [y/N] ", "y")
        await terminal.sees("-> Start it, or correct COMFYUI_URLS.")
        await terminal.answers("Start anyway? [y/N] ", "")
        await terminal.sees("Not started. Your settings are in")
        assert await terminal.end() == 1
    assert written(tmp_path) == {"DISCORD_TOKEN": token, "COMFYUI_URLS": NOWHERE}
    assert not discord.gateway.sessions


async def test_an_endpoint_of_runpod_is_asked_for_its_key(
    stand_in: ComfyUIStandIn, fresh: Mapping[str, str], token: str, tmp_path: Path
) -> None:
    async with RunPodStandIn(stand_in.url) as runpod:
        own = runpod.environment()
        key = own["RUNPOD_API_KEY"]
        async with at_a_terminal(env={**fresh, "RUNPOD_URL": own["RUNPOD_URL"]}, cwd=tmp_path) as terminal:
            await terminal.answers("Token: ", token)
            await terminal.answers("Address [http://127.0.0.1:8188]: ", own["COMFYUI_URLS"])
            await terminal.answers("Key: ", "canary-wrong")
            await terminal.sees("RunPod refuses the key (401).")
            await terminal.answers("Use this address anyway? [y/N] ", "")
            await terminal.answers("Address [http://127.0.0.1:8188]: ", own["COMFYUI_URLS"])
            await terminal.answers("Key: ", key)
            await terminal.sees("no faults")
    assert {name: written(tmp_path)[name] for name in ("COMFYUI_URLS", "RUNPOD_API_KEY")} == {
        "COMFYUI_URLS": own["COMFYUI_URLS"],
        "RUNPOD_API_KEY": key,
    }


async def test_a_server_that_asks_for_a_login_gets_one(
    stand_in: ComfyUIStandIn, fresh: Mapping[str, str], token: str, tmp_path: Path
) -> None:
    stand_in.faults.login = "me@home:canary:p@ss, 100%"
    async with at_a_terminal(env=fresh, cwd=tmp_path) as terminal:
        await terminal.answers("Token: ", token)
        await terminal.answers("Address", stand_in.url)
        await terminal.sees("It asks for a login (401).")
        await terminal.answers("User name: ", "me@home")
        await terminal.answers("Password (it stays hidden): ", "canary-wrong")
        await terminal.sees("It refuses the login that it gets (401).")
        await terminal.answers("User name: ", "me@home")
        await terminal.answers("Password (it stays hidden): ", "canary:p@ss, 100%")
        await terminal.sees("Connected: ComfyUI 0.33.0.")
        await terminal.sees("no faults")
        assert "canary" not in terminal.shown
    login = "me%40home:canary%3Ap%40ss%2C%20100%25@"
    assert written(tmp_path)["COMFYUI_URLS"] == stand_in.url.replace("://", f"://{login}")


@pytest.mark.parametrize(
    ("pasted", "header"),
    [
        ("canary+/=", ("Authorization", "Bearer canary+/=")),
        (" Bearer canary", ("Authorization", "Bearer canary")),
        ("X-Door: canary", ("X-Door", "canary")),
    ],
)
async def test_a_token_is_sent_to_the_server_that_asks_for_it_and_to_no_other(
    stand_in: ComfyUIStandIn, fresh: Mapping[str, str], token: str, tmp_path: Path, pasted: str, header: tuple[str, str]
) -> None:
    name, value = header
    async with (
        Door(stand_in.url, lambda request: request.headers.get(name) == value) as locked,
        Door(stand_in.url, lambda request: name not in request.headers) as open_to_all,
        at_a_terminal(env=fresh, cwd=tmp_path) as terminal,
    ):
        await terminal.answers("Token: ", token)
        await terminal.answers("Address", f"{locked.url}, {open_to_all.url}")
        await terminal.answers("User name: ", "")
        await terminal.answers("Login token: ", "wrong")
        await terminal.sees("It refuses the login that it gets (401).")
        await terminal.answers("User name: ", "")
        await terminal.answers("Login token: ", pasted)
        await terminal.sees("no faults")
        assert "canary" not in terminal.shown
        assert not open_to_all.refused
        assert written(tmp_path)["COMFYUI_URLS"] == f"{locked.url},{open_to_all.url}"
        assert written(tmp_path)["COMFYUI_HEADERS"] == f"{locked.url} => {name}: {value}"


async def test_a_certificate_of_ones_own_is_asked_for_and_then_the_login(
    stand_in: ComfyUIStandIn, fresh: Mapping[str, str], token: str, tmp_path: Path
) -> None:
    authority = made_up(tmp_path)
    if authority is None:
        pytest.skip("no openssl to make a certificate with")
    folder = tmp_path / "empty"
    folder.mkdir()
    async with (
        Door(
            stand_in.url,
            lambda request: request.headers.get("Authorization") == "Bearer canary",
            prefix="/comfy",
            host="::1",
            tls=authority.tls,
        ) as door,
        at_a_terminal(env=fresh, cwd=folder) as terminal,
    ):
        await terminal.answers("Token: ", token)
        await terminal.answers("Address", door.url)
        await terminal.sees("Its certificate is not trusted.")
        await terminal.answers("Certificate file (empty: none): ", "nowhere.pem")
        await terminal.sees("it cannot be read")
        await terminal.answers("Certificate file (empty: none): ", "../ca.pem")
        await terminal.sees("It asks for a login (401).")
        await terminal.answers("User name: ", "")
        await terminal.answers("Login token: ", "canary")
        await terminal.sees("no faults")
        assert "canary" not in terminal.shown
        assert written(folder) == {
            "DISCORD_TOKEN": token,
            "COMFYUI_URLS": door.url,
            "COMFYUI_HEADERS": "Authorization: Bearer canary",
            "COMFYUI_CA_FILE": str(folder / "../ca.pem"),
        }


async def test_a_header_that_cannot_be_one_is_asked_for_again(
    stand_in: ComfyUIStandIn, fresh: Mapping[str, str], token: str, tmp_path: Path
) -> None:
    stand_in.faults.login = "me:canary"
    async with at_a_terminal(env=fresh, cwd=tmp_path) as terminal:
        await terminal.answers("Token: ", token)
        await terminal.answers("Address", stand_in.url)
        await terminal.answers("User name: ", "")
        await terminal.answers("Login token: ", "Host: canary")
        await terminal.sees("Host can't be set")
        await terminal.answers("User name: ", "")
        await terminal.answers("Login token: ", "")
        await terminal.answers("Use this address anyway? [y/N] ", "y")
        await terminal.answers("Start anyway? [y/N] ", "")
        assert await terminal.end() == 1
        assert "canary" not in terminal.shown
    assert written(tmp_path) == {"DISCORD_TOKEN": token, "COMFYUI_URLS": stand_in.url}


async def test_it_starts_anyway_if_told_to(
    discord: DiscordStandIn, fresh: Mapping[str, str], token: str, tmp_path: Path
) -> None:
    async with at_a_terminal(env={**fresh, "COMFYUI_URLS": NOWHERE}, cwd=tmp_path) as terminal:
        await terminal.answers("Token: ", token)
        await terminal.answers("Start anyway? [y/N] ", "y")
        await discord.until(lambda: bool(discord.gateway.sessions))


@pytest.mark.parametrize(("question", "key"), [("Token: ", CTRL_C), ("Address", CTRL_D)])
async def test_who_leaves_leaves_nothing_behind(
    fresh: Mapping[str, str], token: str, tmp_path: Path, question: str, key: str
) -> None:
    async with at_a_terminal(env=fresh, cwd=tmp_path) as terminal:
        if question != "Token: ":
            await terminal.answers("Token: ", token)
        await terminal.sees(question)
        terminal.type(key)
        await terminal.sees("Not started. Nothing was written.")
        assert await terminal.end() == 130
        assert "Traceback" not in terminal.shown
    assert list(tmp_path.iterdir()) == []


async def test_what_else_is_wrong_is_told_first(fresh: Mapping[str, str], tmp_path: Path) -> None:
    async with at_a_terminal(env={**fresh, "LOG_LEVEL": "LOUD"}, cwd=tmp_path) as terminal:
        await terminal.sees("DISCORD_TOKEN is missing")
        await terminal.sees("LOG_LEVEL='LOUD'")
        assert await terminal.end() == 2


async def test_without_a_terminal_nobody_is_asked(fresh: Mapping[str, str]) -> None:
    done = await program(env=fresh)
    assert done.code == 2
    assert "DISCORD_TOKEN is missing" in done.err
    assert not done.out


async def test_a_file_in_another_encoding_is_named(fresh: Mapping[str, str], tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("DISCORD_TOKEN=Schlüssel".encode("latin-1"))
    async with at_a_terminal(env=fresh, cwd=tmp_path) as terminal:
        await terminal.sees(f"{tmp_path / '.env'} is not UTF-8 text")
        assert await terminal.end() == 2
        assert "Traceback" not in terminal.shown
    assert (tmp_path / ".env").read_bytes() == "DISCORD_TOKEN=Schlüssel".encode("latin-1")


# --- The file


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("", "A=1\n"),
        ("# all of it", "# all of it\nA=1\n"),
        ("A=\n", "A=1\n"),
        ('export A=""  # why\r\nB=2\r\n', "export A=1  # why\r\nB=2\r\n"),
        ("A=\nB=2\nA = ''\n", "A=\nB=2\nA=1\n"),
        ("# what it is\n# A=0\n\nB=2\n", "# what it is\n# A=0\nA=1\n\nB=2\n"),
        ("AA=\nB=A=\n", "AA=\nB=A=\nA=1\n"),
    ],
)
def test_a_setting_finds_its_place(text: str, after: str) -> None:
    assert with_settings(text, {"A": "1"}) == after
    assert dotenv_values(stream=io.StringIO(after))["A"] == "1"


@pytest.mark.parametrize("value", ["a b", "it's", 'a "b" \\ c', "a #b", "#", "", "http://[::1]:8188,http://x"])
def test_a_value_is_read_as_it_was_given(value: str) -> None:
    assert dotenv_values(stream=io.StringIO(with_settings("B=2", {"A": value}))) == {"B": "2", "A": value}


def test_the_example_can_be_filled_in() -> None:
    example = (ROOT / ".env.example").read_text()
    given = {"DISCORD_TOKEN": "x.y.z", "COMFYUI_URLS": "http://gpu:8188"}
    filled = with_settings(example, given)
    assert dotenv_values(stream=io.StringIO(filled)) == given
    assert [line for line in example.splitlines() if line not in filled.splitlines()] == ["DISCORD_TOKEN="]


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "wide").write_bytes("A=1".encode("utf-16-le"))
    (tmp_path / "folder").mkdir()
    for name, why in (("wide", "is not UTF-8 text"), ("folder", "cannot be read: Is a directory")):
        with pytest.raises(SettingsError, match=f"{name} {why}"):
            read_env_file(tmp_path / name)


def test_a_file_that_begins_with_a_byte_order_mark_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("A=1\r\n".encode("utf-8-sig"))
    assert read_env_file(tmp_path / ".env") == "A=1\r\n"


def test_a_file_that_cannot_be_written_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("A=1")
    (tmp_path / ".env.new").mkdir()
    with pytest.raises(EnvFileUnwritten):
        write_env_file(tmp_path / ".env", "B=2")
    assert (tmp_path / ".env").read_text() == "A=1"


def test_nothing_is_asked_where_the_answers_cannot_be_kept(tmp_path: Path) -> None:
    # In a container (`make docker-check`), where the program ends instead and says what to set.
    assert can_be_written(tmp_path / ".env")
    assert not can_be_written(tmp_path / "nowhere" / ".env")


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    (tmp_path / ".env").symlink_to(tmp_path / "kept" / "env")
    write_env_file(tmp_path / ".env", "B=2")
    assert (tmp_path / ".env").readlink() == tmp_path / "kept" / "env"
    assert (tmp_path / "kept" / "env").read_text() == "B=2"
