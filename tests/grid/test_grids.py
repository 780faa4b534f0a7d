"""Grids over the wire: asked, started, filled, cancelled, taken apart; beside other members, and across restarts."""

import asyncio
import io
import random
from functools import partial

import pytest
from PIL import Image

from tests.comfyui_server import ComfyUIStandIn, Failure
from tests.discord_server import DiscordStandIn, Guild, Message, Role, answered
from tests.grid.asking import FIVE, FOUR, ask, done_in, is_complete, start
from tests.looks import finished, is_done, labels, says
from tests.people import ALICE, BOB, MONA
from tests.recovery.studio import Studio
from tests.waiting import until

MENU = "Take one out, in full size"


def cells_of(studio: Studio) -> dict[int, str]:
    """Cell -> its job."""
    return dict(studio.select("SELECT cell, id FROM jobs WHERE grid_id IS NOT NULL"))


async def test_the_whole_way(discord: DiscordStandIn, studio: Studio, comfyui: ComfyUIStandIn) -> None:
    question = await ask(discord, ALICE, **FOUR)
    assert "Grid of 4 images" in question.content
    assert "It counts as 4 images." in question.content
    assert question.ephemeral
    assert labels(question) == ["Start", "Cancel"]
    assert not studio.states(), "nothing runs before Start"
    pressed = await answered(discord.press(question, "Start", user=ALICE))
    sheet = await pressed.message.until(is_complete)
    await question.until(says("Started"))
    assert not labels(question)
    assert "4 images" in sheet.content
    assert "steps" in sheet.content
    assert not sheet.ephemeral
    (file,) = sheet.attachments
    assert file.filename == "grid.jpg"
    assert "4 of 4" in (file.description or "")
    assert "a fox" in (file.description or "")
    Image.open(io.BytesIO(file.content)).verify()
    seeds = {values for (values,) in studio.select("SELECT json_extract(\"values\", '$.seed') FROM jobs")}
    assert len(seeds) == 1, "all cells have the same seed"
    samplers = [body["prompt"]["3"]["inputs"] for body in comfyui.submitted]
    assert sorted((one["steps"], one["cfg"]) for one in samplers) == [(1, 3), (1, 5), (2, 3), (2, 5)]
    assert discord.messages() == [sheet], "no cell has a message of its own"
    assert labels(sheet) == ["Delete", "Report"]


async def test_one_is_taken_out_with_all_buttons(
    discord: DiscordStandIn, studio: Studio, comfyui: ComfyUIStandIn
) -> None:
    sheet = await (await start(discord, ALICE, FOUR)).until(is_complete)
    out = await answered(discord.select(sheet, MENU, ["steps 2, guidance 3"], user=ALICE))
    taken = await out.message.until(is_done)
    assert {"Again", "Edit", "Recipe", "Delete", "Report"} <= set(labels(taken))
    (file,) = taken.attachments
    assert file.filename.endswith(".png")
    assert Image.open(io.BytesIO(file.content)).size == (64, 64)
    again = await finished(discord.press(taken, "Again", user=BOB))
    assert again.attachments
    twice = await answered(discord.select(sheet, MENU, ["steps 2, guidance 3"], user=ALICE))
    assert "already" in twice.message.content
    assert str(taken.id) in twice.message.content
    with_bob = await answered(discord.select(sheet, MENU, ["steps 1, guidance 3"], user=BOB))
    assert "not yours" in with_bob.message.content
    assert with_bob.message.ephemeral


def has_done(wanted: int, message: Message) -> bool:
    """Whether so many cells are done, as far as the sheet says."""
    return done_in(message) >= wanted or is_complete(message)


@pytest.mark.parametrize("comfyui", [20], indirect=True)
async def test_killed_again_and_again(discord: DiscordStandIn, studio: Studio) -> None:
    sheet = await start(discord, ALICE, FIVE)
    chance = random.Random(18)
    for _kill in range(3):
        wanted = min(25, done_in(sheet) + chance.randint(1, 5))
        await sheet.until(partial(has_done, wanted), 60)
        await studio.restart()
    await sheet.until(is_complete, 120)
    assert done_in(sheet) == 25, sheet.content
    assert sorted(studio.executed()) == sorted(cells_of(studio).values()), "each cell ran once"
    assert discord.messages() == [sheet]
    assert len(sheet.attachments) == 1


