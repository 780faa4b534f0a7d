"""Tell a member that their jobs are over: a reply that mentions them, or a text that only they see."""

from collections.abc import Sequence
from typing import Final

import discord

from bot.ledger import Job, JobState
from bot.messages.delivery.edits import Address, is_deleted, whisper
from bot.messages.rendering.moderator_messages import place_of
from bot.messages.requests.channels import Channels, Turn
from bot.messages.requests.pacing import Urgency
from bot.messages.requests.payloads import only_user
from bot.messages.requests.refusals import foreseen
from bot.translation import N_, _, language_called, ngettext, speaking

_MOST_LINKS: Final = 8
"""How many jobs a notice links; it counts the rest."""
_HOW_TO_STOP: Final = N_("-# To choose when I tell you: `/settings`")


def notice_text(jobs: Sequence[Job], *, mention: bool) -> str:
    """What to tell one member about their jobs. It holds nothing that anybody typed. Pure."""
    with speaking(language_called(jobs[-1].language)):
        return _text(jobs, mention=mention)


def _text(jobs: Sequence[Job], *, mention: bool) -> str:
    done = [job for job in jobs if job.state is JobState.DONE]
    failed = [job for job in jobs if job.state is not JobState.DONE]
    lines = []
    if done:
        ready = ngettext("Your request is ready: {links}", "{count} of your requests are ready: {links}", len(done))
        lines.append(ready.format(count=len(done), links=_links(done)))
    if failed:
        broken = ngettext("Your request failed: {links}", "{count} of your requests failed: {links}", len(failed))
        lines.append(broken.format(count=len(failed), links=_links(failed)))
    sign = f"🔔 <@{jobs[0].user_id}>" if mention else "🔔"
    return "\n".join([f"{sign} {lines[0]}", *lines[1:], _(_HOW_TO_STOP)])


async def post_notice(channels: Channels, jobs: Sequence[Job], nonce: str) -> None:
    """Reply to the newest job's message that was not deleted, and mention the owner of the jobs, except in direct
    messages. Without such a message nobody gets a notice. The same `nonce` sends it only once. Raises `Undeliverable`
    or `NotNow`.
    """
    left = [job for job in jobs if job.message_id is not None]
    async with channels.sends(jobs[0].channel_id, Urgency.NEWS) as turn, channels.news:
        while left and await is_deleted(channels.client, Address.of(left[-1])):
            left.pop()
        if left:
            await _reply(channels, turn, left, nonce)


async def whisper_notice(client: discord.Client, jobs: Sequence[Job]) -> bool:
    """Tell the owner where only they see it. False if no interaction's token is valid any more. Raises `Undeliverable`
    or `NotNow`.
    """
    for job in reversed(jobs):
        if (address := Address.of(job)).has_token:
            await whisper(client, address, notice_text(jobs, mention=False))
            return True
    return False


async def _reply(channels: Channels, turn: Turn, jobs: Sequence[Job], nonce: str) -> None:
    newest = jobs[-1]
    assert newest.message_id is not None  # noqa: S101 - the caller has dropped the others
    direct = newest.guild_id is None
    reference = discord.MessageReference(
        message_id=newest.message_id, channel_id=newest.channel_id, guild_id=newest.guild_id, fail_if_not_exists=False
    )
    async with foreseen(channels.silent_seconds):
        await turn.result_of(
            channels.client.get_partial_messageable(newest.channel_id).send(
                notice_text(jobs, mention=not direct),
                reference=reference,
                nonce=nonce,
                allowed_mentions=discord.AllowedMentions.none() if direct else only_user(newest.user_id),
            )
        )


def _links(jobs: Sequence[Job]) -> str:
    shown = " · ".join(map(place_of, jobs[-_MOST_LINKS:]))
    more = len(jobs) - _MOST_LINKS
    return _("{things} and {count} more").format(things=shown, count=more) if more > 0 else shown
