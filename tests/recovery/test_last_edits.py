"""Whatever Discord answers to the last edit of a job's message: its owner gets the end once, and no button stays."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.comfyui_server import ComfyUIStandIn
from tests.comfyui_server import Failure as NodeFailure
from tests.discord_server import Channel, DiscordStandIn, Failure, Guild, Interaction, Message, Request, User
from tests.looks import labels
from tests.people import ALICE
from tests.recovery.studio import Studio
from tests.waiting import until

TEXT: Final = Channel("text")
THREAD: Final = Channel("thread", under=TEXT, kind="thread")
PLACES: Final = ("public", "thread", "private", "direct")
ENDS: Final = {"done": "✅", "failed": "⚠️", "cancelled": "🛑"}
DEAD_TOKEN: Final = Failure(401, 50027)
"""Nothing else reaches a private reply."""
GONE: Final = (Failure(404, 10003), Failure(404, 10008))
"""Discord says that the message is there no more: nobody can take anything off it."""
REFUSALS: Final = (
    Failure(400, 50083),
    Failure(400, 50035),
    DEAD_TOKEN,
    Failure(403),
    Failure(403, 50001),
    Failure(403, 50013),
    Failure(404),
    *GONE,
    Failure(413),
    Failure(413, 40005),
    Failure(500),
    Failure(503),
    Failure(429, retry_after=0.1),
    Failure(429, page=True),
    Failure(429, via=False, page=True),
)


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild(channels=(TEXT, THREAD)),)


def place_of(discord: DiscordStandIn, place: str, user: User) -> Channel:
    return {"thread": THREAD, "direct": discord.direct(user)}.get(place, TEXT)


def prompt(number: int) -> str:
    return f"fox {number:02}"


def ends(mark: str, number: int) -> Callable[[Request], bool]:
    """Whether a request shows the end of this order."""
    return lambda request: prompt(number) in request.json["content"] and mark in request.json["content"]


def everything(discord: DiscordStandIn, orders: list[Interaction], user: User) -> Iterator[Message]:
    """All that the owner sees."""
    seen = {message.id: message for order in orders for message in (order.message, *order.followups)}
    for channel in (TEXT, THREAD, discord.direct(user)):
        seen |= {message.id: message for message in discord.messages(channel)}
    yield from seen.values()


def tells(message: Message, number: int, mark: str) -> bool:
    """Whether it shows the end itself, and not only where that is."""
    return prompt(number) in message.content and mark in message.content and ": see " not in message.content


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("place", PLACES)
async def test_the_end_arrives_once_and_nothing_keeps_bar_or_cancel(
    discord: DiscordStandIn, comfyui: ComfyUIStandIn, tmp_path: Path, place: str, end: str
) -> None:
    mark, channel = ENDS[end], place_of(discord, place, ALICE)
    comfyui.faults.hang_in = "KSampler"
    async with Studio(discord, [comfyui], tmp_path, {"DIRECT_MESSAGES": "on"}) as studio:
        orders = []
        for number, failure in enumerate(REFUSALS):
            discord.fail_next("PATCH", "*", failure, times=1, when=ends(mark, number))
            order = await discord.slash(
                "imagine", user=ALICE, prompt=prompt(number), private=place == "private", channel=channel
            )
            await order.acknowledged()
            orders.append(order)
        await studio.begun(orders[0])
        if end == "cancelled":
            for order in orders:
                await (await discord.press(order.message, "Cancel", user=ALICE)).acknowledged()
        if end == "failed":
            comfyui.faults.fail["KSampler"] = NodeFailure()
        comfyui.faults.hang_in = None
        await until(lambda: set(studio.states().values()) == {end})
        for number, (failure, order) in enumerate(zip(REFUSALS, orders, strict=True)):

            def told(number: int = number) -> list[Message]:
                return [one for one in everything(discord, orders, ALICE) if tells(one, number, mark)]

            await until(lambda: bool(told()))
            (message,) = told()
            assert bool(message.attachments) == (end == "done"), failure
            if failure not in GONE and not (place == "private" and failure == DEAD_TOKEN):
                assert "Cancel" not in labels(order.message), failure
                assert "▰" not in order.message.content, failure
