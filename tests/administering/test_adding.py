"""`/workflow add` through the whole program: file, summary, form, live; and everything that stands against it."""

import json
from pathlib import Path

import pytest

from tests.administering.conftest import PATIENCE, ROOT, add, json_file, make_live
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
from tests.waiting import until

pytestmark = pytest.mark.usefixtures("bot")


async def test_nothing_is_live_before_the_administrator_says_so(
    discord: DiscordStandIn, admin: User, member: User
) -> None:
    added = await add(discord, admin, json_file("My Foxes.json", txt2img(prompt_text="a fox")))
    message = added.message
    assert message.ephemeral
    assert "My foxes" in message.content
    assert "**prompt**: text, required" in message.content
    assert "**steps**: whole number 1 to 50" in message.content
    assert [button.label for button in message.buttons] == ["Make it live", "Edit", "Try it", "Discard"]
    offered = await discord.autocomplete("imagine", option="workflow", value="foxes", user=member, prompt="x")
    assert offered == []
    await answered(discord.press(message, "Make it live", user=admin))
    await message.until(lambda m: "is live" in m.content, PATIENCE)
    assert not message.buttons
    (choice,) = await discord.autocomplete("imagine", option="workflow", value="foxes", user=member, prompt="x")
    order = await answered(discord.slash("imagine", user=member, prompt="a red fox", workflow=str(choice.value)))
    done = await order.message.until(lambda m: "✅" in m.content, PATIENCE)
    assert done.attachments


async def test_a_form_gives_it_a_command_of_its_own(discord: DiscordStandIn, admin: User, member: User) -> None:
    added = await add(discord, admin, json_file("foxes.json", txt2img()))
    pressed = await answered(discord.press(added.message, "Edit", user=admin))
    fields = pressed.modal.fields
    assert fields["Title"]["value"] == "Foxes"
    assert "[parameters.prompt]" in fields["Options"]["value"]
    options = '[parameters.words]\ntarget = ["6.text"]\nlabel = "Words"\nrequired = true\n'
    form = {"Title": "Fox maker", "Command (empty: only through /imagine)": "/fox", "Options": options}
    await answered(pressed.submit(form))
    await added.message.until(lambda m: "Fox maker" in m.content and "`/fox`" in m.content, PATIENCE)
    assert "**words**" in added.message.content
    assert "**steps**" not in added.message.content
    await answered(discord.press(added.message, "Make it live", user=admin))
    await discord.until(lambda: any(one["name"] == "fox" for one in discord.commands(discord.guild)), PATIENCE)
    order = await answered(discord.slash("fox", user=member, words="a red fox"))
    await order.message.until(lambda m: "✅" in m.content, PATIENCE)


async def test_what_was_typed_is_kept_when_it_does_not_fit(discord: DiscordStandIn, admin: User) -> None:
    added = await add(discord, admin, json_file("foxes.json", txt2img()))
    steps = '[parameters.steps]\ntarget = ["KSampler.steps"]\nmin = "x"'
    typed = f'[parameters.prompt]\ntarget = ["Nowhere.text"]\n\n{steps}'
    pressed = await answered(discord.press(added.message, "Edit", user=admin))
    await (await pressed.submit({"Options": typed})).acknowledged()
    message = await added.message.until(lambda m: "Nowhere" in m.content, PATIENCE)
    assert "min should be a number" in message.content
    assert {button.label: button.disabled for button in message.buttons}["Make it live"]
    again = await answered(discord.press(message, "Edit", user=admin))
    assert again.modal.fields["Options"]["value"] == typed
    await (await again.submit({"Options": typed.replace("Nowhere", "6").replace('"x"', "2")})).acknowledged()
    await message.until(lambda m: "**steps**: whole number 2 to" in m.content, PATIENCE)


async def test_what_is_not_clear_is_asked(discord: DiscordStandIn, admin: User) -> None:
    graph = txt2img(prompt_text="a fox") | {
        "16": {**txt2img(prompt_text="a whale")["6"], "_meta": {"title": "Second"}},
        "13": txt2img()["3"],
        "18": txt2img()["8"],
        "19": txt2img(prefix="second")["9"],
    }
    graph["13"]["inputs"]["positive"] = ["16", 0]
    graph["18"]["inputs"]["samples"] = ["13", 0]
    graph["19"]["inputs"]["images"] = ["18", 0]
    added = await add(discord, admin, json_file("two.json", graph))
    assert "What is the **prompt**?" in added.message.content
    assert "Second.text" in added.message.content
    assert {button.label: button.disabled for button in added.message.buttons}["Make it live"]
    pressed = await answered(discord.press(added.message, "Edit", user=admin))
    await (await pressed.submit({"What is the prompt?": ["Second.text"]})).acknowledged()
    message = await added.message.until(lambda m: "**prompt**: text, required → Second.text" in m.content, PATIENCE)
    assert not {button.label: button.disabled for button in message.buttons}["Make it live"]


