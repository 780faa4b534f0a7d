"""What members meet: a workflow's own command, its suggestions and refusals, and `/workflows`."""

from pathlib import Path

import pytest

from bot.ledger import KeptWorkflow
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import CHECKPOINT
from tests.commands.packs import EVERY_TYPE, INVERT, INVERT_MANIFEST, PAINT, PAINT_MANIFEST, picture, write
from tests.commands.test_clean_pictures import two_halves
from tests.discord_server import BotProcess, DiscordStandIn, File, Guild, Interaction, NotOffered, answered
from tests.discord_server.resolving import Value
from tests.ledgers import open_patiently
from tests.looks import finished, says
from tests.people import ALICE
from tests.programs import Program, heard
from tests.waiting import until

ONE_STEP = """
title = "One step"
command = "sketch"
[parameters.prompt]
target = ["positive.text"]
"""


async def private_answer(interaction: Interaction) -> str:
    reply = await interaction.acknowledged()
    assert reply.ephemeral
    return (await interaction.message.until(lambda message: bool(message.content))).content


async def test_the_typed_values_reach_the_graph(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, program: Program, folder: Path
) -> None:
    write(folder, "everything", PAINT, EVERY_TYPE)
    async with program().ready():
        given: dict[str, Value] = {"steps": 3, "cfg": 2.5, "sampler_name": "dpmpp_2m", "seed": 9}
        given["checkpoint"] = "sdxl/second.safetensors"
        message = await finished(discord.slash("everything", user=ALICE, prompt="a fox", options=given))
    assert message.attachments
    graph = comfyui.submitted[0]["prompt"]
    assert (
        graph["3"]["inputs"] | {"steps": 3, "cfg": 2.5, "sampler_name": "dpmpp_2m", "seed": 9} == graph["3"]["inputs"]
    )
    assert graph["4"]["inputs"]["ckpt_name"] == "sdxl/second.safetensors"
    assert graph["6"]["inputs"]["text"] == "a fox"
    assert graph["9"]["inputs"]["filename_prefix"] == "kept"


