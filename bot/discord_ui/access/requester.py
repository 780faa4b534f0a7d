"""Who requests an image, where, and how they are answered: what submitting a job needs to know about an interaction.

The names are those of discord.py's `Interaction`. A request from a web page has no interaction, and brings the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import discord

from bot.discord_ui.bot import Darkroom
from bot.discord_ui.core.replies import refuse


class Answers(Protocol):
    """How one request is answered."""

    async def refuse(self, text: str) -> None:
        """Tell the member alone why the request is not accepted."""

    async def wait(self, *, private: bool) -> None:
        """Tell Discord that the first reply takes longer than the three seconds it waits for one."""

    async def show(self, content: str, view: discord.ui.View, *, private: bool) -> int | None:
        """Send the job's message, and return its id if Discord says it. Raises discord.py's and aiohttp's errors."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Requester:
    """A member in a channel. `channel_ids` are those of the channel, its parent if it is a thread, and their category.

    `token` reaches the job's message for 15 minutes, `channel_visible` says whether the bot can edit it after that.
    `filesize_limit` is in bytes per file. Without an interaction, `pressed_at` and `link_id` are those of `NewJob`.
    """

    client: Darkroom
    answers: Answers
    user: discord.User | discord.Member
    guild_id: int | None
    channel_id: int
    channel_ids: tuple[int, ...]
    age_restricted: bool
    channel_visible: bool
    application_id: int
    token: str
    filesize_limit: int
    interaction_id: int | None = None
    pressed_at: float | None = None
    link_id: str | None = None

    @staticmethod
    def of(interaction: discord.Interaction[Darkroom]) -> Requester:
        """The member behind an interaction."""
        channel_id = interaction.channel_id
        assert channel_id is not None  # noqa: S101 - commands and buttons always come from a channel
        return Requester(
            client=interaction.client,
            answers=_Replies(interaction),
            user=interaction.user,
            guild_id=interaction.guild_id,
            channel_id=channel_id,
            channel_ids=channel_ids(interaction),
            age_restricted=age_restricted(interaction),
            channel_visible=_channel_visible(interaction),
            application_id=interaction.application_id,
            token=interaction.token,
            filesize_limit=interaction.filesize_limit,
            interaction_id=interaction.id,
        )


@dataclass(frozen=True, slots=True)
class _Replies:
    """The replies to an interaction."""

    interaction: discord.Interaction[Darkroom]

    async def refuse(self, text: str) -> None:
        await refuse(self.interaction, text)

    async def wait(self, *, private: bool) -> None:
        await self.interaction.response.defer(thinking=True, ephemeral=private)

    async def show(self, content: str, view: discord.ui.View, *, private: bool) -> int | None:
        if self.interaction.response.is_done():
            return (await self.interaction.edit_original_response(content=content, view=view)).id
        reply = await self.interaction.response.send_message(content, view=view, ephemeral=private)
        return reply.message_id


def age_restricted(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether this channel, or the parent of this thread, is age-restricted. Direct messages are not."""
    is_nsfw = getattr(interaction.channel, "is_nsfw", None)
    return is_nsfw is not None and bool(is_nsfw())


def channel_ids(interaction: discord.Interaction[Darkroom]) -> tuple[int, ...]:
    """The ids of the channel, its parent if it is a thread, and their category, in this order."""
    channel = interaction.channel
    # A thread always carries its parent's id, even if the parent itself is not in the cache.
    parent_id = channel.parent_id if isinstance(channel, discord.Thread) else None
    holder = channel.parent if isinstance(channel, discord.Thread) else channel
    found = (interaction.channel_id, parent_id, getattr(holder, "category_id", None))
    return tuple(one for one in found if one is not None)


def _channel_visible(interaction: discord.Interaction[Darkroom]) -> bool:
    """Whether the bot can edit its reply once the interaction's token has expired."""
    if interaction.guild_id is None:
        return interaction.context.dm_channel
    return interaction.app_permissions.view_channel
