"""Every error Darkroom raises, as one tree.

    DarkroomError
    ├── SettingsError        the operator's settings are wrong
    ├── EnvFileUnwritten     the settings file cannot be written
    ├── AlreadyRunning       another process uses the same DATA_DIR
    ├── PortTaken            a page cannot be served at the operator's address
    ├── PackError            a workflow pack is wrong
    ├── BindError            values do not fit a pack's parameters
    ├── PictureRefused       a member's image cannot be used
    ├── StylesUnreadable     a file has no styles that can be read
    ├── Unchecked            a job's images could not be checked
    ├── Withheld             a guild's image check refuses a job's images
    ├── WorkflowGone         a job's pack no longer exists
    ├── SpoolFailed          a file on its way to Discord could not be stored or was lost
    ├── LimitReached         a member has used up a limit
    ├── LinkUsed             a link to the paint page was used before
    ├── LedgerAway           the database cannot be used at the moment
    ├── LedgerTooNew         a newer Darkroom has upgraded the database
    ├── LedgerNotCopied      the database was not upgraded, because it could not be backed up first
    ├── LedgerNotUpgraded    the upgrade of the database failed and changed nothing
    └── ComfyError           something failed between us and a ComfyUI server
        ├── Unreachable      no answer, or none that ComfyUI gives: the whole server is at fault
        │   ├── NotComfyUI   the address leads to something else
        │   ├── LockedOut    the server wants a login, or refuses the one it got
        │   ├── Suspended    the server takes no job until its operator acts: no credit, or stopped
        │   └── Busy         the server asks us to retry later
        ├── Refused          one request of a job failed, while the server answers others
        ├── Rejected         the server refused the graph before running it
        ├── PartnersRefused  the graph has nodes that cost credits, and its guild may not use them
        ├── NodeFailed       a node raised while the graph ran
        │   └── OutOfMemory
        ├── Interrupted      the run was stopped
        ├── Lost             the server no longer has the prompt or its files
        ├── Untraceable      nobody can tell whether the server has the prompt
        ├── Oversized        a file on the server is too large to be used
        └── NoOutput         the workflow succeeded but made nothing

An error holds facts in its fields. The words for people are in `bot.messages.rendering.errors.error_wording` and, for
operators, in `bot.terminal`.
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
    PartnersRefused,
    Refused,
    Rejected,
    Suspended,
    Unreachable,
    Untraceable,
)
from bot.errors.ledger import LedgerAway, LedgerNotCopied, LedgerNotUpgraded, LedgerTooNew, LinkUsed
from bot.errors.operator import AlreadyRunning, EnvFileUnwritten, PortTaken, SettingsError
from bot.errors.requests import LimitReached, PictureRefused, SpoolFailed, StylesUnreadable, Unchecked, Withheld
from bot.errors.root import DarkroomError
from bot.errors.workflows import BindError, Fault, PackError, Problem, WorkflowGone

__all__ = [
    "AlreadyRunning",
    "BindError",
    "Busy",
    "ComfyError",
    "DarkroomError",
    "EnvFileUnwritten",
    "FailureKind",
    "Fault",
    "Interrupted",
    "LedgerAway",
    "LedgerNotCopied",
    "LedgerNotUpgraded",
    "LedgerTooNew",
    "LimitReached",
    "LinkUsed",
    "LockedOut",
    "Lost",
    "NoOutput",
    "NodeFailed",
    "NodeFault",
    "NotComfyUI",
    "OutOfMemory",
    "Oversized",
    "PackError",
    "PartnersRefused",
    "PictureRefused",
    "PortTaken",
    "Problem",
    "Refused",
    "Rejected",
    "SettingsError",
    "SpoolFailed",
    "StylesUnreadable",
    "Suspended",
    "Unchecked",
    "Unreachable",
    "Untraceable",
    "Withheld",
    "WorkflowGone",
]
