"""Change part over the wire: from the button under an image to one that is new in a part of it alone."""

import io
from pathlib import Path

import pytest
from PIL import Image

from bot.pictures.parts.regions import Extension
from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import opened, write
from tests.discord_server import BotProcess, DiscordStandIn, Guild, Message, Role, User, answered
from tests.looks import finished, is_done, labels, says
from tests.parts.conftest import BUTTONS, Change, Grid, Order, Press
from tests.parts.looking import only_cells_changed, only_frame_is_new, pixels_of
from tests.people import ALICE, BOB, MONA
from tests.programs import Program
from tests.waiting import until

SIZE = "320x200"


def inputs(comfyui: ComfyUIStandIn, title: str) -> list[object]:
    """What was given to the node with this title by each job for a part."""
    nodes = [node for body in comfyui.submitted for node in body["prompt"].values()]
    return [node["inputs"]["image"] for node in nodes if (node.get("_meta") or {}).get("title") == title]


async def test_cells_of_anybodys_image_are_new_and_the_rest_is_the_same_to_the_last_bit(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, order: Order, grid: Grid, press: Press
) -> None:
    first = await order(ALICE, "a fox", size=SIZE, negative="rain")
    assert labels(first) == ["Again", "Edit", "Change part", "Recipe", "Delete", "Report"]
    reply = await grid(first, BOB)
    assert reply.ephemeral
    assert reply.viewer == BOB
    assert labels(reply) == BUTTONS
    assert [one.label for one in reply.buttons if one.disabled] == ["Continue"]
    (shown,) = reply.attachments
    assert shown.shown
    assert shown.description
    assert opened(shown.content).size == (1024, 640)
    await answered(discord.select(reply, "Cells to change", ["B2", "C2", "C3"], user=BOB))
    assert not [one.label for one in reply.buttons if one.disabled]
    (menu,) = [one for row in reply.components for one in row["components"] if one["type"] == 3]
    assert [one["label"] for one in menu["options"] if one.get("default")] == ["B2", "C2", "C3"]
    assert reply.attachments == (shown,)
    opened_form = await press(reply, "Continue", BOB)
    assert opened_form.modal.fields["Prompt"]["value"] == "a fox"
    done = await finished(opened_form.submit({"Prompt": "a castle"}))
    assert not done.ephemeral
    assert "> a castle" in done.content
    assert only_cells_changed(first, done, ["B2", "C2", "C3"])
    painted = comfyui.submitted[-1]["prompt"]
    assert painted["9"]["inputs"]["text"] == "rain"
    assert "composite" not in str(painted)
    recipe = await press(done, "Recipe", ALICE)
    assert "This recipe starts from an image" in recipe.message.content
    assert "omposite" not in recipe.message.content


async def test_again_and_edit_start_from_the_same_image_and_mask(
    comfyui: ComfyUIStandIn, order: Order, grid: Grid, change: Change, press: Press
) -> None:
    first = await order(ALICE, size=SIZE)
    changed = await (await change(await grid(first, ALICE), ALICE, cells=["A1"])).message.until(is_done)
    again = await (await press(changed, "Again", BOB)).message.until(is_done)
    edited = await finished((await press(changed, "Edit", BOB)).submit({"Prompt": "a lighthouse"}))
    assert len(set(inputs(comfyui, "Picture"))) == len(set(inputs(comfyui, "Mask"))) == 1
    assert inputs(comfyui, "Picture") != inputs(comfyui, "Mask")
    for one in (changed, again, edited):
        assert only_cells_changed(first, one, ["A1"])
    assert pixels_of(again).tobytes() != pixels_of(changed).tobytes() != pixels_of(edited).tobytes()
    assert "> a lighthouse" in edited.content


@pytest.mark.parametrize(
    ("button", "extension"),
    [
        ("Zoom out 1.5x", Extension(0.25, 0.25, 0.25, 0.25)),
        ("Zoom out 2x", Extension(0.5, 0.5, 0.5, 0.5)),
        ("Pan left", Extension(left=0.5)),
        ("Pan right", Extension(right=0.5)),
        ("Pan up", Extension(top=0.5)),
        ("Pan down", Extension(bottom=0.5)),
    ],
)
async def test_a_larger_frame_holds_the_image_as_it_was(
    order: Order, grid: Grid, change: Change, button: str, extension: Extension
) -> None:
    first = await order(ALICE, size=SIZE)
    done = await (await change(await grid(first, ALICE), ALICE, button=button)).message.until(is_done)
    assert only_frame_is_new(first, done, extension)
    assert "scaled down" not in done.content
    # As often as one likes.
    further = await (await change(await grid(done, ALICE), ALICE, button="Pan right")).message.until(is_done)
    assert only_frame_is_new(done, further, Extension(right=0.5))


