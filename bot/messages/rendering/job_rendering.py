"""Render a job as its Discord message. Pure.

One message carries a job through its life: the quoted prompt, a status line, images, buttons. `title` is the title of
the job's workflow, which is quoted if there is no prompt.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from bot.comfyui import Snapshot
from bot.discord_limits import CONTENT
from bot.ledger import BY_RULE, COUNTED_AHEAD, PICTURE, Job, JobState, Standing
from bot.messages.rendering.figures import count, duration, ordinal, progress_bar
from bot.messages.rendering.owner_language import in_owners_language
from bot.messages.rendering.prompts.understood_line import style_is_understood, understood_line
from bot.messages.rendering.quoted_text import PROMPT_SHOWN, as_block, shown_prompt, style_of, words_of
from bot.messages.rendering.rendered import Attachment, Draft, Rendered, described
from bot.messages.rendering.result_buttons import Button, cancelled_buttons, failed_buttons, result_buttons
from bot.messages.rendering.waiting_wording import behind_foreign_work, ready_when
from bot.translation import N_, _, ended, listed, ngettext, shown_percent
from bot.workflows import Continuations, kind_of

CANCEL_ID: Final = "darkroom:cancel:{job_id}"

_PROMPT_BESIDE_TEXT: Final = 250
"""Characters of the prompt if the workflow's own texts need the room."""
_REASON_SHOWN: Final = 300
"""Characters of a moderator's reason."""
_TITLE_SHOWN: Final = 80
"""Characters of a title written by a workflow's author."""
_STARTS_OVER: Final = N_("-# The image server didn’t finish this one, so it starts over.")
_NOT_STOPPED: Final = N_(
    "-# The image server hasn’t stopped yet: not every step can be interrupted. I’ll wait up to 2 minutes."
)
_UNREACHABLE: Final = N_(
    "🔌 The image server can’t be reached right now. Your image continues or starts over once the server is back."
)
_PARTING: Final = N_(
    "🕓 Still in progress. I can edit this reply for 15 minutes only, so I’ll send the result as a direct message. "
    "You’ll also find it in `/history`.\n-# `/cancel` still stops it."
)
_HIDDEN: Final = N_("> *Only moderators can see this request.*")
_END_SIGNS: Final = {"✅ ": JobState.DONE, "⚠️ ": JobState.FAILED, "🛑 ": JobState.CANCELLED}
"""The sign at the beginning of the line that says how a job ended. The same in every language."""
_MOVED: Final = {
    JobState.DONE: N_("✅ Finished: see {where}"),
    JobState.FAILED: N_("⚠️ Failed: see {where}"),
    JobState.CANCELLED: N_("🛑 Cancelled: see {where}"),
}
_NO_CONTINUATIONS: Final = Continuations()


@in_owners_language
def render_queued(job: Job, title: str, standing: Standing, note: str | None = None) -> Rendered:
    """A waiting job with its position in the queue. `note` gives a further reason for waiting, if there is one."""
    facts = [_("Next in line") if standing.ahead == 0 else _place(standing)]
    if note is None:
        facts += [behind_foreign_work(standing.foreign)] if standing.foreign else []
        facts += ready_when(standing)
    return Rendered(
        _active(job, title, f"🕓 {' · '.join(facts)}", *([f"-# {note}"] if note else ())), (_cancel(job),), ()
    )


@in_owners_language
def render_held(job: Job, title: str) -> Rendered:
    """A job on hold: by a rule until a moderator approves it, or by a moderator."""
    held = _("Put on hold by {who}").format(who=f"<@{job.held_by}>")
    why = _ended(held, job.hold_reason if job.held_by else None)
    if job.hidden and not (job.held_by and job.hold_reason):
        why = (
            _("It’s finished, but a moderator has to look at it first.")
            if job.awaits == PICTURE
            else _("A moderator has to look at it first.")
        )
    return Rendered(_active(job, title, f"✋ {why}"), (_cancel(job),), ())


@in_owners_language
def render_paused(job: Job, title: str, by: int, reason: str | None) -> Rendered:
    """A job in a queue that is paused, with who paused it and why."""
    paused = _("⏸️ The queue is paused by {who}").format(who=f"<@{by}>")
    lines = _ended(paused, reason), f"-# {_('Your place is kept.')}"
    return Rendered(_active(job, title, *lines), (_cancel(job),), ())


