"""What the current month has cost, as metrics. The number of labels is bounded, however many guilds there are."""

from collections import Counter
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from bot.ledger import DIRECT_MESSAGES, MonthCosts
from bot.money import millionths_as_float

_MOST_GUILDS: Final = 50
"""Those that spend most have figures of their own. All others count together."""
_OTHERS: Final = "other"
_DIRECT: Final = "direct"


class Spending:
    """Gauges, because they start again with each month (UTC)."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._guilds = Gauge(
            "darkroom_month_cost",
            "What a Discord server has cost this month (UTC), in the currency of the provider",
            ["guild"],
            registry=registry,
        )
        self._servers = Gauge(
            "darkroom_month_server_cost",
            "What a paid ComfyUI server has cost this month (UTC), in the currency of the provider",
            ["server"],
            registry=registry,
        )
        self._reserved = Gauge(
            "darkroom_reserved_cost", "What the jobs that are running should cost", registry=registry
        )

    def show(self, costs: MonthCosts) -> None:
        """Show these figures instead of the ones before."""
        self._guilds.clear()
        for label, cost in guild_labels(costs).items():
            self._guilds.labels(label).set(millionths_as_float(cost))
        self._servers.clear()
        for server, one in costs.servers.items():
            self._servers.labels(server).set(millionths_as_float(one.cost))
        self._reserved.set(millionths_as_float(costs.reserved))


def guild_labels(costs: MonthCosts) -> Counter[str]:
    """The costs by label. Pure."""
    labels: Counter[str] = Counter()
    for place, (guild_id, one) in enumerate(costs.guilds.items()):
        own = _DIRECT if guild_id == DIRECT_MESSAGES else str(guild_id)
        labels[own if place < _MOST_GUILDS else _OTHERS] += one.cost
    return labels
