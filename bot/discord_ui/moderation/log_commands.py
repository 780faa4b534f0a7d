"""`/moderate audit`, `approvals`, `digest` and `log`: where news for moderators is posted, and what happened before."""

import logging
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import discord
from discord import app_commands

from bot.discord_limits import CHOICES
from bot.discord_times import shown_time
from bot.discord_ui.access.acts import carry_out
from bot.discord_ui.access.readers import only_moderators_read
from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import tell
from bot.discord_ui.moderation.log_pages import LogFilter, show_log
from bot.discord_ui.moderation.rules.channel_options import WritableChannel
from bot.ledger import Act
from bot.messages import Urgency
from bot.moderation.act_wording import WORDINGS, acts_called
from bot.moderation.durations import read_since
from bot.moderation.moderator import Moderator, Outcome
from bot.translation import N_, _, ended, language_called, listed, ngettext, speaking
from bot.worker import next_digest

log = logging.getLogger(__name__)

_ACTS: Final = {
    "audit_channel": Act.AUDIT,
    "approval_channel": Act.APPROVAL,
    "digest_channel": Act.DIGEST,
}
_POSTED: Final = {
    "audit_channel": N_("I post every moderator action and every refusal in {channel}."),
    "approval_channel": N_("I post everything that needs approval in {channel}."),
    "digest_channel": N_("I post a weekly digest in {channel}."),
}
_NOT_POSTED: Final = {
    "audit_channel": N_("The moderators’ log isn’t posted in any channel. `/moderate log` shows it."),
    "approval_channel": N_("There’s no channel for approvals: requests on hold wait in `/moderate queue`."),
    "digest_channel": N_("There’s no weekly digest. Choose a `channel` to get one every Monday."),
}
_SHOWS_PROMPTS: Final = frozenset({"audit_channel", "approval_channel"})
_READ_BY_OTHERS: Final = N_(
    "⚠️ Others can read that channel, including prompts that were refused or are waiting for approval. Choose one "
    "that only moderators can see, or change its permissions."
)
_NO_ACCESS: Final = N_("I can’t post in {channel}. Let me view the channel and send messages there, then try again.")


def add_log_commands(group: app_commands.Group) -> None:
    """Add the commands to the group."""

    @group.command(
        name="audit",
        description=N_("Choose a channel for moderator actions and refusals, and how long the log is kept"),
    )
    @app_commands.describe(
        channel=N_("Channel for the log (leave empty to see the setting)"),
        off=N_("Stop posting the log"),
        days=N_("Number of days to keep log entries"),
    )
    async def audit(
        interaction: discord.Interaction[Darkroom],
        channel: WritableChannel | None = None,
        off: bool = False,
        days: app_commands.Range[int, 1, 3650] | None = None,
    ) -> None:
        await carry_out(interaction, partial(_audit, interaction.client, _id(channel), days, off))

    @group.command(
        name="approvals", description=N_("Choose the channel where moderators approve what a rule puts on hold")
    )
    @app_commands.describe(
        channel=N_("Channel for approvals (leave empty to see the setting)"), off=N_("Turn the approvals channel off")
    )
    async def approvals(
        interaction: discord.Interaction[Darkroom],
        channel: WritableChannel | None = None,
        off: bool = False,
    ) -> None:
        await carry_out(interaction, partial(_set_channel, interaction.client, "approval_channel", _id(channel), off))

    @group.command(name="digest", description=N_("Get a weekly digest: images, members, workflows, refusals and waits"))
    @app_commands.describe(
        channel=N_("Channel for the digest (leave empty to see the setting)"), off=N_("Stop the digest")
    )
    async def digest(
        interaction: discord.Interaction[Darkroom],
        channel: WritableChannel | None = None,
        off: bool = False,
    ) -> None:
        await carry_out(interaction, partial(_digest, interaction.client, _id(channel), off))

    @group.command(name="log", description=N_("Show what moderators did and what was refused, newest first"))
    @app_commands.describe(
        act=N_("Only this kind of action"),
        member=N_("Only entries about this member"),
        moderator=N_("Only actions by this moderator"),
        since=N_("Only entries since a time, like 2h, yesterday or 2026-11-29 (UTC)"),
    )
    @app_commands.autocomplete(act=_suggest_acts)
    async def show(
        interaction: discord.Interaction[Darkroom],
        act: str | None = None,
        member: discord.User | None = None,
        moderator: discord.User | None = None,
        since: app_commands.Range[str, 1, 40] | None = None,
    ) -> None:
        found = () if act is None else acts_called(act)
        if act is not None and len(found) != 1:
            await tell(interaction, _which_act(found))
            return
        begun = None if since is None else read_since(since, time.time())
        if since is not None and begun is None:
            await tell(interaction, _("I don’t understand that time. Write it like `2h`, `yesterday` or `2026-11-29`."))
            return
        begins = None if begun is None else int(begun)
        await show_log(interaction, LogFilter(next(iter(found), None), _id(member), _id(moderator), since=begins))


