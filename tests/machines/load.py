"""Members who use a command every 200 ms, whatever happens to the gateways, and what became of it."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from tests.discord_server import Interaction, Message, User
from tests.discord_server.resolving import Value
from tests.looks import is_done
from tests.machines.gateways import PATIENCE, Siblings

EVERY_SECONDS = 0.2
DISCORD_SECONDS = (0.1, 0.4)
USERS = [User(f"user {number}") for number in range(25)]


@dataclass(slots=True)
class Load:
    """`unanswered` are commands whose members read “did not respond”; `messages` are those of images."""

    two: Siblings
    requests: list[Interaction] = field(default_factory=list)
    unanswered: list[Interaction] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    _waiting: set[asyncio.Task[None]] = field(default_factory=set)

    async def run(self) -> None:
        """Use commands until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            user = USERS[len(self.requests) % len(USERS)]
            # One worker keeps up with every third command being a request for an image.
            image = len(self.requests) % 3 == 0
            given: dict[str, Value] = {"prompt": f"fox {len(self.requests)}", "steps": 1} if image else {}
            one = await self.two.discord.slash("paint" if image else "quota", user=user, options=given)
            self.requests.append(one)
            self._waiting.add(asyncio.create_task(self._answer(one, image=image)))
            due += EVERY_SECONDS
            await asyncio.sleep(due - loop.time())

    async def _answer(self, one: Interaction, *, image: bool) -> None:
        try:
            await one.acknowledged(PATIENCE)
        except (TimeoutError, AssertionError):
            self.unanswered.append(one)
        else:
            self.messages += [one.message] if image else []

    async def ended(self) -> None:
        """Until every command is answered, or was not, and every image is there."""
        await asyncio.gather(*self._waiting)
        for message in self.messages:
            await message.until(is_done)

    @property
    def run_twice(self) -> int:
        """Jobs that the ComfyUI got twice, and jobs that nobody sees."""
        counts = Counter(body["prompt_id"] for body in self.two.comfyui.submitted)
        return sum(count > 1 for count in counts.values()) + len(counts) - len(self.messages)

    def answered_by(self) -> Counter[str]:
        """How many requests each process has answered."""
        paths = {f"/interactions/{one.id}/" for one in self.requests}
        answers = (one for one in self.two.discord.requests if one.path.startswith("/interactions/"))
        return Counter(one.process for one in answers if one.path[: one.path.index("/", 14) + 1] in paths)


@contextlib.asynccontextmanager
async def load(two: Siblings) -> AsyncIterator[Load]:
    """Commands within the block. Discord is as slow as on a bad day, so that there is always one under way."""
    two.discord.faults.latency = DISCORD_SECONDS
    made = Load(two)
    task = asyncio.create_task(made.run())
    try:
        yield made
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
