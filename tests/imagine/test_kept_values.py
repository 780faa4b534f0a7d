"""What a member gave to /imagine stays with the job: in its recipe, and in what Again, Retry and Edit request."""

import re
from collections.abc import Mapping
from typing import Any, Final

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.faults import Failure
from tests.discord_server import BotProcess, DiscordStandIn, Guild, Message, Role, answered
from tests.discord_server.resolving import Value
from tests.looks import is_done, is_failed
from tests.people import ALICE, BOB, MODERATORS, MONA
from tests.programs import heard
from tests.workflows.samples import changes

GIVEN: Final[Mapping[str, Value]] = {
    "prompt": "a fox",
    "negative": "rain",
    "seed": 7,
    "count": 2,
    "model": "tiny",
    "steps": 3,
    "guidance": 4.5,
    "sampler": "dpmpp_2m",
    "lora": "soft light:0.5",
    "size": "128x64",
    "spoiler": True,
}
RECIPE: Final = (
    "/imagine prompt:a fox negative:rain seed:7 count:2 model:tiny-random-sd15.safetensors steps:3 guidance:4.5 "
    "sampler:dpmpp_2m lora:soft-light.safetensors:0.5 size:128x64 spoiler:True workflow:Painting"
)


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", roles=(MODERATORS,)),)


def posted(comfyui: ComfyUIStandIn) -> list[dict[str, Any]]:
    return [body["prompt"] for body in comfyui.submitted]


async def asked(discord: DiscordStandIn, given: Mapping[str, Value]) -> Message:
    interaction = await answered(discord.slash("imagine", user=ALICE, options=given))
    return await interaction.message.until(is_done)


async def recipe_of(discord: DiscordStandIn, message: Message) -> str:
    shown = (await answered(discord.press(message, "Recipe", user=BOB))).message
    found = re.search(r"```\n(.*)\n```", shown.content)
    assert found, shown.content
    return found[1]


def typed(line: str) -> dict[str, Value]:
    """The options of a recipe's line, as Discord sends them."""
    parts = re.findall(r"(\w+):(.*?)(?= \w+:[^ ]|$)", line.removeprefix("/imagine "))
    whole: dict[str, Value] = {name: int(value) for name, value in parts if name in {"seed", "count", "steps"}}
    words: dict[str, Value] = {name: value for name, value in parts if name not in whole}
    return words | whole | {"guidance": float(str(words["guidance"])), "spoiler": True}


async def test_the_recipe_says_everything_and_gives_the_same_graph(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    await heard(bot.log)
    first = await asked(discord, GIVEN)
    line = await recipe_of(discord, first)
    assert line == RECIPE
    await asked(discord, typed(line))
    one, two = posted(comfyui)
    assert one == two
    assert one["lora_1"]["inputs"]["lora_name"] == "soft-light.safetensors"
    assert [file.filename.startswith("SPOILER_") for file in first.attachments] == [True, True]


async def test_again_and_edit_keep_them(discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess) -> None:
    await heard(bot.log)
    first = await asked(discord, GIVEN)
    again = await answered(discord.press(first, "Again", user=BOB))
    for kept in (await again.message.until(is_done), await edited(discord, first)):
        assert all(file.filename.startswith("SPOILER_") for file in kept.attachments)
    one, two, three = posted(comfyui)
    assert set(changes(one, two)) == {("3", "seed")}
    assert changes(one, three).keys() == {("3", "seed"), ("6", "text")}


async def edited(discord: DiscordStandIn, message: Message) -> Message:
    form = await answered(discord.press(message, "Edit", user=BOB))
    sent = await answered(form.submit({"Prompt": "a wolf"}))
    return await sent.message.until(is_done)


async def test_retry_keeps_them(discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess) -> None:
    await heard(bot.log)
    comfyui.faults.fail["VAEDecode"] = Failure()
    interaction = await answered(discord.slash("imagine", user=ALICE, options=GIVEN))
    failed = await interaction.message.until(is_failed)
    del comfyui.faults.fail["VAEDecode"]
    retried = await answered(discord.press(failed, "Retry", user=ALICE))
    done = await retried.message.until(is_done)
    one, *_others, last = posted(comfyui)
    assert one == last
    assert all(file.filename.startswith("SPOILER_") for file in done.attachments)


async def test_limits_on_steps_and_size_hold(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, guilds: tuple[Guild, ...]
) -> None:
    await heard(bot.log)
    everyone = Role("@everyone", id=guilds[0].id)
    limits: dict[str, Value] = {"role": everyone, "size": "256x256", "steps": 2}
    limited = await answered(discord.slash("moderate limits", user=MONA, options=limits))
    await limited.message.until(lambda message: not message.loading)
    cases: tuple[tuple[dict[str, Value], str | None], ...] = (
        ({"steps": 3}, "steps"),
        ({"size": "128x128", "steps": 2}, None),
        ({"size": "512"}, "pixels"),
    )
    for given, said in cases:
        interaction = await answered(discord.slash("imagine", user=ALICE, options={"prompt": "a fox", **given}))
        if said is None:
            await interaction.message.until(is_done)
        else:
            assert interaction.message.ephemeral
            assert said in interaction.message.content
    assert len(comfyui.submitted) == 1


class TestMany:
    """A server with more models than Discord shows at once."""

    @pytest.fixture
    def checkpoints(self) -> tuple[str, ...]:
        return ("tiny-random-sd15.safetensors", *(f"sdxl/model_{number:02}.safetensors" for number in range(40)))

    async def test_all_of_them_are_found_by_typing(self, discord: DiscordStandIn, bot: BotProcess) -> None:
        await heard(bot.log)

        async def offered(value: str) -> list[tuple[str, object]]:
            found = await discord.autocomplete("imagine", option="model", value=value, user=ALICE)
            return [(one.name, one.value) for one in found]

        assert len(await offered("")) == 25
        for number in (0, 24, 25, 39):
            wanted = [(f"model_{number:02}", f"sdxl/model_{number:02}.safetensors")]
            assert await offered(f"L_{number:02}") == wanted
            assert await offered(f"SDXL/model {number:02}") == wanted

    async def test_a_name_that_means_several_is_answered_with_them(
        self, discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
    ) -> None:
        await heard(bot.log)
        for model, said in (
            ("model_1", "More than one `model` matches"),
            ("none", "There is no `model` called “none”"),
        ):
            options: dict[str, Value] = {"prompt": "a fox", "model": model}
            interaction = await answered(discord.slash("imagine", user=ALICE, options=options))
            assert said in interaction.message.content
            assert "`model_10`" in interaction.message.content or model == "none"
        assert comfyui.submitted == []
