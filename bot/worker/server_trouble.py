"""What is wrong with a server that cannot be used: for members, for the log, and for when to look again."""

from typing import Final

from bot.comfyui import Server
from bot.errors import Busy, LockedOut, NotComfyUI, Suspended, Unreachable
from bot.ledger import ILL, LOCKED, SUSPENDED

RETRY_SECONDS: Final = (0.5, 1.0, 2.0, 5.0)
_LOCKED_OUT_SECONDS: Final = (*RETRY_SECONDS, 10.0, 20.0, 30.0)
"""Only the operator can correct a login, and some proxies block clients that fail too often."""


def trouble_of(fault: Unreachable) -> str | None:
    """What is wrong with the server, as far as members may know."""
    if isinstance(fault, LockedOut):
        return LOCKED
    if isinstance(fault, Suspended):
        return LOCKED if fault.locked else SUSPENDED
    return ILL if fault.answered else None


async def described(server: Server, fault: Unreachable) -> str:
    """Why the server cannot be used, and what to do about it, for the log."""
    told = fault if isinstance(fault, Busy) or not fault.answered else await server.explained(fault)
    return f"{told.reason} {told.advice}" if isinstance(told, NotComfyUI) else told.reason


def seconds_to_retry(fault: Unreachable, failures: int) -> float:
    """How long to leave the server alone after so many failures before this one."""
    pauses = _LOCKED_OUT_SECONDS if isinstance(fault, LockedOut) else RETRY_SECONDS
    pause = pauses[min(failures, len(pauses) - 1)]
    return max(pause, fault.seconds) if isinstance(fault, Busy) else pause
