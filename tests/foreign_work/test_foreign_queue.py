"""What one server has to do for others: how much, how long, and whether it keeps our jobs out."""

import pytest

from bot.comfyui import PromptQueue
from bot.ledger import Reach
from bot.worker.placement.foreign_queue import ForeignQueue
from bot.worker.placement.placement import Placement
from bot.worker.placement.slot import Slot
from tests.jobs import a_job


def theirs(*running: str, waiting: str = "", now: float = 0.0, queue: ForeignQueue | None = None) -> ForeignQueue:
    """They have these; what begins with "our" is ours."""
    queue = queue or ForeignQueue()
    found = PromptQueue(running, tuple(waiting.split()))
    queue.saw(found, [one for one in (*found.running, *found.pending) if one.startswith("our")], now)
    return queue


def test_only_theirs_count_and_only_those_before_ours_come_first() -> None:
    queue = theirs("a", waiting="b ours c")
    assert queue.count == 3
    assert queue.ahead_of("ours") == 2
    assert queue.ahead_of("our next") == 3
    assert theirs("ours", waiting="a").ahead_of("ours") == 0


def test_how_long_they_take_is_known_once_one_was_seen_from_beginning_to_end() -> None:
    queue = theirs("a", waiting="b c")
    assert queue.seconds_left(0.0) is None
    theirs("b", waiting="c", now=1.0, queue=queue)
    assert queue.seconds_left(1.0) is None, "nobody saw when the first one began"
    for second in range(2, 10):
        theirs("b", waiting="c", now=float(second), queue=queue)
    theirs("c", now=11.0, queue=queue)
    assert queue.seconds_left(11.0) == 10.0
    assert queue.seconds_left(15.0) == 6.0
    assert queue.seconds_left(100.0) == 0.0, "late, but never less than nothing"


def test_a_run_that_nobody_watched_teaches_nothing() -> None:
    queue = theirs()
    theirs("a", now=1.0, queue=queue)
    theirs("b", now=60.0, queue=queue)
    assert queue.seconds_left(60.0) is None


@pytest.mark.parametrize(
    ("waiting", "kept_out"), [("", False), ("b", False), ("b c", True), ("ours ours2 ours3", False)]
)
def test_a_long_queue_keeps_ours_out(waiting: str, kept_out: bool) -> None:
    assert theirs("a", waiting=waiting).keeps_out is kept_out


def test_who_adds_to_it_all_the_time_keeps_nobody_out_for_ever() -> None:
    queue = theirs("a", waiting="b c")
    theirs("b", waiting="c d e", queue=queue)
    assert not queue.keeps_out, "two of those that came before are left"
    queue.joined()
    theirs("b", waiting="c d e ours", queue=queue)
    assert queue.keeps_out, "our next one comes after those that are there now"


def test_a_server_with_work_of_others_takes_nothing_that_another_could_begin_and_has_nothing_ready() -> None:
    placement = Placement(15.0)
    placement.looked(0.0)
    assert placement.reach(1.0, only=False) is Reach.IDLE
    theirs("a", queue=placement.foreign)
    assert placement.reach(1.0, only=True) is Reach.READY
    theirs("a", waiting="b c", queue=placement.foreign)
    assert placement.reach(1.0, only=True) is None
    assert placement.reach(15.0, only=False) is Reach.OWN, "what it may have from before is still looked for"
    theirs("a", queue=placement.foreign)
    slot = Slot(a_job(), lambda: False, lambda: None, usual=0.1)
    placement.put(slot)
    assert slot.foreign_ahead == 1
    assert placement.is_behind(slot.job.id), "another server may ask for it"
    assert placement.reach(1.0, only=True) is None
    theirs(slot.job.id, queue=placement.foreign)
    assert placement.foreign.count == 1, "whose it is says the ledger"


def test_what_is_ready_before_work_of_others_makes_no_way() -> None:
    placement = Placement(15.0)
    for number in range(2):
        placement.put(Slot(a_job(id=str(number)), lambda: False, lambda: None))
    ready = placement.ready(0.0)
    assert ready is not None
    theirs("a", queue=placement.foreign)
    assert placement.ready(0.0) is None
