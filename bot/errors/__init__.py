"""Every error Darkroom raises, as one tree.

    DarkroomError
    ├── SettingsError        the operator's settings are wrong
    ├── EnvFileUnwritten     the settings that the operator gave cannot be written
    ├── PortTaken            nothing can be served at the address that the operator gave
    ├── PackError            a workflow pack on disk is wrong
    ├── BindError            values do not fit a pack's parameters
    ├── PictureRefused       a picture that a member gave cannot be used
    ├── Unchecked            pictures could not be looked at before they are shown
    ├── Withheld             pictures that a guild's check does not let anybody see
    ├── WorkflowGone         a job's pack is no longer there
    ├── SpoolFailed          a file on its way to Discord could not be stored meanwhile
    ├── LimitReached         a member has ordered as much as he may
    ├── LedgerAway           the database cannot be used at the moment
    ├── LedgerTooNew         the database was made by a newer Darkroom
    ├── LedgerNotCopied      the database has to be upgraded, and no copy of it could be made before
    ├── LedgerNotUpgraded    the database's upgrade failed, and it is as it was
    └── ComfyError           something between us and a ComfyUI
        ├── Unreachable      no answer, or not ComfyUI's answer: the server's trouble
        │   ├── NotComfyUI   the address leads to something else
        │   ├── LockedOut    it wants a password, or does not take the one it got
        │   └── Busy         it says when to come again
        ├── Refused          what it answered to this job's own request, while it answers others well
        ├── Rejected         the graph was refused before it ran
        ├── NodeFailed       a node raised while it ran
        │   └── OutOfMemory
        ├── Interrupted      somebody stopped it
        ├── Lost             the server no longer knows the prompt, or has lost its files
        ├── Oversized        a file of its is larger than anybody can use here
        └── NoOutput         the workflow ended well and made nothing

A leaf says what is wrong in its fields; what people read is written in `bot.messages.rendering.error_wording`.
"""

from bot.errors.comfyui import (
    Busy,
    ComfyError,
    FailureKind,
    Interrupted,
    LockedOut,
    Lost,
    NodeFailed,
    NodeFault,
    NoOutput,
    NotComfyUI,
    OutOfMemory,
    Oversized,
    Refused,
    Rejected,
    Unreachable,
)
from bot.errors.ledger import LedgerAway, LedgerNotCopied, LedgerNotUpgraded, LedgerTooNew
from bot.errors.operator import EnvFileUnwritten, PortTaken, SettingsError
from bot.errors.requests import LimitReached, PictureRefused, SpoolFailed, Unchecked, Withheld
from bot.errors.root import DarkroomError
from bot.errors.workflows import BindError, PackError, Problem, WorkflowGone

__all__ = [
    "BindError",
    "Busy",
    "ComfyError",
    "DarkroomError",
    "EnvFileUnwritten",
    "FailureKind",
    "Interrupted",
    "LedgerAway",
    "LedgerNotCopied",
    "LedgerNotUpgraded",
    "LedgerTooNew",
    "LimitReached",
    "LockedOut",
    "Lost",
    "NoOutput",
    "NodeFailed",
    "NodeFault",
    "NotComfyUI",
    "OutOfMemory",
    "Oversized",
    "PackError",
    "PictureRefused",
    "PortTaken",
    "Problem",
    "Refused",
    "Rejected",
    "SettingsError",
    "SpoolFailed",
    "Unchecked",
    "Unreachable",
    "Withheld",
    "WorkflowGone",
]
