"""Compare commands with the registered ones, as Discord returns them. Pure."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any, Final

Normal = dict[str, Any]
"""A command in the form in which two spellings of the same command are equal."""
Normals = Mapping[object, Normal]
"""By type and name."""

FOR_GLOBAL: Final = frozenset({"dm_permission", "contexts", "integration_types"})
"""The fields that only global commands have."""
_DIRECT_CONTEXT: Final = 1
"""Direct messages with the bot (Discord's Interaction Context Types)."""


def normal(commands: Iterable[Mapping[str, Any]]) -> Normals:
    """Commands by type and name, without the fields that Discord adds, and with one spelling for false, empty or
    missing fields.
    """
    return {(one.get("type") or 1, one["name"]): _normal_command(one) for one in commands}


def is_same(ours: Normals, theirs: Normals, guild_id: int | None, fields: Collection[str] | None = None) -> bool:
    """Whether the registered commands match ours in these fields (None: all). A field that is None in ours may have any
    value.
    """
    return ours.keys() == theirs.keys() and all(
        value == theirs[key][name]
        for key, one in ours.items()
        for name, value in one.items()
        # Discord has no such settings for a guild's command, which cannot be used elsewhere.
        if value is not None
        and (fields is None or name in fields)
        and not (name in FOR_GLOBAL and guild_id is not None)
    )


def _normal_command(command: Mapping[str, Any]) -> Normal:
    permissions = command.get("default_member_permissions")
    contexts = command.get("contexts")
    # The older setting for direct messages. Discord derives it from the contexts where it has those.
    direct = command.get("dm_permission") is not False if contexts is None else _DIRECT_CONTEXT in contexts
    return {
        "description": command.get("description") or "",
        "description_localizations": dict(command.get("description_localizations") or {}),
        "nsfw": bool(command.get("nsfw")),
        # None means everybody. The text keeps it apart from None for "leave it to Discord" in `is_same`.
        "permissions": "all" if permissions is None else int(permissions),
        "dm_permission": direct,
        "contexts": _sorted(contexts),
        "integration_types": _sorted(command.get("integration_types")),
        "options": [_normal_option(option) for option in command.get("options") or ()],
    }


def _sorted(numbers: Iterable[int] | None) -> list[int] | None:
    return None if numbers is None else sorted(numbers)


def _normal_option(option: Mapping[str, Any]) -> Normal:
    kept = {
        key: value
        for key, value in option.items()
        if key not in {"options", "choices"} and value is not None and value is not False and value not in ([], {})
    }
    kept["type"] = int(option["type"])
    kept["choices"] = [
        (choice["name"], choice["value"], dict(choice.get("name_localizations") or {}))
        for choice in option.get("choices") or ()
    ]
    kept["options"] = [_normal_option(inner) for inner in option.get("options") or ()]
    return kept
