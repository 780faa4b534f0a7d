"""A form of Change part that is refused opens again with what was typed."""

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, Guild, Role, answered
from tests.looks import is_done
from tests.parts.conftest import Change, Grid, Order, Press
from tests.parts.looking import only_cells_changed
from tests.people import ALICE, MONA

SIZE = "320x200"


@pytest.mark.parametrize("limit", ["words", "queue"])
async def test_a_form_that_is_refused_opens_again_with_what_was_typed(
    discord: DiscordStandIn,
    guilds: tuple[Guild, ...],
    comfyui: ComfyUIStandIn,
    order: Order,
    grid: Grid,
    change: Change,
    press: Press,
    limit: str,
) -> None:
    """Before anything is downloaded, or when the reply is already deferred."""
    first = await order(ALICE, size=SIZE, private=limit == "queue")
    reply = await grid(first, ALICE)
    everyone = Role("@everyone", id=guilds[0].id)
    if limit == "words":
        await answered(discord.slash("moderate words add", user=MONA, kind="word", text="zeppelin", action="refuse"))
    else:
        await answered(discord.slash("moderate limits", user=MONA, options={"role": everyone, "daily": 1}))
    typed = "a zeppelin over\na lake"
    sent = await change(reply, ALICE, typed, cells=["A1"])
    refusal = sent.message if limit == "words" else await sent.followup()
    assert refusal.ephemeral
    # As often as one likes.
    for _attempt in range(2):
        await press(refusal, "Edit", ALICE)
        form = await press(refusal, "Edit", ALICE)
        assert form.modal.fields["Prompt"]["value"] == typed
        sent = await answered(form.submit({}))
        refusal = sent.message if limit == "words" else await sent.followup()
    assert len(comfyui.submitted) == 1
    if limit == "queue":
        await answered(discord.slash("moderate limits", user=MONA, options={"role": everyone, "daily": 9}))
    form = await press(refusal, "Edit", ALICE)
    done = await (await answered(form.submit({"Prompt": "a castle"}))).message.until(is_done)
    assert only_cells_changed(first, done, ["A1"])
    assert done.ephemeral == first.ephemeral


async def test_a_form_of_before_a_restart_is_missed_in_words(
    discord: DiscordStandIn, bot: BotProcess, order: Order, grid: Grid, change: Change, press: Press
) -> None:
    await answered(discord.slash("moderate words add", user=MONA, kind="word", text="zeppelin", action="refuse"))
    refusal = (
        await change(await grid(await order(ALICE, size=SIZE), ALICE), ALICE, "a zeppelin", cells=["A1"])
    ).message
    form = await press(refusal, "Edit", ALICE)
    await bot.restart()
    assert "under the image again" in (await answered(form.submit({}))).message.content
    assert "too long ago" in (await press(refusal, "Edit", ALICE)).message.content