async def test_a_job_without_words_is_called_by_its_title_everywhere(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    comfyui.faults.hang_in = "ImageInvert"
    await heard(bot.log)
    interaction = await answered(discord.slash("negate", user=ALICE, image=File("a.png", picture(two_halves()))))
    await until(lambda: bool(comfyui.executed))
    assert "Negative" in await private_answer(await discord.slash("queue", user=ALICE))
    offered = await discord.autocomplete("cancel", option="job", value="", user=ALICE)
    assert [one.name for one in offered] == ["running: Negative"]
    assert "Negative" in await private_answer(await discord.slash("cancel", user=ALICE))
    await until(lambda: bool(comfyui.interrupts))
    comfyui.faults.hang_in = None
    await interaction.message.until(says("Cancelled"))
    shown = [state.content.splitlines()[0] for state in interaction.message.states if state.content]
    assert set(shown) == {"> Negative"}


async def test_the_servers_models_are_suggested(discord: DiscordStandIn, program: Program, folder: Path) -> None:
    write(folder, "everything", PAINT, EVERY_TYPE)
    async with program().ready() as bot:
        await heard(bot.log)
        found = await discord.autocomplete("everything", option="checkpoint", value="SECOND", user=ALICE)
        assert [choice.value for choice in found] == ["sdxl/second.safetensors"]
        everything = await discord.autocomplete("everything", option="checkpoint", value="", user=ALICE)
        assert len(everything) == 2
        sizes = await discord.autocomplete("imagine", option="size", value="squ", user=ALICE)
        assert [choice.value for choice in sizes] == ["square"]


async def test_a_value_that_does_not_fit_is_answered_privately(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess
) -> None:
    await heard(bot.log)
    for size, said in (("huge", "1024x768"), ("64x63", "steps of"), ("64x99999", "at most")):
        interaction = await discord.slash("imagine", user=ALICE, prompt="a fox", size=size)
        assert said in await private_answer(interaction)
    assert not comfyui.submitted


async def test_a_size_reaches_the_graph(discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess) -> None:
    await finished(discord.slash("imagine", user=ALICE, prompt="a fox", size="128 x 64"))
    assert comfyui.submitted[0]["prompt"]["5"]["inputs"] == {"width": 128, "height": 64, "batch_size": 1}


async def test_a_workflow_of_one_size_says_so(discord: DiscordStandIn, program: Program, folder: Path) -> None:
    write(folder, "onesize", PAINT, ONE_STEP.replace('command = "sketch"', ""))
    async with program().ready():
        interaction = await discord.slash("imagine", user=ALICE, prompt="a fox", size="64x64", workflow="One step")
        assert "has no option `size`. It has: `prompt`" in await private_answer(interaction)


async def test_what_a_server_lacks_is_said_and_the_command_stays(
    discord: DiscordStandIn, program: Program, folder: Path
) -> None:
    write(folder, "modelless", PAINT, ONE_STEP)
    nodeless = INVERT | {"2": {"class_type": "Sharpest", "inputs": {"image": ["1", 0]}}}
    write(folder, "nodeless", nodeless, INVERT_MANIFEST.replace("negate", "sharpen").replace("image]", "picture]"))
    async with program().ready() as bot:
        await heard(bot.log)
        said = await private_answer(await discord.slash("sketch", user=ALICE, prompt="a fox"))
        assert f"`{CHECKPOINT}` in models/checkpoints" in said
        listed = await private_answer(await discord.slash("workflows", user=ALICE))
    assert "One step" in listed
    assert "the node `Sharpest`" in listed
    assert "/srv" not in said + listed


async def test_a_model_that_arrives_brings_the_workflow_back(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, program: Program, folder: Path
) -> None:
    write(folder, "sketch", PAINT, ONE_STEP)
    async with program().ready() as bot:
        await heard(bot.log)
        assert "can’t run right now" in await private_answer(await discord.slash("sketch", user=ALICE, prompt="a fox"))
        # The operator's way: another graph that names a model which is there.
        graph = PAINT | {"4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "first.safetensors"}}}
        write(folder, "sketch", graph, ONE_STEP)
        await bot.says("workflows: ", 2)
        await finished(discord.slash("sketch", user=ALICE, prompt="a fox"))


async def test_an_age_restricted_workflow_runs_in_age_restricted_channels_only(
    discord: DiscordStandIn, program: Program, folder: Path, guilds: tuple[Guild, ...]
) -> None:
    painting = PAINT_MANIFEST.replace("default = true", "nsfw = true").replace("Painting", "Late show")
    models = '[parameters.model]\ntarget = ["CheckpointLoaderSimple.ckpt_name"]\nchoices = "server"\n'
    write(folder, "late", PAINT, painting + models)
    command = painting.replace("nsfw = true", 'nsfw = true\ncommand = "late"')
    write(folder, "later", PAINT, command + models)
    general, dark = (guilds[0].channel(name) for name in ("general", "after-dark"))
    async with program({"DIRECT_MESSAGES": "on"}).ready():
        with pytest.raises(NotOffered, match="age-restricted"):
            await discord.slash("late", user=ALICE, channel=general, prompt="a fox")
        for channel in (general, discord.direct(ALICE)):
            refused = await discord.slash("imagine", user=ALICE, channel=channel, prompt="a fox", workflow="late")
            assert "age-restricted" in await private_answer(refused)
        await finished(discord.slash("imagine", user=ALICE, channel=dark, prompt="a fox", workflow="late"))


async def test_a_servers_own_workflow_is_its_own(
    discord: DiscordStandIn, program: Program, guilds: tuple[Guild, ...], tmp_path: Path
) -> None:
    studio, gallery = guilds
    ledger = await open_patiently(f"sqlite+aiosqlite:///{tmp_path / 'data' / 'darkroom.db'}")
    graph = (tmp_path / "workflows" / "negate.json").read_text()
    manifest = INVERT_MANIFEST.replace("negate", "ours").replace("Negative", "Ours")
    for name, text in (("ours", manifest), ("clash", manifest.replace("ours", "negate").replace("Ours", "Clash"))):
        await ledger.shelf.keep_workflow(KeptWorkflow(studio.id, name, graph, text, True, True, ALICE.id))
    await ledger.close()
    async with program().ready() as bot:
        assert [one["name"] for one in discord.commands(studio)] == ["ours"]
        assert not discord.commands(gallery)
        assert "ours" not in {one["name"] for one in discord.commands()}
        here = await private_answer(await discord.slash("workflows", user=ALICE))
        there = await discord.slash("workflows", user=ALICE, channel=gallery.channels[0])
        assert "`/ours`" in here
        assert "Ours" not in await private_answer(there)
        with pytest.raises(NotOffered):
            await discord.slash("ours", user=ALICE, channel=gallery.channels[0])
        assert "the command “negate” is taken" in bot.log.read_text()


async def test_workflows_are_listed_page_by_page(discord: DiscordStandIn, program: Program, folder: Path) -> None:
    for number in range(12):
        manifest = EVERY_TYPE.replace('"everything"', f'"every{number}"').replace("Everything", f"Everything {number}")
        write(folder, f"everything{number:02}", PAINT, manifest)
    async with program().ready() as bot:
        await heard(bot.log)
        interaction = await discord.slash("workflows", user=ALICE)
        first = await private_answer(interaction)
        assert "`/every0`" in first
        assert "`euler`, `dpmpp_2m`" in first
        assert "`checkpoint`: `first`, `second`" in first
        seen = first
        for _ in range(20):
            if all(f"`/every{number}`" in seen for number in range(12)):
                break
            await answered(discord.press(interaction.message, "▶", user=ALICE))
            seen += interaction.message.content
        assert all(f"`/every{number}`" in seen for number in range(12))
        assert "`/imagine`" in seen
        assert len(first) <= 2000


async def test_a_command_that_has_gone_is_answered(
    discord: DiscordStandIn, program: Program, guilds: tuple[Guild, ...], folder: Path
) -> None:
    write(folder, "fleeting", PAINT, ONE_STEP)
    async with program().ready() as bot:
        # Discord does not hear of it, as when its own clients are slow to.
        discord.fail_next("PUT", "/applications/*/commands", 403)
        for suffix in ("json", "toml"):
            (folder / f"fleeting.{suffix}").unlink()
        await bot.says("could not register the commands")
        interaction = await discord.slash("sketch", user=ALICE, prompt="a fox")
        assert "has changed" in await private_answer(interaction)
