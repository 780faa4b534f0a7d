"""The beginning of everything that changes something: the interaction must be ours before anything is done.

If two programs use one token, Discord sends every interaction to both and accepts the first answer only. A handler that
acted first and answered later would do everything twice. So every handler that changes something calls `begin_act` when
all its checks have passed, and does nothing before it returns.
"""

from typing import Any

import discord


async def begin_act(interaction: discord.Interaction[Any], *, reply: bool, private: bool = True) -> None:
    """Give the interaction its first answer: a reply is on its way (`reply`), which is `private` or for everybody, or
    the message with the pressed button is about to change. Does nothing if the interaction is ours already.

    Raises `AnsweredElsewhere`, which ends the handler: the program that answered first does what was asked. Raises
    discord.py's and aiohttp's errors if it is not known whether the answer arrived; then nothing has been done, and the
    member can try again.
    """
    if interaction.response.is_done():
        return
    # A modified client can send a form that belongs to a message without that message.
    if reply or interaction.message is None:
        await interaction.response.defer(ephemeral=private, thinking=True)
    else:
        await interaction.response.defer()
