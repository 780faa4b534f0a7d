"""Which commands Discord has, and how often the bot sends them."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import EVERY_TYPE, INVERT, INVERT_MANIFEST, PAINT, write
from tests.discord_server import BotProcess, DiscordStandIn, Guild, Request
from tests.programs import Program
from tests.waiting import until


def command(discord: DiscordStandIn, name: str, guild: Guild | None = None) -> dict[str, Any] | None:
    return next((one for one in discord.commands(guild) if one["name"] == name), None)


def option(found: dict[str, Any] | None, name: str) -> dict[str, Any]:
    return next(one for one in (found or {}).get("options", ()) if one["name"] == name)


def written(discord: DiscordStandIn) -> list[Request]:
    return [one for one in discord.requests if one.method == "PUT" and one.path.endswith("/commands")]


def names(found: Sequence[dict[str, Any]]) -> set[str]:
    return {one["name"] for one in found}


async def test_a_pack_gets_its_command_with_what_the_server_knows(
    discord: DiscordStandIn, program: Program, folder: Path
) -> None:
    write(folder, "everything", PAINT, EVERY_TYPE)
    async with program().ready():
        assert {"imagine", "cancel", "workflows", "negate", "everything"} <= names(discord.commands())
        # The manifest says no least number of steps and no schedulers: the server does.
        await discord.until(lambda: "min_value" in option(command(discord, "everything"), "steps"))
    everything = command(discord, "everything")
    assert option(everything, "steps")["min_value"] == 1
    assert option(everything, "steps")["max_value"] == 30
    assert option(everything, "scheduler")["autocomplete"]
    assert option(command(discord, "negate"), "image")["type"] == 11


async def test_a_restart_writes_nothing(discord: DiscordStandIn, program: Program, folder: Path) -> None:
    write(folder, "everything", PAINT, EVERY_TYPE)
    async with program().ready() as bot:
        await discord.until(lambda: "min_value" in option(command(discord, "everything"), "steps"))
        await bot.terminate()
        before = len(written(discord))
        assert before <= 2
        with bot.log.open("a") as log:
            log.write("--- restarted ---\n")
        await bot.start()
        await bot.wait_ready()
        # Once at the start, once when the server has said its ranges.
        restarted = "--- restarted ---"
        await until(lambda: bot.log.read_text().rpartition(restarted)[2].count("up to date") >= 2)
        await bot.terminate()
    assert len(written(discord)) == before


async def test_files_that_come_change_and_go_are_noticed(
    discord: DiscordStandIn, bot: BotProcess, folder: Path
) -> None:
    write(folder, "second", INVERT, INVERT_MANIFEST.replace("negate", "turn"))
    await discord.until(lambda: command(discord, "turn") is not None)
    manifest = folder / "second.toml"
    manifest.write_text(manifest.read_text().replace("Your image with", "An image with"))
    await discord.until(lambda: (command(discord, "turn") or {})["description"].startswith("An image"))
    (folder / "second.json").unlink()
    manifest.unlink()
    await discord.until(lambda: command(discord, "turn") is None)
    assert command(discord, "negate") is not None


async def test_a_bad_pack_or_a_taken_name_stops_nobody(discord: DiscordStandIn, program: Program, folder: Path) -> None:
    (folder / "broken.json").write_text("{")
    write(folder, "again", INVERT, INVERT_MANIFEST)
    write(folder, "builtin", INVERT, INVERT_MANIFEST.replace("negate", "cancel"))
    async with program().ready() as bot:
        assert [one["name"] for one in discord.commands()].count("negate") == 1
        log = bot.log.read_text()
    assert "broken" in log
    assert "the command “negate” is taken" in log
    assert "the command “cancel” is taken" in log


async def test_test_servers_get_the_commands_themselves(
    discord: DiscordStandIn, program: Program, guilds: tuple[Guild, ...]
) -> None:
    async with program({"TEST_GUILD_IDS": str(guilds[0].id)}).ready():
        assert command(discord, "negate", guilds[0]) is not None
    assert not discord.commands()
    assert not discord.commands(guilds[1])


async def test_commands_that_discord_does_not_take_now_cost_nothing(
    discord: DiscordStandIn, program: Program, comfyui: ComfyUIStandIn
) -> None:
    discord.fail_next("PUT", "/applications/*/commands", 403)
    async with program().ready():
        await discord.until(lambda: bool(discord.commands()))
