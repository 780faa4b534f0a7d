"""When the bot leaves a GPU alone: while people or games use it, in quiet hours, and while its machine sleeps."""

import math
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, TypeVar

from bot.addresses import ServerAddress, is_host
from bot.settings.each_server import read_each
from bot.settings.quiet_hours import QuietHours, read_quiet_hours
from bot.settings.values import Read, read_words

T = TypeVar("T")

_MAC: Final = re.compile(r"[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}")
_HOST: Final = re.compile(r"(?:\[([0-9A-Fa-f:.]+(?:%[0-9A-Za-z._-]+)?)\]|([0-9A-Za-z._-]+))(?::([0-9]{1,5}))?")
_EVERYBODY: Final = "255.255.255.255"
_DISCARD: Final = 9
"""The port that magic packets usually go to. Network cards look at the packet only."""
_SHELL: Final = frozenset({"|", "||", "&", "&&", ";", ">", ">>", "<", "2>", "2>&1"})
_RUNNING: Final = ("finish", "return")


@dataclass(frozen=True, slots=True)
class WakeTarget:
    """A sleeping machine's network card, and where the packet goes that wakes it."""

    mac: str
    host: str = _EVERYBODY
    port: int = _DISCARD


@dataclass(frozen=True, slots=True)
class GpuRules:
    """What the operator set for one server. `idle_free_seconds`: its models leave the memory after so long without
    work. `busy`: a command that exits 0 while somebody else needs the GPU; `gives_back`: what runs then goes back into
    the queue, instead of being finished.
    """

    idle_free_seconds: float | None = None
    quiet: QuietHours | None = None
    busy: tuple[str, ...] = ()
    gives_back: bool = False
    wake: WakeTarget | None = None


def read_gpu_rules(read: Read, urls: Collection[ServerAddress]) -> Mapping[str, GpuRules]:
    """The rules of each server by its address; "" is for those that no setting names."""
    rented = {url for url in urls if url.is_rented}

    def of_each(name: str, parse: Callable[[str], T]) -> Mapping[str, T]:
        nothing: Mapping[str, T] = {}
        return read(name, lambda text: read_each(text, parse, urls), nothing)

    def own(values: Mapping[str, T], url: str, usual: T) -> T:
        # A game on a machine of ours leaves a rented GPU free, and no packet of ours wakes one.
        return values.get(url, usual if url in rented else values.get("", usual))

    free, quiet = of_each("IDLE_FREE_MINUTES", read_minutes), of_each("QUIET_HOURS", read_quiet_hours)
    busy, running = of_each("BUSY_COMMAND", read_busy_command), of_each("BUSY_RUNNING", read_running)
    wake = of_each("WAKE_MAC", read_wake_target)
    return {
        url: GpuRules(
            idle_free_seconds=own(free, url, None),
            quiet=quiet.get(url, quiet.get("")),
            busy=own(busy, url, ()),
            gives_back=own(running, url, False),  # noqa: FBT003 - a value of the setting
            wake=own(wake, url, None),
        )
        for url in ("", *urls)
    }


def read_minutes(text: str) -> float | None:
    """Minutes as seconds; None for no text. Raises `ValueError`."""
    if not text:
        return None
    try:
        minutes = float(text)
    except ValueError:
        minutes = 0.0
    if not (math.isfinite(minutes) and minutes > 0):
        raise ValueError("use a number of minutes above 0, like 10; leave it empty to keep the models")
    return minutes * 60


def read_busy_command(text: str) -> tuple[str, ...]:
    """The words of a command. Raises `ValueError`."""
    words = read_words(text)
    if sign := next((word for word in words if word in _SHELL), None):
        raise ValueError(f"no shell reads it, so {sign} means nothing; put the commands into a script")
    return words


def read_running(text: str) -> bool:
    """Whether what runs is given back. Raises `ValueError`."""
    if text not in _RUNNING:
        raise ValueError(f"choose one of {', '.join(_RUNNING)}")
    return text == _RUNNING[1]


def read_wake_target(text: str) -> WakeTarget | None:
    """What to wake; None for no text. Raises `ValueError`."""
    if not text:
        return None
    mac, at, where = text.partition("@")
    found = _HOST.fullmatch(where)
    if not _MAC.fullmatch(mac) or (at and (found is None or not is_host(found[1] or found[2]))):
        raise ValueError("write it like A1:B2:C3:D4:E5:F6, or A1:B2:C3:D4:E5:F6@192.168.1.255 for another network")
    if found is None:
        return WakeTarget(mac)
    port = int(found[3] or _DISCARD)
    if not 0 < port < 2**16:
        raise ValueError("the port is out of range (1 to 65535)")
    return WakeTarget(mac, found[1] or found[2], port)
