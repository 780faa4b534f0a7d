"""Removes what nobody may read: from text that is logged or printed, and from a server's error messages."""

from bot.redaction.error_messages import redacted
from bot.redaction.secrets import Redaction, printable

__all__ = ["Redaction", "printable", "redacted"]
