"""`/workflow add` through the whole program: file, summary, form, live; and everything that stands against it."""

import json
from pathlib import Path

import pytest

from tests.administering.conftest import ADMIN, MEMBER, add, json_file, make_live
from tests.administering.drawings import drawing, find, with_subgraph
from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.graphs import model_free, txt2img
from tests.discord_server import (
    BotProcess,
    DiscordStandIn,
    File,
    Guild,
    Interaction,
    Message,
    NotOffered,
    User,
    answered,
)
from tests.looks import finished, labels, says
from tests.programs import ROOT

pytestmark = pytest.mark.usefixtures("bot")


async def test_nothing_is_live_before_the_administrator_says_so(discord: DiscordStandIn) -> None:
    added = await add(discord, ADMIN, json_file("My Foxes.json", txt2img(prompt_text="a fox")))
    message = added.message
    assert message.ephemeral
    assert "My foxes" in message.content
    assert "**prompt**: text, required" in message.content
    assert "**steps**: whole number from 1 to 50" in message.content
    assert labels(message) == ["Make it live", "Edit", "Try it", "Discard"]
    offered = await discord.autocomplete("imagine", option="workflow", value="foxes", user=MEMBER, prompt="x")
    assert offered == []
    await answered(discord.press(message, "Make it live", user=ADMIN))
    await message.until(says("is live"))
    assert not message.buttons
    (choice,) = await discord.autocomplete("imagine", option="workflow", value="foxes", user=MEMBER, prompt="x")
    done = await finished(discord.slash("imagine", user=MEMBER, prompt="a red fox", workflow=str(choice.value)))
    assert done.attachments


async def test_a_form_gives_it_a_command_of_its_own(discord: DiscordStandIn) -> None:
    added = await add(discord, ADMIN, json_file("foxes.json", txt2img()))
    pressed = await answered(discord.press(added.message, "Edit", user=ADMIN))
    fields = pressed.modal.fields
    assert fields["Title"]["value"] == "Foxes"
    assert "[parameters.prompt]" in fields["Options"]["value"]
    options = '[parameters.words]\ntarget = ["6.text"]\nlabel = "Words"\nrequired = true\n'
    form = {"Title": "Fox maker", "Command (empty: /imagine only)": "/fox", "Options": options}
    await answered(pressed.submit(form))
    await added.message.until(lambda m: "Fox maker" in m.content and "`/fox`" in m.content)
    assert "**words**" in added.message.content
    assert "**steps**" not in added.message.content
    await answered(discord.press(added.message, "Make it live", user=ADMIN))
    await discord.until(lambda: any(one["name"] == "fox" for one in discord.commands(discord.guild)))
    await finished(discord.slash("fox", user=MEMBER, words="a red fox"))


async def test_what_was_typed_is_kept_when_it_does_not_fit(discord: DiscordStandIn) -> None:
    added = await add(discord, ADMIN, json_file("foxes.json", txt2img()))
    steps = '[parameters.steps]\ntarget = ["KSampler.steps"]\nmin = "x"'
    typed = f'[parameters.prompt]\ntarget = ["Nowhere.text"]\n\n{steps}'
    pressed = await answered(discord.press(added.message, "Edit", user=ADMIN))
    await (await pressed.submit({"Options": typed})).acknowledged()
    message = await added.message.until(says("Nowhere"))
    assert "min should be a number" in message.content
    assert {button.label: button.disabled for button in message.buttons}["Make it live"]
    again = await answered(discord.press(message, "Edit", user=ADMIN))
    assert again.modal.fields["Options"]["value"] == typed
    await (await again.submit({"Options": typed.replace("Nowhere", "6").replace('"x"', "2")})).acknowledged()
    await message.until(says("**steps**: whole number from 2 to"))


