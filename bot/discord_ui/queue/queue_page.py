"""The queue as one member sees it. Pure."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from bot.discord_times import shown_time
from bot.discord_ui.access.grids import one_for_each_grid, with_cells
from bot.discord_ui.access.viewer import Titled, Viewer
from bot.ledger import ASLEEP, COUNTED_AHEAD, Job, OnServer, Overview, Standing
from bot.messages import behind_foreign_work, explain_rest, ready_when, shown_prompt, words_of
from bot.translation import N_, _, listed, ngettext

_PAGE: Final = 1800
"""The most characters of a page. Discord takes 2,000, and a last line about updates follows."""
_PROMPTS: Final = (60, 30, 12)
"""Lengths to try for each prompt, in characters: the longest with which the page fits is used."""
_RUNNING: Final = 6
"""The most running jobs that are listed."""
_WAITING: Final = 8
"""The most waiting jobs that are listed from the front of the queue."""
_OWN: Final = 3
"""The most of the viewer's own jobs that are listed from further back; also the most jobs on hold."""
_DRIFT_SECONDS: Final = 20
"""A shift of an estimate that is not worth an edit."""
_TIME: Final = re.compile(r"<t:(\d+):")

_READY_FOR_MORE: Final = N_("🌙 The queue is empty: `/imagine` starts right away.")
_EMPTY: Final = N_("🌙 The queue is empty.")
_PAUSED: Final = N_("⏸️ A moderator has paused the queue. New requests wait until it is resumed.")
_NO_SERVER: Final = N_("⚠️ No image server is available right now. Requests wait until one is back.")
_ASLEEP: Final = N_("🌙 The GPU is asleep. It wakes up when somebody requests an image.")
_WAKING: Final = N_("🕓 Waking up the GPU …")


def queue_text(overview: Overview, viewer: Viewer, title: Titled) -> str:
    """What is running, what is waiting and in which order, with the viewer's own jobs marked."""
    texts = ("\n".join(_lines(overview, viewer, prompt, title)) for prompt in _PROMPTS)
    return next((text for text in texts if len(text) <= _PAGE), "")[:_PAGE] or _short(overview, viewer)


def unchanged(before: str, after: str) -> bool:
    """Whether a page needs no edit: the texts differ by small shifts of their estimates at most."""
    if _TIME.sub("", before) != _TIME.sub("", after):
        return False
    times = zip(_TIME.findall(before), _TIME.findall(after), strict=True)
    return all(abs(int(one) - int(other)) <= _DRIFT_SECONDS for one, other in times)


def _short(overview: Overview, viewer: Viewer) -> str:
    """The page without its jobs, for when even the shortest prompts are too long."""
    waiting = sum(viewer.sees(job) for job, _standing in overview.waiting)
    told = ngettext("🕓 {count} is waiting here.", "🕓 {count} are waiting here.", waiting).format(count=waiting)
    return f"{_head(overview)}\n{told}"


def _lines(overview: Overview, viewer: Viewer, prompt: int, title: Titled) -> Iterator[str]:
    running = [one for one in overview.running if viewer.sees(one.job)]
    cells = [(job, standing) for job, standing in overview.waiting if viewer.sees(job)]
    kept_back = [job for job in overview.held if viewer.sees(job)]
    waiting = one_for_each_grid(cells, lambda one: one[0])
    held = one_for_each_grid(kept_back, lambda job: job)
    paused = viewer.guild_id in overview.paused
    if paused:
        yield _(_PAUSED)
    if overview.rest is not None:
        yield f"🌙 {explain_rest(overview.rest)}"
    elif overview.away:
        dozing = _WAKING if overview.waiting else _ASLEEP
        yield _(dozing if ASLEEP in overview.troubles else _NO_SERVER)
    if not (overview.running or overview.waiting or overview.held):
        if not (overview.away or paused or overview.rest):
            yield _(_READY_FOR_MORE) if overview.looked and not overview.foreign_first else _(_EMPTY)
        yield from _foreign(overview)
        return
    yield _head(overview)
    yield from _foreign(overview)
    yield from (_running(one, overview.servers, viewer, prompt, title) for one in running[:_RUNNING])
    yield from _more(len(running) - _RUNNING)
    yield from (_waiting(*one, count, viewer, prompt, title) for one, count in waiting[:_WAITING])
    own = [(one, count) for one, count in waiting[_WAITING:] if viewer.owns(one[0])][:_OWN]
    yield from _between(len(waiting) - _WAITING - len(own)) if own else _more(len(waiting) - _WAITING)
    yield from (_waiting(*one, count, viewer, prompt, title) for one, count in own)
    yield from (f"⏸️ {_what(job, viewer, prompt, title, count)} · {_why_held(job)}" for job, count in held[:_OWN])
    yield from _more(len(held) - _OWN)
    if not running and not waiting and not held:
        yield _("The queue has no requests from here.")
    others = [one for one in overview.running if not viewer.sees(one.job)]
    yield from _elsewhere(*_counted(others), _waiting_count(overview) - len(cells) - len(kept_back))


