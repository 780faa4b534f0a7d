"""Which request goes to Discord next, and when: held against a Discord that counts as the real one does."""

import heapq
import itertools
import math
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from bot.messages.requests.pacing import (
    Answer,
    Budget,
    Budgets,
    UnderWay,
    Urgency,
    WaitingRequest,
    Window,
    choose,
    read_answer,
)

NEWS, ENDED, FINISHED = Urgency.NEWS, Urgency.ENDED, Urgency.FINISHED


@dataclass
class Bucket:
    """Discord's side: so many requests in a window, which begins with the first of them."""

    name: str
    limit: int
    seconds: float
    used: int = 0
    ends: float = -math.inf

    def take(self, now: float) -> tuple[bool, Answer]:
        if now >= self.ends:
            self.used, self.ends = 0, now + self.seconds
        passes = self.used < self.limit
        self.used += passes
        left = self.ends - now
        window = Window(self.limit, self.limit - self.used, left)
        return passes, Answer(self.name, window, None if passes else left, for_bucket=not passes)


@dataclass(frozen=True)
class Request:
    """Asked for at a time, so long on its way there and back; `lost`: its answer never arrives."""

    at: float
    urgency: Urgency
    there: float
    back: float
    aged: bool = False
    lost: bool = False


@dataclass
class Simulation:
    """One process, one route of one channel, and a clock that jumps from event to event."""

    young: Bucket
    aged: Bucket
    refused: int = 0
    sent: list[WaitingRequest] = field(default_factory=list)
    passed_over: list[tuple[WaitingRequest, WaitingRequest]] = field(default_factory=list)
    """News that went while something more urgent of the same age waited."""
    delays: dict[Urgency, list[float]] = field(default_factory=lambda: {one: [] for one in Urgency})

    def run(self, requests: list[Request]) -> None:
        numbers = itertools.count()
        events: list[tuple[float, int, str, WaitingRequest | None, Answer | None]] = []
        by_queued: dict[WaitingRequest, Request] = {}
        waiting: set[WaitingRequest] = set()
        under_way: set[WaitingRequest] = set()
        budgets, news_at, now = Budgets(), -math.inf, 0.0

        def later(
            seconds: float, what: str, queued: WaitingRequest | None = None, answer: Answer | None = None
        ) -> None:
            heapq.heappush(events, (now + seconds, next(numbers), what, queued, answer))

        for number, request in enumerate(requests):
            asked = WaitingRequest(request.urgency, request.at, number, request.aged)
            by_queued[asked] = request
            later(request.at, "asked", asked)
        while events:
            now, _, what, queued, answer = heapq.heappop(events)
            if what == "asked" and queued is not None:
                waiting.add(queued)
            elif what == "arrives" and queued is not None:
                passes, said = (self.aged if queued.aged else self.young).take(now)
                self.refused += not passes
                later(by_queued[queued].back, "ends", queued, None if by_queued[queued].lost else said)
            elif what == "ends" and queued is not None:
                under_way.discard(queued)
                if answer is not None:
                    budgets = budgets.heard(answer, aged=queued.aged, now=now, under_way=len(under_way))
                else:
                    budgets = budgets.unanswered(aged=queued.aged, now=now)
            while waiting:
                aged = sum(one.aged for one in under_way)
                chosen, seconds = choose(waiting, budgets, UnderWay(len(under_way) - aged, aged), news_at, now)
                if chosen is None:
                    if math.isfinite(seconds):
                        later(seconds, "look")
                    break
                waiting.remove(chosen)
                ahead = [one for one in waiting if one < chosen and one.aged == chosen.aged]
                self.passed_over += [(chosen, one) for one in ahead]
                self.delays[chosen.urgency].append(now - by_queued[chosen].at)
                news_at = now if chosen.urgency is NEWS else news_at
                under_way.add(chosen)
                self.sent.append(chosen)
                later(by_queued[chosen].there, "arrives", chosen)


def seconds(most: float) -> st.SearchStrategy[float]:
    return st.floats(0.001, most, allow_nan=False)


