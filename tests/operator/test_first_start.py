"""The first start at a terminal asks for what is missing, and writes it down; without a terminal nobody is asked."""

import os
import signal
import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from bot.terminal.env_text import with_settings
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import AS_ITS_OPERATOR, DiscordStandIn
from tests.operator.terminal import Terminal, at_a_terminal
from tests.waiting import until

ROOT = Path(__file__).parents[2]
TOKEN, ADDRESS = "it is not shown as you paste it): ", "Address [http://127.0.0.1:8188]: "


@pytest.fixture
async def discord() -> AsyncIterator[DiscordStandIn]:
    async with DiscordStandIn() as discord:
        yield discord


@pytest.fixture
def env(discord: DiscordStandIn) -> dict[str, str]:
    """What a shell gives it: no setting at all, and the way to the stand-in."""
    given = dict(discord.environment())
    del given["DISCORD_TOKEN"]
    given["PYTHONPATH"] += os.pathsep + str(ROOT)
    return {"PATH": os.environ["PATH"], "TERM": "dumb", "PYTHONUNBUFFERED": "1", **given}


@pytest.fixture
async def terminal(env: dict[str, str], tmp_path: Path) -> AsyncIterator[Terminal]:
    async with at_a_terminal(AS_ITS_OPERATOR, env, tmp_path) as terminal:
        yield terminal


async def test_two_answers_and_it_runs(terminal: Terminal, discord: DiscordStandIn, tmp_path: Path) -> None:
    token = discord.environment()["DISCORD_TOKEN"]
    await terminal.reads(TOKEN)
    terminal.types("")
    await terminal.reads("no bot without one")
    await terminal.reads(TOKEN)
    terminal.types("a-token-of-another-bot")
    await terminal.reads("Discord does not know this token")
    await terminal.reads(TOKEN)
    terminal.types(f' "Bot {token}" ')
    async with ComfyUIStandIn() as comfyui:
        await terminal.reads(ADDRESS)
        terminal.types("127.0.0.1:1")
        await terminal.reads("No ComfyUI answers at http://127.0.0.1:1")
        await terminal.reads(ADDRESS)
        terminal.types(comfyui.url.removeprefix("http://"))
        await terminal.reads(f"answers at {comfyui.url}")
        await terminal.reads("Checking everything")
        await terminal.reads("Invite it")
        await until(lambda: bool(discord.gateway.sessions) or "[Y/n]" in terminal.shown)
        if "[Y/n]" in terminal.shown:
            terminal.types("")
        await until(lambda: bool(discord.gateway.sessions))
        assert dotenv_values(tmp_path / ".env") == {"DISCORD_TOKEN": token, "COMFYUI_URLS": comfyui.url}
        assert stat.S_IMODE((tmp_path / ".env").stat().st_mode) == 0o600
        assert token not in terminal.shown
        assert "a-token-of-another-bot" not in terminal.shown
        terminal.process.send_signal(signal.SIGTERM)
        assert await terminal.process.wait() == 0


@pytest.mark.parametrize("key", ["\x03", "\x04"], ids=["Ctrl-C", "Ctrl-D"])
async def test_whoever_leaves_has_changed_nothing(terminal: Terminal, tmp_path: Path, key: str) -> None:
    await terminal.reads(TOKEN)
    terminal.types("", end=key)
    assert await terminal.process.wait() == 130
    assert "Traceback" not in terminal.shown
    assert list(tmp_path.iterdir()) == []


async def test_with_a_token_nobody_is_asked(env: dict[str, str], discord: DiscordStandIn, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DISCORD_TOKEN={discord.environment()['DISCORD_TOKEN']}\n")
    async with at_a_terminal(AS_ITS_OPERATOR, env, tmp_path) as terminal:
        await until(lambda: bool(discord.gateway.sessions))
        assert "Welcome" not in terminal.shown


@pytest.mark.parametrize("content", ["DISCORD_TOKEN=x".encode("utf-16"), b"DISCORD_TOKEN=\xff\xfe\xff"])
async def test_an_env_file_that_is_no_text_is_said_in_one_line(
    env: dict[str, str], tmp_path: Path, content: bytes
) -> None:
    (tmp_path / ".env").write_bytes(content)
    async with at_a_terminal(AS_ITS_OPERATOR, env, tmp_path) as terminal:
        assert await terminal.process.wait() == 2
        await until(lambda: "Save it as UTF-8" in terminal.shown)
        assert "Traceback" not in terminal.shown


def test_every_other_line_stays() -> None:
    text = "# my bot\nLOG_LEVEL=DEBUG\n\n# the token\nDISCORD_TOKEN=\n\n# COMFYUI_URLS=http://127.0.0.1:8188\n"
    assert with_settings(text, {"DISCORD_TOKEN": "a.b.c", "COMFYUI_URLS": "http://gpu:8188", "OWNER_IDS": "4"}) == (
        "# my bot\nLOG_LEVEL=DEBUG\n\n# the token\nDISCORD_TOKEN=a.b.c\n\nCOMFYUI_URLS=http://gpu:8188\nOWNER_IDS=4\n"
    )


@given(st.text(st.characters(min_codepoint=32, max_codepoint=0x2FF)))
def test_any_value_is_read_back(tmp_path_factory: pytest.TempPathFactory, value: str) -> None:
    path = tmp_path_factory.getbasetemp() / "any.env"
    path.write_text(with_settings("NAME=before\nOTHER=kept\n", {"NAME": value}), encoding="utf-8")
    assert dotenv_values(path, encoding="utf-8") == {"NAME": value, "OTHER": "kept"}