async def test_what_is_not_clear_is_asked(discord: DiscordStandIn) -> None:
    graph = txt2img(prompt_text="a fox") | {
        "16": {**txt2img(prompt_text="a whale")["6"], "_meta": {"title": "Second"}},
        "13": txt2img()["3"],
        "18": txt2img()["8"],
        "19": txt2img(prefix="second")["9"],
    }
    graph["13"]["inputs"]["positive"] = ["16", 0]
    graph["18"]["inputs"]["samples"] = ["13", 0]
    graph["19"]["inputs"]["images"] = ["18", 0]
    added = await add(discord, ADMIN, json_file("two.json", graph))
    assert "Which one is the **prompt**:" in added.message.content
    assert "Second.text" in added.message.content
    assert {button.label: button.disabled for button in added.message.buttons}["Make it live"]
    pressed = await answered(discord.press(added.message, "Edit", user=ADMIN))
    await (await pressed.submit({"Which one is the prompt?": ["Second.text"]})).acknowledged()
    message = await added.message.until(says("**prompt**: text, required → Second.text"))
    assert not {button.label: button.disabled for button in message.buttons}["Make it live"]


async def test_it_can_be_tried_before_it_is_live(discord: DiscordStandIn) -> None:
    added = await add(discord, ADMIN, json_file("card.json", model_free()))
    tried = await answered(discord.press(added.message, "Try it", user=ADMIN))
    await tried.message.until(lambda m: "✅" in m.content and bool(m.attachments))
    offered = await discord.autocomplete("imagine", option="workflow", value="card", user=MEMBER, prompt="x")
    assert offered == []


async def test_names_in_any_script_keep_apart_and_are_its_titles(discord: DiscordStandIn) -> None:
    for name in ("夜の狐", "朝の狐"):
        await make_live(discord, ADMIN, json_file(f"{name}.json", txt2img()))
    offered = await discord.autocomplete("imagine", option="workflow", value="狐", user=MEMBER, prompt="x")
    assert [one.name for one in offered] == ["夜の狐", "朝の狐"]
    done = await finished(discord.slash("imagine", user=MEMBER, prompt="a fox", workflow="朝の狐"))
    assert "朝の狐" in done.content
    replaced = await add(discord, ADMIN, File("____.json", json.dumps(txt2img()).encode(), title="夜の狐"))
    assert replaced.message.content.startswith("**夜の狐**")
    named = await add(discord, ADMIN, json_file("a.json", txt2img()), name="夜の狐")
    assert named.message.content.startswith("**夜の狐**")
    assert "It replaces the current" in named.message.content


async def test_a_discarded_draft_is_gone(discord: DiscordStandIn) -> None:
    added = await add(discord, ADMIN, json_file("foxes.json", txt2img()))
    state = added.message.state
    await (await discord.press(added.message, "Discard", user=ADMIN)).acknowledged()
    await added.message.until(says("Discarded the draft"))
    late = await answered(discord.press(added.message, "Make it live", user=ADMIN, state=state))
    assert "no longer exists" in late.message.content


async def test_a_picture_that_comfyui_made_is_a_workflow(discord: DiscordStandIn) -> None:
    done = await finished(discord.slash("imagine", user=MEMBER, prompt="a fox", seed=5))
    picture = File("from the bot.png", done.attachments[0].content)
    added = await add(discord, ADMIN, picture)
    assert "From the bot" in added.message.content
    assert "**prompt**" in added.message.content


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (File("notes.txt", b"hello"), "neither a ComfyUI workflow"),
        (File("empty.json", b"{}"), "not a workflow"),
        (json_file("package.json", {"name": "my-site", "version": "1.0.0", "scripts": {}}), "JSON object of nodes"),
        (File("cut.png", b"\x89PNG\r\n\x1a\n"), "no workflow"),
        (json_file("loose.json", {"1": {"class_type": "SaveImage", "inputs": {"images": ["2", 0]}}}), "does not exist"),
        (json_file("own.json", {"1": {"class_type": "MyOwnNode", "inputs": {}}}), "MyOwnNode"),
        (json_file("nothing.json", {"1": txt2img()["4"]}), "Save Image"),
        (
            json_file("bare.json", {"9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x"}}}),
            "nothing is connected to images",
        ),
        (File("huge.json", b'{"a": "' + b"x" * 2_200_000 + b'"}'), "larger than 2 MB"),
    ],
    ids=["text", "empty", "json", "picture", "loose", "unknown", "no-output", "unconnected", "huge"],
)
async def test_what_is_no_workflow_is_refused_in_plain_words(discord: DiscordStandIn, file: File, said: str) -> None:
    added = await add(discord, ADMIN, file)
    assert said in added.message.content
    assert not added.message.buttons


