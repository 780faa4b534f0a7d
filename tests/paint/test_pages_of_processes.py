"""Two gateways on one PostgreSQL: either serves every link, and each link counts once."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from bot.ledger import JobState
from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import Message, answered
from tests.looks import is_done
from tests.machines.cluster import EVEN, ODD, Cluster, cluster
from tests.paint.conftest import image_at, mask_of, paint_url, send
from tests.people import ALICE
from tests.ports import free_port
from tests.programs import ROOT

pytestmark = pytest.mark.xdist_group("machines")
SIZE: Final = (64, 64)


@pytest.fixture
async def machines(tmp_path: Path) -> AsyncIterator[Cluster]:
    async with cluster(tmp_path) as machines:
        for suffix in ("json", "toml"):
            shutil.copy(ROOT / f"workflows/inpaint.{suffix}", tmp_path / "workflows")
        yield machines


async def test_of_two_sends_to_two_processes_one_is_a_job(machines: Cluster, comfyui: ComfyUIStandIn) -> None:
    here, there = free_port(), free_port()
    pages = [{"PUBLIC_URL": f"http://127.0.0.1:{here}", "PUBLIC_PORT": str(port)} for port in (here, there)]
    async with (
        machines.gateway(0, more=pages[0]).ready(),
        machines.gateway(1, more=pages[1]).ready(),
        machines.worker("worker", comfyui) as worker,
    ):
        await worker.says(f"{comfyui.url} answers")
        for guild in (EVEN, ODD):
            place = guild.channel("general")
            ordered = await answered(machines.discord.slash("paint", user=ALICE, channel=place, prompt="a fox"))
            image: Message = await ordered.message.until(is_done)
            pressed = await answered(machines.discord.press(image, "Change part", user=ALICE))
            url = paint_url(await pressed.message.until(lambda m: paint_url(m) is not None))
            assert url is not None
            urls = [url, url.replace(str(here), str(there))]
            size = (await image_at(urls[1])).size
            answers = await asyncio.gather(*(send(one, mask_of(size, (0, 0, 30, 30))) for one in [*urls, *urls]))
            assert sorted(status for status, _ in answers) == [200, 410, 410, 410]
            new = machines.discord.messages(place)[0]
            await new.until(is_done)
            assert machines.discord.messages(place) == [new, image]
            job = await machines.ledger.job_of_message(guild.id, new.id)
            assert job is not None
            await machines.until_state(job, JobState.DONE)


async def test_a_process_without_the_gateway_serves_no_page(machines: Cluster, comfyui: ComfyUIStandIn) -> None:
    port = free_port()
    page = {"PUBLIC_URL": f"http://127.0.0.1:{port}", "PUBLIC_PORT": str(port)}
    async with machines.worker("worker", comfyui, more=page) as worker:
        await worker.says(f"{comfyui.url} answers")
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)
