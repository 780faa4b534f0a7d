"""Commands that a guild's admins have given to roles and users, or taken from them, in its integration settings."""

from collections.abc import Mapping

from tests.discord_server.payloads import Json
from tests.discord_server.world import Guild, Role, User

_ROLE, _USER = 1, 2


class CommandOverwrites:
    def __init__(self, application_id: int) -> None:
        self._application_id = application_id
        self._said: dict[tuple[int, int], list[tuple[int, int, bool]]] = {}

    def say(self, guild: Guild, command_id: int, said: Mapping[User | Role, bool]) -> Json:
        """In place of all that was said of the command before; the event's payload."""
        self._said[guild.id, command_id] = [
            (who.id, _ROLE if isinstance(who, Role) else _USER, allowed) for who, allowed in said.items()
        ]
        return self._payload(guild.id, command_id)

    def listed(self, guild_id: int) -> list[Json]:
        return [self._payload(*key) for key, said in self._said.items() if key[0] == guild_id and said]

    def allows(self, guild: Guild, command_id: int, user: User) -> bool | None:
        """None: nothing is said that concerns this user, so that the command's own permissions count."""
        said = self._said.get((guild.id, command_id), [])
        for wanted in ({(user.id, _USER)}, {(role.id, _ROLE) for role in user.roles}, {(guild.id, _ROLE)}):
            found = [allowed for who, kind, allowed in said if (who, kind) in wanted]
            if found:
                return any(found)
        return None

    def _payload(self, guild_id: int, command_id: int) -> Json:
        said = self._said.get((guild_id, command_id), [])
        return {
            "id": str(command_id),
            "application_id": str(self._application_id),
            "guild_id": str(guild_id),
            "permissions": [{"id": str(who), "type": kind, "permission": allowed} for who, kind, allowed in said],
        }
