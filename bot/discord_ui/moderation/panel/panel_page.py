"""The panel: a guild's line as its moderators see it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.discord_limits import CHOICE, EMBED
from bot.discord_ui.access.viewer import Titled
from bot.discord_ui.core.views import select_of, view_of
from bot.ledger import GuildRules, Job, JobState, KnownServer
from bot.messages import shown_prompt
from bot.moderation.moderator import because, plain_words, shown_words

PANEL_JOB_ID: Final = "darkroom:panel:pick:{what}"
PANEL_PAUSE_ID: Final = "darkroom:panel:pause:{what}"
PANEL_RESUME_ID: Final = "darkroom:panel:resume:{what}"

_SHOWN: Final = {"Being made": 8, "Up next": 2, "Waiting": 10, "Kept back": 5}
"""Jobs of each kind, in this order: a select takes 25."""
_WORDS: Final = 40
_EMPTY: Final = "Nothing is being made, nothing waits."


@dataclass(frozen=True, slots=True)
class Option:
    """A job that can be picked."""

    job_id: str
    label: str
    description: str


@dataclass(frozen=True, slots=True)
class Panel:
    """What a panel shows. Two that are equal look the same."""

    text: str
    options: tuple[Option, ...]
    paused: bool


@dataclass(frozen=True, slots=True)
class Line:
    """A guild's jobs in the order of their places: what is being made, what is next on a server, what waits, what is
    kept back.
    """

    running: Sequence[Job]
    ready: Sequence[Job]
    waiting: Sequence[Job]
    held: Sequence[Job]


def line_of(active: Iterable[Job], places: Mapping[str, int]) -> Line:
    """The line of these jobs, with the places that they have in the line of all guilds."""
    jobs = tuple(active)
    queued = [job for job in jobs if job.state is JobState.QUEUED]
    return Line(
        running=[job for job in jobs if job.state is JobState.RUNNING and job.begun_at is not None],
        ready=[job for job in jobs if job.is_ready],
        waiting=sorted(
            (job for job in queued if job.held_by is None), key=lambda job: places.get(job.id, len(places) + job.number)
        ),
        held=[job for job in queued if job.held_by is not None],
    )


def render_panel(
    guild: GuildRules, line: Line, servers: Sequence[KnownServer], title: Titled, *, looked: bool = True
) -> Panel:
    """The panel of a guild's line. `looked`: somebody has looked at the servers; before, nothing is said of them."""
    numbers = {server.url: number for number, server in enumerate(servers, 1)}
    parts: list[str] = []
    if guild.paused_by is not None:
        since = "" if guild.paused_at is None else f" <t:{int(guild.paused_at)}:R>"
        parts.append(f"⏸️ Paused by <@{guild.paused_by}>{since}{because(guild.pause_reason)}")
    options: list[Option] = []
    for (heading, most), jobs in zip(_SHOWN.items(), (line.running, line.ready, line.waiting, line.held), strict=True):
        if not jobs:
            continue
        lines = [f"**{heading}** ({len(jobs)})"]
        for job in jobs[:most]:
            number, where = len(options) + 1, _where(job, numbers)
            shown = shown_prompt(where, _WORDS)
            lines.append(
                f"`{number:>2}` <@{job.user_id}> · {shown_words(job, title(job), _WORDS)} · {shown}{_since(job)}"
            )
            options.append(Option(job.id, f"{number}. {plain_words(job, title(job))}"[:CHOICE], where[:CHOICE]))
        if len(jobs) > most:
            lines.append(f"… and {len(jobs) - most} more")
        parts.append("\n".join(lines))
    if not options:
        parts.append(_EMPTY)
    if looked:
        parts.append(_servers(servers))
    return Panel("\n\n".join(parts)[:EMBED], tuple(options), guild.paused_by is not None)


def embed_of(panel: Panel) -> discord.Embed:
    """The panel's text: in an embed a mention pings nobody."""
    return discord.Embed(title="The line of this server", description=panel.text)


def buttons_of(panel: Panel) -> discord.ui.View:
    """What can be picked and pressed under it."""
    options = [
        discord.SelectOption(label=one.label, value=one.job_id, description=one.description) for one in panel.options
    ]
    picking = [select_of(PANEL_JOB_ID.format(what="job"), options, "Pick a picture to decide on")] if options else []
    label, custom_id = ("Resume", PANEL_RESUME_ID) if panel.paused else ("Pause", PANEL_PAUSE_ID)
    return view_of(*picking, discord.ui.Button(label=label, custom_id=custom_id.format(what="line")))


def _where(job: Job, numbers: Mapping[str, int]) -> str:
    if job.cancelled_by is not None:
        return "being stopped"
    if job.state is JobState.RUNNING:
        number = numbers.get(job.server or "")
        where = "on a server" if number is None else f"on server {number}"
        return f"up next {where}" if job.is_ready else where
    if job.held_by is None:
        return "waits"
    return f"kept back{f': {job.hold_reason}' if job.hold_reason else ''}" if job.held_by else "kept back by a rule"


def _since(job: Job) -> str:
    return f" <t:{int(job.begun_at if job.begun_at is not None else job.created_at)}:R>"


def _servers(servers: Sequence[KnownServer]) -> str:
    away = [str(number) for number, server in enumerate(servers, 1) if not server.answering]
    if not servers:
        return "No picture server is at work."
    return f"Picture servers: {len(servers)}" + (f", not answering: {', '.join(away)}" if away else "")
