"""What every client of the bot needs, below everything that writes to Discord."""

import discord

from bot.discord_internals import NOBODY, FirstAnswers, intercept_requests
from bot.messages.requests.link_previews import without_previews
from bot.messages.requests.stalled_requests import time_limits


def prepare_client(client: discord.Client, first_answers: FirstAnswers = NOBODY) -> None:
    """From now on, suppress link previews in everything this client sends with its own token, and in everything this
    task and its child tasks send with interaction tokens. None of these requests ends only because it takes long.

    `first_answers` hears of every first answer to an interaction.
    """
    intercept_requests(client, rewrite=without_previews, timeout=time_limits, first_answers=first_answers)
