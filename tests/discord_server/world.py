"""Who and what exists on the stand-in: users, roles, channels and guilds, and who may do what where."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Final, Literal

from tests.discord_server.snowflakes import next_snowflake

MIB: Final = 1 << 20


class Permission(IntFlag):
    """The bits that the stand-in knows the meaning of; any other bit is carried along."""

    ADMINISTRATOR = 1 << 3
    MANAGE_GUILD = 1 << 5
    VIEW_CHANNEL = 1 << 10
    SEND_MESSAGES = 1 << 11
    MANAGE_MESSAGES = 1 << 13
    EMBED_LINKS = 1 << 14
    ATTACH_FILES = 1 << 15
    READ_MESSAGE_HISTORY = 1 << 16
    USE_APPLICATION_COMMANDS = 1 << 31


NOTHING: Final = Permission(0)
EVERYONE: Final = (
    Permission.VIEW_CHANNEL
    | Permission.SEND_MESSAGES
    | Permission.EMBED_LINKS
    | Permission.ATTACH_FILES
    | Permission.READ_MESSAGE_HISTORY
    | Permission.USE_APPLICATION_COMMANDS
)
_ALL: Final = Permission((1 << 50) - 1)


@dataclass(frozen=True, slots=True)
class Role:
    name: str
    permissions: Permission = NOTHING
    id: int = field(default_factory=next_snowflake)


@dataclass(frozen=True, slots=True)
class User:
    name: str
    roles: tuple[Role, ...] = ()
    locale: str = "en-US"
    id: int = field(default_factory=next_snowflake)


@dataclass(frozen=True, slots=True)
class Channel:
    """A text channel of a guild, perhaps `under` a category, or a direct one if it has a `recipient`.

    `kind` may also be a category, a voice channel with its chat, a forum, or a thread, which is `under` a text channel
    or as a post under a forum. A `group` chat has no guild, and a `foreign` channel is in one that lacks the bot: only
    an app that somebody has installed for their own account is used there.
    """

    name: str
    nsfw: bool = False
    recipient: User | None = None
    id: int = field(default_factory=next_snowflake)
    under: "Channel | None" = None
    kind: Literal["text", "category", "thread", "voice", "forum", "group", "foreign"] = "text"


@dataclass(frozen=True, slots=True)
class Guild:
    """`upload_limit` is in bytes a file: 10 MiB without boosts; a test may make it smaller."""

    name: str = "Studio"
    channels: tuple[Channel, ...] = field(default_factory=lambda: (Channel("general"),))
    roles: tuple[Role, ...] = ()
    everyone: Permission = EVERYONE
    upload_limit: int = 10 * MIB
    locale: str = "en-US"
    id: int = field(default_factory=next_snowflake)

    def channel(self, name: str) -> Channel:
        return next(channel for channel in self.channels if channel.name == name)


class World:
    """The guilds as they are now: what was deleted or forbidden in them, and the users met so far."""

    def __init__(self, guilds: Iterable[Guild]) -> None:
        self.guilds = {guild.id: guild for guild in guilds}
        self.bot = User("Darkroom")
        # Since 2016 an application and its bot have one id.
        self.application_id = self.bot.id
        self.users = {self.bot.id: self.bot}
        self.outside: set[Channel] = set()
        """Group chats and foreign channels where somebody used the bot."""
        self.left: set[tuple[int, int]] = set()
        """Ids of guilds and of users who have left them."""
        self.closed: set[int] = set()
        """Ids of users who take no direct messages."""
        self._direct: dict[int, Channel] = {}
        self._bot_permissions: dict[int, Permission] = {}
        self.let_in: dict[int, tuple[Role | User, ...]] = {}
        """Ids of channels that not everybody can read, and the roles and users who can."""
        self._gone: set[int] = set()
        self.archived: dict[int, bool] = {}
        """Ids of archived threads, and whether each is locked too."""
        self._upload_limits: dict[int, int] = {}

    def meet(self, user: User) -> User:
        """The newest version of a user counts: a test gives somebody a role by making the user again."""
        self.users[user.id] = user
        return user

    def direct_channel(self, user: User) -> Channel:
        self.meet(user)
        return self._direct.setdefault(user.id, Channel(f"direct-{user.name}", recipient=user))

    def channel(self, channel_id: int) -> Channel | None:
        everywhere = [channel for guild in self.guilds.values() for channel in guild.channels]
        found = [
            channel for channel in (*everywhere, *self._direct.values(), *self.outside) if channel.id == channel_id
        ]
        return found[0] if found and channel_id not in self._gone else None

    def was_deleted(self, channel: Channel) -> bool:
        """Nobody can write there. In a guild that the bot has left, the tokens of interactions still can."""
        return channel.id in self._gone

    def channels(self, guild: Guild) -> list[Channel]:
        return [channel for channel in guild.channels if channel.id not in self._gone]

    def guild_of(self, channel: Channel) -> Guild | None:
        """None for a direct channel."""
        return next((guild for guild in self.guilds.values() if channel in guild.channels), None)

    def permissions(self, user: User, channel: Channel) -> Permission:
        if user.id == self.bot.id:
            return self.bot_permissions(channel)
        guild = self.guild_of(channel)
        if guild is None:
            return EVERYONE
        granted = guild.everyone
        for role in user.roles:
            granted |= role.permissions
        return _ALL if granted & Permission.ADMINISTRATOR else granted

    def bot_permissions(self, channel: Channel) -> Permission:
        return self._bot_permissions.get(channel.id, EVERYONE)

    def set_bot_permissions(self, channel: Channel, permissions: Permission) -> None:
        self._bot_permissions[channel.id] = permissions

    def remove_channel(self, channel: Channel) -> None:
        self._gone.add(channel.id)

    def roles(self, guild: Guild) -> list[Role]:
        return [role for role in guild.roles if role.id not in self._gone]

    def remove_role(self, role: Role) -> None:
        self._gone.add(role.id)

    def upload_limit(self, channel: Channel) -> int:
        guild = self.guild_of(channel)
        if guild is None:
            return 10 * MIB
        return self._upload_limits.get(guild.id, guild.upload_limit)

    def set_upload_limit(self, guild: Guild, limit: int) -> None:
        """It has got boosts, or lost them."""
        self._upload_limits[guild.id] = limit
