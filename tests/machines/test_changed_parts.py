"""A part of an image is changed by another machine than the one that made the image."""

import json

from tests.comfyui_server import ComfyUIStandIn
from tests.commands.packs import write
from tests.discord_server import answered
from tests.looks import finished, is_done
from tests.machines.cluster import Cluster, at_work
from tests.parts.conftest import has_grid
from tests.parts.looking import only_cells_changed
from tests.people import ALICE
from tests.programs import ROOT


async def test_another_worker_puts_the_part_into_the_original(machines: Cluster) -> None:
    discord = machines.discord
    graph = json.loads((ROOT / "workflows/inpaint.json").read_text(encoding="utf-8"))
    write(
        machines.folder / "workflows",
        "inpaint",
        graph,
        (ROOT / "workflows/inpaint.toml").read_text(encoding="utf-8").replace("max = 60", "max = 60\ndefault = 2"),
    )
    async with ComfyUIStandIn() as one, ComfyUIStandIn() as other, machines.gateway(0, 1).ready():
        async with machines.worker("first", one) as worker:
            await at_work(worker)
            first = await finished(discord.slash("paint", user=ALICE, prompt="a fox"))
            shown = await answered(discord.press(first, "Change part", user=ALICE))
            reply = await shown.message.until(has_grid)
            await answered(discord.select(reply, "Cells to change", ["C3"], user=ALICE))
            form = await answered(discord.press(reply, "Continue", user=ALICE))
        sent = await answered(form.submit({"Prompt": "a castle"}))
        async with machines.worker("second", other) as worker:
            await at_work(worker)
            done = await sent.message.until(is_done)
    assert only_cells_changed(first, done, ["C3"])
    assert not [body for body in one.submitted if "SetLatentNoiseMask" in str(body)]
