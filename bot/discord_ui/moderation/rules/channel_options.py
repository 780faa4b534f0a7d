"""Channels as a command option. A channel is accepted as Discord sent it, whether or not this process has it cached."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import discord
from discord import ChannelType, app_commands

_WRITABLE: Final = [ChannelType.text, ChannelType.news, ChannelType.public_thread, ChannelType.private_thread]
_ANY: Final = [*_WRITABLE, ChannelType.voice, ChannelType.stage_voice, ChannelType.forum, ChannelType.category]


class _Picked(app_commands.Transformer):
    def __init__(self, types: Sequence[ChannelType]) -> None:
        self._types = list(types)

    @property
    def type(self) -> discord.AppCommandOptionType:
        return discord.AppCommandOptionType.channel

    @property
    def channel_types(self) -> list[ChannelType]:
        return self._types

    async def transform(self, _: discord.Interaction[discord.Client], value: Any, /) -> Any:  # noqa: ANN401 - as it came
        return value


if TYPE_CHECKING:
    Place: TypeAlias = app_commands.AppCommandChannel
    WritableChannel: TypeAlias = app_commands.AppCommandChannel
else:
    # Accepts channels, threads and categories.
    Place = app_commands.Transform[app_commands.AppCommandChannel, _Picked(_ANY)]
    # Accepts channels and threads where the bot could post.
    WritableChannel = app_commands.Transform[app_commands.AppCommandChannel, _Picked(_WRITABLE)]
