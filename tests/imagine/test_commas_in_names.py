"""A LoRA whose file has a comma in its name: every way to name it, and every way back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import write
from tests.discord_server import BotProcess, DiscordStandIn, Guild, answered
from tests.grid.asking import is_complete, start
from tests.imagine.shapes import CHECKPOINT, CHECKPOINT_MANIFEST
from tests.looks import finished, is_done, is_over
from tests.people import ALICE, MODERATORS
from tests.programs import heard

FILE: Final = "ink/Lines, fine.safetensors"


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", roles=(MODERATORS,)),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path / "workflows", "paint", CHECKPOINT, CHECKPOINT_MANIFEST)
    return tmp_path / "workflows"


@pytest.fixture
async def comfyui() -> AsyncIterator[ComfyUIStandIn]:
    async with ComfyUIStandIn(more_loras=(FILE,)) as comfyui:
        yield comfyui


def added(comfyui: ComfyUIStandIn) -> list[tuple[object, object]]:
    """The names and weights of the LoRAs in the graph that came last."""
    nodes = [node for node in comfyui.submitted[-1]["prompt"].values() if node["class_type"] == "LoraLoader"]
    return [(node["inputs"]["lora_name"], node["inputs"]["strength_model"]) for node in nodes]


@pytest.mark.parametrize(
    ("prompt", "lora", "expected"),
    [
        ("a fox", '"lines, fine":0.5, soft-light', [(FILE, 0.5), ("soft-light.safetensors", 1)]),
        ("a fox", "soft-light:0,5, “ink/Lines, fine.safetensors”", [("soft-light.safetensors", 0.5), (FILE, 1)]),
        ("a fox", '"lines, fine:0.5"', [(FILE, 0.5)]),
        ("a fox", '"lines:0.5, soft light"', [(FILE, 0.5), ("soft-light.safetensors", 1)]),
        ("a fox", "<lora:Lines, fine:0.5>", [(FILE, 0.5)]),
        ("a fox <lora:Lines, fine:0.5>", "soft-light", [("soft-light.safetensors", 1), (FILE, 0.5)]),
        ('a fox --lora "lines, fine":0.5, soft-light', None, [(FILE, 0.5), ("soft-light.safetensors", 1)]),
    ],
)
async def test_it_is_found_by_its_name_in_quotes(
    discord: DiscordStandIn,
    comfyui: ComfyUIStandIn,
    bot: BotProcess,
    prompt: str,
    lora: str | None,
    expected: list[tuple[object, object]],
) -> None:
    await heard(bot.log)
    options = {"prompt": prompt} | ({} if lora is None else {"lora": lora})
    message = (await answered(discord.slash("imagine", user=ALICE, options={**options}))).message
    await message.until(is_over)
    assert is_done(message), message.content
    assert added(comfyui) == expected
    # What Edit, Again and the recipe write is read as it was meant.
    form = await answered(discord.press(message, "Edit", user=ALICE))
    await finished(form.submit({}))
    assert added(comfyui) == expected
    await finished(discord.press(message, "Again", user=ALICE))
    assert added(comfyui) == expected
    recipe = await answered(discord.press(message, "Recipe", user=ALICE))
    assert "Lines, fine" in (await recipe.message.until(lambda one: not one.loading)).content


async def test_it_is_suggested_in_quotes_and_a_grid_takes_it(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    await heard(bot.log)
    for typed, value in (
        ("lin", '"Lines, fine"'),
        ('soft-light:0.5, "lines, f', 'soft-light:0.5, "Lines, fine"'),
        ('"lines, fine":0.', '"Lines, fine":0.'),
        ('"Lines, fine":0.5, soft', '"Lines, fine":0.5, soft-light'),
    ):
        choices = await discord.autocomplete("imagine", option="lora", value=typed, user=ALICE)
        assert [choice.value for choice in choices] == [value]
    axis = 'lora "lines, fine":0.2..0.4 by 0.2, soft-light, "lines:0.6, soft-light"'
    await (await start(discord, ALICE, {"x": axis})).until(is_complete)
    graphs = [body["prompt"].values() for body in comfyui.submitted]
    loaders = [[n["inputs"] for n in nodes if n["class_type"] == "LoraLoader"] for nodes in graphs]
    found = sorted([(one["lora_name"], one["strength_model"]) for one in cell] for cell in loaders)
    assert found == [
        [(FILE, 0.2)],
        [(FILE, 0.4)],
        [(FILE, 0.6), ("soft-light.safetensors", 1)],
        [("soft-light.safetensors", 1)],
    ]
