"""When a request about a channel's messages may go to Discord, and which of those that wait goes first. Pure.

Discord counts a bot's requests in buckets, by route and channel, and says in each answer how much of a bucket is left
(https://discord.com/developers/docs/topics/rate-limits#header-format). Nothing is hard-coded here but caution. All
times are in seconds; `now` and what is compared with it are of one monotonic clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

_TOO_MANY_REQUESTS: Final = 429
_SPARED: Final = 1
"""Requests of a window that news leaves to what ends meanwhile."""
_MARGIN_SECONDS: Final = 0.05
"""A window is taken to last this much longer: an early request is a refused one."""
_REST_SECONDS: Final = 5.0
"""A refusal that says no time is given this one."""
_LONGEST_REST_SECONDS: Final = 600.0
"""Discord may say hours. After this long one request finds out whether that still holds."""


class Urgency(IntEnum):
    """What goes first where not everything can go at once."""

    FINISHED = 0
    """A finished image, and what a person waits for."""
    ENDED = 1
    """What failed or was cancelled, and what is written once, like a line of a log."""
    NEWS = 2
    """Progress, places in the queue, panels: soon replaced by newer news."""


@dataclass(frozen=True, slots=True, order=True)
class Wish:
    """One that waits; the least goes first. `since`: when what it is about was last brought up to date, of news; of
    others, when it was asked for. `number` tells equals apart. `aged`: it edits a message that is older than an hour.
    `large`: its files may take minutes.
    """

    urgency: Urgency
    since: float
    number: int
    aged: bool = False
    large: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """What is left of a bucket, and in how many seconds it is full again."""

    limit: int
    remaining: int
    reset_after: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer says about limits. `retry_after`: it is a refusal (429). `for_all`: one that holds for every
    request of the bot. `for_bucket`: Discord says that it is about this bucket alone.
    """

    bucket: str | None = None
    window: Window | None = None
    retry_after: float | None = None
    for_all: bool = False
    for_bucket: bool = False


def read_answer(status: int, headers: Mapping[str, str]) -> Answer:
    """Read an answer's headers. What cannot be read counts as not said."""
    bucket = headers.get("X-RateLimit-Bucket")
    limit, remaining = _number(headers, "X-RateLimit-Limit"), _number(headers, "X-RateLimit-Remaining")
    reset_after = _number(headers, "X-RateLimit-Reset-After")
    window = None
    if limit is not None and limit >= 1 and remaining is not None and reset_after is not None:
        window = Window(int(limit), int(remaining), reset_after)
    if status != _TOO_MANY_REQUESTS:
        return Answer(bucket, window)
    retry_after = _number(headers, "Retry-After")
    if retry_after is None:
        retry_after = _REST_SECONDS if reset_after is None else reset_after
    scope = headers.get("X-RateLimit-Scope")
    # One that did not come through Discord's own proxy is Cloudflare's, which shuts out the whole machine.
    for_all = scope == "global" or "X-RateLimit-Global" in headers or "Via" not in headers
    for_bucket = not for_all and scope in {"user", "shared"}
    return Answer(bucket, window, min(retry_after, _LONGEST_REST_SECONDS), for_all, for_bucket)


