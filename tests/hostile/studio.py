"""The program with several ComfyUIs that misbehave in the same way, and members who order from it."""

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from aiohttp import web
from PIL import Image

from tests.comfyui_server import ComfyUIStandIn, Faults
from tests.comfyui_server.hostile import Outburst, Rule
from tests.commands.packs import INVERT, INVERT_MANIFEST, picture
from tests.discord_server import DiscordStandIn, File, Interaction, Message, User
from tests.hostile.cells import UPLOAD, Cell, End
from tests.looks import is_done, is_failed, is_over
from tests.recovery.studio import Studio
from tests.server_blamed import BLAMED

PATIENCE: Final = 60.0
"""Seconds within which a job ends, whatever its server does to it."""
_WIDTH: Final = 100
"""Pixels of the first member's image: those of the others are wider, each by one."""
_OUR_FAULT: Final = "Something went wrong"
"""How a message tells of an exception that nobody expected."""


@dataclass(slots=True)
class Elsewhere:
    """An address that nobody should ask: `asked` is what was asked of it."""

    url: str = ""
    asked: list[str] = field(default_factory=list)


@contextlib.asynccontextmanager
async def elsewhere() -> AsyncIterator[Elsewhere]:
    """Another server, which would answer anything."""
    other = Elsewhere()

    async def answer(request: web.Request) -> web.Response:
        other.asked.append(f"{request.method} {request.path}")
        return web.json_response({"name": "stolen.png", "prompt_id": "stolen", "node_errors": {}})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    other.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield other
    finally:
        await runner.cleanup()


class HostileStudio(Studio):
    """Its ComfyUIs share their rules and outbursts: a job cannot choose its server."""

    @classmethod
    @contextlib.asynccontextmanager
    async def open(cls, discord: DiscordStandIn, folder: Path, servers: int) -> AsyncIterator["HostileStudio"]:
        rules: list[Rule] = []
        bursts: list[Outburst] = []
        async with contextlib.AsyncExitStack() as stack:
            comfyuis = [
                await stack.enter_async_context(ComfyUIStandIn(faults=Faults(rules=rules, outbursts=bursts)))
                for _ in range(servers)
            ]
            studio = cls(discord, comfyuis, folder)
            packs = folder / "packs"
            (packs / "negate.json").write_text(json.dumps(INVERT), encoding="utf-8")
            (packs / "negate.toml").write_text(INVERT_MANIFEST, encoding="utf-8")
            async with studio:
                await discord.until(lambda: "negate" in {one["name"] for one in discord.commands()})
                yield studio

    @property
    def rules(self) -> list[Rule]:
        return self.comfyuis[0].faults.rules

    @property
    def outbursts(self) -> list[Outburst]:
        return self.comfyuis[0].faults.outbursts

    async def negate(self, user: User, width: int) -> Interaction:
        """`/negate` of an image that is so many pixels wide."""
        given = File("a.png", picture(Image.new("RGB", (width, 8), "navy")))
        interaction = await self.discord.slash("negate", user=user, image=given)
        await interaction.acknowledged()
        return interaction

    async def verdicts(self, cells: Iterable[Cell]) -> dict[str, str]:
        """What is wrong with what became of each cell's two members; nothing where all is as it should be."""
        told = await asyncio.gather(*itertools.starmap(self._verdict, enumerate(cells)))
        # What is still stuck gets through now, and is nobody else's burden.
        self.rules.clear()
        return {name: verdict for name, verdict in told if verdict}

    async def _verdict(self, number: int, cell: Cell) -> tuple[str, str]:
        """Alice's job meets the misfortune, Bob orders after her."""
        alice, bob = User(f"alice {number}"), User(f"bob {number}")
        words, width = f"cell{number:03} a fox", _WIDTH + number
        if cell.route == UPLOAD:
            rule = Rule(cell.route, cell.answer, width=width, times=cell.times)
        else:
            rule = Rule(cell.route, cell.answer, words, times=cell.times)
        self.rules.append(rule)
        hers = await (self.negate(alice, width) if cell.route == UPLOAD else self.order(alice, words))
        his = await self.order(bob, f"a whale {number}")
        faults = [
            *await _ending(hers.message, cell.end),
            *(f"bob: {fault}" for fault in await _ending(his.message, End.DONE)),
            *(() if cell.blames else _untrue(hers.message)),
            *(() if cell.blames else (f"bob: {fault}" for fault in _untrue(his.message))),
        ]
        if not rule.met:
            faults.append("it met nobody")
        waited = [later - earlier for earlier, later in itertools.pairwise(rule.met)]
        if cell.retry_after is not None and any(seconds < cell.retry_after for seconds in waited):
            faults.append("it was asked again before the time that it said")
        return f"{cell.route}: {cell.name}", "; ".join(faults)


async def _ending(message: Message, end: End) -> list[str]:
    try:
        await message.until(is_over, PATIENCE)
    except (AssertionError, TimeoutError):
        return [f"it is not over: {message.content!r}"]
    right = {End.DONE: is_done(message), End.FAILED: is_failed(message), End.EITHER: True}[end]
    return [] if right else [f"it should be {end.value}: {message.content!r}"]


def _untrue(message: Message) -> Iterable[str]:
    texts = dict.fromkeys(state.text for state in message.states)
    for text in texts:
        if (found := BLAMED.search(text)) is not None:
            yield f"it says {found[0]!r} of a server that answered"
            return
    if _OUR_FAULT in message.content:
        yield f"it says {_OUR_FAULT!r}"
