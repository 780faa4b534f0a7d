"""PostgreSQL is gone or silent for a while: clear answers, and everything that was accepted is made and delivered."""

from pathlib import Path

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import DiscordStandIn
from tests.looks import is_done
from tests.people import ALICE, BOB
from tests.recovery.studio import Studio
from tests.recovery.test_database_away import refused
from tests.relay import Relay


@pytest.mark.parametrize("trouble", ["gone", "silent"])
async def test_it_goes_on_when_the_database_is_back(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path, postgresql_url: str, trouble: str
) -> None:
    relay = Relay.to(postgresql_url)
    comfyui.faults.hang_in = "VAEDecode"
    async with relay, Studio(discord, [comfyui], tmp_path, {"DATABASE_URL": relay.url(postgresql_url)}) as studio:
        order = await studio.order(ALICE)
        await studio.begun(order)
        if trouble == "gone":
            await relay.close()
        else:
            relay.silence()
        await refused(await discord.slash("imagine", user=BOB, prompt="a whale"))
        await refused(await discord.press(order.message, "Cancel", user=ALICE))
        comfyui.faults.hang_in = None
        if trouble == "gone":
            await relay.open()
        else:
            relay.restore()
        await order.message.until(is_done)
        again = await studio.order(BOB, "a whale")
        await again.message.until(is_done)
        assert len(studio.executed()) == 2
        assert len(studio.deliveries(order)) == 1
