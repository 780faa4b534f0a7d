"""One writer a message, over processes: a late “3rd in line” never overwrites a finished image."""

from tests.comfyui_server import ComfyUIStandIn
from tests.discord_server import User
from tests.looks import is_done
from tests.machines.cluster import Cluster, at_work

USERS = [User(f"user {number}") for number in range(40)]


async def test_the_last_edit_is_always_the_picture(machines: Cluster) -> None:
    discord = machines.discord
    discord.faults.latency = (0.0, 0.4)
    # A long line from the first moment on: both workers begin to take from it, and one of them to tell it.
    ordered = [await machines.order(user, steps=2) for user in USERS]
    async with (
        ComfyUIStandIn(steps_per_second=10) as one,
        ComfyUIStandIn(steps_per_second=10) as other,
        machines.worker("first", one) as first,
        machines.worker("second", other) as second,
    ):
        await at_work(first)
        await at_work(second)
        for _, message in ordered:
            await message.until(is_done)
        # Every process that still had something to say has said it once the processes have ended.
    assert {one.process for one in discord.requests if one.files} == {"first", "second"}
    assert all(is_done(message) and message.attachments for _, message in ordered)
    places = [one for one in discord.requests if one.method == "PATCH" and "in line" in one.json["content"]]
    assert len(places) >= 20
    assert len({one.process for one in places}) == 1
