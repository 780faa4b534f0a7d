"""The errors that Discord answers with."""

from enum import Enum


class Refusal(Enum):
    """HTTP status, Discord's own code, and its text."""

    UNAUTHORIZED = 401, 0, "401: Unauthorized"
    NO_SUCH_ROUTE = 404, 0, "404: Not Found"
    UNKNOWN_CHANNEL = 404, 10003, "Unknown Channel"
    UNKNOWN_GUILD = 404, 10004, "Unknown Guild"
    UNKNOWN_MEMBER = 404, 10007, "Unknown Member"
    UNKNOWN_MESSAGE = 404, 10008, "Unknown Message"
    UNKNOWN_USER = 404, 10013, "Unknown User"
    UNKNOWN_WEBHOOK = 404, 10015, "Unknown Webhook"
    UNKNOWN_INTERACTION = 404, 10062, "Unknown interaction"
    UNKNOWN_COMMAND = 404, 10063, "Unknown application command"
    TOO_LARGE = 413, 40005, "Request entity too large"
    ALREADY_ACKNOWLEDGED = 400, 40060, "Interaction has already been acknowledged."
    MISSING_ACCESS = 403, 50001, "Missing Access"
    NOT_THE_AUTHOR = 403, 50005, "Cannot edit a message authored by another user"
    DIRECT_CLOSED = 403, 50007, "Cannot send messages to this user"
    EMPTY_MESSAGE = 400, 50006, "Cannot send an empty message"
    MISSING_PERMISSIONS = 403, 50013, "Missing Permissions"
    INVALID_TOKEN = 401, 50027, "Invalid Webhook Token"
    ARCHIVED = 400, 50083, "Thread is archived"
    INVALID_FORM = 400, 50035, "Invalid Form Body"
    NO_HISTORY = 403, 160002, "Cannot reply without permission to read message history"
    INVALID_JSON = 400, 50109, "The request body contains invalid JSON."


class ApiError(Exception):
    def __init__(self, refusal: Refusal, *details: str) -> None:
        self.refusal = refusal
        self.details = details
        super().__init__(refusal.name, *details)
