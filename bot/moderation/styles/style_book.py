"""The styles of a guild: its own, and those that all guilds share unless it hides them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from bot.ledger import KeptStyle, Ledger, style_key
from bot.workflows import Library
from bot.workflows.styles.style import Style, read_style


@dataclass(frozen=True, slots=True)
class FoundStyle:
    """A style as a moderator finds it. `kept` is the guild's row of this name: its own style, or one that hides the
    shared one.
    """

    style: Style
    shared: bool
    kept: KeptStyle | None = None

    @property
    def own(self) -> bool:
        """Whether the guild made it."""
        return self.kept is not None and self.kept.content is not None

    @property
    def hidden(self) -> bool:
        """Whether members can't see it."""
        return self.kept is not None and self.kept.content is None


async def style_names(ledger: Ledger, library: Library, guild_id: int | None) -> Mapping[str, bool]:
    """The names of a guild's styles (None: of direct messages), sorted, and whether members see each.

    Raises `LedgerAway`.
    """
    rows: Mapping[str, bool] = {} if guild_id is None else await ledger.styles.names(guild_id)
    names = {style_key(name): name for name in library.styles}
    own = {style_key(name): is_style for name, is_style in rows.items()}
    # A row may hide a style that the operator has removed since.
    names |= {style_key(name): name for name, is_style in rows.items() if is_style}
    return {names[key]: own.get(key, True) for key in sorted(names)}


async def all_styles(ledger: Ledger, library: Library, guild_id: int) -> tuple[FoundStyle, ...]:
    """All styles of a guild, also hidden ones, by name. Raises `LedgerAway`."""
    kept = {style_key(row.name): row for row in await ledger.styles.of_guild(guild_id)}
    shared = {style_key(style.name): style for style in library.styles.values()}
    found = (_found(shared.get(key), kept.get(key)) for key in sorted(kept.keys() | shared.keys()))
    return tuple(one for one in found if one is not None)


async def find_style(ledger: Ledger, library: Library, guild_id: int | None, name: str) -> FoundStyle | None:
    """The style of this name, also a hidden one; the guild's own wins. None if there is none. Raises `LedgerAway`."""
    shared = next((one for one in library.styles.values() if style_key(one.name) == style_key(name)), None)
    return _found(shared, None if guild_id is None else await ledger.styles.find(guild_id, name))


def _found(shared: Style | None, kept: KeptStyle | None) -> FoundStyle | None:
    if kept is not None and kept.content is not None:
        return FoundStyle(read_style(kept.name, kept.content), shared is not None, kept)
    return None if shared is None else FoundStyle(shared, shared=True, kept=kept)
