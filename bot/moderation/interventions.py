"""What moderators do to the queue. Each act is one guarded change in the ledger; the answer says what happened."""

from bot.ledger import BY_RULE, Act, Entry, Job, JobState
from bot.moderation.moderator import Moderator, Outcome, because, quoted
from bot.translation import N_, _, ngettext

_NOT_HERE = N_("That job isn’t in this server’s queue. Pick one of the suggestions.")
_STARTED = N_("It’s already running: you can only cancel it.")
_READY = N_("It’s already up next on an image server: you can only cancel it.")
_MOVED_ON = N_("Something changed while you did that. Look again.")


async def cancel(moderator: Moderator, job_id: str, reason: str | None) -> Outcome:
    """Cancel one job, whether it is waiting or running."""
    entry = moderator.about(Act.CANCELLED, reason)
    stopped = await moderator.ledger.stop(
        moderator.guild_id, by=moderator.user_id, reason=reason, job_id=job_id, entry=lambda jobs: entry(jobs[0])
    )
    if not stopped:
        return Outcome(await _why_not(moderator, job_id))
    job = quoted(moderator, stopped[0])
    if stopped[0].state is JobState.CANCELLED:
        return Outcome(because(_("🛑 Cancelled {job}").format(job=job), reason), stopped)
    return Outcome(because(_("🛑 Stopping {job}").format(job=job), reason))


async def cancel_all(moderator: Moderator, user_id: int | None, reason: str | None) -> Outcome:
    """Cancel all jobs of a member, or of the whole guild if `user_id` is None."""

    def entry(jobs: tuple[Job, ...]) -> Entry:
        counted = _jobs(len(jobs))
        detail = f"{counted} · {reason}" if reason else counted
        return Entry(moderator.guild_id, Act.CANCELLED, moderator.user_id, user_id, detail=detail)

    stopped = await moderator.ledger.stop(
        moderator.guild_id,
        by=moderator.user_id,
        reason=reason,
        user_id=user_id,
        entry=await moderator.in_guilds_language(entry),
    )
    if not stopped and user_id is None:
        return Outcome(_("There’s nothing to cancel in this server."))
    if not stopped:
        return Outcome(_("{member} has nothing in the queue.").format(member=f"<@{user_id}>"))
    count = len(stopped)
    if user_id is None:
        said = _("🛑 Cancelled {jobs} in this server").format(jobs=_jobs(count))
    else:
        said = _("🛑 Cancelled {jobs} of {member}").format(jobs=_jobs(count), member=f"<@{user_id}>")
    return Outcome(because(said, reason), tuple(job for job in stopped if job.state is JobState.CANCELLED))


def _jobs(count: int) -> str:
    return ngettext("{count} job", "{count} jobs", count).format(count=count)


async def to_the_front(moderator: Moderator, job_id: str) -> Outcome:
    """Move a job ahead of all others of its guild."""
    moved = await moderator.ledger.to_the_front(job_id, moderator.guild_id, entry=moderator.about(Act.MOVED_TO_FRONT))
    if moved is None:
        return Outcome(await _why_not(moderator, job_id))
    return Outcome(_("⏫ Moved {job} to the front.").format(job=quoted(moderator, moved)))


async def hold(moderator: Moderator, job_id: str, reason: str | None = None) -> Outcome:
    """Put a job on hold until a moderator releases it."""
    entry = moderator.about(Act.HELD, reason)
    held = await moderator.ledger.hold_back(
        job_id, moderator.guild_id, by=moderator.user_id, reason=reason, entry=entry
    )
    if held is None:
        return Outcome(await _why_not(moderator, job_id))
    return Outcome(because(_("✋ Put {job} on hold").format(job=quoted(moderator, held)), reason))


async def release(moderator: Moderator, job_id: str) -> Outcome:
    """Return a held job to its place in the queue."""
    released = await moderator.ledger.release(
        job_id, moderator.guild_id, approved_by=moderator.user_id, entry=moderator.about(Act.RELEASED)
    )
    if released is None:
        return Outcome(await _why_not(moderator, job_id, releasing=True))
    return Outcome(_("▶️ Released {job}.").format(job=quoted(moderator, released)))


async def pause(moderator: Moderator, reason: str | None) -> Outcome:
    """Pause the guild's queue. Jobs that are already running finish."""
    rules = moderator.ledger.rules
    entry = await moderator.entry(Act.PAUSED, detail=reason)
    if await rules.pause(moderator.guild_id, moderator.user_id, reason, entry=entry):
        finishing = _("Jobs that are already running will finish.")
        return Outcome(f"{because(_('⏸️ The queue is paused'), reason)}\n{finishing}")
    paused = (await rules.book(moderator.guild_id)).guild
    if paused.paused_by is None:
        return Outcome(_(_MOVED_ON))
    said = _("⏸️ {moderator} has already paused the queue").format(moderator=f"<@{paused.paused_by}>")
    return Outcome(because(said, paused.pause_reason))


async def resume(moderator: Moderator) -> Outcome:
    """Resume the guild's queue."""
    if await moderator.ledger.rules.resume(moderator.guild_id, entry=await moderator.entry(Act.RESUMED)):
        return Outcome(_("▶️ The queue is running again."))
    return Outcome(_("The queue isn’t paused."))


async def _why_not(moderator: Moderator, job_id: str, *, releasing: bool = False) -> str:
    """Why an act was not possible, from the job's present state."""
    job = await moderator.ledger.job(job_id)
    if job is None or job.guild_id != moderator.guild_id:
        return _(_NOT_HERE)
    return _obstacle(job, releasing=releasing)


def _obstacle(job: Job, *, releasing: bool) -> str:
    if job.cancelled_by is not None and job.state in {JobState.QUEUED, JobState.RUNNING, JobState.CANCELLED}:
        if job.cancelled_by == BY_RULE:
            return _("It’s already cancelled.")
        return _("{moderator} has already cancelled it.").format(moderator=f"<@{job.cancelled_by}>")
    if job.state is JobState.DONE:
        return _("It’s already finished.")
    if job.state is JobState.FAILED:
        return _("It has already failed.")
    if job.is_ready:
        return _(_READY)
    if job.state is JobState.RUNNING or job.server is not None:
        return _(_STARTED)
    if releasing and job.held_by is None:
        return _("It isn’t on hold any more.")
    if not releasing and job.held_by is not None:
        if not job.held_by:
            return _("A rule has already put it on hold.")
        return _("{moderator} has already put it on hold.").format(moderator=f"<@{job.held_by}>")
    return _(_MOVED_ON)
