"""A stand-in for Discord and a runner for the bot's process: the whole program over real sockets."""

from tests.discord_server.commands import NotOffered
from tests.discord_server.faults import CLOSED, LOST_ANSWER, REAL_RATE_LIMITS, RESET, SILENT, Failure, RateLimit
from tests.discord_server.interactions import Choice, Interaction, Reply, answered
from tests.discord_server.messages import Attachment, Button, Message, State
from tests.discord_server.modals import Modal
from tests.discord_server.process import AS_ITS_OPERATOR, BotProcess
from tests.discord_server.requests import File, Request
from tests.discord_server.stand_in import DiscordStandIn
from tests.discord_server.world import EVERYONE, Channel, Guild, Permission, Role, User

__all__ = [
    "AS_ITS_OPERATOR",
    "CLOSED",
    "EVERYONE",
    "LOST_ANSWER",
    "REAL_RATE_LIMITS",
    "RESET",
    "SILENT",
    "Attachment",
    "BotProcess",
    "Button",
    "Channel",
    "Choice",
    "DiscordStandIn",
    "Failure",
    "File",
    "Guild",
    "Interaction",
    "Message",
    "Modal",
    "NotOffered",
    "Permission",
    "RateLimit",
    "Reply",
    "Request",
    "Role",
    "State",
    "User",
    "answered",
]
