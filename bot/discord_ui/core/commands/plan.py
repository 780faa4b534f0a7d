"""Decide which workflow gets which slash command. Pure."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.discord_limits import OPTIONS
from bot.discord_ui.core.commands.options import legal_name, omitted_parameters
from bot.errors import PackError
from bot.translation import _
from bot.workflows import Pack

IMAGINE: Final = "imagine"
"""A pack with this command has no command of its own: members choose it with `/imagine workflow:`."""
MOST_COMMANDS: Final = 100
"""The most commands that Discord allows for a guild; the same number of global ones comes on top."""


@dataclass(frozen=True, slots=True)
class Planned:
    """The pack behind each command name, and the faults of packs that get no command or not all of their options."""

    packs: Mapping[str, Pack]
    faults: tuple[PackError, ...]


def plan(packs: Iterable[Pack], taken: Collection[str], room: int = MOST_COMMANDS) -> Planned:
    """Give each pack the command it asks for, in the order of the packs. `taken` are names in use, `room` is how many
    more commands Discord allows.
    """
    planned: dict[str, Pack] = {}
    faults: list[PackError] = []
    for pack in packs:
        if pack.command is None or pack.command == IMAGINE:
            if "prompt" not in pack.offered:
                faults.append(PackError(pack.name, (_("members can’t reach it: give it a command or a prompt"),)))
            continue
        fault = _fault(pack, pack.command, {*taken, *planned}, room - len(planned))
        if fault:
            faults.append(PackError(pack.name, (fault,)))
            continue
        if omitted := omitted_parameters(pack):
            fault = _("/{command} has no room for these options: {names}")
            faults.append(PackError(pack.name, (fault.format(command=pack.command, names=", ".join(omitted)),)))
        planned[pack.command] = pack
    return Planned(planned, tuple(faults))


def _fault(pack: Pack, name: str, taken: Collection[str], room: int) -> str | None:
    if legal_name(name) != name:
        return _("Discord doesn’t allow the command name “{name}”; use one like “{other}”").format(
            name=name, other=legal_name(name) or "paint"
        )
    if name in taken:
        return _("the command “{name}” is taken; choose another name").format(name=name)
    if room <= 0:
        return _("no room for the command “{name}”: Discord allows {most} commands").format(
            name=name, most=MOST_COMMANDS
        )
    if sum(parameter.required for parameter in pack.offered.values()) > OPTIONS:
        return _("the command “{name}” has too many required options: Discord allows {most}").format(
            name=name, most=OPTIONS
        )
    return None
