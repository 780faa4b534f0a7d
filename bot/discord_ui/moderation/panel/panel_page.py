"""The panel: a guild's queue as its moderators see it. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.discord_limits import CHOICE, EMBED
from bot.discord_times import shown_time
from bot.discord_ui.access.grids import one_for_each_grid, with_cells
from bot.discord_ui.access.viewer import Titled
from bot.discord_ui.core.views import select_of, view_of
from bot.discord_ui.moderation.log_pages import waiting_reports
from bot.ledger import GuildRules, Job, JobState, KnownServer
from bot.messages import shown_prompt
from bot.moderation.moderator import because, plain_words
from bot.translation import N_, _, listed, ngettext

PANEL_JOB_ID: Final = "darkroom:panel:pick:{what}"
PANEL_PAUSE_ID: Final = "darkroom:panel:pause:{what}"
PANEL_RESUME_ID: Final = "darkroom:panel:resume:{what}"

_SHOWN: Final = {N_("Running"): 8, N_("Up next"): 2, N_("Waiting"): 10, N_("On hold"): 5}
"""Heading -> how many jobs are listed under it. A select takes 25 in all."""
_WORDS: Final = 40
"""Characters of a prompt."""
_EMPTY: Final = N_("The queue is empty.")


@dataclass(frozen=True, slots=True)
class Option:
    """A job in the select."""

    job_id: str
    label: str
    description: str


@dataclass(frozen=True, slots=True)
class Panel:
    """What a panel shows. Equal panels look the same, so an edit can be spared."""

    text: str
    options: tuple[Option, ...]
    paused: bool


@dataclass(frozen=True, slots=True)
class GuildQueue:
    """A guild's jobs, each group in its order: running, up next on a server, waiting, on hold."""

    running: Sequence[Job]
    ready: Sequence[Job]
    waiting: Sequence[Job]
    held: Sequence[Job]


def guild_queue(active: Iterable[Job], places: Mapping[str, int]) -> GuildQueue:
    """Group a guild's active jobs. `places` are their places in the queue of all guilds, by job id."""
    jobs = tuple(active)
    queued = [job for job in jobs if job.state is JobState.QUEUED]
    return GuildQueue(
        running=[job for job in jobs if job.state is JobState.RUNNING and job.begun_at is not None],
        ready=[job for job in jobs if job.is_ready],
        waiting=sorted(
            (job for job in queued if job.held_by is None), key=lambda job: places.get(job.id, len(places) + job.number)
        ),
        held=[job for job in queued if job.held_by is not None],
    )


def render_panel(
    guild: GuildRules,
    queue: GuildQueue,
    servers: Sequence[KnownServer],
    title: Titled,
    *,
    looked: bool = True,
    reports: int = 0,
    masked: bool = True,
) -> Panel:
    """The panel of a guild's queue. `looked` is False until a worker has checked the servers: it shows none then.
    `reports`: how many reports no moderator has been shown. `masked`: others can read the panel, so it shows neither
    what is on hold nor why.
    """
    numbers = {server.url: number for number, server in enumerate(servers, 1)}
    parts: list[str] = []
    if guild.paused_by is not None:
        since = "" if guild.paused_at is None else f" {shown_time(guild.paused_at, 'R')}"
        paused = _("⏸️ Paused by {moderator}").format(moderator=f"<@{guild.paused_by}>")
        parts.append(because(f"{paused}{since}", guild.pause_reason))
    if reports:
        parts.append(waiting_reports(reports))
    options: list[Option] = []
    for (heading, most), jobs in zip(
        _SHOWN.items(), (queue.running, queue.ready, queue.waiting, queue.held), strict=True
    ):
        if not jobs:
            continue
        lines = [f"**{_(heading)}** ({len(jobs)})"]
        entries = one_for_each_grid(jobs, lambda job: job)
        for job, count in entries[:most]:
            number, state = len(options) + 1, _state(job, numbers, masked=masked)
            shown = shown_prompt(state, CHOICE)
            plain = with_cells(_words(job, title(job), masked=masked), job, count)
            words = with_cells(shown_prompt(_words(job, title(job), masked=masked), _WORDS), job, count)
            lines.append(f"`{number:>2}` <@{job.user_id}> · {words} · {shown}{_since(job)}")
            label = f"{number}. {plain}"
            options.append(Option(job.id, label[:CHOICE], state[:CHOICE]))
        if len(entries) > most:
            lines.append(_("… and {count} more").format(count=len(entries) - most))
        parts.append("\n".join(lines))
    if not options:
        parts.append(_(_EMPTY))
    if looked:
        parts.append(_servers(servers))
    return Panel("\n\n".join(parts)[:EMBED], tuple(options), guild.paused_by is not None)


