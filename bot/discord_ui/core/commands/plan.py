"""Which workflow gets which slash command. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.discord_limits import OPTIONS
from bot.discord_ui.core.commands.options import left_out, legal_name
from bot.errors import PackError
from bot.workflows import Pack

IMAGINE: Final = "imagine"
"""A pack whose command is this one is reached through `/imagine workflow:`."""
MOST_COMMANDS: Final = 100
"""Of a guild, and of all guilds together."""


@dataclass(frozen=True, slots=True)
class Planned:
    """Which pack gets which command, and why some get none or not all of it."""

    packs: Mapping[str, Pack]
    faults: tuple[PackError, ...]


def plan(packs: Iterable[Pack], taken: Collection[str], room: int = MOST_COMMANDS) -> Planned:
    """Name -> pack, in the order of the packs; `taken` names belong to others already, and `room` is how many more
    commands Discord takes. Pure.
    """
    planned: dict[str, Pack] = {}
    faults: list[PackError] = []
    for pack in packs:
        if pack.command is None or pack.command == IMAGINE:
            if "prompt" not in pack.offered:
                faults.append(PackError(pack.name, ("no command leads to it: give it a command, or a prompt",)))
            continue
        fault = _fault(pack, pack.command, {*taken, *planned}, room - len(planned))
        if fault:
            faults.append(PackError(pack.name, (fault,)))
            continue
        if hidden := left_out(pack):
            faults.append(PackError(pack.name, (f"/{pack.command} has no room for the options {', '.join(hidden)}",)))
        planned[pack.command] = pack
    return Planned(planned, tuple(faults))


def _fault(pack: Pack, name: str, taken: Collection[str], room: int) -> str | None:
    if legal_name(name) != name:
        return f"command {name!r} is not a name that Discord allows; use one like {legal_name(name) or 'paint'!r}"
    if name in taken:
        return f"command {name!r} is taken; choose another name"
    if room <= 0:
        return f"command {name!r}: Discord allows no more than {MOST_COMMANDS} commands"
    if sum(parameter.required for parameter in pack.offered.values()) > OPTIONS:
        return f"command {name!r} requires more than the {OPTIONS} options that Discord allows"
    return None
