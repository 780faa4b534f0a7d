"""A job -> what its message shows. Pure.

One classic message carries a job through its life: a quoted prompt, a line about where it stands, pictures, buttons.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.comfyui import Snapshot
from bot.ledger import COUNTED_AHEAD, PICTURE, Job, JobState, Standing
from bot.messages.result_buttons import Button, cancelled_buttons, failed_buttons, result_buttons
from bot.spool import Content
from bot.workflows import Continuations, kind_of

CANCEL_ID: Final = "darkroom:cancel:{job_id}"

_CONTENT: Final = 2000
"""Characters that Discord takes a message."""
_PROMPT_SHOWN: Final = 700
"""Characters of the prompt; escaping can double them."""
_PROMPT_BESIDE_TEXT: Final = 250
"""The same where the workflow's own texts need the room."""
_TEXT_SHOWN: Final = 900
"""Characters of all texts that stand in a message."""
_REASON_SHOWN: Final = 300
"""Characters of what a moderator gives as a reason."""
_TITLE_SHOWN: Final = 80
"""Characters of a title that a workflow's author gave."""
_SPOILER: Final = "SPOILER_"
"""What Discord knows a hidden file by."""
_BAR: Final = 10
"""Segments: with what stands behind them they fit a phone's line."""
_AGAIN: Final = "-# The image server failed during this one, so it starts over."
_UNREACHABLE: Final = (
    "The image server can't be reached right now. Your image continues or starts again as soon as the server is back."
)
_HIDDEN: Final = "> *Only the moderators can see this order.*"
_ENDS: Final = {
    "✅ ": JobState.DONE,
    "⚠️ ": JobState.FAILED,
    "🛑 Cancelled": JobState.CANCELLED,
    "🛑 Rejected": JobState.CANCELLED,
}
_NOTHING_MORE: Final = Continuations()
_MARKDOWN: Final = re.compile(r"[\\*_~`|<\[]|^[>#-]")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file under a message; `description` is its alternative text."""

    filename: str
    content: Content
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A stage that is ready while the run goes on. `files` None: the message has them already."""

    caption: str
    files: tuple[Attachment, ...] | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """A whole message. `files` None: those it has stay."""

    content: str
    buttons: tuple[Button, ...] = ()
    files: tuple[Attachment, ...] | None = None


def render_queued(job: Job, standing: Standing, note: str | None = None) -> Rendered:
    """Waiting, at its place in line; `note` says why, where there is a reason beyond the line."""
    facts = ["Next in line" if standing.ahead == 0 else _place(standing)]
    if standing.ready_at is not None and note is None:
        facts.append(f"about <t:{int(standing.ready_at)}:R>")
    return Rendered(_standing(job, f"🕓 {' · '.join(facts)}", *([f"-# {note}"] if note else ())), (_cancel(job),), ())


def render_held(job: Job) -> Rendered:
    """Kept back: by a rule until a moderator has looked at it, or by a moderator."""
    why = f"Kept back by <@{job.held_by}>."
    if job.hidden:
        made = "It is made, but a" if job.awaits == PICTURE else "A"
        why = f"{made} moderator has to look at it first."
    if job.held_by and job.hold_reason:
        why = f"Kept back by <@{job.held_by}>: {shown_prompt(job.hold_reason, _REASON_SHOWN)}"
    return Rendered(_standing(job, f"✋ {why}"), (_cancel(job),), ())


def render_paused(job: Job, by: int, reason: str | None) -> Rendered:
    """In a line that stands still, by whom and why."""
    why = f": {shown_prompt(reason, _REASON_SHOWN)}" if reason else "."
    lines = f"⏸️ Paused by <@{by}>{why}", "-# Your place is kept."
    return Rendered(_standing(job, *lines), (_cancel(job),), ())


def _place(standing: Standing) -> str:
    if standing.ahead >= COUNTED_AHEAD:
        return f"Far back in line · more than {COUNTED_AHEAD} ahead"
    ahead = _count(standing.people, "person", "people") if standing.people else f"{standing.ahead} of yours"
    return f"{_ordinal(standing.ahead + 1)} in line · {ahead} ahead"


