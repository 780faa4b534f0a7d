"""A bot that pays for RunPod, whose seconds cost so much that milliseconds show."""

from collections.abc import AsyncIterator, Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Final

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn, User
from tests.operator.program import Ended, program
from tests.recovery.studio import Studio
from tests.runpod_server import RunPodStandIn

OPERATOR: Final = User("opal")
PRICE: Final = Decimal(1000)
"""For a second: 1.00 for a millisecond."""
_CHECKPOINT: Final = "v1-5-pruned-emaonly-fp16.safetensors"

Opening = Callable[..., Studio]
Costs = Callable[..., Awaitable[Ended]]


@pytest.fixture
def checkpoints() -> tuple[str, ...]:
    return (_CHECKPOINT,)


@pytest.fixture
async def runpod(comfyui: ComfyUIStandIn) -> AsyncIterator[RunPodStandIn]:
    async with RunPodStandIn(comfyui.url) as runpod:
        runpod.wake()
        yield runpod


@pytest.fixture
def paying(discord: DiscordStandIn, comfyui: ComfyUIStandIn, runpod: RunPodStandIn, tmp_path: Path) -> Opening:
    """Makes a studio that is not open yet, with more settings."""

    def make(**more: str) -> Studio:
        env = {
            **runpod.environment(),
            "PRICE_PER_SECOND": f"runpod://abc123 => {PRICE}",
            "OWNER_IDS": str(OPERATOR.id),
            **more,
        }
        return Studio(discord, [comfyui], tmp_path, env)

    return make


@pytest.fixture
def costs(tmp_path: Path) -> Costs:
    """`python -m bot costs`, beside the bot."""

    async def run(*arguments: str, **env: str) -> Ended:
        return await program("costs", *arguments, env={"DATA_DIR": str(tmp_path / "data"), **env})

    return run


def execution_cost(runpod: RunPodStandIn) -> int:
    """What RunPod charges for all that it ran, in millionths, without the start of its worker."""
    return sum(int(job.told().get("executionTime", 0) * PRICE * 1000) for job in runpod.jobs.values())
