"""Draws over the wire: the same seed draws the same, Again draws once more, and what was drawn is what rules see."""

from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server.faults import Failure
from tests.discord_server import BotProcess, DiscordStandIn, answered
from tests.discord_server.resolving import Value
from tests.imagine.test_kept_values import recipe_of
from tests.looks import is_done, is_failed, labels, says
from tests.people import ALICE, BOB, MONA
from tests.prompts.conftest import Ask, posted, texts

DRAWN = "a __animals/cats__ in {red|blue|green|black|white} light"
LITERAL = '{"subject": "a cat"}, (soft:1.2), snake__case__words'


async def test_the_same_seed_draws_the_same_over_a_restart(bot: BotProcess, comfyui: ComfyUIStandIn, ask: Ask) -> None:
    first = await ask(DRAWN, seed=7, negative="{rain|snow|fog|haze}")
    await bot.restart()
    await ask(DRAWN, seed=7, negative="{rain|snow|fog|haze}")
    await ask(DRAWN, seed=8)
    one, two, three = posted(comfyui)
    assert one == two
    assert texts(comfyui)[0] != texts(comfyui)[2]
    assert "__" not in texts(comfyui)[0]
    assert one["7"]["inputs"]["text"] in {"rain", "snow", "fog", "haze"}
    assert texts(comfyui)[0] in first.content
    assert three["3"]["inputs"]["seed"] == 8


async def test_again_draws_anew_and_keeps_the_options(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, ask: Ask
) -> None:
    message = await ask(f"{DRAWN} --steps 2 --seed 5 --no text")
    again = await answered(discord.press(message, "Again", user=BOB))
    once_more = await again.message.until(is_done)
    assert "2 steps · without text" in once_more.content
    assert "seed 5" not in once_more.content
    one, two = (graph["3"]["inputs"] for graph in posted(comfyui))
    assert (one["seed"], one["steps"], two["steps"]) == (5, 2, 2)
    assert two["seed"] != 5
    assert texts(comfyui)[0] != texts(comfyui)[1]
    assert [graph["7"]["inputs"]["text"] for graph in posted(comfyui)] == ["text", "text"]


async def test_retry_draws_nothing_twice(discord: DiscordStandIn, comfyui: ComfyUIStandIn, ask: Ask) -> None:
    comfyui.faults.fail["VAEDecode"] = Failure()
    failed = await ask(rf"{DRAWN} \{{a\|b\}} --steps 2")
    assert is_failed(failed)
    del comfyui.faults.fail["VAEDecode"]
    retried = await answered(discord.press(failed, "Retry", user=ALICE))
    done = await retried.message.until(is_done)
    one, *_others, last = posted(comfyui)
    assert one == last
    assert texts(comfyui)[0].endswith(" light {a|b}")
    assert "2 steps" in done.content
    again = await answered(discord.press(done, "Again", user=ALICE))
    await again.message.until(is_done)
    assert texts(comfyui)[-1].endswith(" light {a|b}")
    assert texts(comfyui)[-1] != texts(comfyui)[0]


async def test_vary_keeps_what_was_drawn(discord: DiscordStandIn, comfyui: ComfyUIStandIn, ask: Ask) -> None:
    message = await ask(rf"{DRAWN} \{{a\|b\}}")
    varied = await answered(discord.press(message, "Vary", user=BOB))
    done = await varied.message.until(is_done)
    again = await answered(discord.press(done, "Again", user=BOB))
    await again.message.until(is_done)
    assert len(posted(comfyui)) == 3
    assert len(set(texts(comfyui))) == 1


async def test_the_recipe_gives_the_same_image(discord: DiscordStandIn, comfyui: ComfyUIStandIn, ask: Ask) -> None:
    message = await ask(rf"{DRAWN} \{{a\|b\}} \__x__ \--ar 1:1")
    line = await recipe_of(discord, message)
    typed, _space, rest = line.removeprefix("/imagine prompt:").partition(" seed:")
    assert typed.endswith(r" light \{a\|b\} \__x\__ \--ar 1:1")
    seed = int(rest.split()[0])
    await ask(typed, seed=seed)
    one, two = posted(comfyui)
    assert one == two


async def test_reuse_recipe_gives_the_same_image(discord: DiscordStandIn, comfyui: ComfyUIStandIn, ask: Ask) -> None:
    message = await ask(rf"{DRAWN} \{{a\|b\}}", seed=9)
    form = await answered(discord.context_menu("Reuse recipe", message, user=BOB))
    sent = await answered(form.submit({}))
    await sent.message.until(is_done)
    one, two = posted(comfyui)
    assert one == two


async def test_a_prompt_without_syntax_arrives_as_it_is(comfyui: ComfyUIStandIn, ask: Ask) -> None:
    message = await ask(LITERAL)
    assert texts(comfyui) == [LITERAL]
    assert "-# " not in message.content


async def test_a_workflow_without_a_seed_draws_as_well_and_again_draws_anew(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, ask: Ask
) -> None:
    message = await ask(DRAWN, "unseeded")
    for _again in range(2):
        pressed = await answered(discord.press(message, "Again", user=ALICE))
        message = await pressed.message.until(is_done)
    assert len(set(texts(comfyui))) == 3


async def test_a_word_that_was_drawn_is_seen_by_the_rules(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, ask: Ask, wildcards: Path
) -> None:
    rule: dict[str, Value] = {"kind": "word", "text": "zebra", "action": "refuse"}
    added = await answered(discord.slash("moderate words add", user=MONA, options=rule))
    await added.message.until(says("zebra"))
    (wildcards / "beast.txt").write_text("zebra")
    for prompt in ("a __beast__", "a {zeb|zeb}ra", "a {0::zebra|1::horse}"):
        refused = await ask(prompt)
        assert "isn’t allowed here" in refused.content
    (wildcards / "beast.txt").write_text("0::zebra\n1::horse")
    allowed = await ask("a __beast__")
    assert is_done(allowed)
    assert texts(comfyui) == ["a horse"]


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("a __animals/dogs__", "There is no wildcard `__animals/dogs__`. You can use: `__animals/cats__`, "),
        ("a __siez__", "You can use: `__size__`."),
        ("a __loop__", "The wildcard `__loop__` uses itself"),
        ("a __bad__", "The wildcard `__bad__` can’t be read."),
        ("a __../../secret__ b", None),
        ("{x|y}" * 300, "at most 200 choices and wildcards"),
        ("__page__ __page__", "at most 6,000 characters fit"),
    ],
)
async def test_what_cannot_be_drawn_is_said(
    comfyui: ComfyUIStandIn, ask: Ask, wildcards: Path, prompt: str, said: str | None
) -> None:
    (wildcards / "loop.txt").write_text("__loop__")
    (wildcards / "bad.txt").write_bytes(b"\xff")
    (wildcards / "page.txt").write_text("x " * 2000)
    (wildcards.parent / "secret.txt").write_text("secret")
    message = await ask(prompt)
    if said is None:
        assert texts(comfyui) == [prompt]
    else:
        assert said in message.content
        assert labels(message) == []
        assert comfyui.submitted == []
