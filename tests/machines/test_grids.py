"""A grid on several machines: the sheet fills whichever process runs a cell and writes it, and whichever dies."""

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import Message, answered
from tests.grid.asking import done_in, is_complete
from tests.machines.cluster import Cluster, at_work
from tests.people import ALICE


def has_two(message: Message) -> bool:
    return done_in(message) >= 2


async def test_a_grid_outlives_the_processes_that_work_on_it(machines: Cluster) -> None:
    discord = machines.discord
    async with ComfyUIStandIn() as one, ComfyUIStandIn() as other, machines.gateway(0, 1).ready():
        async with machines.worker("first", one) as first, machines.worker("second", other) as second:
            await at_work(first)
            await at_work(second)
            options = {"prompt": "a fox", "x": "steps 1..6", "y": "seed 1, 2"}
            question = await answered(discord.slash("grid", user=ALICE, options=options))
            await question.message.until(lambda message: not message.loading)
            pressed = await answered(discord.press(question.message, "Start", user=ALICE))
            sheet = await pressed.message.until(has_two, 60)
            await first.kill()
            await sheet.until(is_complete, 90)
        assert done_in(sheet) == 12
        assert len(sheet.attachments) == 1
        cells = {
            (body["prompt"]["3"]["inputs"]["steps"], body["prompt"]["3"]["inputs"]["seed"])
            for body in (*one.submitted, *other.submitted)
        }
        assert len(cells) == 12
        # The menu is answered by a process that made none of them.
        taken = await answered(discord.select(sheet, "Take one out, in full size", ["steps 6, seed 2"], user=ALICE))
        out = await taken.message.until(lambda message: bool(message.attachments))
        assert out.attachments[0].filename == "image-1.png"
