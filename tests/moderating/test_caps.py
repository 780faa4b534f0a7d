"""The operator's caps hold everywhere: for commands, defaults, limits, grids and a whole server."""

from pathlib import Path

import pytest
from PIL import Image

from bot.moderation.caps import over_cap, within_caps
from bot.settings import Caps
from bot.workflows import bind, effort
from bot.workflows.manifests.pack import load_pack
from tests.commands.packs import (
    INVERT,
    INVERT_MANIFEST,
    PAINT,
    PAINT_MANIFEST,
    RESTYLE,
    RESTYLE_MANIFEST,
    picture,
    write,
)
from tests.discord_server import File, Role, User, answered
from tests.moderating.acts import Room, shows
from tests.packs.shipped import FOLDER as WORKFLOWS
from tests.pictures.ai_mark.files import MEDIA
from tests.waiting import until
from tests.workflows.samples import pack_of

STEPS = """
[parameters.steps]
target = ["KSampler.steps"]
max = 150
default = 80
"""

FILM = {
    "1": {
        "class_type": "EmptyHunyuanLatentVideo",
        "inputs": {"width": 64, "height": 64, "length": 49, "batch_size": 1},
    },
    "4": PAINT["4"],
    "2": {"class_type": "VAEDecode", "inputs": {"samples": ["1", 0], "vae": ["4", 2]}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "film"}},
}
REWORK = {
    "1": {"class_type": "LoadVideo", "inputs": {"file": "film.mp4"}, "_meta": {"title": "Film"}},
    "2": {"class_type": "GetVideoComponents", "inputs": {"video": ["1", 0]}},
    "3": {"class_type": "SaveImage", "inputs": {"images": ["2", 0], "filename_prefix": "frames"}},
}
REWORK_MANIFEST = """
title = "Rework"
command = "rework"
[parameters.video]
target = ["Film.file"]
description = "Video to work on"
"""
FILM_MANIFEST = """
title = "Film"
[parameters.length]
target = ["1.length"]
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(
        tmp_path / "workflows",
        "paint",
        PAINT,
        PAINT_MANIFEST.replace('.width"]', '.width"]\ndefault = 512').replace('.height"]', '.height"]\ndefault = 512')
        + STEPS,
    )
    write(tmp_path / "workflows", "negate", INVERT, INVERT_MANIFEST)
    write(tmp_path / "workflows", "restyle", RESTYLE, RESTYLE_MANIFEST)
    write(tmp_path / "workflows", "rework", REWORK, REWORK_MANIFEST)
    return tmp_path / "workflows"


@pytest.fixture
def settings(operator: User) -> dict[str, str]:
    caps = {"MAX_SIZE": "256x256", "MAX_STEPS": "20", "MAX_IMAGES": "2", "GUILD_QUEUED": "2"}
    return {"OWNER_IDS": str(operator.id), **caps}


async def refused(room: Room, command: str = "imagine", user: User | None = None, **options: object) -> str:
    given = {"prompt": "a fox", **options} if command in {"imagine", "grid"} else options
    asked = await answered(room.discord.slash(command, user=user or room.alice, options=given))  # type: ignore[arg-type]
    await asked.message.until(lambda message: not message.loading)
    return asked.message.content if asked.message.ephemeral else ""


async def test_what_a_member_asks_for_is_refused_with_the_cap(room: Room) -> None:
    assert "at most 256 x 256 pixels" in await refused(room, size="512x512")
    assert "at most 20 steps" in await refused(room, steps=21)
    assert "at most 2 images in one request" in await refused(room, count=3)
    assert "at most 20 steps" in await refused(room, prompt="a fox --steps 30")
    assert "at most 20 steps" in await refused(room, "grid", x="steps 10, 30")
    # Not even those who run the bot, by mistake, nor in another server.
    assert "at most 20 steps" in await refused(room, user=room.operator, steps=21)


async def test_what_nobody_asked_for_is_made_to_fit(room: Room) -> None:
    made = await room.imagine(room.alice, "a fox")
    await shows(made.message, "✅")
    graph = room.comfyui.submitted[-1]["prompt"]
    assert graph["3"]["inputs"]["steps"] == 20
    wide = await answered(room.discord.slash("imagine", user=room.alice, options={"prompt": "a hare", "size": "16:9"}))
    await shows(wide.message, "✅")
    latent = room.comfyui.submitted[-1]["prompt"]["5"]["inputs"]
    assert latent["width"] * latent["height"] <= 256 * 256
    assert latent["width"] > latent["height"]


async def test_no_moderator_and_no_default_reaches_beyond_a_cap(room: Room) -> None:
    everyone = Role("@everyone", id=room.studio.id)
    said = await room.moderate("limits", options={"role": everyone, "steps": 50, "size": "1024x1024"})
    assert "have set: images up to 256 x 256 pixels, 20 steps." in said
    assert "20 steps" in await room.moderate("limits")
    await room.moderate("limits", options={"role": everyone, "steps": 10})
    assert "at most 10" in await refused(room, steps=15)
    assert "at most 2 images" in await refused(room, "settings", count=4)
    assert "at most 256 x 256 pixels" in await refused(room, "settings", size="512x512")
    quota = await refused(room, "quota")
    assert "2 images, 65,536 pixels per image, 10 steps" in quota


@pytest.mark.parametrize("command", ["negate", "restyle"])
async def test_an_attached_image_counts_where_the_result_has_its_size(room: Room, command: str) -> None:
    words = {"prompt": "a fox"} if command == "restyle" else {}
    large = File("large.png", picture(Image.new("RGB", (300, 240))))
    assert "at most 256 x 256 pixels" in await refused(room, command, **words, image=large)  # type: ignore[arg-type]
    small = File("small.png", picture(Image.new("RGB", (250, 240))))
    made = await answered(room.discord.slash(command, user=room.alice, options={**words, "image": small}))
    await shows(made.message, "✅")


def test_a_video_is_made_no_longer_than_the_cap_and_none_can_be_asked_for(tmp_path: Path) -> None:
    pack, caps = pack_of(tmp_path, FILM_MANIFEST, FILM), Caps(frames=9)
    fitted = within_caps(pack, {}, {}, {}, caps)
    assert effort(bind(pack, fitted)).frames == 9
    assert over_cap(effort(bind(pack, fitted)), caps) is None
    asked = within_caps(pack, {"length": 10}, {"length": 10}, {}, caps)
    assert "at most 9 frames" in (over_cap(effort(bind(pack, asked)), caps) or "")


def test_a_length_that_stands_in_a_node_of_its_own_is_made_to_fit(tmp_path: Path) -> None:
    film = {**FILM["1"], "inputs": {**FILM["1"]["inputs"], "length": ["7", 0]}}
    graph = {**FILM, "1": film, "7": {"class_type": "PrimitiveInt", "inputs": {"value": 49}}}
    pack, caps = pack_of(tmp_path, FILM_MANIFEST.replace("1.length", "7.value"), graph), Caps(frames=9)
    assert effort(bind(pack, within_caps(pack, {}, {}, {}, caps))).frames == 9
    assert "at most 9 frames" in (over_cap(effort(bind(pack, {"length": 10})), caps) or "")


def test_a_size_in_megapixels_is_made_to_fit_and_none_can_be_asked_for() -> None:
    pack, caps = load_pack(WORKFLOWS / "image_to_image.json"), Caps(pixels=512 * 512)
    given = {"prompt": "a fox", "image": "attached"}
    fitted = within_caps(pack, given, given, {}, caps)
    assert over_cap(effort(bind(pack, fitted)), caps) is None
    assert effort(bind(pack, fitted)).pixels > 500 * 500
    more = {**given, "megapixels": 2.0}
    asked = within_caps(pack, more, more, {}, caps)
    assert "at most 512 x 512 pixels" in (over_cap(effort(bind(pack, asked)), caps) or "")


def test_a_workflow_that_enlarges_what_it_has_made_starts_with_less() -> None:
    pack, caps = load_pack(WORKFLOWS / "draft_and_refine.json"), Caps(pixels=1024 * 1024)
    given = {"prompt": "a fox"}
    fitted = within_caps(pack, given, given, {}, caps)
    assert fitted["width"] == fitted["height"] == 640
    assert over_cap(effort(bind(pack, fitted)), caps) is None


class TestVideos:
    @pytest.fixture
    def settings(self, operator: User) -> dict[str, str]:
        return {"OWNER_IDS": str(operator.id), "MAX_FRAMES": "3"}

    async def test_an_attached_video_that_is_too_long_is_refused_before_it_waits(self, room: Room) -> None:
        # It has four frames.
        film = File("a.mp4", (MEDIA / "a.mp4").read_bytes())
        asked = await answered(room.discord.slash("rework", user=room.alice, options={"video": film}))
        await asked.message.until(lambda one: "at most 3 frames" in one.content)


async def test_a_server_has_only_so_many_jobs_waiting_whoever_asks(room: Room) -> None:
    await room.fill_the_server()
    for user in (room.alice, room.bob):
        assert not await refused(room, user=user)
    told = await refused(room, user=User("another"))
    assert "This server has 2 requests waiting" in told
    assert "This server has 2 requests waiting" in await refused(room, user=room.mia)
    next_door = await room.imagine(room.alice, "next door", room.lobby)
    assert not next_door.message.ephemeral

    async def logged() -> bool:
        return "it’s over a limit" in await room.log(act="refused")

    await until(logged)
    room.go_on()
    await shows(next_door.message, "✅")


class TestDisk:
    @pytest.fixture
    def settings(self, operator: User) -> dict[str, str]:
        return {"OWNER_IDS": str(operator.id), "GUILD_DISK": "1"}

    async def test_files_of_a_server_that_is_full_are_refused_and_words_still_work(self, room: Room) -> None:
        said = "take up the 1 MB that the people who run this bot allow"
        noise = [File(f"{n}.png", picture(Image.effect_noise((800, 800), 60 + n))) for n in range(3)]
        outcomes = []
        for image in noise:
            asked = await answered(room.discord.slash("negate", user=room.alice, options={"image": image}))
            await asked.message.until(
                lambda one: "✅" in one.content or any(said in each.content for each in one.states)
            )
            outcomes.append("✅" in asked.message.content)
        assert outcomes[0]
        assert not outcomes[2]
        again = await answered(room.discord.slash("negate", user=room.bob, options={"image": noise[0]}))
        await shows(again.message, "✅")
        await shows((await room.imagine(room.alice, "a fox")).message, "✅")
        elsewhere = await answered(
            room.discord.slash("negate", user=room.alice, channel=room.lobby, options={"image": noise[2]})
        )
        await shows(elsewhere.message, "✅")
