"""Judges when the bot leaves a server's GPU alone. Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from bot.comfyui import Abilities
from bot.doctor.findings import Finding, Level
from bot.money import shown
from bot.settings import GpuRules, SpendingRules, WakeTarget

_MINUTE: Final = 60
_FREE: Final = "IDLE_FREE_MINUTES"
_GIVE: Final = "BUSY_RUNNING=return"


def check_gpu(url: str, rules: GpuRules, now: float, busy: int | str | None, able: Abilities) -> Iterator[Finding]:
    """What the operator set for one server. `now` is in seconds since 1970; `busy` is the exit code of BUSY_COMMAND, or
    why there is none (None: it was not run). `able` is what its kind can do.
    """
    stops = able.stops_running and able.takes_our_ids
    for level, text, advice in _judged(rules, now, busy, stops=stops, frees=able.frees_memory):
        yield Finding(level, f"ComfyUI {url}", text, advice)


def check_price(url: str, spending: SpendingRules) -> Iterator[Finding]:
    """What a server costs, if the operator said so."""
    if (price := spending.price_of(url)) is not None:
        limit = "no limit for a month" if spending.limit is None else f"at most {shown(spending.limit)} a month"
        yield Finding(Level.OK, f"ComfyUI {url}", f"It costs {price:f} a second; {limit} (SPEND_LIMIT).", None)


def asleep(url: str, target: WakeTarget, reason: str) -> Finding:
    """A server that does not answer, on a machine that may sleep."""
    text = f"No answer ({reason}). If {target.mac} sleeps, it is woken when somebody waits (WAKE_MAC)."
    return Finding(Level.WARNING, f"ComfyUI {url}", text, "Wake it, and run the doctor again to check what it has.")


def _judged(
    rules: GpuRules, now: float, busy: int | str | None, *, stops: bool, frees: bool
) -> Iterator[tuple[Level, str, str | None]]:
    in_vain = [_FREE] if rules.idle_free_seconds is not None and not frees else []
    in_vain += [_GIVE] if rules.busy and rules.gives_back and not stops else []
    for name in in_vain:
        yield Level.WARNING, f"{name} does nothing here: this kind of server can't do that.", None
    if rules.idle_free_seconds is not None and frees:
        yield Level.OK, f"Its models leave the memory after {rules.idle_free_seconds / _MINUTE:g} min idle.", None
    if (quiet := rules.quiet) is not None:
        end = quiet.ends_at(now)
        until = "" if end is None else f" It rests now, until {datetime.fromtimestamp(end, quiet.zone):%H:%M}."
        yield Level.OK, f"Quiet hours: {quiet}.{until}", None
    if isinstance(busy, str):
        advice = "Try it in a terminal. Write its full path; pipes and other signs of a shell need a script."
        yield Level.WARNING, f"BUSY_COMMAND {busy}. Until it works, the GPU counts as free.", advice
    elif busy is not None:
        then = "running jobs go back into the queue" if rules.gives_back and stops else "running jobs finish"
        said = f"somebody else needs the GPU: nothing new starts, {then}" if busy == 0 else "the GPU is free"
        yield Level.OK, f"BUSY_COMMAND exits {busy} now: {said}.", None
    if (wake := rules.wake) is not None:
        where = f"{wake.mac}, through {wake.host} port {wake.port}"
        yield Level.OK, f"It is woken when somebody waits ({where}), and left to sleep otherwise.", None
