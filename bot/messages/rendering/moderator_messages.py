"""Messages that ask moderators for a decision: about a prompt, images or a report, all behind spoilers. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.discord_limits import CONTENT, FILES
from bot.ledger import BY_RULE, DELETED, MOST_SHOWN, PICTURE, PROMPT, Case, Job, JobState
from bot.messages.rendering.errors.held_reasons import rule_in_words
from bot.messages.rendering.quoted_text import shown_prompt, words_of
from bot.messages.rendering.rendered import Attachment, Rendered, described, spoilered, unspoilered
from bot.messages.rendering.result_buttons import Button
from bot.translation import N_, _, ended, listed, ngettext
from bot.workflows import COMPOSITE

APPROVE_ID: Final = "darkroom:approve-{awaits}:{job_id}"
REJECT_ID: Final = "darkroom:reject-{awaits}:{job_id}"
REPORT_DELETE_ID: Final = "darkroom:report-delete:{job_id}"
REPORT_DISMISS_ID: Final = "darkroom:report-dismiss:{job_id}"

_SHOWN: Final = 500
"""Characters of the prompt, and of all options, if they have room: escaping can double them. Longer ones are attached
as a file too.
"""
_REPORTED: Final = 300
"""The same in a report, which also names who reported the image."""
_LESS: Final = 50
"""In such steps they are shortened until they have room."""
_REASON: Final = 200
_TITLE: Final = 80
_NAMED: Final = 10
"""How many members who reported an image are named."""
_NO_COPY: Final = N_("I couldn’t copy the image: follow the link to see it.")
_DELETED_SINCE: Final = N_("🗑️ {member} has since deleted it, so only this report still has it.")
_GONE: Final = N_("🗑️ {member} deleted it before I could copy it.")
_REQUEST_FILE: Final = "request.txt"
_UNSEEN: Final = N_("The images couldn’t be copied here when they were made.")
_NO_FILES: Final = N_("Files that belong to this couldn’t be attached. Check that I may **Attach Files** here.")
_LAST: Final = N_(
    "You see {most} prompts at once; any others follow as you decide. To decide about all prompts with a word, add the "
    "word again with `refuse`, or remove it (`/moderate words`)."
)
_HEADLINES: Final = {PROMPT: N_("✋ **A prompt to approve**"), PICTURE: N_("🔎 **Images to approve**")}


def render_approval(
    job: Job,
    awaits: str,
    title: str,
    files: Sequence[Attachment] | None = (),
    decision: str | None = None,
    *,
    last: bool = False,
    attach: bool = True,
) -> Rendered:
    """A job held back by a rule, with the decision if there is one. `files` None: the message keeps those it has.
    `last`: any others wait until one of those that are shown is decided. `attach`: False where Discord refuses files.
    """
    head, tail = [f"{_(_HEADLINES[awaits])} · {_where(job)}"], []
    if job.hold_reason:
        why = shown_prompt(rule_in_words(job.hold_reason), _REASON)
        tail.append(f"-# {_('Why: {reason}').format(reason=f'||{why}||')}")
    if awaits == PICTURE and files is not None and not files:
        tail.append(f"-# {_(_UNSEEN)}")
    if not attach:
        tail.append(f"-# {_(_NO_FILES)}")
    if last:
        tail.append(f"-# {_(_LAST).format(most=MOST_SHOWN)}")
    tail += [] if decision is None else [decision]
    shown = _room(job, title, [*head, *tail], _SHOWN)
    content = "\n".join([*head, *_request_lines(job, title, shown), *tail])
    # The prompt stands behind a spoiler, so no alternative text may hold it.
    attached = None
    if files is not None:
        attached = spoilered(described([*files, *_request_file(job, title, shown)] if attach else [], None))
    if decision is not None:
        return Rendered(content, (), attached)
    ids = {"awaits": awaits, "job_id": job.id}
    approve = Button(_("Approve"), APPROVE_ID.format(**ids))
    return Rendered(content, (approve, Button(_("Reject"), REJECT_ID.format(**ids), danger=True)), attached)


def decision_about(job: Job, awaits: str) -> str | None:
    """The decision about a job that was held back; None if there is none yet."""
    if job.state is JobState.QUEUED and job.hidden and job.awaits == awaits:
        return None
    if job.state is JobState.CANCELLED:
        if job.cancelled_by in {None, job.user_id}:
            return _("🛑 Cancelled by the requester.")
        by_rule = job.cancelled_by == BY_RULE
        ending = _("🛑 Cancelled") if by_rule else _("❌ Rejected by {who}").format(who=f"<@{job.cancelled_by}>")
        return ended(ending, shown_prompt(job.reason, _REASON) if job.reason else None)
    approved = job.pictures_approved if awaits == PICTURE else job.approved_by is not None
    return _("✅ Approved by {who}.").format(who=f"<@{job.approved_by}>") if approved else _("✅ Released.")


def render_report(
    job: Job,
    title: str,
    reporters: Sequence[int],
    files: Sequence[Attachment] | None,
    case: Case | None = None,
    *,
    copied: bool = True,
    attach: bool = True,
) -> Rendered:
    """An image that members reported, with a copy of its files and the decision in its `case` if there is one. `files`
    None: the message keeps those it has. `copied`: whether it has a copy. `attach`: False where Discord refuses files.
    """
    named = listed(f"<@{user_id}>" for user_id in reporters[:_NAMED])
    if (more := len(reporters) - _NAMED) > 0:
        named = _("{things} and {count} more").format(things=named, count=more)
    count = len(reporters)
    reported = ngettext("Reported by {count} member: {who}", "Reported by {count} members: {who}", count)
    head, tail = [f"{_('🚩 **A reported image**')} · {_where(job)}", reported.format(count=count, who=named)], []
    decision = None if case is None else report_decision(case)
    withdrawn = job.deleted_by is not None and (case is None or case.decision != DELETED)
    if withdrawn:
        tail.append(_(_DELETED_SINCE if copied else _GONE).format(member=f"<@{job.deleted_by}>"))
    elif not copied and decision is None:
        tail.append(f"-# {_(_NO_COPY)}")
    if not attach:
        tail.append(f"-# {_(_NO_FILES)}")
    tail += [] if decision is None else [decision]
    shown = _room(job, title, [*head, *tail], _REPORTED)
    content = "\n".join([*head, *_request_lines(job, title, shown), *tail])
    attached = None
    if files is not None:
        # What a copied file was described as has the prompt, which stands behind a spoiler here, and may be in another
        # language.
        copies = [replace(file, caption=None, description=None) for file in files]
        copies += _request_file(job, title, shown)
        attached = spoilered(described(copies[:FILES] if attach else [], None))
    if decision is not None:
        return Rendered(content, (), attached)
    delete = Button(_("Delete the image"), REPORT_DELETE_ID.format(job_id=job.id), danger=True)
    dismiss = Button(_("Dismiss"), REPORT_DISMISS_ID.format(job_id=job.id))
    return Rendered(content, (dismiss,) if withdrawn else (delete, dismiss), attached)


def has_copy(filenames: Iterable[str]) -> bool:
    """Whether a report's message with these files has a copy of the image. A long request is a file as well."""
    return any(unspoilered(name) != _REQUEST_FILE for name in filenames)


