"""What an interaction says of the member who caused it."""

from __future__ import annotations

import discord


def role_ids(user: discord.User | discord.Member) -> frozenset[int]:
    """The roles that Discord says he has; `Member.roles` leaves out those that the cache has not heard of yet."""
    return frozenset(user._roles) if isinstance(user, discord.Member) else frozenset()  # noqa: SLF001