async def test_it_can_be_tried_before_it_is_live(discord: DiscordStandIn, admin: User, member: User) -> None:
    added = await add(discord, admin, json_file("card.json", model_free()))
    tried = await answered(discord.press(added.message, "Try it", user=admin))
    await tried.message.until(lambda m: "✅" in m.content and bool(m.attachments), PATIENCE)
    offered = await discord.autocomplete("imagine", option="workflow", value="card", user=member, prompt="x")
    assert offered == []


async def test_a_discarded_draft_is_gone(discord: DiscordStandIn, admin: User) -> None:
    added = await add(discord, admin, json_file("foxes.json", txt2img()))
    state = added.message.state
    await (await discord.press(added.message, "Discard", user=admin)).acknowledged()
    await added.message.until(lambda m: "discarded" in m.content, PATIENCE)
    late = await answered(discord.press(added.message, "Make it live", user=admin, state=state))
    assert "not here any more" in late.message.content


async def test_a_picture_that_comfyui_made_is_a_workflow(discord: DiscordStandIn, admin: User, member: User) -> None:
    order = await answered(discord.slash("imagine", user=member, prompt="a fox", seed=5))
    done = await order.message.until(lambda m: "✅" in m.content, PATIENCE)
    picture = File("from the bot.png", done.attachments[0].content)
    added = await add(discord, admin, picture)
    assert "From the bot" in added.message.content
    assert "**prompt**" in added.message.content


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (File("notes.txt", b"hello"), "neither a ComfyUI workflow"),
        (File("empty.json", b"{}"), "not a workflow"),
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
    ids=["text", "empty", "picture", "loose", "unknown", "no-output", "unconnected", "huge"],
)
async def test_what_is_no_workflow_is_refused_in_plain_words(
    discord: DiscordStandIn, admin: User, file: File, said: str
) -> None:
    added = await add(discord, admin, file)
    assert said in added.message.content
    assert not added.message.buttons


async def test_a_missing_model_is_a_warning(discord: DiscordStandIn, admin: User) -> None:
    graph = txt2img() | {
        "20": {"class_type": "UpscaleModelLoader", "inputs": {"model_name": "giant.safetensors"}},
        "21": {"class_type": "ImageUpscaleWithModel", "inputs": {"upscale_model": ["20", 0], "image": ["8", 0]}},
    }
    graph["9"]["inputs"]["images"] = ["21", 0]
    added = await add(discord, admin, json_file("large.json", graph))
    assert "No picture server can run it yet" in added.message.content
    assert "giant.safetensors" in added.message.content
    states = {button.label: button.disabled for button in added.message.buttons}
    assert states["Try it"]
    assert not states["Make it live"]


async def test_only_administrators_at_every_step(discord: DiscordStandIn, admin: User, member: User) -> None:
    with pytest.raises(NotOffered):
        await discord.slash("workflow add", user=member, file=json_file("a.json", model_free()))
    discord.reassigned.add("workflow")
    refused = await answered(discord.slash("workflow add", user=member, file=json_file("a.json", model_free())))
    assert "Manage Server" in refused.message.content
    for command in ("test", "disable", "enable", "remove", "export"):
        refused = await answered(discord.slash(f"workflow {command}", user=member, name="text_to_image"))
        assert "Manage Server" in refused.message.content
    assert await discord.autocomplete("workflow test", option="name", value="", user=member) == []
    added = await add(discord, admin, json_file("foxes.json", txt2img()))
    fallen = User("ada", id=admin.id)  # no longer an administrator
    for label in ("Make it live", "Edit", "Try it", "Discard"):
        pressed = await answered(discord.press(added.message, label, user=fallen))
        assert "Manage Server" in pressed.message.content
    opened = await answered(discord.press(added.message, "Edit", user=admin))
    opened.user = fallen
    sent = await answered(opened.submit({"Title": "Mine"}))
    assert "Manage Server" in sent.message.content


async def test_a_neighbour_neither_sees_nor_reaches_it(
    discord: DiscordStandIn, neighbour: Guild, admin: User, member: User
) -> None:
    lobby = neighbour.channels[0]
    added = await add(discord, admin, json_file("foxes.json", txt2img()))
    custom_id = next(button.custom_id for button in added.message.buttons if button.label == "Make it live")
    theirs = await answered(
        discord.slash("workflow add", user=admin, channel=lobby, file=json_file("b.json", txt2img()))
    )
    await theirs.message.until(lambda message: not message.loading, PATIENCE)
    # Their own message, with the other draft's button forged into it.
    forged = json.loads(json.dumps(theirs.message.state.components))
    assert custom_id is not None
    forged[0]["components"][0]["custom_id"] = custom_id
    state = type(theirs.message.state)(components=tuple(forged), flags=theirs.message.state.flags)
    pressed = await answered(discord.press(theirs.message, "Make it live", user=admin, state=state))
    assert "not here any more" in pressed.message.content
    await (await discord.press(added.message, "Make it live", user=admin)).acknowledged()
    await added.message.until(lambda m: "is live" in m.content, PATIENCE)
    for command in ("test", "disable", "remove", "export"):
        for name in ("foxes", f"{discord.guild.id}/foxes", "Foxes"):
            asked = await answered(discord.slash(f"workflow {command}", user=admin, channel=lobby, name=name))
            assert "no such workflow" in asked.message.content
    found = await discord.autocomplete("workflow test", option="name", value="foxes", user=admin, channel=lobby)
    assert found == []
    seen = await discord.autocomplete(
        "imagine", option="workflow", value="foxes", user=member, channel=lobby, prompt="x"
    )
    assert seen == []


