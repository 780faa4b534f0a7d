"""Moderators make styles, members use them, and the graph that ComfyUI gets has them."""

import asyncio
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.faults import Failure
from tests.commands.packs import write
from tests.discord_server import BotProcess, DiscordStandIn, File, Guild, Message, NotOffered, User, answered
from tests.discord_server.resolving import Value
from tests.imagine.shapes import CHECKPOINT
from tests.imagine.test_kept_values import posted, recipe_of, typed
from tests.looks import is_done, is_failed
from tests.people import ALICE, BOB, MONA
from tests.styles.conftest import BARE_MANIFEST, HELPERS, MAX, added, form_of, sent
from tests.waiting import until
from tests.workflows.samples import changes


async def asked(discord: DiscordStandIn, **given: Value) -> Message:
    options: Mapping[str, Value] = {"prompt": "a fox", "seed": 5, **given}
    interaction = await answered(discord.slash("imagine", user=ALICE, options=options))
    return await interaction.message.until(lambda one: one.ephemeral or is_done(one))


async def told(discord: DiscordStandIn, command: str, user: User = MONA, **options: Value) -> str:
    interaction = await answered(discord.slash(command, user=user, options=options))
    await interaction.message.until(lambda message: not message.loading)
    return interaction.message.content


def inputs(graph: Mapping[str, Any]) -> dict[str, Any]:
    """What styles can change in the graph of the pack `paint`."""
    return {
        "prompt": graph["6"]["inputs"]["text"],
        "negative": graph["7"]["inputs"]["text"],
        "size": (graph["5"]["inputs"]["width"], graph["5"]["inputs"]["height"]),
        "steps": graph["3"]["inputs"]["steps"],
        "guidance": graph["3"]["inputs"]["cfg"],
        "model": graph["4"]["inputs"]["ckpt_name"],
        "loras": [
            (node["inputs"]["lora_name"], node["inputs"]["strength_model"])
            for name, node in graph.items()
            if name.startswith("lora")
        ],
    }


EVERYTHING = "model: anime\nlora: soft light:0.5\nsize: 64x128\nsteps: 7\ncfg: 2,5"


