"""Images that members attach: into the graph of the server that runs the job, or refused before it is queued."""

from pathlib import Path

import pytest
from PIL import Image

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import PAINT, opened, picture, write
from tests.commands.test_clean_pictures import bomb, two_halves
from tests.discord_server import BotProcess, DiscordStandIn, File, answered
from tests.looks import finished, is_done, says
from tests.people import ALICE
from tests.programs import Program
from tests.waiting import until

TWO_PICTURES = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}, "_meta": {"title": "Picture"}},
    "2": {"class_type": "LoadImage", "inputs": {"image": "example.png"}, "_meta": {"title": "Second"}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["1", 0], "filename_prefix": "a"}},
    "4": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "b"}},
}
TWO_MANIFEST = """
title = "Both"
command = "both"
[parameters.image]
target = ["Picture.image"]
[parameters.image_2]
target = ["Second.image"]
"""


async def test_the_pixels_of_an_attachment_reach_the_graph(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, program: Program
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    async with program().ready():
        given = File("größe & path.png", picture(two_halves(), "PNG", exif=exif))
        interaction = await discord.slash("negate", user=ALICE, image=given)
        reply = await interaction.acknowledged()
        assert reply.deferred
        assert not reply.ephemeral
        message = await interaction.message.until(is_done)
    assert discord.messages() == [message]
    (result,) = message.attachments
    pixels = opened(result.content)
    assert pixels.size == (20, 40)
    assert pixels.getpixel((10, 5)) == (0, 255, 255)
    assert pixels.getpixel((10, 35)) == (255, 255, 0)
    name = comfyui.submitted[0]["prompt"]["1"]["inputs"]["image"]
    assert name.isascii()
    assert name.startswith("darkroom-")


async def test_several_pictures_go_where_they_belong(discord: DiscordStandIn, program: Program, folder: Path) -> None:
    write(folder, "both", TWO_PICTURES, TWO_MANIFEST)
    red, green = (File(f"{n}.png", picture(Image.new("RGB", (9, 9), n))) for n in ("red", "lime"))
    async with program().ready():
        message = await finished(discord.slash("both", user=ALICE, image=red, image_2=green))
    colours = [opened(one.content).getpixel((4, 4)) for one in message.attachments]
    assert colours == [(255, 0, 0), (0, 255, 0)]


@pytest.mark.parametrize("name", ["notes.txt", "notes.png"], ids=["seen at once", "seen once downloaded"])
async def test_of_several_files_the_one_that_is_no_image_is_named(
    discord: DiscordStandIn, program: Program, folder: Path, name: str
) -> None:
    write(folder, "both", TWO_PICTURES, TWO_MANIFEST)
    good, bad = File("red.png", picture(two_halves())), File(name, b"milk, eggs")
    async with program().ready():
        asked = await answered(discord.slash("both", user=ALICE, image=good, image_2=bad))
        refused = await asked.message.until(says("I can’t read that file as an image"))
    assert refused.content.startswith("**image_2**: ")


@pytest.mark.parametrize(
    ("command", "instead"), [("both", "Use `/both` instead"), ("imagine", "Choose another workflow")]
)
async def test_a_workflow_that_needs_two_files_names_its_own_command(
    discord: DiscordStandIn, program: Program, folder: Path, command: str, instead: str
) -> None:
    files = {
        "11": TWO_PICTURES["1"],
        "12": TWO_PICTURES["2"],
        "13": {"class_type": "SaveImage", "inputs": {"images": ["11", 0], "filename_prefix": "a"}},
        "14": {"class_type": "SaveImage", "inputs": {"images": ["12", 0], "filename_prefix": "b"}},
    }
    manifest = TWO_MANIFEST.replace('"both"', f'"{command}"')
    manifest += '[parameters.prompt]\ntarget = ["6.text"]\n[parameters.checkpoint]\ntarget = ["4.ckpt_name"]\n'
    write(folder, "both", PAINT | files, f'{manifest}choices = "server"\n')
    async with program().ready():
        image = File("red.png", picture(two_halves()))
        asked = await answered(discord.slash("imagine", user=ALICE, prompt="a cat", workflow="both", image=image))
        said = await asked.message.until(says("“Both” also needs **image_2**"))
        assert instead in said.content
        grid = await answered(
            discord.slash(
                "grid", user=ALICE, options={"prompt": "a {red|blue} cat", "x": "{red|blue}", "workflow": "both"}
            )
        )
        assert instead in (await grid.message.until(says("“Both” also needs **image_2**"))).content


async def test_a_job_that_waited_through_a_restart_still_has_its_picture(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    await discord.until(lambda: "negate" in {one["name"] for one in discord.commands()})
    await comfyui.stop()
    interaction = await answered(discord.slash("negate", user=ALICE, image=File("a.png", picture(two_halves()))))
    await interaction.message.until(lambda m: bool(m.buttons))
    await bot.kill()
    await comfyui.start()
    await bot.start()
    await bot.wait_ready()
    message = await interaction.message.until(is_done)
    assert opened(message.attachments[0].content).getpixel((5, 5)) == (0, 255, 255)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (File("a.png", b"not a picture"), "can’t read that file as an image"),
        (File("a.mp4", b"moving"), "can’t read that file as an image"),
        (File("bomb.png", bomb(9_000, 9_000)), "64 megapixels"),
        (File("strip.png", picture(Image.new("L", (40_000, 10)))), "each side can have at most 32,768 pixels"),
        (File("large.png", bytes(30 * 2**20 + 1)), "30 MB"),
    ],
    ids=["no-picture", "a-film", "a-bomb", "too-long", "too-large"],
)
async def test_what_cannot_be_used_is_refused_before_anything_is_queued(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, given: File, said: str
) -> None:
    interaction = await discord.slash("negate", user=ALICE, image=given)
    reply = await interaction.acknowledged()
    answer = await interaction.followup() if reply.deferred else interaction.message
    assert answer.ephemeral
    assert said in answer.content
    # The reply that everybody saw is taken back.
    await until(lambda: not discord.messages())
    assert not comfyui.submitted


