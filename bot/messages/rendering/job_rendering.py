"""A job -> what its message shows. Pure.

One classic message carries a job through its life: a quoted prompt, a line about where it stands, pictures, buttons.
`title` is that of the job's workflow, which is quoted where there is no prompt.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from bot.comfyui import Snapshot
from bot.discord_limits import CONTENT
from bot.ledger import COUNTED_AHEAD, PICTURE, Job, JobState, Standing
from bot.messages.rendering.figures import count, duration, ordinal, progress_bar
from bot.messages.rendering.quoted_text import PROMPT_SHOWN, as_block, shown_prompt, words_of
from bot.messages.rendering.result_buttons import Button, cancelled_buttons, failed_buttons, result_buttons
from bot.spool import Content
from bot.translation import N_, _, ngettext
from bot.workflows import Continuations, kind_of

CANCEL_ID: Final = "darkroom:cancel:{job_id}"

_PROMPT_BESIDE_TEXT: Final = 250
"""The same where the workflow's own texts need the room."""
_REASON_SHOWN: Final = 300
"""Characters of what a moderator gives as a reason."""
_TITLE_SHOWN: Final = 80
"""Characters of a title that a workflow's author gave."""
_SPOILER: Final = "SPOILER_"
"""What Discord knows a hidden file by."""
_AGAIN: Final = N_("-# The image server didn’t finish this one, so it starts over.")
_UNREACHABLE: Final = N_(
    "🔌 The image server can’t be reached right now. Your image continues or starts over once the server is back."
)
_PARTING: Final = N_(
    "🕓 Still on its way. Discord lets me change this reply for 15 minutes only: what comes later arrives as a direct "
    "message, and `/history` has it too.\n-# `/cancel` still stops it."
)
_HIDDEN: Final = N_("> *Only moderators can see this request.*")
_ENDS: Final = {"✅ ": JobState.DONE, "⚠️ ": JobState.FAILED, "🛑 ": JobState.CANCELLED}
"""The sign that begins the line which says how a job ended, in every language."""
_ONCE_STOPPING: Final = "🛑 Stopping"
"""How versions before 1.0 began a line of a job that was not over yet."""
_MOVED: Final = {
    JobState.DONE: N_("✅ Finished: see {where}"),
    JobState.FAILED: N_("⚠️ Failed: see {where}"),
    JobState.CANCELLED: N_("🛑 Cancelled: see {where}"),
}
_NOTHING_MORE: Final = Continuations()


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


def render_queued(job: Job, title: str, standing: Standing, note: str | None = None) -> Rendered:
    """Waiting, at its place in line; `note` says why, where there is a reason beyond the line."""
    facts = [_("Next in line") if standing.ahead == 0 else _place(standing)]
    if standing.ready_at is not None and note is None:
        facts.append(_("ready {when}").format(when=f"<t:{int(standing.ready_at)}:R>"))
    return Rendered(
        _standing(job, title, f"🕓 {' · '.join(facts)}", *([f"-# {note}"] if note else ())), (_cancel(job),), ()
    )


def render_held(job: Job, title: str) -> Rendered:
    """Kept back: by a rule until a moderator has looked at it, or by a moderator."""
    why = _("On hold by {who}").format(who=f"<@{job.held_by}>") + _because(job.hold_reason if job.held_by else None)
    if job.hidden and not (job.held_by and job.hold_reason):
        why = (
            _("It’s finished, but a moderator has to look at it first.")
            if job.awaits == PICTURE
            else _("A moderator has to look at it first.")
        )
    return Rendered(_standing(job, title, f"✋ {why}"), (_cancel(job),), ())


def render_paused(job: Job, title: str, by: int, reason: str | None) -> Rendered:
    """In a queue that is paused, by whom and why."""
    paused = _("⏸️ The queue is paused by {who}").format(who=f"<@{by}>")
    lines = f"{paused}{_because(reason)}", f"-# {_('Your place is kept.')}"
    return Rendered(_standing(job, title, *lines), (_cancel(job),), ())


def _place(standing: Standing) -> str:
    if standing.ahead >= COUNTED_AHEAD:
        return _("More than {count} ahead of you").format(count=COUNTED_AHEAD)
    if standing.people:
        ahead = ngettext("{count} person ahead", "{count} people ahead", standing.people).format(count=standing.people)
    else:
        ahead = ngettext("{count} of yours ahead", "{count} of yours ahead", standing.ahead).format(
            count=standing.ahead
        )
    return f"{_('{place} in line').format(place=ordinal(standing.ahead + 1))} · {ahead}"


def ending_of(content: str) -> JobState | None:
    """How the job of a message with this content ended; None: it has not."""
    # A prompt stands in a line that begins with “> ”: it cannot look like one of these.
    lines = [line for line in content.splitlines() if not line.startswith(_ONCE_STOPPING)]
    return next((state for line in lines for sign, state in _ENDS.items() if line.startswith(sign)), None)


def small_print(content: str) -> str:
    """The lines of a message's content that stand below in small letters: its notes."""
    return "\n".join(line for line in content.splitlines() if line.startswith("-# "))


def render_ready(job: Job, title: str) -> Rendered:
    """On its server, which still works on the picture before it."""
    return Rendered(_standing(job, title, _("🕓 Up next …")), (_cancel(job),))


def render_unreachable(job: Job, title: str) -> Rendered:
    """On a server that refuses connections: how far it got is not known."""
    return Rendered(_standing(job, title, _(_UNREACHABLE)), (_cancel(job),))


