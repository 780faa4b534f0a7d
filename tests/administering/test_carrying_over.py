"""What of a file reaches the server as its author meant it: model names, choices of numbers, settings of the editor."""

import json
from pathlib import Path

import pytest

from bot.discord_ui.workflows.upload import examine
from bot.errors import PackError
from bot.workflows.imports.editor_format import import_graph, not_carried_over
from bot.workflows.manifests.manifest_form import compose, lost_in, noting, proposed, read_pack, split
from tests.administering.conftest import ADMIN, MEMBER, add, json_file
from tests.administering.drawings import drawing, find
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import txt2img
from tests.discord_server import BotProcess, DiscordStandIn, File, answered
from tests.looks import finished, is_done, labels
from tests.programs import ROOT
from tests.workflows.cases import FOLDER, windows
from tests.workflows.known import known


def test_what_the_editor_alone_can_read_is_named() -> None:
    text = (FOLDER / "ui_power_lora.json").read_text()
    graph = import_graph("lora", text, windows())
    assert graph["50"]["inputs"] == {"model": ["4", 0]}
    (lost,) = not_carried_over(text, windows())
    assert "Power Lora Loader (rgthree)" in lost
    assert "detail_tweaker_xl.safetensors" in lost
    manifest = compose(noting(proposed("lora", graph), [lost]))
    assert lost_in(manifest) == (lost,)
    assert lost_in(compose(split(manifest))) == (lost,)


def test_a_loss_of_many_nodes_fits_into_the_manifest() -> None:
    form = noting(proposed("fox", txt2img()), [f"{number} {'x' * 190}" for number in range(300)])
    kept = lost_in(compose(form))
    assert len(kept) == 20
    assert kept[-1] == "the same of 281 more nodes"
    assert "prompt" in read_pack("fox", txt2img(), compose(form)).parameters


def test_a_node_whose_mode_is_no_number_is_read() -> None:
    drawn = json.loads((FOLDER / "ui_power_lora.json").read_text())
    whole = import_graph("lora", json.dumps(drawn), windows())
    for node in drawn["nodes"]:
        node["mode"] = {}
    assert import_graph("lora", json.dumps(drawn), windows()) == whole
    assert len(not_carried_over(json.dumps(drawn), windows())) == 1


def test_what_the_editor_keeps_beside_an_input_is_no_loss() -> None:
    drawn = drawing()
    drawn["nodes"].append({"id": 99, "type": "LoadImage", "widgets_values": ["a.png", "image"], "mode": 0})
    assert not_carried_over(json.dumps(drawn), known()) == ()
    assert not_carried_over(json.dumps(txt2img()), known()) == ()
    find(drawn, 99)["widgets_values"].append({"on": True, "lora": "x.safetensors"})
    assert "x.safetensors" in not_carried_over(json.dumps(drawn), known())[0]


def test_what_is_dropped_anyway_does_no_harm() -> None:
    graph, lost = examine("nan", (FOLDER / "nan_t2i.png").read_bytes(), [known()], ())
    assert graph["3"].keys() == {"class_type", "inputs", "_meta"}
    assert lost == ()
    text = json.dumps({"1": {"class_type": "KSampler", "inputs": {"cfg": float("nan")}}})
    with pytest.raises(PackError) as raised:
        import_graph("nan", text, known())
    assert "NaN, which is not a number" in raised.value.faults[0]


@pytest.mark.usefixtures("bot")
async def test_a_proposal_says_what_it_lacks(discord: DiscordStandIn) -> None:
    drawn = drawing()
    loader = next(node for node in drawn["nodes"] if node["type"] == "CheckpointLoaderSimple")
    loader["widgets_values"].append({"on": True, "lora": "detail.safetensors", "strength": 0.8})
    added = await add(discord, ADMIN, json_file("drawn.json", drawn))
    assert "Not carried over" in added.message.content
    assert "detail.safetensors" in added.message.content
    assert "Export (API)" in added.message.content