def _place(standing: Standing) -> str:
    if standing.ahead >= COUNTED_AHEAD:
        return _("More than {count} ahead of you").format(count=COUNTED_AHEAD)
    if standing.people:
        ahead = ngettext("{count} person ahead", "{count} people ahead", standing.people).format(count=standing.people)
    else:
        ahead = ngettext("{count} of yours ahead", "{count} of yours ahead", standing.ahead).format(
            count=standing.ahead
        )
    # `number` is for languages whose ordinals are not formed like English ones.
    place = _("{place} in line").format(place=ordinal(standing.ahead + 1), number=standing.ahead + 1)
    return f"{place} · {ahead}"


def ending_of(content: str) -> JobState | None:
    """How the job of a message with this content ended; None if it has not."""
    # Lines of a prompt begin with "> ", so a prompt cannot imitate one of these lines.
    lines = content.splitlines()
    return next((state for line in lines for sign, state in _END_SIGNS.items() if line.startswith(sign)), None)


def small_print(content: str) -> str:
    """The notes in a message's content: its lines in small print."""
    return "\n".join(line for line in content.splitlines() if line.startswith("-# "))


@in_owners_language
def render_ready(job: Job, title: str, foreign: int = 0) -> Rendered:
    """A job that its server has already, but is not running yet: `foreign` prompts of others come before it."""
    said = _("🕓 Up next · {reason}").format(reason=behind_foreign_work(foreign)) if foreign else _("🕓 Up next …")
    return Rendered(_active(job, title, said), (_cancel(job),))


@in_owners_language
def render_waking(job: Job, title: str, usual_seconds: float | None) -> Rendered:
    """A job that its server has accepted, and wakes up for. `usual_seconds` None: nobody knows how long that takes."""
    lines = [_("🕓 Waking up the GPU …")]
    if usual_seconds is not None:
        lines.append(f"-# {_('This usually takes {time}.').format(time=duration(usual_seconds))}")
    return Rendered(_active(job, title, *lines), (_cancel(job),))


@in_owners_language
def render_unreachable(job: Job, title: str) -> Rendered:
    """A job on a server that refuses connections, so its progress is unknown."""
    return Rendered(_active(job, title, _(_UNREACHABLE)), (_cancel(job),))


@in_owners_language
def render_running(
    job: Job,
    title: str,
    snapshot: Snapshot,
    seconds_left: float | None = None,
    preview: Attachment | None = None,
    draft: Draft | None = None,
    *,
    reports: bool = True,
) -> Rendered:
    """A running job: stage, bar, step, time left, and either the newest preview or an intermediate result. `reports`:
    its server says how far it is; otherwise the bar is a guess.
    """
    facts = [f"**{shown_prompt(snapshot.stage, _TITLE_SHOWN)}**" if snapshot.stage else f"**{_('Starting')}**"]
    if snapshot.steps is not None:
        facts.append(_("step {step}/{steps}").format(step=snapshot.step, steps=snapshot.steps))
    bar = [progress_bar(snapshot.fraction), shown_percent(snapshot.fraction)]
    if seconds_left is not None:
        bar.append(_("{time} left").format(time=duration(seconds_left)))
    content = _active(job, title, f"🎨 {' · '.join(facts)}", f"{bar[0]} {' · '.join(bar[1:])}")
    if not reports:
        content += (
            f"\n-# {_('This image server doesn’t report progress, so the bar goes by how long it usually takes.')}"
        )
    if draft is not None:
        files = None if draft.files is None else described(draft.files, _asked(job, title))
        content += f"\n-# {_('Ready so far: {stage}').format(stage=shown_prompt(draft.caption, _TITLE_SHOWN))}"
        return Rendered(content, (_cancel(job),), files)
    return Rendered(content, (_cancel(job),), None if preview is None else described([preview], _asked(job, title)))


@in_owners_language
def render_parting(job: Job, title: str) -> Rendered:
    """An unfinished job whose message will soon be out of reach, so it gets no bar and no buttons."""
    return Rendered(f"{_quote(job, title)}\n{_(_PARTING)}", (), ())


@in_owners_language
def render_stopping(job: Job, title: str, *, late: bool = False) -> Rendered:
    """A job that its owner cancelled, but that the server has not stopped yet. `late`: not even after a while."""
    lines = [_quote(job, title), _("⏳ Stopping …"), *([_(_NOT_STOPPED)] if late else ())]
    return Rendered("\n".join(lines))