def render_running(
    job: Job,
    title: str,
    snapshot: Snapshot,
    seconds_left: float | None = None,
    preview: Attachment | None = None,
    draft: Draft | None = None,
) -> Rendered:
    """Being made: stage, bar, step, time left, and a preview that replaces the one before; or a draft that is ready."""
    facts = [f"**{shown_prompt(snapshot.stage, _TITLE_SHOWN)}**" if snapshot.stage else f"**{_('Starting')}**"]
    if snapshot.steps is not None:
        facts.append(_("step {step}/{steps}").format(step=snapshot.step, steps=snapshot.steps))
    bar = [progress_bar(snapshot.fraction), f"{int(snapshot.fraction * 100)} %"]
    if seconds_left is not None:
        bar.append(_("{time} left").format(time=duration(seconds_left)))
    content = _standing(job, title, f"🎨 {' · '.join(facts)}", f"{bar[0]} {' · '.join(bar[1:])}")
    if draft is not None:
        content += f"\n-# {_('Ready so far: {stage}').format(stage=shown_prompt(draft.caption, _TITLE_SHOWN))}"
        return Rendered(content, (_cancel(job),), draft.files)
    return Rendered(content, (_cancel(job),), None if preview is None else (preview,))


def render_parting(job: Job, title: str) -> Rendered:
    """Not over, and about to be out of reach: no bar that stays, no button that goes nowhere."""
    return Rendered(f"{_quote(job, title)}\n{_(_PARTING)}", (), ())


def render_stopping(job: Job, title: str) -> Rendered:
    """Cancelled by its owner, but the server has not let go of it yet."""
    return Rendered(f"{_quote(job, title)}\n{_('⏳ Stopping …')}")


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
    facts = [_("seed {seed}").format(seed=f"`{job.values['seed']}`")] if "seed" in job.values else []
    facts += [shown_prompt(title, _TITLE_SHOWN), *([] if seconds is None else [duration(seconds)])]
    lines = [_quote(job, title, beside=texts), f"✅ {' · '.join(facts)}"]
    captions: dict[str, Counter[str]] = {}
    for file in files:
        if file.description:
            caption = shown_prompt(file.description, _TITLE_SHOWN)
            captions.setdefault(caption, Counter())[kind_of(file.filename)] += 1
    if captions:
        counted = {name: ", ".join(count(kind, n) for kind, n in kinds.items()) for name, kinds in captions.items()}
        lines.append("-# " + " · ".join(f"{name}: {what}" for name, what in counted.items()))
    lines += [f"-# {note}" for note in notes]
    lines += [as_block(text) for text in texts]
    buttons = result_buttons(job, [file.filename for file in files], offered)
    return Rendered("\n".join(lines)[:CONTENT], buttons, tuple(files))


def render_failed(
    job: Job,
    title: str,
    reason: str,
    files: Sequence[Attachment] = (),
    notes: Sequence[str] = (),
    texts: Sequence[str] = (),
    *,
    cause: str | None = None,
) -> Rendered:
    """Failed, in plain words, with what was finished before. `reason` is one of ours and may hold Markdown. `cause` is
    what the server said: not shown here, but moderators can ask for it.
    """
    lines = [_quote(job, title, beside=texts), f"⚠️ {reason}"]
    if files or texts:
        lines.append(f"-# {_('This is what was finished before it failed.')}")
    lines += [f"-# {note}" for note in notes]
    lines += [as_block(text) for text in texts]
    return Rendered("\n".join(lines)[:CONTENT], failed_buttons(job, with_cause=cause is not None), tuple(files))


def spoilered(files: Iterable[Attachment]) -> tuple[Attachment, ...]:
    """The files as Discord hides them until they are clicked."""
    return tuple(replace(file, filename=f"{_SPOILER}{file.filename}") for file in files)


def render_cancelled(job: Job, title: str) -> Rendered:
    """Cancelled, by whom: everybody in the channel reads it."""
    if job.cancelled_by in {None, job.user_id}:
        said = _("🛑 Cancelled by the requester")
    elif job.hidden:
        said = _("🛑 Rejected by {who}").format(who=f"<@{job.cancelled_by}>")
    else:
        said = _("🛑 Cancelled by {who}").format(who=f"<@{job.cancelled_by}>")
    return Rendered(f"{_quote(job, title)}\n{said}{_because(job.reason)}", cancelled_buttons(job), ())


def render_moved(content: str, ended: JobState, link: str | None) -> Rendered:
    """A message whose job ended with this `content`, which could not be shown in it: what it was, and where the end is
    (`link`; None: a direct message).
    """
    quoted = next((line for line in content.splitlines() if line.startswith("> ")), "")
    where = link or _("your direct messages")
    return Rendered(f"{quoted}\n{_(_MOVED[ended]).format(where=where)}".strip(), (), ())


def _standing(job: Job, title: str, *lines: str) -> str:
    """What a job that is not over shows: what it is, where it stands, and that it had to begin again if it had to."""
    # One that waits for its own server to come back may be on it still.
    over = job.losses and (job.state is not JobState.QUEUED or job.server is None)
    return "\n".join([_quote(job, title), *lines, *([_(_AGAIN)] if over else ())])


def _quote(job: Job, title: str, beside: Sequence[str] = ()) -> str:
    if job.hidden:
        return _(_HIDDEN)
    return f"> {shown_prompt(words_of(job, title), _PROMPT_BESIDE_TEXT if beside else PROMPT_SHOWN)}"


def _cancel(job: Job) -> Button:
    return Button(_("Cancel"), CANCEL_ID.format(job_id=job.id), danger=True)


def _because(reason: str | None) -> str:
    """The end of a sentence: the reason, or a full stop."""
    return f": {shown_prompt(reason, _REASON_SHOWN)}" if reason else "."