def report_decision(case: Case) -> str | None:
    """What moderators decided about a report; None if nothing yet."""
    if case.decision is None:
        return None
    said = _("🗑️ Deleted by {moderator}.") if case.decision == DELETED else _("✅ Dismissed by {moderator}.")
    return said.format(moderator=f"<@{case.decided_by}>")


def link_to(job: Job) -> str | None:
    """The link to a job's message; None if its id is unknown."""
    if job.message_id is None:
        return None
    return f"https://discord.com/channels/{job.guild_id or '@me'}/{job.channel_id}/{job.message_id}"


def place_of(job: Job) -> str:
    """Where a job can be found: a link to its message, or at least its channel."""
    return link_to(job) or f"<#{job.channel_id}>"


def _where(job: Job) -> str:
    return f"{_('by {who}').format(who=f'<@{job.user_id}>')} · {place_of(job)}"


def _room(job: Job, title: str, beside: Sequence[str], most: int) -> int:
    """How many characters of the prompt, and of all options, fit beside these lines: at most `most`. Discord refuses a
    message that is too long, and nothing may be cut off behind it: a spoiler has an end.
    """
    room = CONTENT - sum(len(line) + 1 for line in beside)
    shorter = range(most, 0, -_LESS)
    return next((one for one in shorter if len("\n".join(_request_lines(job, title, one))) <= room), _LESS)


def _request_lines(job: Job, title: str, limit: int) -> list[str]:
    """What was requested: the prompt, the workflow and all other options."""
    options = ", ".join(f"{name}: {value}" for name, value in _options(job).items())
    shown = f" · ||{shown_prompt(options, limit)}||" if options else ""
    return [f"> ||{shown_prompt(words_of(job, title), limit)}||", f"-# {shown_prompt(title, _TITLE)}{shown}"]


def _request_file(job: Job, title: str, limit: int) -> list[Attachment]:
    """The request as a file, if it is too long for the message."""
    options, words = _options(job), words_of(job, title)
    if len(words) <= limit and sum(len(f"{name}: {value}, ") for name, value in options.items()) <= limit:
        return []
    text = "\n\n".join(f"{name}:\n{value}" for name, value in {"prompt": words, **options}.items())
    return [Attachment(_REQUEST_FILE, text.encode("utf-8", "replace"), description=_("The whole request as text"))]


def _options(job: Job) -> Mapping[str, object]:
    shown = ((name, value) for name, value in job.values.items() if name not in {"prompt", COMPOSITE})
    return {name: value for name, value in shown if value not in {None, ""}}