async def test_a_missing_model_is_a_warning(discord: DiscordStandIn) -> None:
    graph = txt2img() | {
        "20": {"class_type": "UpscaleModelLoader", "inputs": {"model_name": "giant.safetensors"}},
        "21": {"class_type": "ImageUpscaleWithModel", "inputs": {"upscale_model": ["20", 0], "image": ["8", 0]}},
    }
    graph["9"]["inputs"]["images"] = ["21", 0]
    added = await add(discord, ADMIN, json_file("large.json", graph))
    assert "No ComfyUI server can run it yet" in added.message.content
    assert "giant.safetensors" in added.message.content
    states = {button.label: button.disabled for button in added.message.buttons}
    assert states["Try it"]
    assert not states["Make it live"]


async def test_only_administrators_at_every_step(discord: DiscordStandIn) -> None:
    with pytest.raises(NotOffered):
        await discord.slash("workflow add", user=MEMBER, file=json_file("a.json", model_free()))
    discord.reassigned.add("workflow")
    refused = await answered(discord.slash("workflow add", user=MEMBER, file=json_file("a.json", model_free())))
    assert "Manage Server" in refused.message.content
    for command in ("test", "disable", "enable", "remove", "export"):
        refused = await answered(discord.slash(f"workflow {command}", user=MEMBER, name="text_to_image"))
        assert "Manage Server" in refused.message.content
    assert await discord.autocomplete("workflow test", option="name", value="", user=MEMBER) == []
    added = await add(discord, ADMIN, json_file("foxes.json", txt2img()))
    fallen = User("ada", id=ADMIN.id)  # no longer an administrator
    for label in ("Make it live", "Edit", "Try it", "Discard"):
        pressed = await answered(discord.press(added.message, label, user=fallen))
        assert "Manage Server" in pressed.message.content
    opened = await answered(discord.press(added.message, "Edit", user=ADMIN))
    opened.user = fallen
    sent = await answered(opened.submit({"Title": "Mine"}))
    assert "Manage Server" in sent.message.content


async def test_a_neighbour_neither_sees_nor_reaches_it(discord: DiscordStandIn, neighbour: Guild) -> None:
    lobby = neighbour.channels[0]
    added = await add(discord, ADMIN, json_file("foxes.json", txt2img()))
    custom_id = next(button.custom_id for button in added.message.buttons if button.label == "Make it live")
    theirs = await answered(
        discord.slash("workflow add", user=ADMIN, channel=lobby, file=json_file("b.json", txt2img()))
    )
    await theirs.message.until(lambda message: not message.loading)
    # Their own message, with the other draft's button forged into it.
    forged = json.loads(json.dumps(theirs.message.state.components))
    assert custom_id is not None
    forged[0]["components"][0]["custom_id"] = custom_id
    state = type(theirs.message.state)(components=tuple(forged), flags=theirs.message.state.flags)
    pressed = await answered(discord.press(theirs.message, "Make it live", user=ADMIN, state=state))
    assert "no longer exists" in pressed.message.content
    await (await discord.press(added.message, "Make it live", user=ADMIN)).acknowledged()
    await added.message.until(says("is live"))
    for command in ("test", "disable", "remove", "export"):
        for name in ("foxes", f"{discord.guild.id}/foxes", "Foxes"):
            asked = await answered(discord.slash(f"workflow {command}", user=ADMIN, channel=lobby, name=name))
            assert "can’t find that workflow" in asked.message.content
    found = await discord.autocomplete("workflow test", option="name", value="foxes", user=ADMIN, channel=lobby)
    assert found == []
    seen = await discord.autocomplete(
        "imagine", option="workflow", value="foxes", user=MEMBER, channel=lobby, prompt="x"
    )
    assert seen == []


