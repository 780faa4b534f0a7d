"""The line as one member sees it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.discord_ui.access.viewer import Titled, Viewer
from bot.ledger import COUNTED_AHEAD, Job, OnServer, Overview, Standing
from bot.messages import shown_prompt, words_of

_MOST: Final = 1800
"""Characters; Discord takes 2,000, and a line stands under the list."""
_PROMPTS: Final = (60, 30, 12)
"""Characters of a prompt: as many as leave room for everybody."""
_RUNNING: Final = 6
_WAITING: Final = 8
_OWN: Final = 3
"""Of the viewer's own that stand further back."""
_DRIFT_SECONDS: Final = 20
_TIME: Final = re.compile(r"<t:(\d+):")

_EMPTY: Final = "🌙 Nothing runs and nothing waits: `/imagine` is made at once."
_NOTHING: Final = "🌙 The queue is empty."
_PAUSED: Final = "⏸️ A moderator has paused the queue. New requests wait until it is resumed."
_ASLEEP: Final = "⚠️ No picture server can be used right now. What is ordered waits until one is back."


def queue_text(line: Overview, viewer: Viewer, title: Titled) -> str:
    """What runs, what waits in which order, and the viewer's own among it."""
    texts = ("\n".join(_lines(line, viewer, prompt, title)) for prompt in _PROMPTS)
    return next((text for text in texts if len(text) <= _MOST), "")[:_MOST] or _short(line, viewer)


def unchanged(before: str, after: str) -> bool:
    """Whether both say the same, but for times that moved a little: a guess is not worth an edit."""
    if _TIME.sub("", before) != _TIME.sub("", after):
        return False
    times = zip(_TIME.findall(before), _TIME.findall(after), strict=True)
    return all(abs(int(one) - int(other)) <= _DRIFT_SECONDS for one, other in times)


def _short(line: Overview, viewer: Viewer) -> str:
    """Where even a few words of each are too many."""
    waiting = sum(viewer.sees(job) for job, _ in line.waiting)
    return f"{_head(line)}\n🕓 {waiting} are waiting here."


def _lines(line: Overview, viewer: Viewer, prompt: int, title: Titled) -> Iterator[str]:
    running = [one for one in line.running if viewer.sees(one.job)]
    waiting = [(job, standing) for job, standing in line.waiting if viewer.sees(job)]
    held = [job for job in line.held if viewer.sees(job)]
    paused = viewer.guild_id in line.paused
    if paused:
        yield _PAUSED
    if line.away:
        yield _ASLEEP
    if not (line.running or line.waiting or line.held):
        if not (line.away or paused):
            yield _EMPTY if line.looked else _NOTHING
        return
    yield _head(line)
    yield from (_running(one, line.servers, viewer, prompt, title) for one in running[:_RUNNING])
    yield from _more(len(running) - _RUNNING)
    yield from (_waiting(job, standing, viewer, prompt, title) for job, standing in waiting[:_WAITING])
    own = [one for one in waiting[_WAITING:] if viewer.owns(one[0])][:_OWN]
    yield from _more(len(waiting) - _WAITING - len(own), before="…" if own else "… and")
    yield from (_waiting(job, standing, viewer, prompt, title) for job, standing in own)
    yield from (f"⏸️ {_what(job, viewer, prompt, title)} · {_why(job)}" for job in held[:_OWN])
    yield from _more(len(held) - _OWN)
    if not running and not waiting and not held:
        yield "Nothing of this server’s is in it."
    others = [one for one in line.running if not viewer.sees(one.job)]
    yield from _elsewhere(*_counted(others), _in_line(line) - len(waiting) - len(held))


def _head(line: Overview) -> str:
    facts = ["**The line**"]
    if line.looked:
        busy = len({one.server for one in line.running if one.reached})
        facts.append(f"{busy} of {_count(line.servers, 'picture server')} busy")
        if (unreachable := line.servers - line.answering) > 0:
            facts.append(f"{unreachable} unreachable")
    more = "+" if len(line.waiting) >= COUNTED_AHEAD else ""
    return " · ".join([*facts, f"{_in_line(line)}{more} waiting"])


def _in_line(line: Overview) -> int:
    return len(line.waiting) + len(line.held)


def _running(one: OnServer, servers: int, viewer: Viewer, prompt: int, title: Titled) -> str:
    place = f" · server {one.server} of {servers}" if servers > 1 else ""
    if not one.reached:
        return f"🔌 {_what(one.job, viewer, prompt, title)}{place} · its server can't be reached"
    if not one.made:
        return f"⏭️ {_what(one.job, viewer, prompt, title)} · up next{place}"
    since = f" · began <t:{int(one.job.begun_at)}:R>" if one.job.begun_at is not None else ""
    return f"🎨 {_what(one.job, viewer, prompt, title)}{place}{since}"


def _waiting(job: Job, standing: Standing, viewer: Viewer, prompt: int, title: Titled) -> str:
    ready = f" · about <t:{int(standing.ready_at)}:R>" if standing.ready_at is not None else ""
    return f"`{standing.ahead + 1:>2}` {_what(job, viewer, prompt, title)}{ready}"


def _what(job: Job, viewer: Viewer, prompt: int, title: Titled) -> str:
    told = shown_prompt(words_of(job, title(job)), prompt) if viewer.reads(job) else "*a private picture*"
    return f"➤ {told} · **you**" if viewer.owns(job) else f"{told} · <@{job.user_id}>"


def _why(job: Job) -> str:
    return "waits for a moderator" if job.held_by is not None else "paused by a moderator"


def _more(count: int, before: str = "… and") -> Sequence[str]:
    return [f"{before} {count} more"] if count > 0 else []


def _counted(running: Sequence[OnServer]) -> tuple[int, int]:
    """How many are being made, and how many are next."""
    made = sum(one.made for one in running)
    return made, len(running) - made


def _elsewhere(running: int, ready: int, waiting: int) -> Iterator[str]:
    told = [f"{running} being made"] * (running > 0)
    told += [f"{ready} up next"] * (ready > 0) + [f"{waiting} waiting"] * (waiting > 0)
    if told:
        yield f"-# Elsewhere: {', '.join(told)}."


def _count(number: int, one: str) -> str:
    return f"{number} {one}" if number == 1 else f"{number} {one}s"
