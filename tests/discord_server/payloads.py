"""Users, members, roles, channels and guilds as Discord writes them in JSON."""

from typing import Any, Final, TypeAlias

from tests.discord_server.snowflakes import timestamp
from tests.discord_server.world import MIB, Channel, Guild, Permission, Role, User, World

Json: TypeAlias = dict[str, Any]

TEXT_CHANNEL: Final = 0
DIRECT_CHANNEL: Final = 1
VOICE_CHANNEL: Final = 2
GROUP_CHAT: Final = 3
CATEGORY: Final = 4
PUBLIC_THREAD: Final = 11
FORUM: Final = 15
_TYPES: Final = {"text": TEXT_CHANNEL, "category": CATEGORY, "voice": VOICE_CHANNEL, "forum": FORUM}
_ROLE_OVERWRITE: Final = 0
_MEMBER_OVERWRITE: Final = 1


def user(world: World, who: User) -> Json:
    return {
        "id": str(who.id),
        "username": who.name,
        "discriminator": "0",
        "global_name": who.name.capitalize(),
        "avatar": None,
        "banner": None,
        "accent_color": None,
        "bot": who.id == world.bot.id,
        "public_flags": 0,
        "flags": 0,
        "primary_guild": None,
    }


def own_user(world: World) -> Json:
    """The bot as it sees itself."""
    private = {"mfa_enabled": False, "locale": "en-US", "verified": True, "email": None}
    return user(world, world.bot) | private


def member(world: World, who: User, *, permissions: Permission | None = None) -> Json:
    payload = bare_member(who) | {"user": user(world, who)}
    return payload if permissions is None else payload | {"permissions": str(int(permissions))}


