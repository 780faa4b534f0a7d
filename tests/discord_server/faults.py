"""What goes wrong on purpose: failures of the next requests, latency, and rate limits with Discord's headers."""

import asyncio
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from math import ceil
from typing import Final

from tests.discord_server.requests import Request

# How often a request that is held looks whether it may go on.
_HOLD_POLL: Final = 0.01
_CHANNEL: Final = "/channels/{channel_id}/messages"
_WEBHOOK: Final = "/webhooks/{webhook_id}/{webhook_token}"
_WEBHOOK_MESSAGES: Final = (f"{_WEBHOOK}/messages/@original", f"{_WEBHOOK}/messages/{{message_id}}")


@dataclass(frozen=True, slots=True)
class Failure:
    """How a request fails: with an HTTP status, or with a broken connection if that is None: reset, or only closed.

    `applied`: Discord did what was asked, only its answer went wrong. `via`: the answer comes from Discord; one
    without that header comes from Cloudflare. A 429 says `retry_after` seconds. `page`: its body is a web page; `body`:
    this text, which claims to be JSON. `silent`: it is never answered at all.
    """

    status: int | None
    code: int = 0
    retry_after: float = 0.0
    applied: bool = False
    via: bool = True
    reset: bool = True
    page: bool = False
    body: str | None = None
    silent: bool = False


RESET: Final = Failure(None)
SILENT: Final = Failure(None, silent=True)
CLOSED: Final = Failure(None, reset=False)
LOST_ANSWER: Final = Failure(None, applied=True)


@dataclass(slots=True)
class _Planned:
    method: str
    pattern: str
    failure: Failure
    times: int
    when: Callable[[Request], bool]


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests in so many seconds for each value of the parameters `per`, over all its routes together."""

    name: str
    routes: frozenset[tuple[str, str]]
    limit: int
    seconds: float
    per: tuple[str, ...]


# As seen; Discord promises no figures.
REAL_RATE_LIMITS: Final = (
    RateLimit("send", frozenset({("POST", _CHANNEL)}), 5, 5.0, ("channel_id",)),
    RateLimit("edit", frozenset({("PATCH", f"{_CHANNEL}/{{message_id}}")}), 5, 5.0, ("channel_id",)),
    RateLimit("delete", frozenset({("DELETE", f"{_CHANNEL}/{{message_id}}")}), 5, 1.0, ("channel_id",)),
    RateLimit(
        "webhook",
        frozenset({("POST", _WEBHOOK)} | {(way, path) for way in ("PATCH", "DELETE") for path in _WEBHOOK_MESSAGES}),
        5,
        2.0,
        ("webhook_id", "webhook_token"),
    ),
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What the rate limits say to one request: whether it may pass, and the headers of its answer."""

    passes: bool = True
    retry_after: float = 0.0
    headers: dict[str, str] = field(default_factory=dict)
    for_all: bool = False


@dataclass(slots=True)
class _Window:
    ends: float
    used: int = 0


@dataclass(slots=True)
class Faults:
    """Switches that a test may turn while the stand-in runs.

    `latency`: seconds before a request is looked at, or a range to draw from; `answer_latency`: before it is answered.
    `holds`: which requests are carried out and not answered at all, as long as this is set.
    `clock_ahead`: seconds by which Discord's clock is ahead of this machine's, as the headers of its answers say.
    `per_second`: the bot's global limit, 50 at Discord. While `files_served` is not set, requests for attachments
    wait.
    """

    latency: float | tuple[float, float] = 0.0
    answer_latency: float | tuple[float, float] = 0.0
    holds: Callable[[Request], bool] | None = None
    rate_limits: Sequence[RateLimit] = ()
    per_second: int | None = None
    clock_ahead: float = 0.0
    files_served: asyncio.Event = field(default_factory=asyncio.Event)
    _planned: list[_Planned] = field(default_factory=list)
    _windows: dict[tuple[str, ...], _Window] = field(default_factory=dict)
    _random: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        self.files_served.set()

    def plan(
        self, method: str, pattern: str, failure: Failure, times: int, when: Callable[[Request], bool] = lambda _: True
    ) -> None:
        self._planned.append(_Planned(method, pattern, failure, times, when))

    def forget(self) -> None:
        """What was planned does not happen any more."""
        self._planned.clear()

    def next_failure(self, request: Request) -> Failure | None:
        for planned in self._planned:
            fits = planned.method == request.method and fnmatchcase(request.path, planned.pattern)
            if planned.times and fits and planned.when(request):
                planned.times -= 1
                return planned.failure
        return None

    def delay(self) -> float:
        return self._drawn(self.latency)

    async def hold_up(self, request: Request) -> None:
        """Between what was asked and the answer to it."""
        if delay := self._drawn(self.answer_latency):
            await asyncio.sleep(delay)
        while self.holds is not None and self.holds(request):  # noqa: ASYNC110 - a switch is set by anybody
            await asyncio.sleep(_HOLD_POLL)

    def _drawn(self, seconds: float | tuple[float, float]) -> float:
        return seconds if isinstance(seconds, float | int) else self._random.uniform(*seconds)

    def allowance(self, method: str, template: str, ids: Mapping[str, str]) -> Allowance:
        # Discord counts no interaction against the global limit.
        if self.per_second is not None and not template.startswith(("/interactions/", "/webhooks/")):
            window = self._window(("",), 1.0)
            if window.used >= self.per_second:
                left = window.ends - time.monotonic()
                headers = too_many(left, "global") | {"X-RateLimit-Global": "true"}
                return Allowance(passes=False, retry_after=left, headers=headers, for_all=True)
            window.used += 1
        rule = next((rule for rule in self.rate_limits if (method, template) in rule.routes), None)
        return Allowance() if rule is None else self._bucket(rule, tuple(ids[name] for name in rule.per))

    def _bucket(self, rule: RateLimit, owner: tuple[str, ...]) -> Allowance:
        window = self._window((rule.name, *owner), rule.seconds)
        passes = window.used < rule.limit
        window.used += passes
        left = window.ends - time.monotonic()
        headers = {
            "X-RateLimit-Limit": str(rule.limit),
            "X-RateLimit-Remaining": str(rule.limit - window.used),
            "X-RateLimit-Reset": f"{time.time() + left:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
            "X-RateLimit-Bucket": f"made-up-{rule.name}",
        }
        return Allowance(passes, left, headers if passes else headers | too_many(left, "user"))

    def _window(self, key: tuple[str, ...], seconds: float) -> _Window:
        window = self._windows.get(key)
        if window is None or window.ends <= time.monotonic():
            window = self._windows[key] = _Window(time.monotonic() + seconds)
        return window


def too_many(retry_after: float, scope: str) -> dict[str, str]:
    return {"Retry-After": str(ceil(retry_after)), "X-RateLimit-Scope": scope}
