"""The whole program with an endpoint of RunPod: members see it wake, a crash costs nothing twice, no key is shown."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, User
from tests.looks import is_cancelled, is_done, is_failed
from tests.operator.program import program
from tests.recovery.studio import Studio
from tests.runpod_server import RunPodStandIn
from tests.waiting import until

_ALICE = User("alice")
_CHECKPOINT = "v1-5-pruned-emaonly-fp16.safetensors"
"""The workflow's own: a server that lists nothing has to have it as it stands there."""


@pytest.fixture
def checkpoints() -> tuple[str, ...]:
    return (_CHECKPOINT,)


@pytest.fixture
async def runpod(comfyui: ComfyUIStandIn) -> AsyncIterator[RunPodStandIn]:
    async with RunPodStandIn(comfyui.url) as runpod:
        yield runpod


@pytest.fixture
async def studio(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, runpod: RunPodStandIn, tmp_path: Path
) -> AsyncIterator[Studio]:
    env = {**runpod.environment(), "LOG_LEVEL": "DEBUG"}
    async with Studio(discord, [comfyui], tmp_path, env) as studio:
        yield studio
        assert "canary" not in studio.bot.log.read_text()


async def test_a_job_wakes_the_gpu_and_the_next_says_how_long_that_takes(studio: Studio, runpod: RunPodStandIn) -> None:
    first = await studio.order(_ALICE)
    await first.message.until(is_done)
    assert first.message.attachments
    assert any("Waking up the GPU" in state.text for state in first.message.states)
    assert not any("This usually takes" in state.text for state in first.message.states), "nobody has seen it yet"
    runpod.sleep()
    second = await studio.order(_ALICE, prompt="a hare")
    await second.message.until(is_done)
    assert any("This usually takes" in state.text for state in second.message.states)
    assert len(runpod.began) == 2


async def test_a_bot_that_is_killed_while_it_waits_for_the_gpu_finds_its_job(
    studio: Studio, runpod: RunPodStandIn, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "KSampler"
    order = await studio.order(_ALICE)
    await until(lambda: bool(runpod.began))
    await studio.restart()
    comfyui.faults.hang_in = None
    await order.message.until(is_done)
    assert len(runpod.accepted) == 1


async def test_a_bot_that_is_killed_before_it_knows_the_id_says_so_and_sends_nothing_again(
    studio: Studio, runpod: RunPodStandIn
) -> None:
    runpod.faults.held = "/run"
    order = await studio.order(_ALICE)
    await until(lambda: bool(runpod.accepted))
    await studio.bot.kill()
    runpod.faults.held = None
    await studio.start()
    await order.message.until(is_failed)
    assert "I can’t tell what happened to this" in order.message.text
    assert len(runpod.accepted) == 1


async def test_cancel_stops_what_runs_and_what_waits_for_the_gpu(
    discord: DiscordStandIn, studio: Studio, runpod: RunPodStandIn, comfyui: ComfyUIStandIn
) -> None:
    comfyui.faults.hang_in = "KSampler"
    order = await studio.order(_ALICE)
    await until(lambda: bool(runpod.began))
    await (await discord.press(order.message, "Cancel", user=_ALICE)).acknowledged()
    await order.message.until(is_cancelled)
    comfyui.faults.hang_in = None
    assert [job.state for job in runpod.jobs.values()] == ["CANCELLED"]


async def test_a_key_that_is_refused_keeps_places_and_is_told(
    discord: DiscordStandIn, studio: Studio, runpod: RunPodStandIn
) -> None:
    runpod.faults.locked = True
    order = await studio.order(_ALICE)
    await order.message.until(lambda message: "doesn’t let me in" in message.content)
    await studio.bot.says("RunPod refuses the key (401).")
    told = await program("doctor", env={**runpod.environment(), **discord.environment()})
    assert "RunPod refuses the key (401)." in " ".join(told.out.split())
    runpod.faults.locked = False
    await order.message.until(is_done)


async def test_a_model_that_the_worker_lacks_is_named(studio: Studio, comfyui: ComfyUIStandIn) -> None:
    comfyui.faults.unknown_models.add(_CHECKPOINT)
    order = await studio.order(_ALICE)
    await order.message.until(is_failed)
    assert "the image server doesn’t have" in order.message.text


async def test_the_doctor_and_generate_know_an_endpoint(
    discord: DiscordStandIn, runpod: RunPodStandIn, tmp_path: Path
) -> None:
    env = {**discord.environment(), **runpod.environment()}
    told = await program("doctor", env=env)
    assert "ok Connected. ok A server of this kind shows no progress" in " ".join(told.out.split())
    made = await program("generate", "--prompt", "a fox", "--out", str(tmp_path / "out"), env=env)
    assert made.code == 0, made.err
    assert list((tmp_path / "out").iterdir())
    assert "canary" not in told.out + told.err + made.out + made.err


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "runpod://abc123 cannot be used: RunPod refuses the key (401). Write a key that may read and write"),
        (402, "runpod://abc123 cannot be used: RunPod's account is out of credit (402)."),
        (502, "Nobody can tell what happened to the job, so it was not sent again:"),
    ],
)
async def test_generate_says_why_a_job_was_not_taken(
    discord: DiscordStandIn, runpod: RunPodStandIn, tmp_path: Path, status: int, said: str
) -> None:
    runpod.faults.answers["/run"] = [status]
    env = {**discord.environment(), **runpod.environment()}
    made = await program("generate", "--prompt", "a fox", "--out", str(tmp_path), env=env)
    assert made.code == 1
    assert made.err.startswith(said)
    assert ".." not in made.err


async def test_generate_says_what_a_worker_says_of_no_node(
    discord: DiscordStandIn, runpod: RunPodStandIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def gives_up(_: object) -> dict[str, object]:
        return {"error": "the worker gave up"}

    monkeypatch.setattr(runpod.worker, "handle", gives_up)
    env = {**discord.environment(), **runpod.environment()}
    made = await program("generate", "--prompt", "a fox", "--out", str(tmp_path), env=env)
    assert made.err.startswith("The workflow failed on the ComfyUI server: the worker gave up")