def requests(*, lost: st.SearchStrategy[bool]) -> st.SearchStrategy[list[Request]]:
    there, back = seconds(3.0) | st.just(0.02), seconds(3.0) | st.just(0.02)
    one = st.builds(Request, seconds(20.0), st.sampled_from(Urgency), there, back, st.booleans(), lost)
    return st.lists(one, max_size=60)


answered, some_lost = requests(lost=st.just(False)), requests(lost=st.booleans())


def simulation(limit: int, period: float, *, apart: bool) -> Simulation:
    young = Bucket("edits", limit, period)
    return Simulation(young, Bucket("edits of the aged", max(1, limit - 2), 4 * period) if apart else young)


@given(answered, st.integers(1, 7), seconds(6.0), st.booleans())
def test_discord_refuses_nothing_and_everything_goes(
    asked: list[Request], limit: int, period: float, apart: bool
) -> None:
    simulated = simulation(limit, period, apart=apart)
    simulated.run(asked)
    assert simulated.refused == 0
    assert len(simulated.sent) == len(asked)


@given(some_lost, st.integers(1, 7), seconds(6.0), st.booleans())
def test_what_is_never_answered_costs_a_refusal_at_most(
    asked: list[Request], limit: int, period: float, apart: bool
) -> None:
    simulated = simulation(limit, period, apart=apart)
    simulated.run(asked)
    assert simulated.refused <= sum(one.lost for one in asked)
    assert len(simulated.sent) == len(asked)


@given(some_lost, st.integers(1, 7), seconds(6.0))
def test_nothing_goes_while_something_more_urgent_or_staler_waits(
    asked: list[Request], limit: int, period: float
) -> None:
    simulated = simulation(limit, period, apart=True)
    simulated.run(asked)
    assert not simulated.passed_over


def test_what_ends_while_much_news_waits_goes_at_once() -> None:
    simulated = simulation(5, 5.0, apart=False)
    news = [Request(0.01 * number, NEWS, 0.05, 0.05) for number in range(60)]
    ends = [Request(10.0 + 7.0 * number, FINISHED, 0.05, 0.05) for number in range(7)]
    simulated.run(news + ends)
    assert simulated.delays[FINISHED] == [0.0] * len(ends)


def test_a_long_upload_keeps_news_from_going_by_its_own_place_only() -> None:
    simulated = simulation(5, 5.0, apart=False)
    upload = Request(5.0, FINISHED, 60.0, 0.05)
    news = [Request(0.01 * number, NEWS, 0.05, 0.05) for number in range(40)]
    simulated.run([*news, upload])
    # Three in each window of five seconds, instead of four.
    assert max(simulated.delays[NEWS]) < 40 / 3 * 5.5


@st.composite
def budgets_that_heard(draw: st.DrawFn) -> Budget:
    budget, now = Budget(), 0.0
    answers = st.builds(
        Answer,
        bucket=st.sampled_from(["one", "other"]),
        window=st.builds(Window, st.integers(2, 7), st.integers(0, 7), seconds(6.0)),
        retry_after=st.none() | seconds(6.0),
    )
    for answer in draw(st.lists(answers, max_size=6)):
        now += draw(seconds(3.0))
        budget = budget.heard(answer, now)
    return budget


@given(budgets_that_heard(), st.integers(0, 7), seconds(40.0), seconds(40.0))
def test_news_leaves_a_place_to_what_ends(budget: Budget, under_way: int, news_at: float, now: float) -> None:
    if budget.limit is not None and budget.wait(NEWS, under_way, news_at, now) == 0:
        assert budget.wait(ENDED, under_way + 1, news_at, now) == 0


@given(budgets_that_heard(), st.sampled_from(Urgency), seconds(40.0))
def test_where_nothing_is_under_way_something_may_go_sooner_or_later(
    budget: Budget, urgency: Urgency, now: float
) -> None:
    for _ in range(4):
        wait = budget.wait(urgency, 0, now, now)
        assert math.isfinite(wait)
        now += wait + 1e-6
    assert budget.wait(urgency, 0, -math.inf, now) == 0