async def test_a_restart_between_all_taps_loses_nothing(
    discord: DiscordStandIn, bot: BotProcess, order: Order, grid: Grid, press: Press
) -> None:
    first = await order(ALICE, size=SIZE, count=2)
    await bot.restart()
    reply = await grid(first, ALICE)
    assert labels(reply) == [*BUTTONS, "Image 1", "Image 2"]
    await bot.restart()
    await press(reply, "Image 2", ALICE)
    await reply.until(lambda m: m.embeds[0]["title"] == "Image 2")
    await bot.restart()
    await answered(discord.select(reply, "Cells to change", ["E5"], user=ALICE))
    await bot.restart()
    form = await press(reply, "Continue", ALICE)
    await bot.restart()
    done = await finished(form.submit({}))
    assert only_cells_changed(first, done, ["E5"], number=1)


async def test_one_that_is_killed_while_its_part_is_made_ends_the_same(
    discord: DiscordStandIn, bot: BotProcess, order: Order, grid: Grid, change: Change, comfyui: ComfyUIStandIn
) -> None:
    first = await order(ALICE, size=SIZE)
    comfyui.faults.hang_in = "VAEDecode"
    sent = await change(await grid(first, ALICE), ALICE, cells=["C3", "C4"])
    await until(lambda: len(comfyui.submitted) == 2)
    await bot.kill()
    comfyui.faults.hang_in = None
    await bot.start()
    done = await sent.message.until(is_done)
    assert only_cells_changed(first, done, ["C3", "C4"])
    assert len(comfyui.submitted) == 2


async def test_two_members_with_the_same_image_do_not_mix(
    discord: DiscordStandIn, order: Order, grid: Grid, change: Change
) -> None:
    first = await order(ALICE, size=SIZE)
    hers, his = await grid(first, ALICE), await grid(first, BOB)
    await answered(discord.select(hers, "Cells to change", ["A1"], user=ALICE))
    await answered(discord.select(his, "Cells to change", ["E5", "E4"], user=BOB))
    his_done = await (await change(his, BOB)).message.until(is_done)
    her_done = await (await change(hers, ALICE)).message.until(is_done)
    assert only_cells_changed(first, her_done, ["A1"])
    assert only_cells_changed(first, his_done, ["E5", "E4"])


async def test_presses_that_nobody_offers_are_refused_in_words(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, order: Order, grid: Grid
) -> None:
    first = await order(ALICE, size=SIZE)
    reply = await grid(first, BOB)
    job_id = str(reply.buttons[0].custom_id).split(":")[4]
    cases: list[tuple[Message, str, list[str] | None]] = [
        # Under a public message, as another member, with cells or frames that don't exist.
        (first, f"darkroom:part:open:all:{job_id}:cells-1", None),
        (first, f"darkroom:part:cells:all:{job_id}", ["3"]),
        (reply, f"darkroom:part:open:all:{job_id}:cells-0", None),
        (reply, f"darkroom:part:open:all:{job_id}:cells-2000000", None),
        (reply, f"darkroom:part:open:all:{job_id}:sideways", None),
        (reply, f"darkroom:part:image:all:{job_id}:2", None),
        (reply, f"darkroom:part:image:all:{job_id}:x", None),
    ]
    for message, custom_id, values in cases:
        forged = await answered(discord.forge(message, custom_id, user=BOB, values=values))
        assert forged.message.ephemeral
        assert "Press **Change part** under the image again" in forged.message.content
    form = discord.forge_form(f"darkroom:part:form:all:{job_id}:cells-1", {"prompt": "a castle"}, user=BOB)
    assert "Press **Change part**" in (await answered(form)).message.content
    assert len(comfyui.submitted) == 1


