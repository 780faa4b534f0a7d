"""How much work each server has before it, and when a job that waits should be ready. Pure.

Work is poured onto the servers like water: a job's seconds go to those of the servers able to run it that are free
soonest. What only few servers can run is poured first, because claims leave to the others what those can run too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(slots=True)
class Abilities:
    """What this process knows about the servers. `takes` says whether a server, by its name, could run a workflow with
    these needs.
    """

    takes: Callable[[str, str, str], bool] = lambda *_: True


@dataclass(frozen=True, slots=True)
class ServerLoad:
    """A server that takes jobs: for how many seconds it is busy, and how many prompts of others it has."""

    url: str
    busy_seconds: float = 0.0
    foreign: int = 0


class Workload:
    """The servers that take jobs, at the time `now` (seconds since 1970), and the work that waits for them."""

    def __init__(self, now: float, servers: Sequence[ServerLoad], takes: Callable[[str, str, str], bool]) -> None:
        self._now = now
        self._servers = servers
        self._takes = takes
        self._able: dict[tuple[str, str], frozenset[int]] = {}
        self._waiting: dict[frozenset[int], float] = {}
        """Seconds by the servers that can do them, which are numbers of `_servers`."""

    def add(self, workflow: str, needs: str, seconds: float) -> None:
        """So much work more is ahead of all other. What no server can run delays nobody."""
        if able := self._able_to_run(workflow, needs):
            self._waiting[able] = self._waiting.get(able, 0.0) + seconds

    def ready_at(self, workflow: str, needs: str, cost: float) -> float | None:
        """When a job of this cost is ready, behind all that was added; None if no server takes it."""
        able = self._able_to_run(workflow, needs)
        if not able:
            return None
        busy = [one.busy_seconds for one in self._servers]
        for servers in sorted(self._waiting, key=lambda servers: (len(servers), sorted(servers))):
            reached = level(self._waiting[servers], [busy[number] for number in servers])
            for number in servers:
                busy[number] = max(busy[number], reached)
        return self._now + min(busy[number] for number in able) + cost

    def foreign(self, workflow: str, needs: str) -> int:
        """How many prompts of others come first on each server that takes such a job."""
        able = self._able_to_run(workflow, needs)
        return min((self._servers[number].foreign for number in able), default=0)

    def _able_to_run(self, workflow: str, needs: str) -> frozenset[int]:
        found = self._able.get((workflow, needs))
        if found is None:
            able = (number for number, one in enumerate(self._servers) if self._takes(one.url, workflow, needs))
            found = self._able[workflow, needs] = frozenset(able)
        return found


def level(seconds: float, delays: Sequence[float]) -> float:
    """After how many seconds so much work is done, if each server joins in after its delay."""
    begun, sooner = 0.0, 0
    for delay in sorted(delays):
        if sooner and seconds + begun <= delay * sooner:
            break
        begun += delay
        sooner += 1
    return (seconds + begun) / sooner