@in_owners_language
def render_done(
    job: Job,
    title: str,
    seconds: float | None,
    files: Sequence[Attachment],
    notes: Sequence[str] = (),
    texts: Sequence[str] = (),
    offered: Continuations = _NO_CONTINUATIONS,
) -> Rendered:
    """A finished job: seed, workflow and time on one line, the stages if there are several, short texts, the files.
    `offered`: what can be done with its images. `seconds` None: its duration is unknown.
    """
    facts = [_("seed {seed}").format(seed=f"`{job.values['seed']}`")] if "seed" in job.values else []
    facts.append(shown_prompt(title, _TITLE_SHOWN))
    if (style := style_of(job)) and not style_is_understood(job):
        facts.append(_("style {name}").format(name=shown_prompt(style, _TITLE_SHOWN)))
    facts += [] if seconds is None else [duration(seconds)]
    lines = [_quote(job, title, beside=texts), f"✅ {' · '.join(facts)}"]
    captions: dict[str, Counter[str]] = {}
    for file in files:
        if file.caption:
            caption = shown_prompt(file.caption, _TITLE_SHOWN)
            captions.setdefault(caption, Counter())[kind_of(file.filename)] += 1
    if captions:
        counted = {name: listed(count(kind, n) for kind, n in kinds.items()) for name, kinds in captions.items()}
        lines.append("-# " + " · ".join(f"{name}: {what}" for name, what in counted.items()))
    lines += [f"-# {note}" for note in notes]
    lines += [as_block(text) for text in texts]
    buttons = result_buttons(job, [file.filename for file in files], offered)
    return Rendered("\n".join(lines)[:CONTENT], buttons, described(files, _asked(job, title)))


@in_owners_language
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
    """A failed job with its reason and everything finished before. `reason` is our own text and may contain Markdown.
    `cause` is the server's text, which is not shown here; moderators can ask for it.
    """
    lines = [_quote(job, title, beside=texts), f"⚠️ {reason}"]
    if files or texts:
        lines.append(f"-# {_('This is what was finished before it failed.')}")
    lines += [f"-# {note}" for note in notes]
    lines += [as_block(text) for text in texts]
    buttons = failed_buttons(job, with_cause=cause is not None)
    return Rendered("\n".join(lines)[:CONTENT], buttons, described(files, _asked(job, title)))


@in_owners_language
def render_cancelled(job: Job, title: str) -> Rendered:
    """A cancelled job and who cancelled it, which everybody in the channel can read."""
    if job.cancelled_by in {None, job.user_id}:
        said = _("🛑 Cancelled by the requester")
    elif job.cancelled_by == BY_RULE:
        said = _("🛑 Cancelled")
    elif job.hidden:
        said = _("🛑 Rejected by {who}").format(who=f"<@{job.cancelled_by}>")
    else:
        said = _("🛑 Cancelled by {who}").format(who=f"<@{job.cancelled_by}>")
    return Rendered(f"{_quote(job, title)}\n{_ended(said, job.reason)}", cancelled_buttons(job), ())


def render_moved(content: str, ended: JobState, link: str | None) -> Rendered:
    """A message that could not show its job's result (`content`): the prompt, and where the result is (`link`; None: in
    a direct message).
    """
    quoted = next((line for line in content.splitlines() if line.startswith("> ")), "")
    where = link or _("your direct messages")
    return Rendered(f"{quoted}\n{_(_MOVED[ended]).format(where=where)}".strip(), (), ())


def _active(job: Job, title: str, *lines: str) -> str:
    """The content for a job that is not over: its prompt, its status, and a note if it had to start over."""
    # A job that waits for its own server to come back may still be running there.
    over = job.losses and (job.state is not JobState.QUEUED or job.server is None)
    return "\n".join([_quote(job, title), *lines, *([_(_STARTS_OVER)] if over else ())])


def _quote(job: Job, title: str, beside: Sequence[str] = ()) -> str:
    if job.hidden:
        return _(_HIDDEN)
    line = understood_line(job)
    # The line takes its room from the prompt, whose characters can double when they are escaped.
    room = (_PROMPT_BESIDE_TEXT if beside else PROMPT_SHOWN) - (len(line) + 1) // 2
    return "\n".join([f"> {shown_prompt(words_of(job, title), room)}", *([line] if line else [])])


def _asked(job: Job, title: str) -> str | None:
    """What was asked for; None as long as only moderators may read it."""
    return None if job.hidden else words_of(job, title)


def _cancel(job: Job) -> Button:
    return Button(_("Cancel"), CANCEL_ID.format(job_id=job.id), danger=True)


def _ended(sentence: str, reason: str | None) -> str:
    """The sentence with a colon and the reason, or with a full stop."""
    return ended(sentence, shown_prompt(reason, _REASON_SHOWN) if reason else None)
