"""A picture goes in and comes out through a real ComfyUI."""

from pathlib import Path

from tests.commands.conftest import ROOT
from tests.commands.packs import INVERT, INVERT_MANIFEST, opened, picture, write
from tests.commands.test_clean_pictures import two_halves
from tests.discord_server import BotProcess, DiscordStandIn, File, User, answered
from tests.real_comfyui import RealComfyUI


async def test_an_attachment_is_turned_round_by_the_real_one(
    discord: DiscordStandIn, real_comfyui: RealComfyUI, tmp_path: Path, alice: User
) -> None:
    write(tmp_path / "workflows", "negate", INVERT, INVERT_MANIFEST)
    env = {
        "COMFYUI_URLS": real_comfyui.url,
        "DATA_DIR": str(tmp_path / "data"),
        "WORKFLOWS_DIR": str(tmp_path / "workflows"),
    }
    async with BotProcess(discord, log=tmp_path / "bot.log", env=env, cwd=ROOT) as bot:
        await bot.wait_ready()
        given = File("a.webp", picture(two_halves(), "WEBP", lossless=True))
        interaction = await answered(discord.slash("negate", user=alice, image=given))
        message = await interaction.message.until(lambda m: "✅" in m.content, 120)
    pixels = opened(message.attachments[0].content)
    assert pixels.size == (40, 20)
    assert (pixels.getpixel((5, 5)), pixels.getpixel((35, 5))) == ((0, 255, 255), (255, 255, 0))
