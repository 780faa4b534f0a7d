"""What a member ordered, and what became of it as Discord shows it."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tests.discord_server import Interaction, Message, State
from tests.looks import is_done, is_over
from tests.recovery.studio import job_of
from tests.server_blamed import BLAMED


@dataclass(slots=True)
class Order:
    interaction: Interaction
    _shown_at: float | None = None

    @property
    def message(self) -> Message | None:
        """None: the bot has not answered yet."""
        return None if self.interaction.reply is None else self.interaction.reply.message

    @property
    def over(self) -> bool:
        return self.message is not None and is_over(self.message)

    @property
    def shown_at(self) -> float | None:
        """When the finished image arrived at Discord, by the monotonic clock."""
        if self._shown_at is None and self.message is not None and is_done(self.message):
            self._shown_at = next(state.at for state in self.message.states if "✅" in state.content)
        return self._shown_at

    @property
    def seconds(self) -> float | None:
        """From the order to the finished image."""
        return None if self.shown_at is None else self.shown_at - self.interaction.made

    @property
    def job_id(self) -> str | None:
        """None where no state of its message could be cancelled."""
        if self.message is None:
            return None
        try:
            return job_of(self.interaction)
        except StopIteration:
            return None

    @property
    def states(self) -> Sequence[State]:
        return () if self.message is None else self.message.states

    def server_faults(self) -> Iterator[str]:
        """Lines of its message that speak of a server that is away, or was."""
        for state in self.states:
            yield from (line for line in state.text.splitlines() if BLAMED.search(line))


def fates(orders: Sequence[Order]) -> str:
    """How many were made, failed and are lost, in words."""
    made = sum(order.shown_at is not None for order in orders)
    failed = sum(order.over for order in orders) - made
    unanswered = sum(order.interaction.reply is None for order in orders)
    told = [f"{made} of {len(orders)} made"]
    told += [f"{failed} failed"] if failed else []
    told += [f"{len(orders) - made - failed} not shown"] if made + failed < len(orders) else []
    told += [f"{unanswered} orders not answered"] if unanswered else []
    return ", ".join(told)


def waits(orders: Sequence[Order]) -> str:
    """Seconds until shown: the median and the longest."""
    seconds = sorted(order.seconds for order in orders if order.seconds is not None)
    return f"half within {seconds[len(seconds) // 2]:.1f} s, all within {seconds[-1]:.1f} s" if seconds else "none"


def answers(orders: Sequence[Order]) -> str:
    """Seconds until the bot answered, of which Discord grants three."""
    seconds = sorted(order.states[0].at - order.interaction.made for order in orders if order.states)
    return f"half within {seconds[len(seconds) // 2]:.2f} s, all within {seconds[-1]:.2f} s" if seconds else "none"


def images_per_second(orders: Sequence[Order]) -> float:
    """From the first order to the last finished image."""
    shown = [order.shown_at for order in orders if order.shown_at is not None]
    began = min((order.interaction.made for order in orders), default=time.monotonic())
    return len(shown) / (max(shown) - began) if shown else 0.0


def server_faults(orders: Sequence[Order]) -> str:
    """How many members read that a server is away, and the first such line."""
    read = [line for order in orders if (line := next(order.server_faults(), None)) is not None]
    return f"{len(read)} (“{read[0][:100]}”)" if read else "0"
