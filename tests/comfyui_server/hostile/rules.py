"""Whose requests a fault meets, and how often."""

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.comfyui_server.hostile.requests import Asked

Answer = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]
"""What is done instead of, or with, what the true handler would do."""


@dataclass(slots=True)
class Rule:
    """Requests that fit all of what is given get this answer; the first rule that fits counts.

    `words` are in the job's graph; `larger_than` is in bytes of the request's body; `named` begins the name of the file
    that is wanted; `width` is that of an uploaded image. `times`: only so many more requests, then no more.
    """

    route: str
    answer: Answer
    words: str = ""
    prompt_id: str | None = None
    larger_than: int = -1
    named: str = ""
    width: int | None = None
    times: int | None = None
    met: list[float] = field(default_factory=list)
    """When it was met, by the monotonic clock."""

    def meets(self, asked: Asked) -> bool:
        return (
            asked.route == self.route
            and self.times != 0
            and self.words in asked.words
            and self.prompt_id in {None, asked.prompt_id}
            and asked.size > self.larger_than
            and asked.filename.startswith(self.named)
            and self.width in {None, asked.width}
        )

    def take(self) -> Answer:
        """It is met now."""
        self.met.append(time.monotonic())
        if self.times is not None:
            self.times -= 1
        return self.answer


def rule_for(rules: Iterable[Rule], asked: Asked) -> Rule | None:
    return next((rule for rule in rules if rule.meets(asked)), None)


async def through(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The true answer: only that it was asked is noted."""
    return await handler(request)
