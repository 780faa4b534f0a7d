"""What must not be read is taken out of text: before it is logged or printed, and of what a server says."""

from bot.redaction.error_messages import redacted
from bot.redaction.secrets import Redaction, printable

__all__ = ["Redaction", "printable", "redacted"]
