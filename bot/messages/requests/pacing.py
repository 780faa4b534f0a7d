"""Decide when a request to a channel may be sent to Discord, and which waiting request goes first. Pure.

Discord counts a bot's requests in buckets, by route and channel, and reports in each answer how many are left in a
bucket (https://discord.com/developers/docs/topics/rate-limits#header-format). Only safety margins are hard-coded here.
All times are seconds; `now` and everything compared with it come from one monotonic clock.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Final

_TOO_MANY_REQUESTS: Final = 429
_SPARED_BY_NEWS: Final = 1
"""How many requests in each window progress updates leave free for jobs that end in the meantime."""
_MARGIN_SECONDS: Final = 0.05
"""Added to the length of a window, because a request that comes early is refused."""
_DEFAULT_PAUSE_SECONDS: Final = 5.0
"""The pause after a refusal that does not say how long to wait."""
_LONGEST_PAUSE_SECONDS: Final = 600.0
"""Discord may demand hours. After this long, one request tests whether that still holds."""


class Urgency(IntEnum):
    """What goes first when not everything can be sent at once."""

    FINISHED = 0
    """A finished image, or anything a person is waiting for."""
    ENDED = 1
    """A failed or cancelled job, or a message that is written once, such as a log entry."""
    NEWS = 2
    """Progress, queue positions and panels: soon replaced by something newer."""


@dataclass(frozen=True, slots=True, order=True)
class WaitingRequest:
    """A request that waits; the smallest goes first. `since`: for progress, when its message was last updated; for
    others, when the request was made. `number` breaks ties. `aged`: it edits a message older than an hour. `large`: its
    files may take minutes to upload.
    """

    urgency: Urgency
    since: float
    number: int
    aged: bool = False
    large: bool = False


@dataclass(frozen=True, slots=True)
class Window:
    """How many requests are left in a bucket, and in how many seconds it is full again."""

    limit: int
    remaining: int
    reset_after: float


@dataclass(frozen=True, slots=True)
class Answer:
    """What an answer says about limits. `retry_after`: set if it is a refusal (429). `for_all`: the refusal applies to
    every request of the bot. `for_bucket`: Discord says that it applies to this bucket alone.
    """

    bucket: str | None = None
    window: Window | None = None
    retry_after: float | None = None
    for_all: bool = False
    for_bucket: bool = False


def read_answer(status: int, headers: Mapping[str, str]) -> Answer:
    """Read the headers of an answer. A malformed header counts as missing."""
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
        retry_after = _DEFAULT_PAUSE_SECONDS if reset_after is None else reset_after
    scope = headers.get("X-RateLimit-Scope")
    # A refusal that did not come through Discord's own proxy is Cloudflare's, which blocks this whole machine.
    for_all = scope == "global" or "X-RateLimit-Global" in headers or "Via" not in headers
    for_bucket = not for_all and scope in {"user", "shared"}
    return Answer(bucket, window, min(retry_after, _LONGEST_PAUSE_SECONDS), for_all, for_bucket)


def _number(headers: Mapping[str, str], name: str) -> float | None:
    try:
        number = float(headers[name])
    except (KeyError, ValueError):
        return None
    return number if math.isfinite(number) and number >= 0 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """The state of a bucket as far as answers have revealed it. `limit` None: not yet known. `period`: the length of a
    window.

    Other processes of the bot may use the same bucket. `ours`: this process's requests answered in this window;
    `others`: how many more Discord has counted; `expected`: how many more it counted in the window before.
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
        """The budget after an answer. `under_way`: how many answers are still missing."""
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
            # Answers can overtake each other: within one window, the lowest `remaining` is the newest.
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
        """The budget after a request without an answer, which Discord may have counted."""
        if self.limit is None:
            return self
        if now < self.renewed_at:
            return replace(self, remaining=max(0, self.remaining - 1))
        return replace(self, remaining=self.limit - 1, renewed_at=now + self.period)

    def wait(self, urgency: Urgency, under_way: int, news_at: float, now: float) -> float:
        """Seconds until one more request may go; infinite: only after another request has been answered.

        `under_way`: requests without an answer yet. Discord may have counted them or not, so each uses a place.
        `news_at`: when the last progress update went. These are spread over the window, so that a job that ends in
        between can be shown at once.
        """
        if now < self.rests_until:
            return self.rests_until - now
        if self.limit is None:
            return math.inf if under_way else 0.0
        running = now < self.renewed_at
        left = (self.remaining if running else self.limit) - under_way
        spared = min(_SPARED_BY_NEWS, self.limit - 1) if urgency is Urgency.NEWS else 0
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
    """How many requests of a route are unanswered, by the age of the message they edit, and how many are large."""

    young: int = 0
    aged: int = 0
    large: int = 0


