"""The application's registered commands, global and per guild, as the bot wrote them and as users find them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.discord_server.payloads import Json
from tests.discord_server.refusals import ApiError, Refusal
from tests.discord_server.snowflakes import next_snowflake

CHAT_INPUT: Final = 1
MESSAGE: Final = 3
_SUBCOMMAND, _GROUP = 1, 2


class NotOffered(AssertionError):  # noqa: N818
    """Discord would not let a user do this: there is no such command, option, choice or button for them."""


@dataclass(frozen=True, slots=True)
class Found:
    """A registered command and, for `moderate cancel job`, the way down to the subcommand that takes the options."""

    command: Json
    path: tuple[Json, ...] = ()

    @property
    def options(self) -> Sequence[Json]:
        leaf = self.path[-1] if self.path else self.command
        return leaf.get("options") or []


class Commands:
    """Scope None is global; any other is a guild's id."""

    def __init__(self, application_id: int) -> None:
        self._application_id = application_id
        self._scopes: dict[int | None, dict[int, Json]] = {}

    def listed(self, scope: int | None, *, localizations: bool = True) -> list[Json]:
        """`localizations`: with the dictionaries of texts in other languages (Discord's `with_localizations`)."""
        found = self._scopes.get(scope, {}).values()
        return list(found) if localizations else [_without_localizations(one) for one in found]

    def overwrite(self, scope: int | None, bodies: Sequence[Mapping[str, Any]]) -> list[Json]:
        before = {(one["type"], one["name"]): one for one in self.listed(scope)}
        stored = [self._stored(scope, body, before.get((_kind(body), body["name"]))) for body in bodies]
        self._scopes[scope] = {int(one["id"]): one for one in stored}
        return stored

    def add(self, scope: int | None, body: Mapping[str, Any]) -> tuple[Json, bool]:
        """The command, and whether it is new: a name that is taken is overwritten."""
        same = (one for one in self.listed(scope) if (one["type"], one["name"]) == (_kind(body), body["name"]))
        before = next(same, None)
        stored = self._stored(scope, body, before)
        self._scopes.setdefault(scope, {})[int(stored["id"])] = stored
        return stored, before is None

    def get(self, scope: int | None, command_id: int) -> Json:
        try:
            return self._scopes.get(scope, {})[command_id]
        except KeyError:
            raise ApiError(Refusal.UNKNOWN_COMMAND) from None

    def edit(self, scope: int | None, command_id: int, body: Mapping[str, Any]) -> Json:
        before = self.get(scope, command_id)
        self._scopes[scope][command_id] = edited = self._stored(scope, {**before, **body}, before)
        return edited

    def remove(self, scope: int | None, command_id: int) -> None:
        self.get(scope, command_id)
        del self._scopes[scope][command_id]

    def find_any(self, name: str, guild_id: int) -> Json:
        """The slash command of this name, with whatever is below it."""
        offered = [*self.listed(guild_id), *self.listed(None)]
        return next(one for one in offered if (one["type"], one["name"]) == (CHAT_INPUT, name))

    def find(self, name: str, kind: int, guild_id: int | None) -> Found:
        """As a user of this guild (None: in a direct channel) finds it; a guild's command hides a global one."""
        offered = [*(self.listed(guild_id) if guild_id is not None else []), *self.listed(None)]
        words = name.split() if kind == CHAT_INPUT else [name]
        command = next((one for one in offered if (one["type"], one["name"]) == (kind, words[0])), None)
        if command is None:
            names = sorted(one["name"] for one in offered if one["type"] == kind)
            raise NotOffered(f"no command {words[0]!r}; there are {names}")
        path: list[Json] = []
        for word in words[1:]:
            below = (path[-1] if path else command).get("options") or []
            found = next((one for one in below if one["name"] == word and one["type"] in {_SUBCOMMAND, _GROUP}), None)
            if found is None:
                raise NotOffered(f"{name!r}: no subcommand {word!r} among {[one['name'] for one in below]}")
            path.append(found)
        result = Found(command, tuple(path))
        if any(one["type"] in {_SUBCOMMAND, _GROUP} for one in result.options):
            raise NotOffered(f"{name!r} only has subcommands: {[one['name'] for one in result.options]}")
        return result

    def _stored(self, scope: int | None, body: Mapping[str, Any], before: Mapping[str, Any] | None) -> Json:
        permissions = body.get("default_member_permissions")
        stored: Json = {
            "id": str(next_snowflake()) if before is None else before["id"],
            "application_id": str(self._application_id),
            "version": str(next_snowflake()),
            "default_member_permissions": None if permissions is None else str(int(permissions)),
            "type": _kind(body),
            "name": body["name"],
            "description": body.get("description") or "",
            "dm_permission": body.get("dm_permission") is not False,
            "contexts": body.get("contexts"),
            "integration_types": body.get("integration_types") or [0],
            "nsfw": bool(body.get("nsfw")),
        }
        for name in ("name_localizations", "description_localizations"):
            if body.get(name):
                stored[name] = body[name]
        if body.get("options"):
            stored["options"] = [_option(option) for option in body["options"]]
        return stored if scope is None else stored | {"guild_id": str(scope)}


def _kind(body: Mapping[str, Any]) -> int:
    kind: int | None = body.get("type")
    return CHAT_INPUT if kind is None else kind


def _without_localizations(body: Mapping[str, Any]) -> Json:
    """A command, option or choice as the list has it where nobody asks for other languages."""
    kept = {name: value for name, value in body.items() if not name.endswith("_localizations")}
    for below in ("options", "choices"):
        if kept.get(below):
            kept[below] = [_without_localizations(inner) for inner in kept[below]]
    return kept


def _option(option: Mapping[str, Any]) -> Json:
    """Discord does not repeat what is false, null or an empty list."""
    kept = {name: value for name, value in option.items() if not (value is None or value is False or value == [])}
    if kept.get("options"):
        kept["options"] = [_option(inner) for inner in kept["options"]]
    return kept
