"""Removes what nobody may read: from text that is logged or printed, and from a server's error messages."""

from bot.redaction.error_messages import redacted, redacted_lines
from bot.redaction.members_words import MembersWords
from bot.redaction.secrets import Redaction, printable

__all__ = ["MembersWords", "Redaction", "printable", "redacted", "redacted_lines"]
