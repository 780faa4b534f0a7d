"""What operators learn about a server with Comfy API v2, and what members read meanwhile."""

from pathlib import Path

from tests.api_v2 import TOKEN, Gate, Installation, error
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, answered
from tests.looks import is_done, is_running
from tests.operator.program import program
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio
from tests.waiting import until


async def test_without_credit_everybody_is_told_and_every_place_is_kept(
    studio: Studio, gate: Gate, comfyui: ComfyUIStandIn
) -> None:
    gate.always = error(402, "insufficient_credits")
    hers = await studio.order(ALICE)
    await studio.bot.says("its account is out of credit")
    his = await studio.order(BOB)
    for order in (hers, his):
        await order.message.until(lambda message: "account needs attention, for example more credit" in message.content)
    listed = await answered(studio.discord.slash("queue", user=BOB))
    assert "0 of 1 image server busy · 1 unavailable" in listed.message.content
    gate.always = None
    for order in (hers, his):
        await order.message.until(is_done, 60)
    assert len(gate.created) == len(comfyui.executed) == 2


async def test_a_job_that_runs_stays_where_it_is_while_its_server_takes_no_others(
    studio: Studio, gate: Gate, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "KSampler"
    hers = await studio.order(ALICE)
    await hers.message.until(is_running)
    gate.always = error(402, "insufficient_credits")
    his = await studio.order(BOB)
    await studio.bot.says("its account is out of credit")
    gate.failing_looks = 2
    await until(lambda: not gate.failing_looks)
    comfyui.faults.hang_in = None
    await hers.message.until(is_done, 60)
    assert len(gate.created) == len(comfyui.executed) == 1
    gate.always = None
    await his.message.until(is_done, 60)
    assert len(gate.created) == len(comfyui.executed) == 2


async def test_where_nobody_can_tell_whether_it_arrived_a_member_reads_so(
    studio: Studio, gate: Gate, comfyui: ComfyUIStandIn
) -> None:
    gate.lists, gate.lost_answers = False, 1
    order = await studio.order(ALICE)
    await order.message.until(lambda message: "can’t tell what happened to this" in message.content)
    assert len(gate.created) == 1


async def test_the_doctor_and_generate_use_it(
    discord: DiscordStandIn, installed: Installation, closed_studio: Studio, tmp_path: Path
) -> None:
    env = {**discord.environment(), **installed.environment, "WORKFLOWS_DIR": str(closed_studio.packs)}
    told = await program("doctor", env=env)
    said = " ".join(told.out.split())
    assert "Connected: Comfy API v2." in said
    assert "does not list its nodes and models" in said
    made = await program("generate", "--prompt", "a fox", "--out", str(tmp_path / "out"), env=env)
    assert made.code == 0, made.err
    assert list((tmp_path / "out").iterdir())
    assert TOKEN not in told.out + told.err + made.out + made.err


async def test_the_doctor_says_what_is_wrong_with_the_key(discord: DiscordStandIn, installed: Installation) -> None:
    env = {**discord.environment(), **installed.environment}
    told = await program("doctor", env={**env, "COMFY_API_KEY": ""})
    assert "It asks for a key (401)." in " ".join(told.out.split())
    assert "Set COMFY_API_KEY." in told.out
    told = await program("doctor", env={**env, "COMFY_API_KEY": "made-up"})
    assert "It refuses the key that it gets (401)." in " ".join(told.out.split())


async def test_the_doctor_says_that_a_comfyui_is_no_api_v2(discord: DiscordStandIn, comfyui: ComfyUIStandIn) -> None:
    told = await program("doctor", env={**discord.environment(), "COMFYUI_URLS": f"comfyapi+{comfyui.url}"})
    said = " ".join(told.out.split())
    assert "Something answers there, but it is not Comfy API v2." in said
    assert "write http:// without comfyapi+" in said


async def test_the_doctor_says_that_the_comfyui_behind_a_proxy_is_away(
    discord: DiscordStandIn, installed: Installation, comfyui: ComfyUIStandIn
) -> None:
    await comfyui.stop()
    told = await program("doctor", env={**discord.environment(), **installed.environment})
    assert "the ComfyUI behind it does not (503)" in " ".join(told.out.split())
    await comfyui.start()