def embed_of(panel: Panel) -> discord.Embed:
    """The panel's text, in an embed: a mention there pings nobody."""
    return discord.Embed(title=_("This server’s queue"), description=panel.text)


def buttons_of(panel: Panel) -> discord.ui.View:
    """The select and the buttons under a panel."""
    options = [
        discord.SelectOption(label=one.label, value=one.job_id, description=one.description) for one in panel.options
    ]
    select = [select_of(PANEL_JOB_ID.format(what="job"), options, _("Pick a job to manage"))] if options else []
    label, custom_id = (_("Resume"), PANEL_RESUME_ID) if panel.paused else (_("Pause"), PANEL_PAUSE_ID)
    return view_of(*select, discord.ui.Button(label=label, custom_id=custom_id.format(what="line")))


def _words(job: Job, title: str, *, masked: bool) -> str:
    """What a job is. Where others can read it, a moderator picks a job that is on hold to see that."""
    return _("a request on hold") if masked and job.held_by is not None else plain_words(job, title)


def _state(job: Job, numbers: Mapping[str, int], *, masked: bool) -> str:
    if job.cancelled_by is not None:
        return _("stopping")
    if job.state is JobState.RUNNING:
        number = numbers.get(job.server or "")
        if number is None:
            return _("up next on a server") if job.is_ready else _("running on a server")
        if job.is_ready and job.foreign_ahead:
            behind = ngettext(
                "up next on server {number}, after {count} image started in ComfyUI",
                "up next on server {number}, after {count} images started in ComfyUI",
                job.foreign_ahead,
            )
            return behind.format(number=number, count=job.foreign_ahead)
        where = _("up next on server {number}") if job.is_ready else _("running on server {number}")
        return where.format(number=number)
    if job.held_by is None:
        return _("waiting")
    if not job.held_by:
        return _("put on hold by a rule")
    if not job.hold_reason or masked:
        return _("on hold")
    return _("on hold: {reason}").format(reason=job.hold_reason)


def _since(job: Job) -> str:
    return f" · {shown_time(job.begun_at if job.begun_at is not None else job.created_at, 'R')}"


def _servers(servers: Sequence[KnownServer]) -> str:
    if not servers:
        return _("No image server is connected.")
    said = _("Image servers: {count}").format(count=len(servers))
    away = [str(number) for number, server in enumerate(servers, 1) if not server.answering]
    rests = [str(number) for number, server in enumerate(servers, 1) if server.rest is not None]
    answering = [(number, server) for number, server in enumerate(servers, 1) if server.answering]
    foreign = [(number, server.foreign) for number, server in answering if server.foreign]
    facts = [said]
    if away:
        told = ngettext("server {numbers} is unavailable", "servers {numbers} are unavailable", len(away))
        facts.append(told.format(numbers=listed(away)))
    if rests:
        told = ngettext("server {numbers} is resting", "servers {numbers} are resting", len(rests))
        facts.append(told.format(numbers=listed(rests)))
    for number, count in foreign:
        told = ngettext(
            "server {number}: {count} image started directly in ComfyUI",
            "server {number}: {count} images started directly in ComfyUI",
            count,
        )
        facts.append(told.format(number=number, count=count))
    return " · ".join(facts)