async def test_cancelled_in_the_middle(discord: DiscordStandIn, studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    sheet = await start(discord, ALICE, FIVE)
    await until(lambda: len(comfyui.executed) == 1)
    # The first one ends; the second hangs until Cancel was pressed.
    comfyui.faults.hang_in = "KSampler"
    await sheet.until(lambda message: done_in(message) >= 1)
    refused = await answered(discord.press(sheet, "Cancel", user=BOB))
    assert "not yours" in refused.message.content
    await answered(discord.press(sheet, "Cancel", user=ALICE))
    comfyui.faults.hang_in = None
    await sheet.until(is_complete)
    assert "cancelled by the requester" in sheet.content
    await until(lambda: set(studio.states().values()) == {"done", "cancelled"})
    assert list(studio.states().values()).count("done") == done_in(sheet)
    assert len(sheet.attachments) == 1


async def test_a_moderator_sees_one_thing_and_cancels_it(
    discord: DiscordStandIn, studio: Studio, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    sheet = await start(discord, ALICE, FIVE)
    await until(lambda: len(comfyui.executed) == 1)
    queue = await answered(discord.slash("queue", user=BOB))
    assert "grid of 2" in queue.message.content
    assert queue.message.content.count("a fox") <= 3
    found = await discord.autocomplete("moderate cancel", option="job", value="", user=MONA)
    assert len(found) == 1
    assert "grid of 25" in found[0].name
    held = await answered(discord.slash("moderate cancel", user=MONA, job=found[0].value, reason="too many"))
    comfyui.faults.hang_in = None
    await held.message.until(says("a fox"))
    await sheet.until(is_complete)
    assert f"<@{MONA.id}>" in sheet.content
    assert "too many" in sheet.content
    # What a server has already may finish before the request to stop reaches it.
    assert list(studio.states().values()).count("cancelled") >= 23
    assert len(studio.select("SELECT number FROM audit WHERE act = 'cancelled'")) == 1, "one line for a grid"


async def test_cells_that_fail_say_why(discord: DiscordStandIn, studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "VAEDecode"
    sheet = await start(discord, ALICE, FOUR)
    await until(lambda: len(comfyui.executed) == 1)
    comfyui.faults.fail["KSampler"] = Failure()
    comfyui.faults.hang_in = None
    await sheet.until(is_complete)
    assert "1 of 4 images" in sheet.content
    assert "❌ steps 2, guidance 3 and 2 more: " in sheet.content
    assert len(sheet.attachments) == 1


async def test_limits_are_said_before_anything_runs(
    discord: DiscordStandIn, studio: Studio, guilds: tuple[Guild, ...]
) -> None:
    everyone = Role("@everyone", id=guilds[0].id)
    limited = await answered(discord.slash("moderate limits", user=MONA, options={"role": everyone, "daily": 10}))
    await limited.message.until(lambda message: not message.loading)
    told = await ask(discord, ALICE, **FIVE)
    assert "25 images" in told.content
    assert "10" in told.content
    assert not labels(told)
    within = await ask(discord, ALICE, **FOUR)
    assert "leaves 6 of your 10" in within.content
    assert not studio.states()


async def test_a_private_grid(discord: DiscordStandIn, studio: Studio) -> None:
    sheet = await (await start(discord, ALICE, {**FOUR, "private": True})).until(is_complete)
    assert sheet.ephemeral
    assert sheet.attachments
    out = await answered(discord.select(sheet, MENU, ["steps 2, guidance 3"], user=ALICE))
    taken = await out.message.until(is_done)
    assert taken.ephemeral
    assert "Publish" in labels(taken)


async def test_what_cannot_be_is_said(discord: DiscordStandIn, studio: Studio) -> None:
    for options, words in (
        ({"x": "steps 1..30"}, "at most 25"),
        ({"x": "steps 1..6", "y": "guidance 1..6"}, "36 images"),
        ({"x": "sharpness 1, 2"}, "`steps`"),
        ({"x": "{red|blue}"}, "doesn’t contain the choice"),
        ({"x": "model nothing, none"}, "There is no `model`"),
        ({"x": "steps few, many"}, "I don’t understand “few”"),
        ({"x": "steps 4"}, "single image"),
        ({"x": "guidance 2, 900"}, "at most `20`"),
    ):
        told = await ask(discord, ALICE, **options)
        assert words in told.content, (options, told.content)
        assert not labels(told)
    assert not studio.states()


async def test_what_an_axis_makes_useless_is_said(discord: DiscordStandIn, studio: Studio) -> None:
    question = await ask(discord, ALICE, **FOUR, steps=30)
    assert "`steps` changes from image to image" in question.content
    assert "Start" in labels(question)


async def test_choices_of_the_prompt(discord: DiscordStandIn, studio: Studio) -> None:
    options = {"prompt": "a {red|blue} fox in {a wood|town}", "x": "{red|blue}"}
    sheet = await (await start(discord, ALICE, options)).until(is_complete)
    prompts = sorted(values for (values,) in studio.select("SELECT json_extract(\"values\", '$.prompt') FROM jobs"))
    places = {prompt.partition(" in ")[2] for prompt in prompts}
    assert [prompt.split()[1] for prompt in prompts] == ["blue", "red"]
    assert len(places) == 1, "the same seed draws the same"
    assert sheet.attachments


async def test_a_choice_within_another_one_varies_with_both(discord: DiscordStandIn, studio: Studio) -> None:
    options = {"prompt": "a {red|blue} fox, {a {red|blue} sky|fog}", "x": "{red|blue}", "y": "{a {red|blue} sky|fog}"}
    await (await start(discord, ALICE, options)).until(is_complete)
    prompts = studio.select("SELECT json_extract(\"values\", '$.prompt') FROM jobs ORDER BY cell")
    assert [prompt for (prompt,) in prompts] == [
        "a red fox, a red sky",
        "a blue fox, a blue sky",
        "a red fox, fog",
        "a blue fox, fog",
    ]


async def test_weights_of_a_lora_are_a_range(discord: DiscordStandIn, studio: Studio, comfyui: ComfyUIStandIn) -> None:
    options = {"x": "lora soft-light:0.2..0.6 by 0.2"}
    sheet = await (await start(discord, ALICE, options)).until(is_complete)
    assert "soft-light:0.2, soft-light:0.4, soft-light:0.6" in sheet.content
    nodes = [node for body in comfyui.submitted for node in body["prompt"].values()]
    weights = [node["inputs"]["strength_model"] for node in nodes if node["class_type"] == "LoraLoader"]
    assert sorted(weights) == [0.2, 0.4, 0.6]


async def test_a_reported_sheet_is_deleted_by_a_moderator(discord: DiscordStandIn, studio: Studio) -> None:
    sheet = await (await start(discord, ALICE, FOUR)).until(is_complete)
    await answered(discord.press(sheet, "Report", user=BOB))
    question = await answered(discord.press(sheet, "Delete", user=MONA))
    await answered(discord.press(question.message, "Delete", user=MONA))
    await until(lambda: studio.select("SELECT decision, open FROM cases") == [("deleted", 0)])
    assert sheet.deleted
    assert studio.select("SELECT act FROM audit ORDER BY number") == [("reported",), ("deleted",)]
    assert studio.select("SELECT count(*) FROM jobs WHERE deleted_by = ?", MONA.id) == [(4,)]
    assert studio.select("SELECT count(*) FROM files") == [(0,)]


async def test_deleted_with_what_is_on_it(discord: DiscordStandIn, studio: Studio) -> None:
    sheet = await (await start(discord, ALICE, FOUR)).until(is_complete)
    out = await finished(discord.select(sheet, MENU, ["steps 2, guidance 3"], user=ALICE))
    question = await answered(discord.press(sheet, "Delete", user=MONA))
    await answered(discord.press(question.message, "Delete", user=MONA))
    await until(lambda: sheet.deleted)
    assert not out.deleted
    assert studio.select("SELECT count(*) FROM jobs WHERE deleted_by = ?", MONA.id) == [(3,)]
    assert studio.select("SELECT count(*) FROM files") == [(0,)]


async def test_start_pressed_twice_starts_once(discord: DiscordStandIn, studio: Studio) -> None:
    question = await ask(discord, ALICE, **FOUR)
    presses = [await discord.press(question, "Start", user=ALICE) for _press in range(2)]
    await asyncio.gather(*(press.acknowledged() for press in presses))
    await until(lambda: list(studio.states().values()) == ["done"] * 4)
