"""Outputs of any shape, through the whole program: what names a file or holds a text reaches the member."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, Message, User, answered
from tests.looks import finished, is_done
from tests.outputs.ordering import bot_with, coloured, node, saved, words
from tests.waiting import until

Left = Callable[[Any], Any]

NAME: Final = "made_00001_.png"
# One of each kind: `test_shapes.py` has them all.
FILES: Final[dict[str, Left]] = {
    "nothing but a name": lambda _: {"images": [{"filename": NAME}]},
    "objects in objects": lambda ui: {"result": [{"picture": {"saved": ui["images"]}}]},
    "bare strings": lambda _: {"images": [NAME]},
    "beside a name that is nowhere": lambda _: {"3d": ["mesh.glb"], "audio": ["a/b.mp3"], "images": [NAME]},
}
TEXTS: Final[dict[str, Left]] = {
    "tags": lambda _: {"tags": ["1girl, a fox"]},
    "a name of its own": lambda _: {"wd14": ["1girl, a fox"]},
    "a bare string": lambda _: "1girl, a fox",
}
NOTHING: Final[dict[str, Left]] = {
    "out of the folder": lambda _: {"images": ["../" + NAME, {"filename": NAME, "subfolder": "../output"}]},
    "from the root": lambda _: {"images": ["/srv/" + NAME, {"filename": "/" + NAME}, {"filename": "C:\\" + NAME}]},
    "a name that is nowhere": lambda _: {"images": ["nowhere.png"]},
    "a member's own words": lambda _: {"mask": [], "animated": [False]},
}


async def ended(discord: DiscordStandIn, stand_in: ComfyUIStandIn, left: Left) -> Message:
    stand_in.faults.left["SaveImage"] = left
    asked = await answered(discord.slash("imagine", user=User("alice"), prompt="a fox"))
    return await asked.message.until(lambda one: "✅" in one.content or "⚠️" in one.content)


def of_one_picture(discord: DiscordStandIn, stand_in: ComfyUIStandIn, folder: Path) -> BotProcess:
    return bot_with(discord, stand_in.url, folder, words() | coloured("2") | saved("3", "2"))


async def test_whatever_names_a_file_is_delivered(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with of_one_picture(discord, stand_in, tmp_path).ready():
        for name, left in FILES.items():
            message = await ended(discord, stand_in, left)
            made = [attachment.content for attachment in message.attachments]
            assert made == [stand_in.output_bytes(NAME)], f"{name}: {message.content}"
    assert len(stand_in.executed) == len(FILES)


async def test_whatever_holds_a_text_is_delivered(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with of_one_picture(discord, stand_in, tmp_path).ready():
        for name, left in TEXTS.items():
            message = await ended(discord, stand_in, left)
            assert "```\n1girl, a fox\n```" in message.content, f"{name}: {message.content}"


async def test_what_is_neither_is_nothing_and_no_file_of_the_machine_is_asked_for(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    async with of_one_picture(discord, stand_in, tmp_path).ready():
        for name, left in NOTHING.items():
            message = await ended(discord, stand_in, left)
            assert "didn’t make anything" in message.content, f"{name}: {message.content}"
            assert not message.attachments
    assert set(stand_in.viewed) <= {"nowhere.png"}
    assert len(stand_in.executed) == len(NOTHING), "none was run again"


async def test_the_name_of_somebody_elses_file_is_only_a_text(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    graph = words() | coloured("2") | saved("3", "2") | {"4": node("PreviewAny", source=["1", 0])}
    stand_in.faults.left["SaveImage"] = lambda _: {}
    async with bot_with(discord, stand_in.url, tmp_path, graph).ready():
        message = await finished(discord.slash("imagine", user=User("bob"), prompt=NAME))
    assert stand_in.output_bytes(NAME)
    assert f"```\n{NAME}\n```" in message.content
    assert not message.attachments
    assert not stand_in.viewed


async def test_a_file_of_an_odd_shape_is_fetched_while_the_rest_still_runs(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    """The `executed` event is read as the history is."""
    graph = words() | coloured("2") | saved("3", "2")
    graph |= {"4": node("ImageInvert", image=["2", 0])} | saved("5", "4")
    stand_in.faults.left["SaveImage"] = lambda ui: {"images": [ui["images"][0]["filename"]]}
    stand_in.faults.hang_in = "ImageInvert"
    async with bot_with(discord, stand_in.url, tmp_path, graph).ready():
        asked = await answered(discord.slash("imagine", user=User("alice"), prompt="a fox"))
        await until(lambda: NAME in stand_in.viewed)
        stand_in.faults.hang_in = None
        message = await asked.message.until(is_done)
    assert len(message.attachments) == 2
    assert stand_in.viewed.count(NAME) == 1


async def test_no_more_files_are_fetched_than_anybody_gets(
    discord: DiscordStandIn, stand_in: ComfyUIStandIn, tmp_path: Path
) -> None:
    # One file under many names.
    many = [{"filename": NAME, "subfolder": "./" * number} for number in range(400)]
    async with of_one_picture(discord, stand_in, tmp_path).ready():
        message = await ended(discord, stand_in, lambda _: {"images": many})
    assert "✅" in message.content
    assert message.attachments[0].content == stand_in.output_bytes(NAME)
    assert len(stand_in.viewed) == 100