async def test_what_starts_from_a_private_image_stays_private_and_a_spoiler_stays_one(
    discord: DiscordStandIn, order: Order, grid: Grid, change: Change, press: Press
) -> None:
    private = await order(ALICE, size=SIZE, private=True)
    done = await (await change(await grid(private, ALICE), ALICE, cells=["B2"])).message.until(is_done)
    assert done.ephemeral
    assert done.viewer == ALICE
    assert not discord.messages()
    hidden = await order(ALICE, size=SIZE, spoiler=True)
    done = await (await change(await grid(hidden, ALICE), ALICE, button="Pan up")).message.until(is_done)
    assert not done.ephemeral
    assert done.attachments[0].filename.startswith("SPOILER_")


async def test_one_that_history_brings_back_is_changed_privately(
    discord: DiscordStandIn, order: Order, grid: Grid, change: Change
) -> None:
    first = await order(ALICE, size=SIZE)
    changed = await (await change(await grid(first, ALICE), ALICE, cells=["A1"])).message.until(is_done)
    page = (await answered(discord.slash("history", user=ALICE))).message
    (menu,) = [one for row in page.components for one in row["components"] if one["type"] == 3]
    newest = menu["options"][0]["label"]
    brought = (await answered(discord.select(page, "Bring one back", [newest], user=ALICE))).message
    await brought.until(lambda m: "Change part" in labels(m))
    assert pixels_of(brought).tobytes() == pixels_of(changed).tobytes()
    done = await (await change(await grid(brought, ALICE), ALICE, button="Pan left")).message.until(is_done)
    assert done.ephemeral
    assert only_frame_is_new(changed, done, Extension(left=0.5))


async def test_an_image_that_is_gone_is_missed_in_words(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, order: Order, grid: Grid, press: Press, change: Change
) -> None:
    first = await order(ALICE, size=SIZE)
    discord.fail_next("GET", "/attachments/*", 404)
    told = (await press(first, "Change part", ALICE)).message
    await told.until(says("couldn’t download"))
    reply = await grid(first, ALICE)
    discord.fail_next("GET", "/attachments/*", 404)
    sent = await change(reply, ALICE, cells=["A1"])
    assert (await sent.followup()).ephemeral
    assert "Press **Change part** under it again" in (await sent.followup()).content
    assert len(comfyui.submitted) == 1
    # The reply is still there, so nobody has to begin again.
    done = await (await change(reply, ALICE)).message.until(is_done)
    assert only_cells_changed(first, done, ["A1"])


@pytest.mark.parametrize("by", [ALICE, MONA], ids=["its requester", "a moderator"])
async def test_an_image_that_was_deleted_meanwhile_starts_nothing(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, order: Order, grid: Grid, press: Press, by: User
) -> None:
    first = await order(ALICE, size=SIZE, count=2)
    job_id = str(first.buttons[0].custom_id).rpartition(":")[2]
    page = (await answered(discord.slash("history", user=ALICE))).message
    copy = (await answered(discord.select(page, "Bring one back", [job_id], user=ALICE))).message
    await copy.until(lambda m: "Change part" in labels(m))
    reply = await grid(first, BOB)
    await answered(discord.select(reply, "Cells to change", ["A1"], user=BOB))
    form = await press(reply, "Continue", BOB)
    asked = await (await press(first, "Delete", by)).followup()
    await press(asked, "Delete", by)
    await until(lambda: first.deleted)
    for late in (
        await answered(form.submit({"Prompt": "a castle"})),
        await press(reply, "Pan left", BOB),
        await press(reply, "Image 2", BOB),
        await press(copy, "Change part", ALICE),
    ):
        assert late.message.ephemeral
        assert "That image was deleted" in late.message.content
    assert len(comfyui.submitted) == 1


async def test_without_a_workflow_for_it_nothing_is_promised(
    program: Program, bot: BotProcess, folder: Path, order: Order, grid: Grid, change: Change, press: Press
) -> None:
    first = await order(ALICE, size=SIZE)
    reply = await grid(first, ALICE)
    await change(reply, ALICE, cells=["A1"])
    for suffix in ("json", "toml"):
        (folder / f"inpaint.{suffix}").unlink()
    await bot.restart()
    assert "No workflow here can change a part" in (await press(reply, "Continue", ALICE)).message.content
    assert "No workflow here can change a part" in (await press(first, "Change part", ALICE)).message.content
    assert "Change part" not in labels(await order(ALICE, size=SIZE))


