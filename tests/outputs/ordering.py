"""A bot with one workflow of the test's own, between the two stand-ins."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from tests.discord_server import BotProcess, DiscordStandIn, Message, User, answered
from tests.programs import ROOT

PROMPT: Final = '[parameters.prompt]\ntarget = ["Words.value"]\n'

Graph = dict[str, Any]


def node(class_type: str, title: str = "", **inputs: object) -> dict[str, Any]:
    return {"class_type": class_type, "inputs": inputs, "_meta": {"title": title or class_type}}


def words() -> Graph:
    """What a member's prompt goes into; shown nowhere."""
    return {"1": node("PrimitiveString", "Words", value="")}


def coloured(node_id: str, *, count: int = 1, side: int = 64, color: int = 0x336699) -> Graph:
    return {node_id: node("EmptyImage", width=side, height=side, batch_size=count, color=color)}


def saved(node_id: str, source: str, title: str = "Save") -> Graph:
    return {node_id: node("SaveImage", title, images=[source, 0], filename_prefix="made")}


def bot_with(
    discord: DiscordStandIn,
    url: str,
    folder: Path,
    graph: Mapping[str, Any],
    manifest: str = "",
    env: Mapping[str, str] | None = None,
) -> BotProcess:
    packs = folder / "packs"
    packs.mkdir()
    (packs / "mine.json").write_text(json.dumps(graph))
    (packs / "mine.toml").write_text(manifest if "parameters.prompt" in manifest else PROMPT + manifest)
    # What the server made is what the member gets, byte for byte: the mark has its own tests.
    usual = {"COMFYUI_URLS": url, "DATA_DIR": str(folder / "data"), "WORKFLOWS_DIR": str(packs), "AI_MARK": "off"}
    settled = {**usual, **(env or {})}
    return BotProcess(discord, log=folder / "bot.log", env=settled, cwd=ROOT)


async def ordered(discord: DiscordStandIn, bot: BotProcess, prompt: str = "a fox") -> Message:
    """The message of one order."""
    await bot.wait_ready()
    interaction = await answered(discord.slash("imagine", user=User("alice"), prompt=prompt))
    return interaction.message


async def ended(discord: DiscordStandIn, bot: BotProcess, prompt: str = "a fox") -> Message:
    """The message of one order, once it is done or failed."""
    message = await ordered(discord, bot, prompt)
    return await message.until(lambda message: "✅" in message.content or "⚠️" in message.content)