def ending_of(content: str) -> JobState | None:
    """How the job of a message with this content ended; None: it has not."""
    # A prompt stands in a line that begins with “> ”: it cannot look like one of these.
    ends = (state for line in content.splitlines() for begin, state in _ENDS.items() if line.startswith(begin))
    return next(ends, None)


def small_print(content: str) -> str:
    """The lines of a message's content that stand below in small letters: its notes."""
    return "\n".join(line for line in content.splitlines() if line.startswith("-# "))


def render_ready(job: Job) -> Rendered:
    """On its server, which still works on the picture before it."""
    return Rendered(_standing(job, "🕓 Up next …"), (_cancel(job),))


def render_unreachable(job: Job) -> Rendered:
    """On a server that refuses connections: how far it got is not known."""
    return Rendered(_standing(job, f"🔌 {_UNREACHABLE}"), (_cancel(job),))


def render_running(
    job: Job,
    snapshot: Snapshot,
    seconds_left: float | None = None,
    preview: Attachment | None = None,
    draft: Draft | None = None,
) -> Rendered:
    """Being made: stage, bar, step, time left, and a preview that replaces the one before; or a draft that is ready."""
    facts = [f"**{shown_prompt(snapshot.stage, _TITLE_SHOWN)}**" if snapshot.stage else "**Starting**"]
    if snapshot.steps is not None:
        facts.append(f"step {snapshot.step}/{snapshot.steps}")
    bar = [_bar(snapshot.fraction), f"{int(snapshot.fraction * 100)} %"]
    if seconds_left is not None:
        bar.append(f"{_duration(seconds_left)} left")
    content = _standing(job, f"🎨 {' · '.join(facts)}", f"{bar[0]} {' · '.join(bar[1:])}")
    if draft is not None:
        content += f"\n-# Ready so far: {shown_prompt(draft.caption, _TITLE_SHOWN)}"
        return Rendered(content, (_cancel(job),), draft.files)
    return Rendered(content, (_cancel(job),), None if preview is None else (preview,))


def render_stopping(job: Job) -> Rendered:
    """Cancelled by its owner, but the server has not let go of it yet."""
    return Rendered(f"{_quote(job)}\n🛑 Stopping …")


def render_done(
    job: Job,
    title: str,
    seconds: float | None,
    files: Sequence[Attachment],
    notes: Sequence[str] = (),
    texts: Sequence[str] = (),
    offered: Continuations = _NOTHING_MORE,
) -> Rendered:
    """Finished: the recipe in one line, the stages where there are several, short texts, the files. `offered`: what
    can be made of its pictures. `seconds` None: nobody knows how long it took.
    """
    facts = [f"seed `{job.values['seed']}`"] if "seed" in job.values else []
    facts += [shown_prompt(title, _TITLE_SHOWN), *([] if seconds is None else [_duration(seconds)])]
    lines = [_quote(job, beside=texts), f"✅ {' · '.join(facts)}"]
    captions: dict[str, Counter[str]] = {}
    for file in files:
        if file.description:
            caption = shown_prompt(file.description, _TITLE_SHOWN)
            captions.setdefault(caption, Counter())[kind_of(file.filename)] += 1
    if captions:
        counted = {name: ", ".join(_count(n, kind) for kind, n in kinds.items()) for name, kinds in captions.items()}
        lines.append("-# " + " · ".join(f"{name}: {what}" for name, what in counted.items()))
    lines += [f"-# {note}" for note in notes]
    lines += [_block(text) for text in texts]
    buttons = result_buttons(job, [file.filename for file in files], offered)
    return Rendered("\n".join(lines)[:_CONTENT], buttons, tuple(files))


