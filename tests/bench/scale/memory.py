"""What a process takes of the machine, together with every process that it started: memory and processor time."""

import asyncio
import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

_PROC: Final = Path("/proc")
_EVERY_SECONDS: Final = 0.2
_REST_SECONDS: Final = 3.0
_MIB: Final = 2**20


@dataclass(frozen=True, slots=True)
class Used:
    """Bytes. `proportional` counts what several processes share once (PSS), `resident` in each of them (RSS)."""

    proportional: int = 0
    resident: int = 0

    def __sub__(self, other: "Used") -> "Used":
        return Used(self.proportional - other.proportional, self.resident - other.resident)

    def times(self, other: "Used") -> float:
        return self.proportional / other.proportional if other.proportional else float("nan")

    def __str__(self) -> str:
        if not self.proportional:
            return "not measured (there is no /proc here)"
        return f"{self.proportional / _MIB:.0f} MiB (RSS {self.resident / _MIB:.0f})"


class Memory:
    """`with Memory(pid) as memory:` looks again and again, in a thread: the event loop here has other work."""

    def __init__(self, leader: int) -> None:
        self._leader: Final = leader
        self._ended: Final = threading.Event()
        self._thread: Final = threading.Thread(target=self._watch, daemon=True)
        self.now = Used()
        self.peak = Used()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join()

    async def rest(self) -> Used:
        """What is usual over a few seconds in which nothing happens."""
        seen = []
        for _ in range(round(_REST_SECONDS / _EVERY_SECONDS)):
            await asyncio.sleep(_EVERY_SECONDS)
            seen.append(self.now)
        return sorted(seen, key=lambda used: used.proportional)[len(seen) // 2]

    def _watch(self) -> None:
        while not self._ended.wait(_EVERY_SECONDS):
            self.now = _used(self._leader)
            self.peak = max(self.peak, self.now, key=lambda used: used.proportional)


def processor_seconds(leader: int) -> float:
    """Of a process and all that it started, as far as they are alive or were waited for."""
    ticks = [sum(map(int, fields[11:15])) for _, fields in _family(leader)]
    return sum(ticks) / os.sysconf("SC_CLK_TCK")


def _used(leader: int) -> Used:
    used = [_used_by(pid) for pid, _ in _family(leader)]
    return Used(sum(one.proportional for one in used), sum(one.resident for one in used))


def _used_by(pid: int) -> Used:
    try:
        lines = (_PROC / str(pid) / "smaps_rollup").read_text().splitlines()[1:]
    except OSError:
        return Used()
    kib = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines)}
    return Used(1024 * kib["Pss"], 1024 * kib["Rss"])


def _family(leader: int) -> Iterator[tuple[int, list[str]]]:
    """The process, its session's and all their children: number, and the fields of `stat` behind the name."""
    known: dict[int, list[str]] = {}
    for folder in _PROC.glob("[0-9]*"):
        try:
            known[int(folder.name)] = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
    found = {pid for pid, (_, _, _, session, *_) in known.items() if leader in {pid, int(session)}}
    while more := {pid for pid, (_, parent, *_) in known.items() if int(parent) in found} - found:
        found |= more
    return ((pid, known[pid]) for pid in sorted(found))
