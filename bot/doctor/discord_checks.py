"""Judges what Discord reports about the bot. Pure."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import discord

from bot.doctor.findings import Finding, Level

AREA: Final = "Discord"
PERMISSIONS: Final[Mapping[str, str]] = {
    "view_channel": "to keep updating a job's message once the command's own token has expired (after 15 minutes)",
    "send_messages": "to write to the moderators' log channel, and to tell members that a request is done",
    "attach_files": "to add the images to a message whose token has expired",
    "read_message_history": "to read its own messages: their images, and after a restart whether they are finished",
}
"""The permissions the bot uses, by discord.py's names, and why. Answering commands needs none."""
_PRIVILEGED: Final = {
    "Presence": discord.ApplicationFlags.gateway_presence.flag | discord.ApplicationFlags.gateway_presence_limited.flag,
    "Server Members": discord.ApplicationFlags.gateway_guild_members.flag
    | discord.ApplicationFlags.gateway_guild_members_limited.flag,
    "Message Content": discord.ApplicationFlags.gateway_message_content.flag
    | discord.ApplicationFlags.gateway_message_content_limited.flag,
}
_PORTAL: Final = "https://discord.com/developers/applications"
_NAMED: Final = 5
"""Channels that are listed by name. The others are only counted."""


@dataclass(frozen=True, slots=True)
class Overwrite:
    """What a channel allows and denies a role or a member, as permission bits."""

    allow: int
    deny: int


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel where members can type commands. `overwrites` is keyed by the id of the role or member."""

    name: str
    overwrites: Mapping[int, Overwrite]


@dataclass(frozen=True, slots=True)
class Guild:
    """A server that the bot is in, its `permissions` there before channel overwrites, and the ids of its roles."""

    id: int
    name: str
    permissions: int
    role_ids: tuple[int, ...]
    channels: tuple[Channel, ...]
    fault: str | None = None
    """Why the rest could not be read, if it could not."""


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
    """How many shards Discord recommends, and how many more connections it allows today."""

    shards: int
    starts_left: int


@dataclass(frozen=True, slots=True)
class DiscordFacts:
    """What Discord reported. `guilds_left`: how many more servers there are that were not checked."""

    bot_id: int
    application: Application
    gateway: Gateway
    guilds: tuple[Guild, ...]
    guilds_left: int


@dataclass(frozen=True, slots=True)
class NoDiscord:
    """Discord could not be asked. `code` is missing (no token), refused (by Discord) or unreachable (all else)."""

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
        yield _warning("The bot is not in any server yet.", "Open the link below and choose a server.")
    for guild in facts.guilds:
        yield from _guild(guild, facts.bot_id)
    if facts.guilds_left:
        yield _ok(f"{facts.guilds_left} more servers were not checked.")


def invite_link(application_id: int) -> str:
    """The link that invites the bot with exactly the permissions it uses."""
    wanted = discord.Permissions(**dict.fromkeys(PERMISSIONS, True))
    return discord.utils.oauth_url(application_id, permissions=wanted, scopes=("bot", "applications.commands"))


def shown_permissions() -> Mapping[str, str]:
    """Each permission under its name in Discord's settings, and why it is needed."""
    return {_shown(name): why for name, why in PERMISSIONS.items()}


def permissions_in(guild: Guild, channel: Channel, bot_id: int) -> discord.Permissions:
    """What the bot may do in a channel. Overwrites apply in Discord's order: @everyone's, its roles', its own."""
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
            advice = f"Get one in the developer portal ({_PORTAL}): Bot > Reset Token. Put it into .env."
            return _fault("DISCORD_TOKEN is missing.", advice)
        case "refused":
            advice = f"Get a new one in the developer portal ({_PORTAL}): Bot > Reset Token. Put it into .env."
            return _fault("Discord refused this token.", advice)
        case _:
            advice = "Check this machine's internet connection (discord.com, port 443)."
            return _fault(f"Cannot get an answer from Discord: {facts.reason}.", advice)


def _portal(application: Application) -> Iterator[Finding]:
    where = f"{_PORTAL}/{application.id}"
    if application.interactions_url:
        yield _fault(
            "Discord sends the commands to a web address instead of this bot.",
            f"Clear the field Interactions Endpoint URL: {where}/information.",
        )
    if application.code_grant:
        yield _fault("The invite link does not work.", f"Turn off Requires OAuth2 Code Grant: {where}/bot.")
    if not application.public:
        yield _ok("Only the owner of the application can invite the bot (Public Bot is off).")
    on = [name for name, bits in _PRIVILEGED.items() if application.flags & bits]
    unused = f"; you can turn off {' and '.join(on)}" if on else ""
    yield _ok(f"No privileged intent is needed{unused}.")


def _shards(gateway: Gateway, shard_count: int) -> Iterator[Finding]:
    if gateway.shards > shard_count:
        yield _warning(
            f"Discord recommends {gateway.shards} shards, but SHARD_COUNT is {shard_count}.",
            f"Set SHARD_COUNT={gateway.shards}. If several processes share the shards, they need PostgreSQL.",
        )
    if gateway.starts_left < shard_count:
        yield _fault(
            f"Discord allows only {gateway.starts_left} more connections today.",
            "Something keeps restarting the bot. Check its log.",
        )


def _guild(guild: Guild, bot_id: int) -> Iterator[Finding]:
    if guild.fault is not None:
        yield _warning(f"{guild.name}: its channels could not be checked ({guild.fault}).")
        return
    lacking: dict[tuple[str, ...], list[str]] = {}
    for channel in guild.channels:
        granted = permissions_in(guild, channel, bot_id)
        # Without View Channel, no other permission counts.
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
            "Invite the bot again with the link below."
            if everywhere
            else "If members use the bot there, grant its role these permissions in the channel's settings.",
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
