"""Remove secrets from text before it is logged or printed, and private details from what a server says."""

from bot.redaction.error_messages import redacted
from bot.redaction.secrets import Redaction, printable

__all__ = ["Redaction", "printable", "redacted"]
