"""What Discord says about the bot, judged. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.doctor.findings import Finding, Level

AREA: Final = "Discord"
PERMISSIONS: Final[Mapping[str, str]] = {
    "view_channel": "a command's own token dies after 15 minutes: from then on the message is kept true as its author",
    "send_messages": "to write into the channel that moderators choose for their log",
    "attach_files": "to put the pictures into a message whose token has died",
    "read_message_history": "to read its own messages: their pictures, and after a restart whether they were finished",
}
"""Everything the bot uses beyond answering commands, which needs no permission, and why. Named as discord.py does."""
_PRIVILEGED: Final = {
    "Presence": discord.ApplicationFlags.gateway_presence.flag | discord.ApplicationFlags.gateway_presence_limited.flag,
    "Server Members": discord.ApplicationFlags.gateway_guild_members.flag
    | discord.ApplicationFlags.gateway_guild_members_limited.flag,
    "Message Content": discord.ApplicationFlags.gateway_message_content.flag
    | discord.ApplicationFlags.gateway_message_content_limited.flag,
}
_PORTAL: Final = "https://discord.com/developers/applications"
_NAMED: Final = 5
"""Channels; the rest is counted."""


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows and denies to a role or a member, as bits."""

    allow: int
    deny: int


@dataclass(frozen=True, slots=True)
class Channel:
    """One where members can type commands; overwrites by the id of the role or member."""

    name: str
    overwrites: Mapping[int, Overwrite]


@dataclass(frozen=True, slots=True)
class Guild:
    """A server that the bot is in, its `permissions` there before channels, and its roles' ids."""

    id: int
    name: str
    permissions: int
    role_ids: tuple[int, ...]
    channels: tuple[Channel, ...]
    fault: str | None = None
    """Why nothing more is known of it."""


@dataclass(frozen=True, slots=True)
class Application:
    """The application that the token belongs to, and its settings in the developer portal."""

    id: int
    name: str
    flags: int
    public: bool
    code_grant: bool
    interactions_url: str | None


@dataclass(frozen=True, slots=True)
class Gateway:
    """How many shards Discord recommends, and how many more connections it takes today."""

    shards: int
    starts_left: int


@dataclass(frozen=True, slots=True)
class DiscordFacts:
    """What Discord said. `guilds_left`: how many more servers there are that were not looked at."""

    bot_id: int
    application: Application
    gateway: Gateway
    guilds: tuple[Guild, ...]
    guilds_left: int


@dataclass(frozen=True, slots=True)
class NoDiscord:
    """Discord said nothing. `code` is missing (there is no token), refused (by Discord) or unreachable."""

    code: str
    reason: str = ""


def check_discord(facts: DiscordFacts | NoDiscord, shard_count: int) -> Iterator[Finding]:
    """Everything about the bot's account and the servers it is in."""
    if isinstance(facts, NoDiscord):
        yield _no_discord(facts)
        return
    application = facts.application
    yield _ok(f"The token is valid: {application.name}, application id {application.id}.")
    yield from _portal(application)
    yield from _shards(facts.gateway, shard_count)
    if not facts.guilds:
        yield _warning("It is in no server yet.", "Open the link below and choose one.")
    for guild in facts.guilds:
        yield from _guild(guild, facts.bot_id)
    if facts.guilds_left:
        yield _ok(f"{facts.guilds_left} more servers were not looked at.")


def invite_link(application_id: int) -> str:
    """Asks for exactly what is used."""
    wanted = discord.Permissions(**dict.fromkeys(PERMISSIONS, True))
    return discord.utils.oauth_url(application_id, permissions=wanted, scopes=("bot", "applications.commands"))


def shown_permissions() -> Mapping[str, str]:
    """Each permission as Discord's settings call it, and why it is needed."""
    return {_shown(name): why for name, why in PERMISSIONS.items()}