def _id(given: Any) -> int | None:  # noqa: ANN401 - a member, a user, a channel
    return None if given is None else int(given.id)


async def _suggest_acts(_interaction: discord.Interaction[Darkroom], current: str) -> list[app_commands.Choice[str]]:
    return [app_commands.Choice(name=_(WORDINGS[act].name), value=act.value) for act in acts_called(current)][:CHOICES]


def _which_act(found: Sequence[Act]) -> str:
    if not found or len(found) > CHOICES:
        return _("I don’t know that kind of action. Pick one of the suggestions.")
    names = listed(f"**{_(WORDINGS[act].name)}**" for act in found)
    return _("Which one do you mean? {names}").format(names=names)


async def _audit(bot: Darkroom, channel_id: int | None, days: int | None, off: bool, moderator: Moderator) -> Outcome:
    if days is not None:
        entry = await moderator.entry(Act.AUDIT, detail=partial(_log_kept, days))
        await moderator.ledger.rules.set_guild(moderator.guild_id, log_days=days, entry=entry)
    outcome = await _set_channel(bot, "audit_channel", channel_id, off, moderator)
    kept = (await moderator.ledger.rules.book(moderator.guild_id)).guild.log_days
    return outcome if kept is None else Outcome(f"{outcome.said}\n-# {ended(_log_kept(kept))}")


async def _digest(bot: Darkroom, channel_id: int | None, off: bool, moderator: Moderator) -> Outcome:
    if channel_id is not None:
        # Set the date before the channel: otherwise a date in the past would send a digest at once.
        await moderator.ledger.rules.set_guild(moderator.guild_id, digest_at=next_digest(time.time()))
    outcome = await _set_channel(bot, "digest_channel", channel_id, off, moderator)
    guild = (await moderator.ledger.rules.book(moderator.guild_id)).guild
    if guild.digest_channel is None or guild.digest_at is None:
        return outcome
    next_one = _("Next digest: {when}").format(when=shown_time(guild.digest_at, "F", round))
    return Outcome(f"{outcome.said}\n-# {next_one}")


def _log_kept(days: int) -> str:
    return ngettext("Entries are kept for {count} day", "Entries are kept for {count} days", days).format(count=days)


async def _set_channel(bot: Darkroom, setting: str, channel_id: int | None, off: bool, moderator: Moderator) -> Outcome:
    rules, act = moderator.ledger.rules, _ACTS[setting]
    said = _(_POSTED[setting])
    if channel_id is not None and not off:
        with speaking(language_called(await rules.language(moderator.guild_id))):
            greeting = _(_POSTED[setting]).format(channel=_("this channel"))
        if not await _can_write(bot, channel_id, greeting):
            return Outcome(_(_NO_ACCESS).format(channel=f"<#{channel_id}>"))
        entry = await moderator.entry(act, detail=f"<#{channel_id}>")
        await rules.set_guild(moderator.guild_id, entry=entry, **{setting: channel_id})
        # Reports that wait follow by themselves; those in a channel that is gone are noticed by looking.
        await moderator.ledger.reports.look_again(moderator.guild_id)
    elif off:
        entry = await moderator.entry(act, detail=lambda: _("off"))
        await rules.set_guild(moderator.guild_id, entry=entry, **{setting: None})
    now = getattr((await rules.book(moderator.guild_id)).guild, setting)
    if now is None:
        return Outcome(_(_NOT_POSTED[setting]))
    said = said.format(channel=f"<#{now}>")
    if setting in _SHOWS_PROMPTS and not await only_moderators_read(bot, moderator.guild_id, now):
        said = f"{said}\n{_(_READ_BY_OTHERS)}"
    return Outcome(said)


async def _can_write(bot: Darkroom, channel_id: int, text: str) -> bool:
    """Find out by posting `text`: the permissions that Discord reports can be out of date."""
    try:
        async with bot.channels.sends(channel_id, Urgency.FINISHED) as turn:
            await turn.result_of(bot.get_partial_messageable(channel_id).send(f"-# {text}"))
    except discord.HTTPException as fault:
        log.info("cannot write to channel %d: %s", channel_id, fault)
        return False
    return True