async def test_a_style_reaches_the_graph_and_a_members_own_settings_win(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    said = await added(
        at_work, name="Comic  book", text="comic of {prompt}, ink", negative="photo", settings=EVERYTHING
    )
    assert said == "Saved the style “Comic book”. Members use it with `/imagine style:Comic book`."
    done = await asked(at_work, style="comic")
    assert "style Comic book" in done.content
    await asked(at_work, style="COMIC BOOK", negative="rain", model="tiny", size="128", steps=2, guidance=3.0)
    await asked(at_work, style="Comic book", lora="soft light:0.9")
    one, two, three = map(inputs, posted(comfyui))
    assert one == {
        "prompt": "comic of a fox, ink",
        "negative": "photo",
        "size": (64, 128),
        "steps": 7,
        "guidance": 2.5,
        "model": "zz/anime.safetensors",
        "loras": [("soft-light.safetensors", 0.5)],
    }
    assert two == {
        "prompt": "comic of a fox, ink",
        "negative": "rain, photo",
        "size": (128, 128),
        "steps": 2,
        "guidance": 3.0,
        "model": "tiny-random-sd15.safetensors",
        "loras": [("soft-light.safetensors", 0.5)],
    }
    assert three == {**one, "loras": [("soft-light.safetensors", 0.9)]}


async def test_what_a_workflow_has_not_is_skipped_and_the_styles_workflow_is_a_default(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    assert "Bare · style Sketch" in (await asked(at_work, style="Sketch")).content
    assert "Painting · style Sketch" in (await asked(at_work, style="Sketch", workflow="paint")).content
    assert "Bare · style Oil painting" in (await asked(at_work, style="Oil painting", workflow="bare")).content
    bare, painted, plain = map(inputs, posted(comfyui))
    own = inputs(CHECKPOINT)
    assert bare == {**own, "prompt": "a fox, pencil sketch", "guidance": 7.5}
    assert painted == {**bare, "negative": "color"}
    assert plain == {**own, "prompt": "oil painting of a fox, canvas"}


async def test_an_unknown_style_is_answered_with_close_names_and_starts_nothing(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    for name in ("Oil film", "Oil rig"):
        await added(at_work, name=name, text="x")
    assert "no `style` called “cubism” here. You can use: `Oil film`" in (await asked(at_work, style="cubism")).content
    several = (await asked(at_work, style="oil")).content
    assert (
        several == "More than one `style` matches “oil”: `Oil film`, `Oil painting`, `Oil rig`. Type more of the name."
    )
    assert comfyui.submitted == []
    offered = await at_work.autocomplete("imagine", option="style", value="pai", user=ALICE)
    assert [one.value for one in offered] == ["Oil painting"]


async def test_the_recipe_gives_the_same_image_when_the_style_has_changed(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    first = await asked(at_work, style="Oil painting", guidance=4.5, steps=3, negative="rain")
    await added(at_work, name="Oil painting", text="something else", negative="other")
    shown = (await answered(at_work.press(first, "Recipe", user=BOB))).message.content
    assert "Made with “Painting” in the style “Oil painting”:" in shown
    line = await recipe_of(at_work, first)
    assert "prompt:oil painting of a fox, canvas" in line
    again = {name: value for name, value in typed(line).items() if name != "spoiler"}
    await asked(at_work, **again)
    one, two = posted(comfyui)
    assert one == two


async def test_again_uses_the_style_as_it_is_now_and_says_when_it_is_gone(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    await added(at_work, name="Mine", text="mine of {prompt}", settings="steps: 4")
    first = await asked(at_work, style="Mine")
    edit = await form_of(at_work, "style edit", name="mine")
    assert "Saved" in (await sent(edit, text="ours of {prompt}")).message.content
    await (await answered(at_work.press(first, "Again", user=BOB))).message.until(is_done)
    assert "Removed" in await told(at_work, "style remove", name="Mine")
    again = await answered(at_work.press(first, "Again", user=BOB))
    assert "“Mine” isn’t available any more" in (await again.followup()).content
    await again.message.until(is_done)
    one, two, three = posted(comfyui)
    assert [inputs(graph)["prompt"] for graph in (one, two, three)] == [
        "mine of a fox",
        "ours of a fox",
        "mine of a fox",
    ]
    assert set(changes(one, three)) == {("3", "seed")}


async def test_every_fault_is_said_at_once_and_nothing_typed_is_lost(at_work: DiscordStandIn) -> None:
    faulty = "model: none\nlora: nothing\nsize: huge\nsteps: 0\nsteps: 5\ncfg: much\nworkflow: missing\nhue: red"
    refused = await sent(await form_of(at_work, "style add", name="Mine"), text="mine", settings=faulty)
    for piece in ("hue: red", "“0” isn’t a valid value for `steps`", "`steps` is set twice", "“much”"):
        assert piece in refused.message.content
    for piece in ("called “missing”", "`model` called “none”", "`lora` called “nothing”", "the size “huge”"):
        assert piece in refused.message.content
    opened = await answered(at_work.press(refused.message, "Edit", user=MONA))
    assert opened.modal.fields["Settings"]["value"] == faulty
    assert opened.modal.fields["Name"]["value"] == "Mine"
    assert "Saved the style “Mine”" in (await sent(opened, settings="")).message.content


async def test_two_moderators_at_one_style_overwrite_nothing_unseen(at_work: DiscordStandIn) -> None:
    await added(at_work, name="Mine", text="first")
    forms = [await form_of(at_work, "style edit", user, name="Mine") for user in (MONA, MAX)]
    answers = await asyncio.gather(*(sent(form, text=f"of {form.user.name}") for form in forms))
    (lost,) = [one for one in answers if "Saved" not in one.message.content]
    assert "Somebody changed or removed “Mine” while you were editing it" in lost.message.content
    opened = await answered(at_work.press(lost.message, "Edit", user=lost.user))
    assert opened.modal.fields["Text"]["value"] == f"of {lost.user.name}"
    assert "Saved" in (await sent(opened)).message.content
    assert f"of {lost.user.name}" in await told(at_work, "style list")


async def test_a_shared_style_can_be_hidden_replaced_and_brought_back(at_work: DiscordStandIn) -> None:
    assert "only hidden in this server" in await told(at_work, "style remove", name="oil painting")
    assert "🙈 **Oil painting**" in await told(at_work, "style list")
    assert "no `style` called" in (await asked(at_work, style="Oil painting")).content
    offered = await at_work.autocomplete("style remove", option="name", value="", user=MONA)
    assert [one.value for one in offered] == ["Sketch"]
    edited = await form_of(at_work, "style edit", name="Oil painting")
    assert edited.modal.title == "Edit Oil painting"
    await sent(edited, text="oil")
    assert "✏️ **Oil painting** oil · steps" in await told(at_work, "style list")
    assert "is back" in await told(at_work, "style remove", name="Oil painting")
    assert "- **Oil painting** oil painting of" in await told(at_work, "style list")
    assert "no style called “Mine”" in await told(at_work, "style remove", name="Mine")


def csv_file(rows: int, first: int = 0) -> File:
    lines = [f"Style {number:03},text {number} of {{prompt}},no {number}" for number in range(first, first + rows)]
    text = "\r\n".join(["\ufeffname,prompt,negative_prompt", "---- Photo ----,,", *lines, "Broken,,", ""])
    return File("styles.csv", text.encode())


async def test_a_file_is_imported_after_a_look_and_a_press(at_work: DiscordStandIn, comfyui: ComfyUIStandIn) -> None:
    await added(at_work, name="style 007", text="mine")
    asked_for = await answered(at_work.slash("style import", user=MONA, options={"file": csv_file(200)}))
    preview = await asked_for.message.until(lambda message: not message.loading)
    assert "That file has 200 styles." in preview.content
    assert "1 of them replaces a style of this server: “style 007”" in preview.content
    assert "- row 203 “Broken”: the style has no text" in preview.content
    assert "text 7 of" not in await told(at_work, "style list")
    pressed = await answered(at_work.press(preview, "Import", user=MONA))
    await preview.until(lambda message: "✅ Imported 200 styles: 199 new, 1 replaced." in message.content)
    assert pressed.message.buttons == ()
    await asked(at_work, style="style 007")
    assert inputs(posted(comfyui)[0])["prompt"] == "text 7 of a fox"
    pages = await answered(at_work.slash("style list", user=MONA))
    shown = set(re.findall(r"\*\*(Style \d+)\*\*", pages.message.content))
    for _number in range(16):
        await answered(at_work.press(pages.message, "Next", user=MONA))
        shown |= set(re.findall(r"\*\*(Style \d+)\*\*", pages.message.content))
    assert len(shown) == 200
    assert [one.label for one in pages.message.buttons] == ["Previous"]
    assert "imported: 199 new, 1 replaced" in await told(at_work, "moderate log", act="style")


async def test_a_page_fits_a_message_however_long_its_styles_are(at_work: DiscordStandIn) -> None:
    rows = "".join(f"{'*' * 77}{number:03},{'_' * 300},{'`' * 300}\n" for number in range(30))
    asked_for = await answered(
        at_work.slash("style import", user=MONA, options={"file": File("styles.csv", rows.encode())})
    )
    preview = await asked_for.message.until(lambda message: not message.loading)
    await answered(at_work.press(preview, "Import", user=MONA))
    await preview.until(lambda message: "✅ Imported 30 styles" in message.content)
    # The stand-in for Discord refuses a message that is too long.
    listed = await told(at_work, "style list")
    assert listed.count("\n- ✏️ **") == 12
    assert "32 styles, page 1 of 3" in listed


async def test_a_second_press_and_a_full_server_import_nothing_twice(at_work: DiscordStandIn) -> None:
    async def imported(file: File) -> Message:
        asked_for = await answered(at_work.slash("style import", user=MONA, options={"file": file}))
        return await asked_for.message.until(lambda message: not message.loading)

    preview = await imported(csv_file(490))
    presses = await asyncio.gather(*(answered(at_work.press(preview, "Import", user=MONA)) for _ in range(2)))
    await preview.until(lambda message: "490 new" in message.content)
    assert any("imported already" in one.message.content for one in presses)
    more = await imported(csv_file(20, first=480))
    await answered(at_work.press(more, "Import", user=MONA))
    await more.until(lambda message: "✅ Imported 20 styles: 10 new, 10 replaced." in message.content)
    last = await imported(csv_file(20, first=500))
    await answered(at_work.press(last, "Import", user=MONA))
    await last.until(lambda message: "There was no room for “Style 500”" in message.content)
    assert [file.filename for file in last.attachments] == ["not-imported.txt"]
    assert "no room for more" in await added(at_work, name="One", text="more")


async def test_a_file_without_styles_says_why(at_work: DiscordStandIn) -> None:
    for content, said in (
        (b"", "has no styles in it"),
        (b"[1", "isn’t valid JSON"),
        (b"name,prompt\n" + b"A,\n" * 9, "9 rows can’t be imported"),
        (b"x" * (2**21 + 1), "at most 2 MB"),
    ):
        file = File("styles.csv", content)
        asked_for = await answered(at_work.slash("style import", user=MONA, options={"file": file}))
        await asked_for.message.until(lambda message: not message.loading)
        assert said in asked_for.message.content
        assert asked_for.message.buttons == ()


async def test_retry_keeps_the_same_image_and_again_then_has_the_styles_text(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.fail["VAEDecode"] = Failure()
    options: Mapping[str, Value] = {"prompt": "a fox", "seed": 5, "style": "Oil painting"}
    failed = await answered(at_work.slash("imagine", user=ALICE, options=options))
    await failed.message.until(is_failed)
    del comfyui.faults.fail["VAEDecode"]
    retried = await answered(at_work.press(failed.message, "Retry", user=ALICE))
    done = await retried.message.until(is_done)
    await (await answered(at_work.press(done, "Again", user=BOB))).message.until(is_done)
    one, *_more, two, three = posted(comfyui)
    assert one == two
    assert set(changes(two, three)) == {("3", "seed")}


async def test_a_workflow_with_a_parameter_style_of_its_own_gets_the_value(
    at_work: DiscordStandIn, comfyui: ComfyUIStandIn, folder: Path, bot: BotProcess
) -> None:
    own = '[parameters.style]\ntarget = ["negative.text"]\n'
    write(folder, "own", CHECKPOINT, BARE_MANIFEST.replace("Bare", "Own") + own)
    await bot.says("workflows: bare, own, paint")
    done = await asked(at_work, workflow="own", style="Oil painting")
    assert "style" not in done.content
    assert inputs(posted(comfyui)[0])["negative"] == "Oil painting"
    assert inputs(posted(comfyui)[0])["prompt"] == "a fox"


async def test_word_rules_see_the_styles_text(at_work: DiscordStandIn, comfyui: ComfyUIStandIn) -> None:
    await told(at_work, "moderate words add", kind="word", text="canvas", action="refuse")
    assert "isn’t allowed" in (await asked(at_work, style="Oil painting")).content
    assert comfyui.submitted == []


async def test_the_command_can_be_given_to_others(at_work: DiscordStandIn, guilds: tuple[Guild, ...]) -> None:
    hana = User("hana", roles=(HELPERS,))
    with pytest.raises(NotOffered):
        await form_of(at_work, "style add", hana)
    at_work.reassigned |= {"style"}
    refused = await answered(at_work.slash("style add", user=hana))
    assert "Only moderators can do that" in refused.message.content
    at_work.give_command("style", guilds[0], {HELPERS: True})

    async def may() -> bool:
        return (await answered(at_work.slash("style add", user=hana))).reply.modal is not None  # type: ignore[union-attr]

    await until(may)
    assert "Saved" in await added(at_work, hana, name="Hers", text="x")
    with pytest.raises(NotOffered):
        await told(at_work, "moderate pause", hana)
