"""An image goes in and comes out through a real ComfyUI."""

from tests.commands.packs import opened, picture
from tests.commands.test_clean_pictures import two_halves
from tests.discord_server import DiscordStandIn, File, answered
from tests.looks import is_done
from tests.people import ALICE
from tests.programs import Program
from tests.real_comfyui import RealComfyUI


async def test_an_attachment_is_turned_round_by_the_real_one(
    discord: DiscordStandIn, real_comfyui: RealComfyUI, program: Program
) -> None:
    async with program({"COMFYUI_URLS": real_comfyui.url}).ready():
        given = File("a.webp", picture(two_halves(), "WEBP", lossless=True))
        interaction = await answered(discord.slash("negate", user=ALICE, image=given))
        message = await interaction.message.until(is_done, 120)
    pixels = opened(message.attachments[0].content)
    assert pixels.size == (40, 20)
    assert (pixels.getpixel((5, 5)), pixels.getpixel((35, 5))) == ((0, 255, 255), (255, 255, 0))