async def test_the_limit_on_size_holds_and_what_was_scaled_down_is_said(
    discord: DiscordStandIn, bot: BotProcess, guilds: tuple[Guild, ...], order: Order, grid: Grid, change: Change
) -> None:
    everyone = Role("@everyone", id=guilds[0].id)
    await answered(discord.slash("moderate limits", user=MONA, options={"role": everyone, "size": "512x512"}))
    first = await order(ALICE, size="512x384")
    done = await (await change(await grid(first, ALICE), ALICE, button="Zoom out 2x")).message.until(is_done)
    width, height = pixels_of(done).size
    assert width * height <= 512 * 512
    assert "scaled down from 512x384 to " in done.content
    assert only_frame_is_new(first, done, Extension(0.5, 0.5, 0.5, 0.5), 512 * 512)
    # Cells keep the image's size.
    done = await (await change(await grid(first, ALICE), ALICE, cells=["A1"])).message.until(is_done)
    assert only_cells_changed(first, done, ["A1"])


async def test_rules_hold_as_for_any_request(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, order: Order, grid: Grid, change: Change
) -> None:
    await answered(discord.slash("moderate words add", user=MONA, kind="word", text="zeppelin", action="refuse"))
    first = await order(ALICE, size=SIZE)
    sent = await change(await grid(first, BOB), BOB, "a zeppelin", cells=["A1"])
    assert sent.message.ephemeral
    assert "isn’t allowed" in sent.message.content
    assert len(comfyui.submitted) == 1


@pytest.mark.parametrize(
    ("setting", "expected"),
    [("keep", {"prompt"}), ("recipe", {"recipe"}), ("strip", set())],
    ids=["keep", "recipe", "strip"],
)
async def test_the_file_tells_what_others_tell(
    program: Program,
    comfyui: ComfyUIStandIn,
    discord: DiscordStandIn,
    grid: Grid,
    change: Change,
    setting: str,
    expected: set[str],
) -> None:
    async with program({"EMBEDDED_GRAPH": setting}).ready() as bot:
        await bot.says(f"{comfyui.url} answers")
        first = await finished(discord.slash("imagine", user=ALICE, prompt="a fox", size=SIZE))
        done = await (await change(await grid(first, ALICE), ALICE, cells=["D4"])).message.until(is_done)
    with Image.open(io.BytesIO(done.attachments[0].content)) as image:
        image.load()
        assert set(image.info) & {"prompt", "recipe", "workflow"} == expected
        assert "CheckpointLoaderSimple" in str(image.info) or setting != "keep"


async def test_a_workflow_that_reads_its_mask_from_transparency_gets_it_there(
    folder: Path, discord: DiscordStandIn, program: Program, comfyui: ComfyUIStandIn, grid: Grid, change: Change
) -> None:
    for suffix in ("json", "toml"):
        (folder / f"inpaint.{suffix}").unlink()
    write(folder, "erase", ERASE, ERASE_MANIFEST)
    async with program().ready() as bot:
        await bot.says(f"{comfyui.url} answers")
        first = await finished(discord.slash("imagine", user=ALICE, prompt="a fox", size=SIZE))
        done = await (await change(await grid(first, ALICE), ALICE, cells=["B3", "C3"])).message.until(is_done)
    assert only_cells_changed(first, done, ["B3", "C3"])


ERASE = {
    "1": {"class_type": "LoadImage", "inputs": {"image": "example.png"}, "_meta": {"title": "Picture"}},
    "2": {"class_type": "ImageInvert", "inputs": {"image": ["1", 0]}},
    "3": {
        "class_type": "ImageCompositeMasked",
        "inputs": {
            "destination": ["1", 0],
            "source": ["2", 0],
            "mask": ["1", 1],
            "x": 0,
            "y": 0,
            "resize_source": False,
        },
    },
    "4": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["5", 1]}, "_meta": {"title": "positive"}},
    "5": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "tiny-random-sd15.safetensors"}},
    "6": {"class_type": "SaveImage", "inputs": {"images": ["3", 0], "filename_prefix": "erased"}},
}
ERASE_MANIFEST = """
title = "Erase"
command = "erase"
[parameters.image]
target = ["Picture.image"]
[parameters.prompt]
target = ["positive.text"]
"""