def _head(overview: Overview) -> str:
    facts = [_("**Queue**")]
    if overview.looked:
        busy = len({one.server for one in overview.running if one.reached} | overview.foreign.keys())
        servers = ngettext(
            "{busy} of {count} image server busy", "{busy} of {count} image servers busy", overview.servers
        )
        facts.append(servers.format(busy=busy, count=overview.servers))
        asleep = overview.troubles.count(ASLEEP)
        if (unreachable := overview.servers - overview.answering - len(overview.troubles)) > 0:
            facts.append(ngettext("{count} unreachable", "{count} unreachable", unreachable).format(count=unreachable))
        if (ill := len(overview.troubles) - asleep) > 0:
            facts.append(ngettext("{count} unavailable", "{count} unavailable", ill).format(count=ill))
        if asleep:
            facts.append(ngettext("{count} asleep", "{count} asleep", asleep).format(count=asleep))
    more = "+" if len(overview.waiting) >= COUNTED_AHEAD else ""
    waiting = _waiting_count(overview) + sum(one.reached and not one.made for one in overview.running)
    facts.append(ngettext("{count} waiting", "{count} waiting", waiting).format(count=f"{waiting}{more}"))
    return " · ".join(facts)


def _foreign(overview: Overview) -> Iterator[str]:
    """What others have queued in ComfyUI itself, all servers together."""
    if count := sum(overview.foreign.values()):
        yield ngettext(
            "🖥️ {count} image started directly in ComfyUI",
            "🖥️ {count} images started directly in ComfyUI",
            count,
        ).format(count=count)


def _waiting_count(overview: Overview) -> int:
    return len(overview.waiting) + len(overview.held)


def _running(one: OnServer, servers: int, viewer: Viewer, prompt: int, title: Titled) -> str:
    what, place = _what(one.job, viewer, prompt, title), _place(one, servers)
    if not one.reached:
        why = N_("its image server isn’t available right now") if one.ill else N_("its image server can’t be reached")
        return " · ".join([f"🔌 {what}", *place, _(why)])
    if not one.made and one.job.foreign_ahead:
        return " · ".join([f"⏭️ {what}", _("up next"), *place, behind_foreign_work(one.job.foreign_ahead)])
    if not one.made:
        return " · ".join([f"⏭️ {what}", _("up next"), *place])
    begun_at = one.job.begun_at
    since = [] if begun_at is None else [_("started {when}").format(when=shown_time(begun_at, "R"))]
    return " · ".join([f"🎨 {what}", *place, *since])


def _place(one: OnServer, servers: int) -> Sequence[str]:
    return [_("server {number} of {count}").format(number=one.server, count=servers)] if servers > 1 else []


def _waiting(job: Job, standing: Standing, count: int, viewer: Viewer, prompt: int, title: Titled) -> str:
    line = f"`{standing.ahead + 1:>2}` {_what(job, viewer, prompt, title, count)}"
    first = standing.foreign and not standing.ahead
    return " · ".join([line, *([behind_foreign_work(standing.foreign)] if first else []), *ready_when(standing)])


def _what(job: Job, viewer: Viewer, prompt: int, title: Titled, count: int = 1) -> str:
    told = shown_prompt(words_of(job, title(job)), prompt) if viewer.reads(job) else _("*a private request*")
    told = with_cells(told, job, count) if count > 1 else told
    return f"➤ {told} · {_('**you**')}" if viewer.owns(job) else f"{told} · <@{job.user_id}>"


def _why_held(job: Job) -> str:
    return _("waiting for a moderator") if job.held_by is not None else _("paused by a moderator")


def _more(count: int) -> Sequence[str]:
    return [_("… and {count} more").format(count=count)] if count > 0 else []


def _between(count: int) -> Sequence[str]:
    """The number of jobs that are not shown between the front of the queue and the viewer's own."""
    return [_("… {count} more").format(count=count)] if count > 0 else []


def _counted(running: Sequence[OnServer]) -> tuple[int, int]:
    """How many are running, and how many are up next."""
    made = sum(one.made for one in running)
    return made, len(running) - made


def _elsewhere(running: int, ready: int, waiting: int) -> Iterator[str]:
    counts = (
        (ngettext("{count} running", "{count} running", running), running),
        (ngettext("{count} up next", "{count} up next", ready), ready),
        (ngettext("{count} waiting", "{count} waiting", waiting), waiting),
    )
    if told := [text.format(count=count) for text, count in counts if count > 0]:
        yield _("-# Requests from elsewhere: {counts}.").format(counts=listed(told))
