"""The parts of discord.py that the bot uses although discord.py does not promise to keep them.

tests/test_discord_internals.py checks each of them against the installed version. When an upgrade breaks one, the fix
belongs here.
"""

from bot.discord_internals.commands import (
    AnyCommand,
    command_body,
    register_commands,
    registered_commands,
    with_options,
)
from bot.discord_internals.events import (
    log_in,
    log_unreadable_events,
    stay_connected,
    surround_interactions,
    tell_listed_guilds,
    why_no_answer,
)
from bot.discord_internals.first_answers import NOBODY, AnsweredElsewhere, FirstAnswers, intercept_requests
from bot.discord_internals.rest import Reply, direct_channel, interaction_data, rest, rest_address, role_ids, untracked
from bot.discord_internals.written_texts import written_texts

__all__ = [
    "NOBODY",
    "AnsweredElsewhere",
    "AnyCommand",
    "FirstAnswers",
    "Reply",
    "command_body",
    "direct_channel",
    "interaction_data",
    "intercept_requests",
    "log_in",
    "log_unreadable_events",
    "register_commands",
    "registered_commands",
    "rest",
    "rest_address",
    "role_ids",
    "stay_connected",
    "surround_interactions",
    "tell_listed_guilds",
    "untracked",
    "why_no_answer",
    "with_options",
    "written_texts",
]
