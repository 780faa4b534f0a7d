"""Acts on the line: each is one guarded change, and what is said afterwards is what has happened."""

from __future__ import annotations

from bot.ledger import Act, Job, JobState
from bot.moderation.moderator import Moderator, Outcome, because, called

_NOT_HERE = "There is no such picture in this server. Pick one of those that are suggested."
_STARTED = "It is being made already: it can only be cancelled."
_READY = "It is up next on an image server already: you can only cancel it."
_MOVED_ON = "It moved on in this very moment. Look again."


async def cancel(moderator: Moderator, job_id: str, reason: str | None) -> Outcome:
    """Cancel one job, whether it waits or runs."""
    stopped = await moderator.ledger.stop(moderator.guild_id, by=moderator.user_id, reason=reason, job_id=job_id)
    if not stopped:
        return Outcome(await _why_not(moderator, job_id))
    moderator.note(Act.CANCELLED, job=stopped[0], detail=reason)
    if stopped[0].state is JobState.CANCELLED:
        return Outcome(f"🛑 Cancelled {called(moderator, stopped[0])}{because(reason)}", stopped)
    return Outcome(f"🛑 {called(moderator, stopped[0])} is being stopped{because(reason)}")


async def cancel_all(moderator: Moderator, user_id: int | None, reason: str | None) -> Outcome:
    """Cancel all jobs of a member, or of the guild."""
    stopped = await moderator.ledger.stop(moderator.guild_id, by=moderator.user_id, reason=reason, user_id=user_id)
    whose = "in this server" if user_id is None else f"of <@{user_id}>"
    if not stopped:
        return Outcome(f"There is nothing {whose} that could be cancelled.")
    counted = "1 picture" if len(stopped) == 1 else f"{len(stopped)} pictures"
    moderator.note(Act.CANCELLED, user_id=user_id, detail=f"{counted}{because(reason)}")
    ended = tuple(job for job in stopped if job.state is JobState.CANCELLED)
    return Outcome(f"🛑 Cancelled {counted} {whose}{because(reason)}", ended)


async def to_the_front(moderator: Moderator, job_id: str) -> Outcome:
    """Let a job go before all others of its guild."""
    moved = await moderator.ledger.to_the_front(job_id, moderator.guild_id)
    if moved is None:
        return Outcome(await _why_not(moderator, job_id))
    moderator.note(Act.MOVED_TO_FRONT, job=moved)
    return Outcome(f"⏫ {called(moderator, moved)} goes next.")


async def hold(moderator: Moderator, job_id: str, reason: str | None = None) -> Outcome:
    """Keep a job back until somebody releases it."""
    held = await moderator.ledger.hold_back(job_id, moderator.guild_id, by=moderator.user_id, reason=reason)
    if held is None:
        return Outcome(await _why_not(moderator, job_id))
    moderator.note(Act.HELD, job=held, detail=reason)
    return Outcome(f"✋ {called(moderator, held)} is kept back{because(reason)}")


async def release(moderator: Moderator, job_id: str) -> Outcome:
    """Let a job wait at its old place again."""
    released = await moderator.ledger.release(job_id, moderator.guild_id, approved_by=moderator.user_id)
    if released is None:
        return Outcome(await _why_not(moderator, job_id, releasing=True))
    moderator.note(Act.RELEASED, job=released)
    return Outcome(f"▶️ {called(moderator, released)} goes on.")


async def pause(moderator: Moderator, reason: str | None) -> Outcome:
    """Let the guild's line stand still; what runs goes on."""
    rules = moderator.ledger.rules
    if await rules.pause(moderator.guild_id, moderator.user_id, reason):
        moderator.note(Act.PAUSED, detail=reason)
        return Outcome(f"⏸️ The line stands still{because(reason)}\nWhat is being made already goes on.")
    paused = (await rules.book(moderator.guild_id)).guild
    if paused.paused_by is None:
        return Outcome(_MOVED_ON)
    return Outcome(f"⏸️ <@{paused.paused_by}> has paused it already{because(paused.pause_reason)}")


async def resume(moderator: Moderator) -> Outcome:
    """Let the guild's line go on."""
    if await moderator.ledger.rules.resume(moderator.guild_id):
        moderator.note(Act.RESUMED)
        return Outcome("▶️ The line goes on.")
    return Outcome("The line is not paused.")


async def _why_not(moderator: Moderator, job_id: str, *, releasing: bool = False) -> str:
    """What kept an act from being done, as the job is now."""
    job = await moderator.ledger.job(job_id)
    if job is None or job.guild_id != moderator.guild_id:
        return _NOT_HERE
    return _obstacle(job, releasing=releasing)


def _obstacle(job: Job, *, releasing: bool) -> str:
    if job.cancelled_by is not None and job.state in {JobState.QUEUED, JobState.RUNNING, JobState.CANCELLED}:
        return f"<@{job.cancelled_by}> has cancelled it already."
    if job.state is JobState.DONE:
        return "It is done already."
    if job.state is JobState.FAILED:
        return "It has failed already."
    if job.is_ready:
        return _READY
    if job.state is JobState.RUNNING or job.server is not None:
        return _STARTED
    if releasing and job.held_by is None:
        return "Nobody keeps it back any more."
    if not releasing and job.held_by is not None:
        return f"<@{job.held_by}> keeps it back already." if job.held_by else "A rule keeps it back already."
    return _MOVED_ON
