"""What Discord's refusals mean for a message that must be delivered."""

import contextlib
import logging
from collections.abc import AsyncIterator
from enum import Enum, auto
from typing import Final

import aiohttp
import discord

from bot.errors import DarkroomError
from bot.messages.requests.response_check import Limited
from bot.messages.requests.stalled_requests import SILENT_SECONDS, giving_up_when_stalled

log = logging.getLogger(__name__)

_UNKNOWN_CHANNEL, _UNKNOWN_MESSAGE, _UNKNOWN_WEBHOOK = 10003, 10008, 10015
_TOO_LARGE, _MISSING_ACCESS, _INVALID_TOKEN, _ARCHIVED = 40005, 50001, 50027, 50083
_BAD_REQUEST, _UNAUTHORIZED, _FORBIDDEN, _NOT_FOUND = 400, 401, 403, 404
_REQUEST_TIMEOUT, _CONTENT_TOO_LARGE, _TOO_MANY_REQUESTS, _SERVER_ERROR = 408, 413, 429, 500


class Cause(Enum):
    """Why Discord refuses an edit or a message."""

    ARCHIVED = auto()
    """The thread is archived. A new message reopens it, unless it is locked."""
    TOO_LARGE = auto()
    """The files are too large."""
    INVALID = auto()
    """Discord considers the body invalid."""
    NO_MESSAGE = auto()
    """The message is deleted. Discord says the same of the reply to an interaction that was never answered."""
    NO_CHANNEL = auto()
    NO_ACCESS = auto()
    """The bot cannot see the channel."""
    OUT_OF_REACH = auto()
    """Any other refusal."""


_BY_CODE: Final = {
    _ARCHIVED: Cause.ARCHIVED,
    _TOO_LARGE: Cause.TOO_LARGE,
    _UNKNOWN_MESSAGE: Cause.NO_MESSAGE,
    _UNKNOWN_WEBHOOK: Cause.NO_MESSAGE,
    _UNKNOWN_CHANNEL: Cause.NO_CHANNEL,
    _MISSING_ACCESS: Cause.NO_ACCESS,
}
_BY_STATUS: Final = {_CONTENT_TOO_LARGE: Cause.TOO_LARGE, _BAD_REQUEST: Cause.INVALID}


class Undeliverable(DarkroomError):  # noqa: N818
    """The request is refused, and retrying it will not help."""

    def __init__(self, reason: str, cause: Cause = Cause.OUT_OF_REACH) -> None:
        super().__init__(reason)
        self.cause = cause


class NotNow(DarkroomError):  # noqa: N818
    """The request failed but may succeed later. `limited`: as soon as it gets another turn, or after so many seconds if
    it waits for no turn.
    """

    def __init__(self, reason: str, *, limited: float | None = None) -> None:
        super().__init__(reason)
        self.limited = limited


class TokenDead(DarkroomError):  # noqa: N818
    """The interaction's token no longer reaches the message; the bot's own token may, through the channel."""


def cause_of(status: int, code: int) -> Cause | None:
    """What a refusal means; None: the message itself is fine and the same request may succeed later.

    `code` is Discord's own error code, 0 if the answer has none.
    """
    # A 401 without an error code is about the bot's token, which the operator may be replacing right now.
    if status == _UNAUTHORIZED and not code:
        return None
    if status in {_REQUEST_TIMEOUT, _TOO_MANY_REQUESTS} or status >= _SERVER_ERROR:
        return None
    return _BY_CODE.get(code) or _BY_STATUS.get(status, Cause.OUT_OF_REACH)


def token_is_dead(code: int) -> bool:
    """Whether an answer says that an interaction's token no longer works."""
    return code in {_INVALID_TOKEN, _UNKNOWN_WEBHOOK}


def only_the_token_fails(status: int, code: int) -> bool:
    """Whether the token's request was refused, but the same edit through the channel may succeed."""
    by_status = status in {_FORBIDDEN, _NOT_FOUND} and code not in {_UNKNOWN_MESSAGE, _UNKNOWN_CHANNEL}
    return token_is_dead(code) or by_status


@contextlib.asynccontextmanager
async def foreseen(silent_seconds: float = SILENT_SECONDS) -> AsyncIterator[None]:
    """Turn failures of a request to Discord into `Undeliverable` or `NotNow`; our own errors pass through. A request
    that makes no progress for so many seconds counts as failed.
    """
    try:
        async with giving_up_when_stalled(silent_seconds):
            yield
    except Limited as fault:
        raise NotNow(str(fault), limited=fault.seconds) from fault
    except DarkroomError:
        raise
    except discord.HTTPException as fault:
        cause = cause_of(fault.status, fault.code)
        if cause is None:
            raise NotNow(str(fault)) from fault
        raise Undeliverable(str(fault), cause) from fault
    except (aiohttp.ClientError, OSError, TimeoutError) as fault:
        raise NotNow(str(fault) or "no answer from Discord") from fault
    except Exception as fault:
        # discord.py itself fails over some answers, such as a 429 whose body is a proxy's web page.
        log.warning("could not read a response from Discord", exc_info=fault)
        raise NotNow(f"{type(fault).__name__}: {fault}") from fault