async def test_an_attachment_that_discord_does_not_hand_over_is_refused(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    given = File("a.png", picture(two_halves()))
    discord.fail_next("GET", "/attachments/*", 404)
    interaction = await answered(discord.slash("negate", user=ALICE, image=given))
    assert "couldn’t download that image" in (await interaction.followup()).content
    assert not comfyui.submitted


async def test_imagine_takes_a_picture_where_a_workflow_does(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, folder: Path
) -> None:
    graph = PAINT | {
        "10": {"class_type": "LoadImage", "inputs": {"image": "example.png"}, "_meta": {"title": "Picture"}},
        "11": {"class_type": "SaveImage", "inputs": {"images": ["10", 0], "filename_prefix": "given"}},
    }
    manifest = """
title = "From an image"
[parameters.prompt]
target = ["positive.text"]
[parameters.image]
target = ["Picture.image"]
[parameters.model]
target = ["CheckpointLoaderSimple.ckpt_name"]
choices = "server"
"""
    given = File("a.png", picture(two_halves()))
    alone = await answered(discord.slash("imagine", user=ALICE, prompt="a fox", image=given, workflow="Painting"))
    assert "doesn’t take an image" in alone.message.content
    write(folder, "from_picture", graph, manifest)

    async def is_known() -> bool:
        return bool(await discord.autocomplete("imagine", option="workflow", value="from", user=ALICE))

    await until(is_known)
    # The usual workflow takes no image: the one that does is meant.
    message = await finished(discord.slash("imagine", user=ALICE, prompt="a fox", image=given))
    assert any(opened(one.content).size == (40, 20) for one in message.attachments)
    assert comfyui.submitted[0]["prompt"]["6"]["inputs"]["text"] == "a fox"
