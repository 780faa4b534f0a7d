"""Requests that wait in the queue while moderators change the word list: the change holds for them, too."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from bot.ledger import BY_RULE, PROMPT, Act, Entry, Job, JobState, WordRule
from bot.moderation.moderator import Moderator
from bot.moderation.publication import texts_of
from bot.moderation.words.word_rules import strictest
from bot.translation import N_, _, language_called, speaking
from bot.workflows import Library

_REFUSED: Final = N_("Your prompt contains something that isn’t allowed here.")


async def apply_to_waiting(moderator: Moderator, rule: WordRule) -> tuple[int, tuple[Job, ...]]:
    """Hold the waiting requests that meet a new rule, or reject them if it refuses. Returns how many were held, and
    those that were rejected.

    What a moderator has approved before stays where it is, and so does what a server has already. A rule that refuses
    also decides about prompts that another rule holds.
    """
    ledger, guild_id = moderator.ledger, moderator.guild_id
    waiting = [
        job
        for job in await ledger.active_in(guild_id)
        if job.state is JobState.QUEUED and job.approved_by is None
        if job.held_by is None or (rule.action == "refuse" and _awaits_approval(job))
    ]
    why, held, rejected = f"words: {rule.text}", 0, []
    met = await asyncio.to_thread(_met, waiting, moderator.library, rule)
    if rule.action == "refuse":
        # Moderators see the oldest: if those were decided first, others would take their place and be rejected as well.
        met.reverse()
    for job in met:
        noted = _held(why) if rule.action == "hold" else None
        if job.held_by is None and (
            await ledger.hold_back(job.id, guild_id, by=BY_RULE, reason=why, entry=noted) is None
        ):
            continue
        if rule.action == "hold":
            held += 1
            continue
        # Held first: what a rule hides stays hidden after a rejection.
        with speaking(language_called(job.language)):
            reason = _(_REFUSED)
        entry = moderator.about(Act.REJECTED, f"{PROMPT} · {why}")
        ended = await ledger.reject(job.id, guild_id, by=moderator.user_id, reason=reason, awaiting=PROMPT, entry=entry)
        if ended is not None:
            rejected.append(ended)
    return held, tuple(rejected)


async def release_what_waits_for(moderator: Moderator, rule: WordRule) -> int:
    """Release the prompts that wait only because of a rule that was removed. Returns how many."""
    ledger, guild_id = moderator.ledger, moderator.guild_id
    rules = (await ledger.rules.book(guild_id)).words
    waiting = [
        job
        for job in await ledger.active_in(guild_id)
        if _awaits_approval(job) and job.hold_reason == f"words: {rule.text}"
    ]
    released, entry = 0, moderator.about(Act.APPROVED, PROMPT)
    for job in await asyncio.to_thread(_permitted, waiting, moderator.library, rules):
        if await ledger.release(job.id, guild_id, approved_by=moderator.user_id, awaiting=PROMPT, entry=entry):
            released += 1
    return released


def _held(why: str) -> Callable[[Job], Entry]:
    return lambda job: Entry(job.guild_id or 0, Act.HELD, None, job.user_id, job.id, why, job.channel_id)


def _awaits_approval(job: Job) -> bool:
    return job.state is JobState.QUEUED and job.hidden and job.awaits == PROMPT


def _permitted(jobs: Iterable[Job], library: Library, rules: tuple[WordRule, ...]) -> list[Job]:
    found = [(job, strictest(rules, texts_of(job, library.packs.get(job.workflow)))) for job in jobs]
    return [job for job, rule in found if rule is None or rule.action == "spoiler"]


def _met(jobs: Iterable[Job], library: Library, rule: WordRule) -> list[Job]:
    return [job for job in jobs if strictest((rule,), texts_of(job, library.packs.get(job.workflow))) is not None]