@dataclass(frozen=True, slots=True)
class Budgets:
    """The budgets of one route in a channel. Discord limits edits of messages older than an hour more strictly (error
    30046). Only the answers tell whether these have a bucket of their own.
    """

    young: Budget = Budget()
    aged: Budget = Budget()

    def heard(self, answer: Answer, *, aged: bool, now: float, under_way: int = 0) -> Budgets:
        """The budgets after an answer. `under_way`: how many answers are still missing."""
        mine, other = self._mine_and_other(aged=aged)
        mine = mine.heard(answer, now, under_way)
        if answer.bucket is not None and answer.bucket == other.bucket:
            # Refused although the bucket has requests left: the refusal is about something narrower than the bucket.
            beside = answer.window is not None and answer.window.remaining > 0
            other = other.heard(replace(answer, retry_after=None) if beside else answer, now, under_way)
            mine = replace(other, rests_until=mine.rests_until)
        return Budgets(other, mine) if aged else Budgets(mine, other)

    def unanswered(self, *, aged: bool, now: float) -> Budgets:
        """The budgets after a request without an answer."""
        mine, other = self._mine_and_other(aged=aged)
        if not self._apart:
            other = other.unanswered(now)
        mine = mine.unanswered(now)
        return Budgets(other, mine) if aged else Budgets(mine, other)

    def wait(self, request: WaitingRequest, under_way: UnderWay, news_at: float, now: float) -> float:
        """Seconds until this request may go; infinite: only after another request has been answered."""
        mine, other = self._mine_and_other(aged=request.aged)
        # Every unanswered request uses a place. Slow uploads must not use all the places of quick requests.
        if request.large and under_way.large >= max(1, (mine.limit or other.limit or 0) // 2):
            return math.inf
        alike, everything = under_way.aged if request.aged else under_way.young, under_way.young + under_way.aged
        if mine.limit is None and other.limit is not None:
            # Both may turn out to be the same bucket.
            first = mine.wait(request.urgency, alike, news_at, now)
            return max(first, other.wait(request.urgency, everything, news_at, now))
        return mine.wait(request.urgency, alike if self._apart else everything, news_at, now)

    def _mine_and_other(self, *, aged: bool) -> tuple[Budget, Budget]:
        return (self.aged, self.young) if aged else (self.young, self.aged)

    @property
    def _apart(self) -> bool:
        """Whether the two are known to be different buckets."""
        return None not in {self.young.bucket, self.aged.bucket} and self.young.bucket != self.aged.bucket

    def idle(self, now: float) -> bool:
        """Whether nothing in them is worth remembering."""
        return all(now >= max(one.renewed_at, one.rests_until) for one in (self.young, self.aged))


def choose(
    requests: Iterable[WaitingRequest], budgets: Budgets, under_way: UnderWay, news_at: float, now: float
) -> tuple[WaitingRequest | None, float]:
    """The request to send now; None if all must wait for this many seconds, or (infinite) for another answer."""
    soonest = math.inf
    for request in sorted(requests):
        seconds = budgets.wait(request, under_way, news_at, now)
        if seconds <= 0:
            return request, 0.0
        soonest = min(soonest, seconds)
    return None, soonest