@pytest.mark.usefixtures("bot")
async def test_a_picture_with_nan_is_a_workflow(discord: DiscordStandIn) -> None:
    added = await add(discord, ADMIN, File("nan.png", (FOLDER / "nan_t2i.png").read_bytes()))
    assert "Make it live" in labels(added.message)


@pytest.mark.usefixtures("bot")
async def test_another_model_is_told_in_the_message_and_in_the_recipe(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    order = await answered(discord.slash("imagine", user=MEMBER, prompt="a fox"))
    done = await order.message.until(is_done)
    note = "`v1-5-pruned-emaonly-fp16.safetensors` isn’t on the image server: `tiny-random-sd15.safetensors` was used"
    assert note in done.content
    recipe = await answered(discord.press(order.message, "Recipe", user=MEMBER))
    assert note in recipe.message.content
    assert comfyui.submitted[0]["prompt"]["4"]["inputs"]["ckpt_name"] == "tiny-random-sd15.safetensors"


async def test_either_slash_leads_to_the_servers_own_spelling(discord: DiscordStandIn, tmp_path: Path) -> None:
    there, back = "SDXL/style 03/model_v3.safetensors", "SDXL\\style 03\\model_v3.safetensors"
    packs = tmp_path / "packs"
    packs.mkdir()
    graph = txt2img()
    graph["4"]["inputs"]["ckpt_name"] = there
    (packs / "paths.json").write_text(json.dumps(graph))
    options = (
        '[parameters.prompt]\ntarget = ["6.text"]\n[parameters.model]\ntarget = ["4.ckpt_name"]\nchoices = "server"\n'
    )
    (packs / "paths.toml").write_text(f'command = "paths"\n{options}')
    async with ComfyUIStandIn(checkpoints=("first.safetensors", back)) as comfyui:
        env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(tmp_path / "data"), "WORKFLOWS_DIR": str(packs)}
        async with BotProcess(discord, log=tmp_path / "bot.log", env=env, cwd=ROOT).ready() as bot:
            await bot.says(f"{comfyui.url} answers")
            await discord.until(lambda: any(one["name"] == "paths" for one in discord.commands()))
            offered = await discord.autocomplete("paths", option="model", value="style 03/mod", user=MEMBER, prompt="x")
            assert [one.value for one in offered] == [back]
            for given in ({}, {"model": there}, {"model": back}):
                done = await finished(discord.slash("paths", user=MEMBER, options={"prompt": "a fox", **given}))
                assert "instead" not in done.content
        sent = [body["prompt"]["4"]["inputs"]["ckpt_name"] for body in comfyui.submitted]
    assert sent == [back] * 3


@pytest.mark.usefixtures("bot")
@pytest.mark.parametrize(
    "manifest", ["a" + ".a" * 32_000 + " = 1", "a=" + "[" * 60_000, "a=" + "1" * 10_000, "[" * 60_000, b"\xff\xfe"]
)
async def test_a_manifest_of_any_kind_is_answered(discord: DiscordStandIn, manifest: str | bytes) -> None:
    file = File("x.toml", manifest if isinstance(manifest, bytes) else manifest.encode())
    added = await add(discord, ADMIN, json_file("foxes.json", txt2img()), manifest=file)
    assert "I can’t add this workflow" in added.message.content
    assert "Something went wrong" not in added.message.content


@pytest.mark.usefixtures("bot")
async def test_a_graph_of_any_depth_is_answered(discord: DiscordStandIn, tmp_path: Path) -> None:
    for content in (b"[" * 200_000, b'{"a":' * 200_000, b'{"1":{"class_type":"X","inputs":{"x":' + b"[" * 990):
        added = await add(discord, ADMIN, File("deep.json", content))
        assert "I can’t add this workflow" in added.message.content
    climbing = txt2img(prompt_text="a" + "/../" * 30_000 + " x")
    added = await add(discord, ADMIN, json_file("climbing.json", climbing))
    assert "Make it live" in labels(added.message)