async def test_drafts_and_live_ones_survive_a_restart(discord: DiscordStandIn, admin: User, bot: BotProcess) -> None:
    await make_live(discord, admin, json_file("foxes.json", txt2img()))
    draft = await add(discord, admin, json_file("whales.json", txt2img()))
    opened = await answered(discord.press(draft.message, "Edit", user=admin))
    await bot.kill()
    await bot.start()
    await bot.wait_ready()
    await (await opened.submit({"Title": "Blue whales"})).acknowledged()
    await draft.message.until(lambda m: "Blue whales" in m.content, PATIENCE)
    await (await discord.press(draft.message, "Make it live", user=admin)).acknowledged()
    await draft.message.until(lambda m: "is live" in m.content, PATIENCE)
    tested = await answered(discord.slash("workflow test", user=admin, name="foxes"))
    await tested.message.until(lambda m: "✅" in m.content, PATIENCE)


async def test_what_the_editor_saves_is_converted_and_runs(discord: DiscordStandIn, admin: User) -> None:
    added = await add(discord, admin, json_file("drawn.json", with_subgraph()))
    assert "**prompt**: text, required → Inner.text" in added.message.content
    tried = await answered(discord.press(added.message, "Try it", user=admin))
    done = await tried.message.until(lambda m: "✅" in m.content, PATIENCE)
    assert done.attachments


async def test_what_cannot_be_converted_is_answered_with_the_way_round_it(discord: DiscordStandIn, admin: User) -> None:
    drawn = drawing()
    find(drawn, 5)["type"] = "SuperLatent"
    added = await add(discord, admin, json_file("drawn.json", drawn))
    assert "SuperLatent" in added.message.content
    assert "Export (API)" in added.message.content


async def test_without_a_picture_server_nothing_can_be_checked(
    discord: DiscordStandIn, admin: User, bot: BotProcess, tmp_path: Path
) -> None:
    await bot.terminate()
    env = {"COMFYUI_URLS": "http://127.0.0.1:9", "DATA_DIR": str(tmp_path / "other")}
    async with BotProcess(discord, log=tmp_path / "other.log", env=env, cwd=ROOT) as lonely:
        await lonely.wait_ready()
        added = await add(discord, admin, json_file("foxes.json", txt2img()))
    assert "No picture server is answering" in added.message.content


async def test_an_operator_says_which_nodes_may_be_uploaded(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, admin: User, bot: BotProcess, tmp_path: Path
) -> None:
    await bot.terminate()
    allowed = "KSampler*, CLIPTextEncode, CheckpointLoaderSimple, VAE*, EmptyLatentImage"
    env = {"COMFYUI_URLS": comfyui.url, "DATA_DIR": str(tmp_path / "other"), "WORKFLOW_NODES": allowed}
    async with BotProcess(discord, log=tmp_path / "other.log", env=env, cwd=ROOT) as strict:
        await strict.wait_ready()
        await until(lambda: f"{comfyui.url} answers" in strict.log.read_text(), PATIENCE)
        added = await add(discord, admin, json_file("foxes.json", txt2img()))
    assert "SaveImage" in added.message.content
    assert "not allowed" in added.message.content
    assert "KSampler" not in added.message.content


async def test_a_graph_that_leaves_its_folders_is_refused(discord: DiscordStandIn, admin: User) -> None:
    added = await add(discord, admin, json_file("climb.json", txt2img(prefix="../../climb")))
    assert "outside" in added.message.content
    assert not added.message.buttons


async def test_a_manifest_opens_no_way_out_either(discord: DiscordStandIn, admin: User) -> None:
    added = await add(discord, admin, json_file("foxes.json", txt2img()))
    prompt = '[parameters.prompt]\ntarget = ["6.text"]\n\n'
    for section in ('[parameters.place]\ntarget = ["9.filename_prefix"]\nhidden = "/etc/x"', _PLACE):
        pressed = await answered(discord.press(added.message, "Edit", user=admin))
        await answered(pressed.submit({"Options": prompt + section}))
        message = await added.message.until(lambda m: "place" in m.content, PATIENCE)
        assert {button.label: button.disabled for button in message.buttons}["Make it live"]
        await (await (await _edited(discord, added.message, admin)).submit({"Options": prompt})).acknowledged()
        await added.message.until(lambda m: "place" not in m.content, PATIENCE)


_PLACE = '[parameters.place]\ntarget = ["9.filename_prefix"]'


async def _edited(discord: DiscordStandIn, message: Message, user: User) -> Interaction:
    return await answered(discord.press(message, "Edit", user=user))
