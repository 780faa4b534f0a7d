"""Every text that can show in an image is checked, through whichever door it comes. The list of doors is public."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from tests.administering.conftest import add, json_file
from tests.comfyui_server import Failure
from tests.comfyui_server.graphs import txt2img
from tests.discord_server import answered
from tests.grid.asking import ask as ask_grid
from tests.ledgers import open_patiently
from tests.looks import is_failed, labels
from tests.people import ALICE
from tests.words.conftest import ADMIN, LORA, WORD, Desk
from tests.words.spelling_list import doors

Door = Callable[[Desk, Path], Awaitable[str]]
"""Sends the word, which is listed by then, and returns what the member reads."""

_DOORS: dict[str, Door] = {}


def door(function: Door) -> Door:
    _DOORS[function.__name__] = function
    return function


@door
async def prompt(desk: Desk, _path: Path) -> str:
    await desk.list_word()
    return (await desk.ask(f"a {WORD}")).content


@door
async def own_command(desk: Desk, _path: Path) -> str:
    await desk.list_word()
    return (await desk.ask("a sky", "sign", words=f"a {WORD}")).content


@door
async def style(desk: Desk, _path: Path) -> str:
    await desk.list_word()
    return (await desk.ask("a sky", style="Airship")).content


@door
async def wildcard(desk: Desk, _path: Path) -> str:
    await desk.list_word()
    return (await desk.ask("a __sky__")).content


@door
async def choice(desk: Desk, _path: Path) -> str:
    await desk.list_word()
    for seed in range(4):
        assert "isn’t allowed" in (await desk.ask(f"a {{{WORD}|fox}}", seed=seed)).content
    return (await desk.ask(f"a {{fox|{WORD}}}")).content


@door
async def completed(desk: Desk, _path: Path) -> str:
    await desk.list_word()
    return (await desk.ask("a zepp{elin|elin}")).content


@door
async def lora_name(desk: Desk, _path: Path) -> str:
    await desk.list_word("lightning")
    assert (await desk.ask("a sky", lora="soft-light")).attachments
    desk.comfyui.submitted.clear()
    return (await desk.ask("a sky", lora="lightning")).content


@door
async def lora_tag(desk: Desk, _path: Path) -> str:
    await desk.list_word("lightning")
    return (await desk.ask(f"a sky <lora:{LORA.removesuffix('.safetensors')}:0.5>")).content


@door
async def trigger_words(desk: Desk, path: Path) -> str:
    ledger = await open_patiently(f"sqlite+aiosqlite:///{path / 'data' / 'darkroom.db'}")
    await ledger.lora_words.keep({"soft-light.safetensors": f"a {WORD}"})
    await ledger.close()
    await desk.list_word()
    return (await desk.ask("a sky", lora="soft-light +words")).content


@door
async def negative(desk: Desk, _path: Path) -> str:
    await desk.list_word()
    return (await desk.ask("a sky", negative=WORD, guidance=0.5)).content


@door
async def negative_in_prompt(desk: Desk, _path: Path) -> str:
    await desk.list_word()
    return (await desk.ask(f"a sky --no {WORD} --cfg 0")).content


@door
async def default_negative(desk: Desk, _path: Path) -> str:
    await desk.list_word()
    await answered(desk.discord.slash("settings", user=ALICE, options={"negative": WORD}))
    return (await desk.ask("a sky", guidance=0)).content


@door
async def turned_weight(desk: Desk, _path: Path) -> str:
    await desk.list_word()
    return (await desk.ask("a sky", negative=f"({WORD}:-1.2)")).content


async def _pressed(desk: Desk, label: str) -> str:
    """The button under an image that was requested before the word was listed."""
    done = await desk.ask(f"a {WORD}", seed=5)
    await desk.list_word()
    desk.comfyui.submitted.clear()
    return (await desk.over(await desk.press(done, label))).content


@door
async def again(desk: Desk, _path: Path) -> str:
    return await _pressed(desk, "Again")


@door
async def vary(desk: Desk, _path: Path) -> str:
    return await _pressed(desk, "Vary")


@door
async def edit(desk: Desk, _path: Path) -> str:
    done = await desk.ask("a sky", seed=5)
    await desk.list_word()
    desk.comfyui.submitted.clear()
    form = await desk.press(done, "Edit")
    return (await desk.over(await answered(form.submit({"Prompt": f"a {WORD}"})))).content


@door
async def retry(desk: Desk, _path: Path) -> str:
    desk.comfyui.faults.fail["KSampler"] = Failure()
    asked = await answered(desk.discord.slash("imagine", user=ALICE, prompt=f"a {WORD}"))
    failed = await asked.message.until(is_failed)
    desk.comfyui.faults.fail.clear()
    await desk.list_word()
    desk.comfyui.submitted.clear()
    return (await desk.over(await desk.press(failed, "Retry"))).content


@door
async def reuse(desk: Desk, _path: Path) -> str:
    done = await desk.ask(f"a {WORD}", seed=5)
    await desk.list_word()
    desk.comfyui.submitted.clear()
    form = await answered(desk.discord.context_menu("Reuse recipe", done, user=ALICE))
    return (await desk.over(await answered(form.submit({})))).content


@door
async def grid(desk: Desk, _path: Path) -> str:
    await desk.list_word()
    reply = await ask_grid(desk.discord, ALICE, prompt="a sky", x="guidance 0.5, 5", negative=WORD)
    assert not labels(reply)
    return reply.content


@door
async def workflow_text(desk: Desk, _path: Path) -> str:
    await desk.list_word()
    return (await desk.ask("a sky", workflow="own")).content


@door
async def template(desk: Desk, _path: Path) -> str:
    await desk.list_word()
    return (await desk.ask("a sky", workflow="template")).content


@door
async def uploaded(desk: Desk, _path: Path) -> str:
    await desk.list_word()
    graph = txt2img(prompt_text="a fox")
    graph["3"]["inputs"]["positive"] = ["11", 0]
    graph["6"]["_meta"] = {"title": "positive_prompt"}
    graph["10"] = {"class_type": "CLIPTextEncode", "inputs": {"text": f"a {WORD}", "clip": ["4", 1]}}
    both = {"conditioning_1": ["6", 0], "conditioning_2": ["10", 0]}
    graph["11"] = {"class_type": "ConditioningCombine", "inputs": both}
    added = await add(desk.discord, ADMIN, json_file("skies.json", graph))
    (live,) = [one for one in added.message.buttons if one.label == "Make it live"]
    assert live.disabled
    assert WORD in added.message.content
    return added.message.content.replace("which this server’s word list refuses", "isn’t allowed")


@pytest.mark.parametrize("name", doors())
async def test_a_listed_word_comes_through_no_door(desk: Desk, tmp_path: Path, name: str) -> None:
    said = await _DOORS[name](desk, tmp_path)
    assert "isn’t allowed" in said
    assert WORD not in json.dumps(desk.comfyui.submitted)
    assert not desk.comfyui.submitted


def test_every_door_of_the_list_is_tried() -> None:
    assert set(doors()) == set(_DOORS)


async def test_a_negative_prompt_may_name_what_the_image_should_not_show(desk: Desk) -> None:
    await desk.list_word()
    for options in ({"negative": f"{WORD}, blurry"}, {"negative": WORD, "guidance": 1}):
        assert (await desk.ask("a sky", **options)).attachments
    assert (await desk.ask(f"a sky --no {WORD}")).attachments


async def test_a_workflow_with_a_held_word_goes_live_and_its_requests_are_held(desk: Desk) -> None:
    await desk.list_word("fox", "hold")
    graph = txt2img()
    graph["7"]["inputs"]["text"] = "fox"
    graph["3"]["inputs"]["cfg"] = 0.5
    added = await add(desk.discord, ADMIN, json_file("foxes.json", graph))
    assert "Its own text contains “fox”: a moderator has to approve every request with it." in added.message.content
    await answered(desk.discord.press(added.message, "Make it live", user=ADMIN))
    await added.message.until(lambda one: "is live" in one.content)
    found = await desk.discord.autocomplete("imagine", option="workflow", value="foxes", user=ALICE, prompt="x")
    asked = await answered(
        desk.discord.slash("imagine", user=ALICE, options={"prompt": "a sky", "workflow": str(found[0].value)})
    )
    await asked.message.until(lambda one: "look at it first" in one.content)


async def test_forms_are_looked_for_where_a_moderator_asks_for_them(desk: Desk) -> None:
    assert "its forms" not in await desk.list_word("strip")
    assert (await desk.ask("a stripping of paint")).attachments
    assert "endings s, es" in await desk.list_word("strip", forms=True)
    assert "isn’t allowed" in (await desk.ask("a stripping of paint")).content
    assert "Only a `word` has forms" in await desk.list_word("a b", kind="phrase", forms=True)
