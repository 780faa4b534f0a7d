"""What operators and moderators read of the costs: bounded labels, and a line of the digest."""

from dataclasses import replace

from bot.ledger import Cost, MonthCosts, Week
from bot.messages import render_digest
from bot.monitoring.spending import guild_labels

NOTHING = Week(since=1_795_996_800, pictures=0, people=0, days=(0,) * 7, workflows=(), waits=None, refused={})


def test_labels_are_bounded_and_nothing_is_lost() -> None:
    guilds = {number: Cost(1, 1000 - number) for number in range(200)}
    costs = MonthCosts("2026-11", Cost(), guilds, {}, {}, 0)
    labels = guild_labels(costs)
    assert len(labels) == 51
    assert labels["direct"] == 1000
    assert labels["other"] == sum(1000 - number for number in range(50, 200))
    assert labels.total() == sum(one.cost for one in guilds.values())


def test_the_digest_tells_costs_only_where_there_are_some() -> None:
    silent = render_digest(NOTHING, NOTHING, {}, b"").content
    assert "Paid servers" not in silent
    week = replace(NOTHING, cost=1_500_000, month_cost=4_000_000)
    told = render_digest(week, NOTHING, {}, b"").content
    assert "Paid servers: **1.50** this week (0.00 in the week before), 4.00 in December so far." in told
