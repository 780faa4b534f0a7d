"""What a member may request at most: a refusal says the limit and when it frees up, and leaves nothing behind."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn, Failure
from tests.discord_server import DiscordStandIn, User
from tests.ledgers import open_patiently
from tests.looks import is_cancelled, is_done, is_failed, is_queued
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio, job_of
from tests.waiting import until


@pytest.fixture
async def studio(
    request: pytest.FixtureRequest, discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path
) -> AsyncIterator[Studio]:
    """Whose guild sets these limits to everybody."""
    studio = Studio(discord, [comfyui], tmp_path)
    ledger = await open_patiently(f"sqlite+aiosqlite:///{studio.database}")
    await ledger.rules.change_limits(discord.guild.id, discord.guild.id, wipe=True, **request.param)
    await ledger.close()
    async with studio:
        yield studio


async def refusal(studio: Studio, user: User) -> str:
    before = len(studio.discord.messages())
    interaction = await studio.discord.slash("imagine", user=user, prompt="one too many")
    assert (await interaction.acknowledged()).ephemeral
    assert len(studio.discord.messages()) == before, "nobody else sees it"
    return interaction.message.content


@pytest.mark.parametrize("studio", [{"queued": 1}], indirect=True, ids=["one waits at once"])
async def test_who_has_as_many_waiting_as_he_may_is_told_how_to_go_on(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.hang_in = "KSampler"
    for _ in range(2):
        await studio.submitted(await studio.order(ALICE))
    waiting = await studio.order(ALICE)
    await waiting.message.until(is_queued)
    said = await refusal(studio, ALICE)
    assert "1 request" in said
    assert "/cancel" in said
    await studio.order(BOB)
    await (await studio.discord.press(waiting.message, "Cancel", user=ALICE)).acknowledged()
    await waiting.message.until(is_cancelled)
    await studio.order(ALICE)


@pytest.mark.parametrize("studio", [{"daily": 1}], indirect=True, ids=["one a day"])
async def test_what_failed_or_was_cancelled_is_refunded_and_the_rest_frees_up_in_time(
    studio: Studio, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.fail["KSampler"] = Failure()
    failed = await studio.order(ALICE)
    await failed.message.until(is_failed)
    await until(lambda: studio.states()[job_of(failed)] == "failed")
    comfyui.faults.fail.clear()
    comfyui.faults.hang_in = "KSampler"
    cancelled = await studio.order(ALICE)
    await studio.begun(cancelled)
    assert "1 image a day" in await refusal(studio, ALICE), "while it runs it counts"
    await (await studio.discord.press(cancelled.message, "Cancel", user=ALICE)).acknowledged()
    comfyui.faults.hang_in = None
    await cancelled.message.until(is_cancelled)
    await until(lambda: studio.states()[job_of(cancelled)] == "cancelled")
    done = await studio.order(ALICE)
    await done.message.until(is_done)
    said = await refusal(studio, ALICE)
    frees_at = re.search(r"<t:(\d+):R>", said)
    assert frees_at
    ((created_at,),) = studio.select("SELECT created_at FROM jobs WHERE id = ?", job_of(done))
    assert abs(int(frees_at[1]) - created_at - 24 * 3600) <= 1
    await studio.order(BOB)


@pytest.mark.parametrize("studio", [{"queued": 3}], indirect=True, ids=["three wait at once"])
async def test_many_orders_at_once_do_not_slip_past(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    await comfyui.stop()
    orders = [await studio.discord.slash("imagine", user=ALICE, prompt=f"fox {number}") for number in range(8)]
    replies = await asyncio.gather(*(order.acknowledged() for order in orders))
    assert sorted(reply.ephemeral for reply in replies) == [False] * 3 + [True] * 5
    assert len(studio.discord.messages()) == 3
