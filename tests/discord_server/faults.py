"""What goes wrong on purpose: failures of the next requests, latency, and rate limits with Discord's headers."""

import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from math import ceil
from typing import Final

_CHANNEL: Final = "/channels/{channel_id}/messages"
_WEBHOOK: Final = "/webhooks/{webhook_id}/{webhook_token}"
_WEBHOOK_MESSAGES: Final = (f"{_WEBHOOK}/messages/@original", f"{_WEBHOOK}/messages/{{message_id}}")


@dataclass(frozen=True, slots=True)
class Failure:
    """How a request fails: with an HTTP status, or with a reset connection if that is None.

    `applied`: Discord did what was asked, only its answer went wrong. `via`: the answer comes from Discord; one
    without that header comes from Cloudflare. A 429 says `retry_after` seconds.
    """

    status: int | None
    code: int = 0
    retry_after: float = 0.0
    applied: bool = False
    via: bool = True


RESET: Final = Failure(None)
LOST_ANSWER: Final = Failure(None, applied=True)


@dataclass(slots=True)
class _Planned:
    method: str
    pattern: str
    failure: Failure
    times: int


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

    `latency`: seconds, or a range to draw from. `per_second`: the bot's global limit, 50 at Discord. While
    `files_served` is not set, whoever fetches an attachment waits.
    """

    latency: float | tuple[float, float] = 0.0
    rate_limits: Sequence[RateLimit] = ()
    per_second: int | None = None
    files_served: asyncio.Event = field(default_factory=asyncio.Event)
    _planned: list[_Planned] = field(default_factory=list)
    _windows: dict[tuple[str, ...], _Window] = field(default_factory=dict)
    _random: random.Random = field(default_factory=lambda: random.Random(7))

    def __post_init__(self) -> None:
        self.files_served.set()

    def plan(self, method: str, pattern: str, failure: Failure, times: int) -> None:
        self._planned.append(_Planned(method, pattern, failure, times))

    def next_failure(self, method: str, path: str) -> Failure | None:
        for planned in self._planned:
            if planned.times and planned.method == method and fnmatchcase(path, planned.pattern):
                planned.times -= 1
                return planned.failure
        return None

    def delay(self) -> float:
        return self.latency if isinstance(self.latency, float | int) else self._random.uniform(*self.latency)

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
