"""What the benchmark makes of the times at which servers began and ended."""

from tests.bench.scale.timeline import gaps, idle_while_waiting


def test_a_job_that_waits_while_one_of_two_servers_idles_shows() -> None:
    busy = {"one": [(0.0, 40.0), (40.0, 41.0)], "other": [(0.0, 8.0), (12.0, 13.0)]}
    # The third order waits for the longer job; the fourth comes later and goes first.
    assert idle_while_waiting([(1.0, 40.0), (10.0, 12.0)], busy) == [(8.0, 12.0), (13.0, 40.0)]


def test_nobody_waits_for_a_server_that_is_busy_or_where_no_order_is() -> None:
    busy = {"one": [(0.0, 5.0), (5.0, 9.0)], "other": [(0.0, 6.0)]}
    assert idle_while_waiting([(0.0, 0.0), (1.0, 5.0)], busy) == []
    assert idle_while_waiting([], busy) == []


def test_a_server_without_any_run_idles() -> None:
    assert idle_while_waiting([(1.0, 3.0)], {"one": []}) == [(1.0, 3.0)]


def test_a_gap_counts_where_the_next_job_was_there_already() -> None:
    runs = [(0.0, 1.0), (1.5, 2.0), (7.0, 8.0)]
    assert list(gaps(runs, [0.0, 0.5, 6.5])) == [0.5]