def bare_member(who: User) -> Json:
    """A member without the user, as `resolved` has it."""
    return {
        "roles": [str(role.id) for role in who.roles],
        "joined_at": timestamp(who.id),
        "nick": None,
        "avatar": None,
        "banner": None,
        "premium_since": None,
        "communication_disabled_until": None,
        "pending": False,
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def role(one: Role, *, position: int = 1) -> Json:
    return {
        "id": str(one.id),
        "name": one.name,
        "permissions": str(int(one.permissions)),
        "position": position,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "description": None,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def channel(world: World, one: Channel) -> Json:
    guild_of = world.guild_of(one)
    if one.kind == "foreign":
        common = {"id": str(one.id), "type": TEXT_CHANNEL, "name": one.name, "nsfw": one.nsfw}
        return common | {"position": 0, "parent_id": None, "topic": None, "flags": 0, "rate_limit_per_user": 0}
    if guild_of is None:
        return _direct_channel(world, one)
    if one.kind == "thread":
        return _thread(world, one, guild_of)
    # The bot's own overwrite: what it lacks of what everybody has, and what it has beyond that.
    granted = world.bot_permissions(one)
    overwrite = {
        "id": str(world.bot.id),
        "type": _MEMBER_OVERWRITE,
        "allow": str(int(granted & ~guild_of.everyone)),
        "deny": str(int(guild_of.everyone & ~granted)),
    }
    voice = {"bitrate": 64_000, "user_limit": 0, "rtc_region": None}
    return (voice if one.kind == "voice" else {}) | {
        "id": str(one.id),
        "type": _TYPES[one.kind],
        "guild_id": str(guild_of.id),
        "name": one.name,
        "position": guild_of.channels.index(one),
        "nsfw": one.nsfw,
        "topic": None,
        "parent_id": None if one.under is None else str(one.under.id),
        "last_message_id": None,
        "rate_limit_per_user": 0,
        "permission_overwrites": [
            *([] if granted == guild_of.everyone else [overwrite]),
            *_let_in(world, one, guild_of),
        ],
        "flags": 0,
    }


def _let_in(world: World, one: Channel, guild_of: Guild) -> list[Json]:
    """Of a channel that only some can read: everybody is kept out, and they are let in."""
    if one.id not in world.let_in:
        return []
    view = str(int(Permission.VIEW_CHANNEL))
    return [
        {"id": str(guild_of.id), "type": _ROLE_OVERWRITE, "allow": "0", "deny": view},
        *(
            {
                "id": str(each.id),
                "type": _ROLE_OVERWRITE if isinstance(each, Role) else _MEMBER_OVERWRITE,
                "allow": view,
                "deny": "0",
            }
            for each in world.let_in[one.id]
        ),
    ]


def _thread(world: World, one: Channel, guild_of: Guild) -> Json:
    assert one.under is not None
    made = timestamp(one.id)
    return {
        "id": str(one.id),
        "type": PUBLIC_THREAD,
        "guild_id": str(guild_of.id),
        "parent_id": str(one.under.id),
        "owner_id": str(world.bot.id),
        "name": one.name,
        "last_message_id": None,
        "rate_limit_per_user": 0,
        "message_count": 0,
        "total_message_sent": 0,
        "member_count": 1,
        "flags": 0,
        "thread_metadata": {
            "archived": False,
            "auto_archive_duration": 1440,
            "archive_timestamp": made,
            "locked": False,
            "create_timestamp": made,
        },
    }


def _direct_channel(world: World, one: Channel) -> Json:
    recipients = [] if one.recipient is None else [user(world, one.recipient)]
    return {
        "id": str(one.id),
        "type": GROUP_CHAT if one.kind == "group" else DIRECT_CHANNEL,
        "last_message_id": None,
        "recipients": recipients,
        "flags": 0,
    }


def guild(world: World, one: Guild) -> Json:
    """A guild as GET /guilds/{id} gives it."""
    everyone = Role("@everyone", one.everyone, id=one.id)
    settings: Json = dict.fromkeys(
        ("icon", "description", "home_header", "splash", "discovery_splash", "banner", "owner_id", "afk_channel_id",
         "system_channel_id", "widget_channel_id", "rules_channel_id", "safety_alerts_channel_id",
         "public_updates_channel_id", "vanity_url_code", "max_presences", "incidents_data")
    )  # fmt: skip
    return settings | {
        "id": str(one.id),
        "name": one.name,
        # Nobody the tests know. No role of the guild has this id, least of all that of everybody.
        "owner_id": str(one.id ^ 1),
        "application_id": None,
        "region": "europe",
        "features": [],
        "roles": [role(everyone, position=0), *(role(each) for each in world.roles(one))],
        "emojis": [],
        "stickers": [],
        "preferred_locale": one.locale,
        "premium_tier": _premium_tier(one),
        "premium_subscription_count": 0,
        "premium_progress_bar_enabled": False,
        "afk_timeout": 300,
        "system_channel_flags": 0,
        "widget_enabled": False,
        "verification_level": 0,
        "default_message_notifications": 0,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw": False,
        "nsfw_level": 0,
        "max_members": 500_000,
        "max_video_channel_users": 25,
        "max_stage_video_channel_users": 50,
    }


def created_guild(world: World, one: Guild) -> Json:
    """A guild as GUILD_CREATE gives it to a bot without the members intent: with itself as the only member."""
    return guild(world, one) | {
        "channels": [channel(world, each) for each in world.channels(one) if each.kind != "thread"],
        "members": [member(world, world.bot)],
        "member_count": len(world.users),
        "joined_at": timestamp(world.bot.id),
        "large": False,
        "unavailable": False,
        "threads": [],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "soundboard_sounds": [],
    }


def interaction_guild(one: Guild) -> Json:
    return {"id": str(one.id), "locale": one.locale, "features": []}


def application(world: World) -> Json:
    owner = User("owner", id=world.application_id - 1)
    return {
        "id": str(world.application_id),
        "name": world.bot.name,
        "icon": None,
        "description": "",
        "type": None,
        "bot": user(world, world.bot),
        "owner": user(world, owner),
        "team": None,
        "bot_public": True,
        "bot_require_code_grant": False,
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "redirect_uris": [],
        "verify_key": "0" * 64,
        "explicit_content_filter": 0,
        "approximate_guild_count": len(world.guilds),
        "approximate_user_install_count": 0,
        "approximate_user_authorization_count": 0,
        "max_participants": None,
        "event_webhooks_status": 1,
        "flags": 0,
        "flags_new": "0",
        "eligible_oauth2_scopes": [],
    }


def _premium_tier(one: Guild) -> int:
    if one.upload_limit >= 100 * MIB:
        return 3
    return 2 if one.upload_limit >= 50 * MIB else 0
