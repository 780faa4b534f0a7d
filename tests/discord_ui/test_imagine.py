"""/imagine: one message, from the order to the picture."""

import re

import pytest
import simcord

from bot.workflows import MAX_SEED
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_ui.looks import is_done, is_queued, is_running
from tests.discord_ui.stand_ins import painting_at, pictures_of
from tests.simcord_world import World
from tests.waiting import until

WILD_PROMPT = (
    'a "quoted" cat\nwith a new line, `code`, ```a block```, **stars**, <@1> <@&2> @everyone @here 🐈‍⬛, \\ and '
    "[a link](https://example.org) "
) * 26


@painting_at(4.5)
async def test_a_picture_develops_in_the_reply_to_its_order(world: World, stand_in: ComfyUIStandIn) -> None:
    ordered = await world.imagine(world.alice, "a cat on a mat", seed=7)
    assert is_queued(ordered.message.now)
    done = await ordered.message.until(is_done)

    *progress, last = [sent for sent in world.wire.sent if sent.is_edit]
    assert all(sent.is_progress for sent in progress)
    assert not last.is_progress
    running = [look for look in ordered.message.looks if is_running(look)]
    assert len({look.content for look in running}) >= 3
    assert all("Cancel" in look.buttons for look in running)
    assert any("step" in look.content and "%" in look.content for look in running)
    previews = {content for look in running for content in look.files.values()}
    assert len(previews) >= 3, "the preview sharpens"

    assert list(done.files.values()) == [stand_in.output_bytes("darkroom_00001_.png")]
    assert "Cancel" not in done.buttons
    assert done.lines[0] == "> a cat on a mat"
    assert re.search(r"seed `7` · Text to image · \d+ s", done.content)
    assert len(world.messages()) == 1


async def test_a_seed_nobody_gave_is_shown_and_makes_the_same_picture_again(world: World) -> None:
    first = await (await world.imagine(world.alice, "a cat")).message.until(is_done)
    found = re.search(r"seed `(\d+)`", first.content)
    assert found
    assert int(found[1]) <= MAX_SEED
    again = await (await world.imagine(world.bob, "a cat", seed=int(found[1]))).message.until(is_done)
    assert again.files == first.files


async def test_two_orders_without_a_seed_are_two_pictures(world: World) -> None:
    first, second = [await (await world.imagine(world.alice, "a cat")).message.until(is_done) for _ in range(2)]
    assert first.files != second.files


async def test_several_pictures_come_in_one_message(world: World, stand_in: ComfyUIStandIn) -> None:
    ordered = await world.imagine(world.alice, "three cats", count=3)
    done = await ordered.message.until(is_done)
    assert list(done.files.values()) == await pictures_of(stand_in.url, ordered.id)
    assert len(set(done.files.values())) == 3
    assert len(world.messages()) == 1


async def test_another_workflow_is_chosen_by_what_autocomplete_offers(world: World) -> None:
    offered = await world.choices(world.alice, "imagine", "workflow", "light")
    assert offered == {"SDXL Lightning, refined": "draft_and_refine"}
    ordered = await world.imagine(world.alice, "a cat", workflow="draft_and_refine")
    done = await ordered.message.until(is_done)
    assert list(done.files) == ["refined-1.png", "draft-2.png"]
    assert "SDXL Lightning, refined" in done.content


@pytest.mark.parametrize(
    ("options", "allowed"),
    [({"count": 9}, "at most `4`"), ({"workflow": "oil painting"}, "Text to image, SDXL Lightning, refined")],
    ids=["too many pictures", "no such workflow"],
)
async def test_what_cannot_be_made_is_refused_in_private_with_what_can(
    world: World, stand_in: ComfyUIStandIn, options: dict[str, object], allowed: str
) -> None:
    answer = await world.ask(world.alice, "imagine", prompt="a cat", **options)
    assert all(words in answer for words in allowed.split(", "))
    assert not world.messages()
    assert not await world.process.ledger.active_of(world.alice.id)
    assert not stand_in.submitted


async def test_discord_itself_stops_what_no_workflow_can_take(world: World) -> None:
    impossible: list[dict[str, object]] = [{"count": 99}, {"count": 0}, {"seed": -1}, {"seed": 2**53}, {"prompt": ""}]
    for options in impossible:
        with pytest.raises(simcord.OptionError):
            await world.slash(world.alice, "imagine", **{"prompt": "a cat", **options})


@painting_at(100)
async def test_members_who_order_at_the_same_time_each_get_their_own(world: World, stand_in: ComfyUIStandIn) -> None:
    orders = [
        await world.imagine(member, f"the cat of {member.name}, picture {number}")
        for number in range(2)
        for member in (world.alice, world.bob, world.carol)
    ]
    for ordered in orders:
        done = await ordered.message.until(is_done)
        assert list(done.files.values()) == await pictures_of(stand_in.url, ordered.id)
    prompts = {body["prompt_id"]: body["prompt"]["6"]["inputs"]["text"] for body in stand_in.submitted}
    assert all(prompts[ordered.id] in ordered.message.now.content for ordered in orders)
    assert len({picture for ordered in orders for picture in ordered.message.now.files.values()}) == len(orders)


async def test_who_waits_sees_the_line_get_shorter(
    world: World, stand_in: ComfyUIStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.worker.housekeeping.queue_positions._LOOK_SECONDS", 1000.0)
    stand_in.faults.hang_in = "KSampler"
    for _ in range(2):
        await world.imagine(world.alice, "a cat")
    await until(lambda: len(stand_in.submitted) == 2)
    before = await world.imagine(world.carol, "a bird")
    last = await world.imagine(world.bob, "a dog")
    assert "2nd in line · 1 person ahead" in last.message.now.content
    await world.press(world.carol, before)
    await last.message.until_says("Next in line")
    stand_in.faults.hang_in = None
    await last.message.until(is_done)


async def test_any_words_reach_the_server_untouched_and_notify_nobody(world: World, stand_in: ComfyUIStandIn) -> None:
    prompt = WILD_PROMPT[:4000]
    ordered = await world.imagine(world.alice, prompt, negative=prompt[::-1])
    done = await ordered.message.until(is_done)
    (body,) = stand_in.submitted
    assert body["prompt"]["6"]["inputs"]["text"] == prompt
    assert body["prompt"]["7"]["inputs"]["text"] == prompt[::-1]
    assert not any(look.pings for look in ordered.message.looks)
    assert len(done.lines) == 3, "a prompt stays a quote of one line"
    assert "was used instead" in done.lines[-1]
    assert done.files