def _number(headers: Mapping[str, str], name: str) -> float | None:
    try:
        number = float(headers[name])
    except (KeyError, ValueError):
        return None
    return number if math.isfinite(number) and number >= 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A bucket as its answers have told so far. `limit` None: none has. `period`: how long a window lasts.

    Other processes of the bot may use the same bucket. `ours`: requests of this process that were answered in this
    window; `others`: how many more Discord has counted; `expected`: as many as those were in the window before.
    """

    bucket: str | None = None
    limit: int | None = None
    remaining: int = 0
    period: float = 0.0
    renewed_at: float = -math.inf
    rests_until: float = -math.inf
    ours: int = 0
    others: int = 0
    expected: int = 0

    def heard(self, answer: Answer, now: float, under_way: int = 0) -> Budget:
        """The same after an answer. `under_way`: how many are still to come."""
        rests_until = self.rests_until
        if answer.retry_after is not None and not answer.for_all:
            rests_until = max(rests_until, now + answer.retry_after + _MARGIN_SECONDS)
        window = answer.window
        if window is None:
            return replace(self, rests_until=rests_until)
        remaining, period = window.remaining, window.reset_after
        renewed_at = now + window.reset_after + _MARGIN_SECONDS
        ours, others, expected = int(answer.retry_after is None), 0, self.others
        if answer.bucket == self.bucket and now < self.renewed_at:
            # Answers overtake each other: within one window the least that was said is the newest.
            remaining, period = min(remaining, self.remaining), max(period, self.period)
            renewed_at = max(renewed_at, self.renewed_at)
            ours, others, expected = ours + self.ours, self.others, self.expected
        others = max(others, window.limit - remaining - ours - under_way)
        return Budget(
            bucket=answer.bucket,
            limit=window.limit,
            remaining=remaining,
            period=period,
            renewed_at=renewed_at,
            rests_until=rests_until,
            ours=ours,
            others=others,
            expected=expected,
        )

    def unanswered(self, now: float) -> Budget:
        """The same after a request of which nothing was heard: Discord may have counted it."""
        if self.limit is None:
            return self
        if now < self.renewed_at:
            return replace(self, remaining=max(0, self.remaining - 1))
        return replace(self, remaining=self.limit - 1, renewed_at=now + self.period)

    def wait(self, urgency: Urgency, under_way: int, news_at: float, now: float) -> float:
        """Seconds until one more may go; infinite: not before another has been answered.

        `under_way`: requests whose answer is still to come. Discord may have counted them or not: each takes a place.
        `news_at`: when the last news went. They are spread over the window: what ends in between goes at once.
        """
        if now < self.rests_until:
            return self.rests_until - now
        if self.limit is None:
            return math.inf if under_way else 0.0
        running = now < self.renewed_at
        left = (self.remaining if running else self.limit) - under_way
        spared = min(_SPARED, self.limit - 1) if urgency is Urgency.NEWS else 0
        kept = spared
        if urgency is Urgency.NEWS and (running or under_way):
            kept += max(0, self.expected - self.others if running else self.others)
        if left <= kept:
            return self.renewed_at - now if running else math.inf
        if urgency is Urgency.NEWS:
            return max(0.0, news_at + self.period / (self.limit - spared) - now)
        return 0.0


@dataclass(frozen=True, slots=True)
class UnderWay:
    """How many requests of a route are not answered yet, by the age of what they edit; how many of them are large."""

    young: int = 0
    aged: int = 0
    large: int = 0


@dataclass(frozen=True, slots=True)
class Budgets:
    """Of one route of a channel. Edits of messages older than an hour are limited harder (error 30046): whether by a
    bucket of their own, their answers tell.
    """

    young: Budget = Budget()
    aged: Budget = Budget()

    def heard(self, answer: Answer, *, aged: bool, now: float, under_way: int = 0) -> Budgets:
        """The same after the answer to a request. `under_way`: how many are still to come."""
        mine, other = self._mine_and_other(aged=aged)
        mine = mine.heard(answer, now, under_way)
        if answer.bucket is not None and answer.bucket == other.bucket:
            # A refusal with something left in the bucket is about less than the bucket.
            beside = answer.window is not None and answer.window.remaining > 0
            other = other.heard(replace(answer, retry_after=None) if beside else answer, now, under_way)
            mine = replace(other, rests_until=mine.rests_until)
        return Budgets(other, mine) if aged else Budgets(mine, other)

    def unanswered(self, *, aged: bool, now: float) -> Budgets:
        """The same after a request of which nothing was heard."""
        mine, other = self._mine_and_other(aged=aged)
        if not self._apart:
            other = other.unanswered(now)
        mine = mine.unanswered(now)
        return Budgets(other, mine) if aged else Budgets(mine, other)

    def wait(self, wish: Wish, under_way: UnderWay, news_at: float, now: float) -> float:
        """Seconds until it may go; infinite: not before another has been answered."""
        mine, other = self._mine_and_other(aged=wish.aged)
        # Each takes a place until it is answered: they must not take those of all that is quick.
        if wish.large and under_way.large >= max(1, (mine.limit or other.limit or 0) // 2):
            return math.inf
        alike, everything = under_way.aged if wish.aged else under_way.young, under_way.young + under_way.aged
        if mine.limit is None and other.limit is not None:
            # It may turn out to be the same bucket.
            first = mine.wait(wish.urgency, alike, news_at, now)
            return max(first, other.wait(wish.urgency, everything, news_at, now))
        return mine.wait(wish.urgency, alike if self._apart else everything, news_at, now)

    def _mine_and_other(self, *, aged: bool) -> tuple[Budget, Budget]:
        return (self.aged, self.young) if aged else (self.young, self.aged)

    @property
    def _apart(self) -> bool:
        """Whether they are known to be two buckets."""
        return None not in {self.young.bucket, self.aged.bucket} and self.young.bucket != self.aged.bucket

    def idle(self, now: float) -> bool:
        """Whether there is nothing in them that is worth remembering."""
        return all(now >= max(one.renewed_at, one.rests_until) for one in (self.young, self.aged))


def choose(
    wishes: Iterable[Wish], budgets: Budgets, under_way: UnderWay, news_at: float, now: float
) -> tuple[Wish | None, float]:
    """Which goes now; None: none may for so many seconds, or (infinite) before another has been answered."""
    soonest = math.inf
    for wish in sorted(wishes):
        seconds = budgets.wait(wish, under_way, news_at, now)
        if seconds <= 0:
            return wish, 0.0
        soonest = min(soonest, seconds)
    return None, soonest