async def test_drafts_and_live_ones_survive_a_restart(discord: DiscordStandIn, bot: BotProcess) -> None:
    await make_live(discord, ADMIN, json_file("foxes.json", txt2img()))
    draft = await add(discord, ADMIN, json_file("whales.json", txt2img()))
    opened = await answered(discord.press(draft.message, "Edit", user=ADMIN))
    await bot.restart()
    await (await opened.submit({"Title": "Blue whales"})).acknowledged()
    await draft.message.until(says("Blue whales"))
    await (await discord.press(draft.message, "Make it live", user=ADMIN)).acknowledged()
    await draft.message.until(says("is live"))
    await finished(discord.slash("workflow test", user=ADMIN, name="foxes"))


async def test_what_the_editor_saves_is_converted_and_runs(discord: DiscordStandIn) -> None:
    drawn = with_subgraph()
    added = await add(discord, ADMIN, json_file("drawn.json", drawn))
    assert "**prompt**: text, required → Inner.text" in added.message.content
    # Another model would not do: its author chose this one.
    assert "`tiny.safetensors` in models/checkpoints" in added.message.content
    find(drawn, 4)["widgets_values"] = ["tiny-random-sd15.safetensors"]
    added = await add(discord, ADMIN, json_file("drawn.json", drawn))
    done = await finished(discord.press(added.message, "Try it", user=ADMIN))
    assert done.attachments


async def test_what_cannot_be_converted_is_answered_with_the_way_round_it(discord: DiscordStandIn) -> None:
    drawn = drawing()
    find(drawn, 5)["type"] = "SuperLatent"
    added = await add(discord, ADMIN, json_file("drawn.json", drawn))
    assert "SuperLatent" in added.message.content
    assert "Export (API)" in added.message.content


async def test_without_a_picture_server_nothing_can_be_checked(
    discord: DiscordStandIn, bot: BotProcess, tmp_path: Path
) -> None:
    await bot.terminate()
    env = {"COMFYUI_URLS": "http://127.0.0.1:9", "DATA_DIR": str(tmp_path / "other")}
    async with BotProcess(discord, log=tmp_path / "other.log", env=env, cwd=ROOT).ready():
        added = await add(discord, ADMIN, json_file("foxes.json", txt2img()))
    assert "No ComfyUI server is available" in added.message.content


async def test_an_operator_says_which_nodes_may_be_uploaded(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, bot: BotProcess, tmp_path: Path
) -> None:
    await bot.terminate()
    allowed = "KSampler*, CLIPTextEncode, CheckpointLoaderSimple, VAE*, EmptyLatentImage"
    env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(tmp_path / "other"), "WORKFLOW_NODES": allowed}
    async with BotProcess(discord, log=tmp_path / "other.log", env=env, cwd=ROOT).ready() as strict:
        await strict.says(f"{comfyui.url} answers")
        added = await add(discord, ADMIN, json_file("foxes.json", txt2img()))
    assert "SaveImage" in added.message.content
    assert "isn’t allowed in uploaded workflows" in added.message.content
    assert "KSampler" not in added.message.content


async def test_a_graph_that_leaves_its_folders_is_refused(discord: DiscordStandIn) -> None:
    added = await add(discord, ADMIN, json_file("climb.json", txt2img(prefix="../../climb")))
    assert "outside" in added.message.content
    assert not added.message.buttons


async def test_a_manifest_opens_no_way_out_either(discord: DiscordStandIn) -> None:
    added = await add(discord, ADMIN, json_file("foxes.json", txt2img()))
    prompt = '[parameters.prompt]\ntarget = ["6.text"]\n\n'
    for section in ('[parameters.place]\ntarget = ["9.filename_prefix"]\nhidden = "/etc/x"', _PLACE):
        pressed = await answered(discord.press(added.message, "Edit", user=ADMIN))
        await answered(pressed.submit({"Options": prompt + section}))
        message = await added.message.until(says("a path "))
        assert {button.label: button.disabled for button in message.buttons}["Make it live"]
        await (await (await _edited(discord, added.message, ADMIN)).submit({"Options": prompt})).acknowledged()
        await added.message.until(lambda m: "place" not in m.content)


_PLACE = '[parameters.place]\ntarget = ["9.filename_prefix"]'


async def _edited(discord: DiscordStandIn, message: Message, user: User) -> Interaction:
    return await answered(discord.press(message, "Edit", user=user))
