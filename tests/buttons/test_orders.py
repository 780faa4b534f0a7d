"""Again, Retry, Edit, Vary, Upscale: anybody's press is the presser's own new order."""

import re
from pathlib import Path
from typing import Any

from tests.buttons.conftest import Delete, Order, Press
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.faults import Failure
from tests.commands.packs import opened
from tests.discord_server import BotProcess, DiscordStandIn, Interaction, Message, answered
from tests.looks import is_done, is_failed, labels, says
from tests.people import ALICE, BOB
from tests.waiting import until

DONE = ["Again", "Vary", "Edit", "Upscale", "Recipe", "Delete", "Report"]


async def finished(interaction: Interaction) -> Message:
    return await interaction.message.until(is_done)


def graphs(comfyui: ComfyUIStandIn) -> list[dict[str, Any]]:
    return [body["prompt"] for body in comfyui.submitted]


def pixels(message: Message) -> list[bytes]:
    return [opened(one.content).convert("RGB").tobytes() for one in message.attachments]


async def test_again_is_another_picture_of_the_same_words_and_belongs_to_the_presser(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, order: Order, press: Press, delete: Delete
) -> None:
    first = await order(ALICE, "a fox", seed=7, negative="rain", count=1)
    assert labels(first) == DONE
    assert [len(row["components"]) for row in first.components] == [5, 2]
    second = await finished(await press(first, "Again", BOB))
    assert second.id != first.id
    assert len(discord.messages()) == 2
    ordered, again = graphs(comfyui)
    assert again["6"] == ordered["6"]
    assert again["7"]["inputs"]["text"] == "rain"
    assert again["3"]["inputs"]["seed"] != 7
    # It is Bob's, so Bob can delete it.
    assert "Deleted" in (await delete(second, BOB)).content
    assert discord.messages() == [first]


async def test_a_job_that_failed_is_retried_with_the_same_seed(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, order: Order, press: Press
) -> None:
    comfyui.faults.fail["KSampler"] = Failure()
    interaction = await answered(discord.slash("imagine", user=ALICE, prompt="a fox"))
    failed = await interaction.message.until(is_failed)
    assert labels(failed) == ["Retry", "Edit", "Why?"]
    comfyui.faults.fail.clear()
    await finished(await press(failed, "Retry", ALICE))
    first, second = graphs(comfyui)
    assert first == second


async def test_a_cancelled_job_can_be_had_again(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, order: Order, press: Press
) -> None:
    comfyui.faults.hang_in = "KSampler"
    interaction = await answered(discord.slash("imagine", user=ALICE, prompt="a fox"))
    await until(lambda: bool(comfyui.executed))
    await press(interaction.message, "Cancel", ALICE)
    await until(lambda: bool(comfyui.interrupts))
    comfyui.faults.hang_in = None
    cancelled = await interaction.message.until(says("Cancelled"))
    assert labels(cancelled) == ["Again"]
    await finished(await press(cancelled, "Again", BOB))


async def test_edit_asks_for_other_words_and_orders_with_them(
    comfyui: ComfyUIStandIn, order: Order, press: Press
) -> None:
    first = await order(ALICE, "a fox", seed=7, negative="rain", size="128x64")
    form = (await press(first, "Edit", BOB)).modal
    assert {label: field.get("value") or "" for label, field in form.fields.items()} == {
        "Prompt": "a fox",
        "Negative prompt": "rain",
        "Size": "21:9",
        "Style": "",
        "Settings": "",
    }
    sent = await answered((await press(first, "Edit", BOB)).submit({"Prompt": "a wolf", "Negative prompt": ""}))
    second = await finished(sent)
    assert "> a wolf" in second.content
    graph = graphs(comfyui)[1]
    assert graph["6"]["inputs"]["text"] == "a wolf"
    assert graph["7"]["inputs"]["text"] == ""
    assert graph["5"]["inputs"]["width"] == 128
    assert graph["3"]["inputs"]["seed"] != 7


async def test_vary_paints_the_picture_again_after_the_same_words(
    comfyui: ComfyUIStandIn, order: Order, press: Press
) -> None:
    first = await order(ALICE, "a fox", negative="rain")
    second = await finished(await press(first, "Vary", BOB))
    assert "Restyle" in second.content
    assert "> a fox" in second.content
    graph = graphs(comfyui)[1]
    assert str(graph["1"]["inputs"]["image"]).startswith("darkroom-")
    assert graph["6"]["inputs"]["text"] == "a fox"
    assert graph["7"]["inputs"]["text"] == "rain"
    assert second.attachments[0].content != first.attachments[0].content


async def test_of_several_pictures_the_presser_says_which(comfyui: ComfyUIStandIn, order: Order, press: Press) -> None:
    first = await order(ALICE, "a fox", count=3)
    asked = await press(first, "Upscale", BOB)
    question = asked.message
    assert question.ephemeral
    assert labels(question) == ["1", "2", "3"]
    addresses = [embed["thumbnail"]["url"] for embed in question.embeds]
    assert addresses == [picture.url for picture in first.attachments]
    enlarged = await finished(await press(question, "2", BOB))
    assert not enlarged.ephemeral
    # The stand-in's upscaler turns the colours round: twice, it is the image that was picked.
    twice = await finished(await press(enlarged, "Upscale", BOB))
    assert pixels(twice) == [pixels(first)[1]]


async def test_buttons_from_before_a_restart_work(
    discord: DiscordStandIn, bot: BotProcess, order: Order, press: Press
) -> None:
    first = await order(ALICE)
    await bot.restart()
    second = await finished(await press(first, "Again", ALICE))
    assert re.search("seed `([0-9]+)`", first.content) != re.search("seed `([0-9]+)`", second.content)


async def test_a_workflow_that_went_away_is_missed_in_words(folder: Path, order: Order, press: Press) -> None:
    first = await order(ALICE)
    for name in ("enlarge", "paint"):
        for path in folder.glob(f"{name}.*"):
            path.unlink()

    async def is_gone() -> bool:
        return "no longer available" in (await press(first, "Again", ALICE)).message.content

    await until(is_gone)
    answer = await press(first, "Upscale", ALICE)
    assert "No workflow here can upscale" in answer.message.content