def permissions_in(guild: Guild, channel: Channel, bot_id: int) -> discord.Permissions:
    """What the bot may do in a channel, by Discord's rules: @everyone's overwrite, then its roles', then its own."""
    base = guild.permissions
    if discord.Permissions(base).administrator:
        return discord.Permissions.all()
    overwrites = channel.overwrites
    base = _applied(base, [overwrites[guild.id]] if guild.id in overwrites else [])
    base = _applied(base, [overwrites[role_id] for role_id in guild.role_ids if role_id in overwrites])
    return discord.Permissions(_applied(base, [overwrites[bot_id]] if bot_id in overwrites else []))


def _applied(base: int, overwrites: Collection[Overwrite]) -> int:
    denied = allowed = 0
    for overwrite in overwrites:
        denied |= overwrite.deny
        allowed |= overwrite.allow
    return base & ~denied | allowed


def _no_discord(facts: NoDiscord) -> Finding:
    match facts.code:
        case "missing":
            advice = f"Take it from the developer portal ({_PORTAL}), page Bot, Reset Token, and put it into .env."
            return _fault("DISCORD_TOKEN is missing.", advice)
        case "refused":
            advice = f"Make a new one in the developer portal ({_PORTAL}), page Bot, Reset Token."
            return _fault("Discord does not accept this token.", advice)
        case _:
            advice = "Check this machine's way to the internet: discord.com, port 443."
            return _fault(f"Discord cannot be reached: {facts.reason}.", advice)


def _portal(application: Application) -> Iterator[Finding]:
    where = f"{_PORTAL}/{application.id}"
    if application.interactions_url:
        yield _fault(
            "Discord sends the commands to an address on the web instead of to this bot.",
            f"Empty the field Interactions Endpoint URL: {where}/information.",
        )
    if application.code_grant:
        yield _fault("The invite link does not work.", f"Turn Requires OAuth2 Code Grant off: {where}/bot.")
    if not application.public:
        yield _ok("Only its owner can invite it (Public Bot is off).")
    on = [name for name, bits in _PRIVILEGED.items() if application.flags & bits]
    unused = f"; {' and '.join(on)} may be turned off" if on else ""
    yield _ok(f"No privileged intent is needed{unused}.")


def _shards(gateway: Gateway, shard_count: int) -> Iterator[Finding]:
    if gateway.shards > shard_count:
        yield _warning(
            f"Discord recommends {gateway.shards} shards, there are {shard_count}.",
            f"Set SHARD_COUNT={gateway.shards}, with a PostgreSQL where several processes share them.",
        )
    if gateway.starts_left < shard_count:
        yield _fault(
            f"Discord takes {gateway.starts_left} more connections today.",
            "Something restarts the bot again and again: look into its log.",
        )


def _guild(guild: Guild, bot_id: int) -> Iterator[Finding]:
    if guild.fault is not None:
        yield _warning(f"{guild.name}: nothing more is known of it ({guild.fault}).")
        return
    lacking: dict[tuple[str, ...], list[str]] = {}
    for channel in guild.channels:
        granted = permissions_in(guild, channel, bot_id)
        # Who cannot see a channel can do nothing else in it either.
        names = PERMISSIONS if granted.view_channel else ("view_channel",)
        missing = tuple(_shown(name) for name in names if not getattr(granted, name))
        if missing:
            lacking.setdefault(missing, []).append(f"#{channel.name}")
    if not lacking:
        count = len(guild.channels)
        yield _ok(f"{guild.name}: all permissions in {'its channel' if count == 1 else f'all {count} channels'}.")
    for missing, channels in lacking.items():
        everywhere = len(channels) == len(guild.channels)
        where = "every channel" if everywhere else _listed(channels)
        yield _warning(
            f"{guild.name}: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing in {where}.",
            "Invite it again with the link below."
            if everywhere
            else "If pictures are made there: grant the bot's role that in the channel's settings, Permissions.",
        )


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _shown(name: str) -> str:
    return name.replace("_", " ").title()


def _ok(text: str) -> Finding:
    return Finding(Level.OK, AREA, text)


def _warning(text: str, advice: str | None = None) -> Finding:
    return Finding(Level.WARNING, AREA, text, advice)


def _fault(text: str, advice: str) -> Finding:
    return Finding(Level.FAULT, AREA, text, advice)
