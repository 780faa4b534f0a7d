"""Change part over the wire: six taps from an image to one that is new in the chosen cells alone."""

from collections.abc import Awaitable, Callable

from PIL import Image, ImageChops

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import BotProcess, DiscordStandIn, Message, User, answered
from tests.looks import is_done
from tests.parts.conftest import Order, Press, has_grid, pixels_of
from tests.people import ALICE, BOB

Grid = Callable[[Message, User], Awaitable[Message]]


def changed_box(before: Image.Image, after: Image.Image) -> tuple[int, int, int, int] | None:
    return ImageChops.difference(before.convert("RGB"), after.convert("RGB")).getbbox()


async def test_cells(discord, comfyui, order: Order, grid: Grid, press: Press) -> None:
    first = await order(ALICE, "a fox", size="256x192", negative="rain")
    reply = await grid(first, BOB)
    assert reply.ephemeral
    open("/dev/shm/grid.jpg","wb").write(reply.attachments[0].content)
    await answered(discord.select(reply, "Cells to change", ["A1", "B1"], user=BOB))
    form = (await press(reply, "Continue", BOB)).modal
    print(form)
    sent = await answered((await press(reply, "Continue", BOB)).submit({"Prompt": "a castle"}))
    done = await sent.message.until(is_done)
    print(done.content, [a.filename for a in done.attachments])
    open("/dev/shm/done.png","wb").write(done.attachments[0].content)
    open("/dev/shm/first.png","wb").write(first.attachments[0].content)
    print(changed_box(pixels_of(first), pixels_of(done)))
    reply = await grid(done, BOB)
    sent = await answered((await press(reply, "Zoom out 1.5x", BOB)).submit({}))
    z = await sent.message.until(is_done)
    open("/dev/shm/zoom.png","wb").write(z.attachments[0].content)
    print(z.content)
    assert 0
