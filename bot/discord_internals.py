"""What the bot relies on in discord.py that discord.py does not promise: a new version of it is this file's work."""

from __future__ import annotations

from typing import Any, TypeVar

import discord

V = TypeVar("V", discord.ui.View, discord.ui.Modal)


def not_kept(view: V, *items: discord.ui.Item[Any]) -> V:
    """Fill a view or a form. Its presses are answered by their custom_id, also after a restart: discord.py need not
    remember it, and does not remember what is stopped. Otherwise each edit would leave one behind for ever.
    """
    for item in items:
        view.add_item(item)
    view.stop()
    return view


def role_ids(user: discord.User | discord.Member) -> frozenset[int]:
    """The roles that Discord says they have; `Member.roles` leaves out those that the cache has not heard of yet."""
    return frozenset(user._roles) if isinstance(user, discord.Member) else frozenset()  # noqa: SLF001
