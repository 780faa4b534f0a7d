"""The unmodified program between a Discord with its real limits and a crowd of light ComfyUIs; and what it takes."""

import asyncio
import contextlib
import random
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import aiohttp
from prometheus_client.parser import text_string_to_metric_families

from tests.bench.scale.comfyuis import ComfyUIs, Run
from tests.bench.scale.memory import Memory, Used, processor_seconds
from tests.bench.scale.orders import Order, fates
from tests.bench.scale.progress import Progress
from tests.bench.scale.workflows import Workflow, write_packs
from tests.discord_server import AS_ITS_OPERATOR, REAL_RATE_LIMITS, BotProcess, Channel, DiscordStandIn, Guild, User
from tests.discord_server.resolving import Value
from tests.waiting import until

_ROOT: Final = Path(__file__).parents[3]
_GLOBAL_LIMIT: Final = 50
_PORTS: Final = range(20_000, 30_000)
_START_SECONDS: Final = 120.0
_SCRAPE_SECONDS: Final = 5.0
"""Well within the minute for which the metrics remember the longest silence."""
_LOOK_SECONDS: Final = 0.25
_WAITED: Final = "darkroom_comfyui_requests_waited_total"
_SILENCE: Final = "darkroom_event_loop_longest_silence_seconds"


@dataclass(slots=True)
class Stage:
    discord: DiscordStandIn
    comfyuis: ComfyUIs
    bot: BotProcess
    memory: Memory
    progress: Progress
    port: int
    orders: list[Order] = field(default_factory=list)
    longest_silence: float = 0.0
    """Seconds, of the bot's event loop, since it was last set to nought, or up to a minute before that."""
    own_silence: float = 0.0
    """Seconds, of the loop that measures, and that Discord is in."""
    began: float = field(default_factory=time.monotonic)
    processors_before: Mapping[str, float] = field(default_factory=dict)

    async def order(self, user: User, prompt: str, channel: Channel | None = None, **options: Value) -> Order:
        """`/imagine`; the prompt begins with how long its image takes, like "0.3s a fox"."""
        given: dict[str, Value] = {"prompt": prompt, **options}
        interaction = await self.discord.slash("imagine", user=user, channel=channel, options=given)
        self.orders.append(Order(interaction))
        return self.orders[-1]

    async def crowd(self, members: int, each: int, seconds: float, prompt: str) -> None:
        """So many members order so often, spread evenly over the time, channel by channel."""
        channels = self.discord.guild.channels
        users = [User(f"member{number}") for number in range(members)]
        began = time.monotonic()
        for number in range(members * each):
            due = began + seconds * number / (members * each)
            await asyncio.sleep(max(0.0, due - time.monotonic()))
            user = users[number % members]
            await self.order(user, f"{prompt} {number}", channels[number % members % len(channels)])

    async def until_ordered(self, coming: Coroutine[Any, Any, None]) -> None:
        """Until all that is ordered meanwhile has been sent off."""
        ordering = asyncio.create_task(coming)
        try:
            while not ordering.done():
                self.progress.show(f"{len(self.orders)} ordered")
                await asyncio.wait([ordering], timeout=_LOOK_SECONDS)
            await ordering
        finally:
            ordering.cancel()

    async def until_over(self, seconds: float) -> None:
        """Until all that was ordered is over, or so much time has passed."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and not all(order.over for order in self.orders):
            self.progress.show(fates(self.orders))
            await asyncio.sleep(_LOOK_SECONDS)

    def run_of(self, order: Order) -> Run | None:
        """What became of an order on a server; None as long as it has not begun."""
        job_id = order.job_id
        return next((run for run in self.comfyuis.runs if run.prompt_id == job_id), None)

    async def figures(self) -> Mapping[str, float]:
        """The bot's metrics, those of all labels together; none while it does not tell."""
        try:
            async with (
                asyncio.timeout(_SCRAPE_SECONDS),
                aiohttp.ClientSession() as session,
                session.get(f"http://127.0.0.1:{self.port}/metrics") as response,
            ):
                text = await response.text()
        except (aiohttp.ClientError, TimeoutError):
            return {}
        found: dict[str, float] = {}
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                found[sample.name] = found.get(sample.name, 0.0) + sample.value
        self.longest_silence = max(self.longest_silence, found[_SILENCE])
        return found

    async def waited(self) -> str:
        """Requests to ComfyUI that found no free connection."""
        figures = await self.figures()
        return f"{figures[_WAITED]:.0f}" if _WAITED in figures else "not counted"

    def too_many(self) -> int:
        """Answers of Discord that said to wait (429)."""
        return sum(request.status == 429 for request in self.discord.requests)

    def processors(self) -> str:
        """Who took how much of a core on average: the bot should be the only one that others wait for."""
        seconds = time.monotonic() - self.began
        shares = {who: (used - self.processors_before[who]) / seconds for who, used in self.processor_seconds().items()}
        told = ", ".join(f"{who} {100 * share:.0f} %" for who, share in shares.items())
        return f"{told}; Discord's longest silence {self.own_silence:.2f} s"

    def processor_seconds(self) -> Mapping[str, float]:
        return {
            "bot": processor_seconds(self.bot.pid),
            "Discord": time.process_time(),
            "ComfyUIs": processor_seconds(self.comfyuis.pid),
        }

    async def idle(self, seconds: float, about: str) -> None:
        """Let time pass."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.progress.show(f"{about}, {left:.0f} s to go")
            await asyncio.sleep(min(left, 1.0))

    async def rest(self) -> Used:
        self.progress.show("measuring memory")
        return await self.memory.rest()


@contextlib.asynccontextmanager
async def stage(
    progress: Progress,
    servers: int,
    *workflows: Workflow,
    channels: int = 1,
    threads: int = 0,
    open_files: int | None = None,
    env: Mapping[str, str] | None = None,
    hostile: tuple[str, str] | None = None,
) -> AsyncIterator[Stage]:
    """The bot, started and with every server answering. The first of the workflows is the default one; `hostile` is
    what the servers do to some jobs (see `ComfyUIs`). The `threads` are under the first channel, and come after all.

    Leaving it ends the bot, also one that does not end by itself.
    """
    rooms = [Channel(f"channel{number}") for number in range(channels)]
    below = [Channel(f"thread{number}", under=rooms[0], kind="thread") for number in range(threads)]
    guild = Guild(channels=(*rooms, *below))
    with tempfile.TemporaryDirectory(prefix="darkroom-scale-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        packs = write_packs(folder / "packs", workflows or (Workflow(),))
        async with ComfyUIs(servers, hostile) as comfyuis, DiscordStandIn(guild) as discord:
            discord.set_answer_deadline(3)
            port = _free_port()
            discord.faults.rate_limits = REAL_RATE_LIMITS
            discord.faults.per_second = _GLOBAL_LIMIT
            settled = {
                "COMFYUI_URLS": ",".join(comfyuis.urls),
                "DATA_DIR": str(folder / "data"),
                "WORKFLOWS_DIR": str(packs),
                "HTTP_PORT": str(port),
                **(env or {}),
            }
            bot = BotProcess(discord, log=folder / "bot.log", env=settled, cwd=_ROOT, command=_command(open_files))
            async with _ending(bot, discord, progress):
                await bot.start()
                with Memory(bot.pid) as memory:
                    built = Stage(discord, comfyuis, bot, memory, progress, port)
                    async with _watched(built):
                        await _started(built, servers)
                        yield built


async def _started(built: Stage, servers: int) -> None:
    await built.bot.wait_ready(_START_SECONDS)

    async def all_answer() -> bool:
        built.progress.show("waiting for the bot")
        return (await built.figures()).get("darkroom_server_up") == servers and bool(built.discord.commands())

    try:
        await until(all_answer, _START_SECONDS)
    except TimeoutError:
        raise AssertionError(f"not every server answers the bot; {built.bot.tail()}") from None
    built.began = time.monotonic()
    built.processors_before = built.processor_seconds()


@contextlib.asynccontextmanager
async def _ending(bot: BotProcess, discord: DiscordStandIn, progress: Progress) -> AsyncIterator[None]:
    """Without an exception: a bot that broke down is a figure like another."""
    try:
        yield
    finally:
        try:
            await bot.__aexit__(None, None, None)
        except AssertionError:
            progress.say("    (the bot had to be killed)")
        for violation in _first_of_each(discord.violations):
            progress.say(f"    (a rule was broken: {violation})")
        discord.violations.clear()


def _first_of_each(violations: Sequence[str]) -> Iterator[str]:
    told = {violation.rpartition(": ")[2]: violation for violation in reversed(violations)}
    yield from told.values()


@contextlib.asynccontextmanager
async def _watched(built: Stage) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(_scrape(built)), asyncio.create_task(_watch_own_loop(built))]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _scrape(built: Stage) -> None:
    while True:
        await asyncio.sleep(_SCRAPE_SECONDS)
        await built.figures()


async def _watch_own_loop(built: Stage) -> None:
    while True:
        due = time.monotonic() + 0.01
        await asyncio.sleep(0.01)
        built.own_silence = max(built.own_silence, time.monotonic() - due)


def _command(open_files: int | None) -> Sequence[str]:
    if open_files is None:
        return AS_ITS_OPERATOR
    return ("sh", "-c", f'ulimit -n {open_files} && exec "$@"', "sh", *AS_ITS_OPERATOR)


def _free_port() -> int:
    """One that no other program is given before the bot takes it, as it may be with those that systems hand out."""
    for port in random.sample(_PORTS, len(_PORTS)):
        with socket.socket() as free, contextlib.suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port
    raise AssertionError("no port is free")
