"""The program with a pack that paints and the shipped one that changes a part of an image."""

import json
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import pytest

from tests.commands.packs import PAINT, PAINT_MANIFEST, write
from tests.discord_server import BotProcess, DiscordStandIn, Guild, Interaction, Message, User, answered
from tests.discord_server.resolving import Value
from tests.looks import is_done
from tests.people import MODERATORS
from tests.programs import ROOT

Press = Callable[[Message, str, User], Awaitable[Interaction]]
Order = Callable[..., Awaitable[Message]]
Grid = Callable[[Message, User], Awaitable[Message]]
Change = Callable[..., Awaitable[Interaction]]
BUTTONS: Final = ["Continue", "Zoom out 1.5x", "Zoom out 2x", "Pan left", "Pan right", "Pan up", "Pan down"]


@pytest.fixture
def guilds() -> tuple[Guild, ...]:
    return (Guild("Studio", roles=(MODERATORS,)),)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The shipped pack works on few pixels here, in few steps: its results come back in another size."""
    workflows = tmp_path / "workflows"
    write(workflows, "paint", PAINT, PAINT_MANIFEST)
    graph = json.loads((ROOT / "workflows/inpaint.json").read_text(encoding="utf-8"))
    graph["3"]["inputs"]["megapixels"] = 0.05
    graph["10"]["inputs"]["steps"] = 2
    write(workflows, "inpaint", graph, (ROOT / "workflows/inpaint.toml").read_text(encoding="utf-8"))
    return workflows


@pytest.fixture
def press(discord: DiscordStandIn) -> Press:
    """A button's press, up to its first answer."""

    async def pressed(message: Message, label: str, user: User) -> Interaction:
        return await answered(discord.press(message, label, user=user))

    return pressed


@pytest.fixture
def order(discord: DiscordStandIn, bot: BotProcess) -> Order:
    """`/imagine`, up to the finished message."""

    async def ordered(user: User, prompt: str = "a fox", **options: Value) -> Message:
        interaction = await answered(discord.slash("imagine", user=user, options={"prompt": prompt, **options}))
        return await interaction.message.until(is_done, 120)

    return ordered


def has_grid(message: Message) -> bool:
    """Whether it is the reply with the grid."""
    return bool(message.attachments) and "Continue" in [button.label for button in message.buttons]


@pytest.fixture
def grid(press: Press) -> Grid:
    """Press Change part. Returns the reply with the grid."""

    async def shown(message: Message, user: User) -> Message:
        return await (await press(message, "Change part", user)).message.until(has_grid)

    return shown


@pytest.fixture
def change(discord: DiscordStandIn, press: Press) -> Change:
    """From the reply with the grid to the job: with cells, or by a button for a larger frame."""

    async def changed(
        reply: Message, user: User, prompt: str = "a castle", *, cells: Sequence[str] = (), button: str = "Continue"
    ) -> Interaction:
        if cells:
            await answered(discord.select(reply, "Cells to change", list(cells), user=user))
        form = await press(reply, button, user)
        return await answered(form.submit({"Prompt": prompt}))

    return changed