def render_failed(
    job: Job, reason: str, files: Sequence[Attachment] = (), notes: Sequence[str] = (), texts: Sequence[str] = ()
) -> Rendered:
    """Failed, in plain words, with what was finished before. `reason` is one of ours and may hold Markdown."""
    lines = [_quote(job, beside=texts), f"⚠️ {reason}"]
    if files or texts:
        lines.append("-# This much was finished before.")
    lines += [f"-# {note}" for note in notes]
    lines += [_block(text) for text in texts]
    return Rendered("\n".join(lines)[:_CONTENT], failed_buttons(job), tuple(files))


def split_texts(texts: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Texts that are short enough to stand in the message, and those that go as files."""
    shown: list[str] = []
    long: list[str] = []
    room = _TEXT_SHOWN
    for text in texts:
        size = len(_block(text))
        if size <= room:
            room -= size
            shown.append(text)
        else:
            long.append(text)
    return tuple(shown), tuple(long)


def _block(text: str) -> str:
    """A text word for word: in a code block nothing is Markdown, a mention or a link."""
    # Pairs, not triples: between two triples that were broken up a new one would stand.
    inert = text.strip().replace("``", "`\N{ZERO WIDTH SPACE}`")
    return f"```\n{inert}\n```"


def spoilered(files: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """The files as Discord hides them until they are clicked."""
    return tuple(replace(file, filename=f"{_SPOILER}{file.filename}") for file in files)


def render_cancelled(job: Job) -> Rendered:
    """Cancelled, by whom: everybody in the channel reads it."""
    act = "Rejected" if job.hidden and job.cancelled_by != job.user_id else "Cancelled"
    by = "its owner" if job.cancelled_by in {None, job.user_id} else f"<@{job.cancelled_by}>"
    why = f": {shown_prompt(job.reason, _REASON_SHOWN)}" if job.reason else "."
    return Rendered(f"{_quote(job)}\n🛑 {act} by {by}{why}", cancelled_buttons(job), ())


def shown_prompt(prompt_text: str, limit: int = _PROMPT_SHOWN) -> str:
    """A prompt as it may stand in a message: one line, no Markdown, no mentions, not too long."""
    line = " ".join(prompt_text.split())
    return _escape(line if len(line) <= limit else line[: limit - 1].rstrip() + "…")


def _standing(job: Job, *lines: str) -> str:
    """What a job that is not over shows: what it is, where it stands, and that it had to begin again if it had to."""
    # One that waits for its own server to come back may be on it still.
    over = job.losses and (job.state is not JobState.QUEUED or job.server is None)
    return "\n".join([_quote(job), *lines, *([_AGAIN] if over else ())])


def _quote(job: Job, beside: Sequence[str] = ()) -> str:
    if job.hidden:
        return _HIDDEN
    given = job.values.get("prompt")
    prompt_text = given if isinstance(given, str) and given else job.workflow
    return f"> {shown_prompt(prompt_text, _PROMPT_BESIDE_TEXT if beside else _PROMPT_SHOWN)}"


def _escape(text: str) -> str:
    # A backslash takes the magic out of Markdown and of <@id>, a zero-width space out of @everyone.
    return _MARKDOWN.sub(r"\\\g<0>", text).replace("@", "@\N{ZERO WIDTH SPACE}")


def _cancel(job: Job) -> Button:
    return Button("Cancel", CANCEL_ID.format(job_id=job.id), danger=True)


def _bar(fraction: float) -> str:
    full = int(fraction * _BAR)
    return "▰" * full + "▱" * (_BAR - full)


def _duration(seconds: float) -> str:
    whole = max(1, round(seconds))
    if whole < 90:  # noqa: PLR2004
        return f"{whole} s"
    minutes, rest = divmod(whole, 60)
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min {rest} s" if minutes < 10 and rest else f"{minutes} min"  # noqa: PLR2004
    return f"{minutes // 60} h {minutes % 60} min"


def _count(number: int, one: str, many: str | None = None) -> str:
    return f"{number} {one if number == 1 else many or one + 's'}"


def _ordinal(number: int) -> str:
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")  # noqa: PLR2004
    return f"{number}{ending}"