def test_news_leaves_to_other_processes_what_they_took_in_the_window_before() -> None:
    bucket, budget = Bucket("edits", 5, 5.0), Budget()
    for _ in range(3):
        bucket.take(0.0)
    budget = budget.heard(bucket.take(0.1)[1], 0.2)
    assert budget.others == 3
    budget = budget.heard(bucket.take(10.0)[1], 10.1)
    assert budget.wait(NEWS, 0, 0.0, 12.0) > 2, "of the four that are left the others take three, and one is spared"
    assert budget.wait(ENDED, 0, 0.0, 12.0) == 0
    budget = budget.heard(bucket.take(20.0)[1], 20.1)
    assert budget.wait(NEWS, 0, 0.0, 22.0) == 0, "they took nothing this time"


def test_before_anything_is_known_one_finds_out() -> None:
    queued, other = WaitingRequest(NEWS, 0.0, 0), WaitingRequest(FINISHED, 0.0, 1)
    assert choose({queued}, Budgets(), UnderWay(), -math.inf, 0.0) == (queued, 0.0)
    assert choose({other}, Budgets(), UnderWay(young=1), 0.0, 0.0) == (None, math.inf)


def test_a_refusal_of_an_old_message_keeps_nothing_back_from_young_ones() -> None:
    fine = Answer("edits", Window(5, 4, 5.0))
    known = Budgets().heard(fine, aged=False, now=0.0).heard(fine, aged=True, now=0.0)
    refusal = Answer("edits", Window(5, 3, 5.0), retry_after=60.0, for_bucket=True)
    budgets = known.heard(refusal, aged=True, now=1.0)
    old, young = WaitingRequest(FINISHED, 0.0, 0, aged=True), WaitingRequest(NEWS, 0.0, 1)
    assert choose({old, young}, budgets, UnderWay(), -math.inf, 2.0) == (young, 0.0)
    assert choose({old}, budgets, UnderWay(), -math.inf, 2.0)[1] > 55


def test_headers_say_what_is_left() -> None:
    headers = {
        "X-RateLimit-Bucket": "abcd",
        "X-RateLimit-Limit": "5",
        "X-RateLimit-Remaining": "3",
        "X-RateLimit-Reset-After": "2.250",
    }
    assert read_answer(200, headers) == Answer("abcd", Window(5, 3, 2.25))


def test_a_refusal_says_how_long_and_of_what() -> None:
    seen = {"Via": "1.1 google", "Retry-After": "3"}
    assert read_answer(429, seen | {"X-RateLimit-Scope": "shared"}) == Answer(retry_after=3.0, for_bucket=True)
    assert read_answer(429, seen | {"X-RateLimit-Scope": "global"}) == Answer(retry_after=3.0, for_all=True)
    assert read_answer(429, {"Retry-After": "3"}).for_all, "it is not Discord's own"
    assert not read_answer(429, seen).for_bucket


@given(
    st.integers(100, 599),
    st.dictionaries(
        st.sampled_from(
            [
                "X-RateLimit-Bucket",
                "X-RateLimit-Limit",
                "X-RateLimit-Remaining",
                "X-RateLimit-Reset-After",
                "X-RateLimit-Scope",
                "X-RateLimit-Global",
                "Retry-After",
                "Via",
            ]
        ),
        st.text(max_size=12) | st.sampled_from(["nan", "inf", "-1", "1e400", "0", "5"]),
    ),
)
def test_any_headers_can_be_read(status: int, headers: dict[str, str]) -> None:
    answer = read_answer(status, headers)
    assert (answer.retry_after is not None) == (status == 429)
    budget = Budget().heard(answer, 0.0)
    assert math.isfinite(budget.wait(NEWS, 0, 0.0, 0.0))


def test_what_takes_minutes_leaves_places_to_what_does_not() -> None:
    quick, slow = WaitingRequest(NEWS, 0.0, 1), WaitingRequest(FINISHED, 0.0, 2, large=True)
    known = Budgets().heard(Answer("edits", Window(5, 4, 5.0)), aged=False, now=-10.0)
    assert choose([slow], known, UnderWay(1, large=1), -math.inf, 0.0)[0] is slow
    assert choose([slow, quick], known, UnderWay(2, large=2), -math.inf, 0.0)[0] is quick
