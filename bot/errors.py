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
        ├── Unreachable      no answer, or not ComfyUI's answer
        ├── Rejected         the graph was refused before it ran
        ├── NodeFailed       a node raised while it ran
        │   └── OutOfMemory
        ├── Interrupted      somebody stopped it
        ├── Lost             the server no longer knows the prompt, or has lost its files
        ├── Oversized        a file of its is larger than anybody can use here
        └── NoOutput         the workflow ended well and made nothing

A leaf says what is wrong in its fields; what people read is written in `bot.messages.wording`.
"""

from __future__ import annotations

from dataclasses import dataclass


class DarkroomError(Exception):
    """The root: everything below is foreseen and can be explained to somebody."""


class SettingsError(DarkroomError):
    """One or more settings are wrong; `faults` holds a sentence for the operator each."""

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class EnvFileUnwritten(DarkroomError):  # noqa: N818 - the tree reads as what happened, not as *Error
    """The file with the settings could not be written, and is as it was; `reason` is the operating system's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class PortTaken(DarkroomError):  # noqa: N818 - the tree reads as what happened, not as *Error
    """Health and metrics cannot be served at this `address`; `reason` is the operating system's."""

    def __init__(self, address: str, reason: str) -> None:
        super().__init__(f"{address}: {reason}")
        self.address = address
        self.reason = reason


class PackError(DarkroomError):
    """A workflow pack cannot be used; `faults` holds a sentence for the operator each."""

    def __init__(self, name: str, faults: tuple[str, ...]) -> None:
        super().__init__(f"{name}: " + "; ".join(faults))
        self.name = name
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Problem:
    """One value that does not fit one parameter.

    `code` is one of: unknown, missing, wrong_type, too_small, too_large, off_step, not_a_choice, no_choices, too_long,
    outside. The last: it may name a file or a place that nobody may reach from here. `limit` is the bound or the
    choices that were broken. `parameter` may also be an input of the graph, as `title.input`.
    """

    parameter: str
    code: str
    value: object = None
    limit: object = None


class BindError(DarkroomError):
    """Values do not fit a pack; `problems` lists every one of them."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(", ".join(f"{p.parameter}: {p.code}" for p in problems))
        self.problems = problems


class PictureRefused(DarkroomError):  # noqa: N818 - the tree reads as what happened, not as *Error
    """A picture that a member gave cannot be used.

    `code` is one of: not_a_picture, too_many_bytes, too_many_pixels, not_fetched, gone. `limit` is the bound that was
    broken: bytes or pixels.
    """

    def __init__(self, code: str, limit: int | None = None) -> None:
        super().__init__(code if limit is None else f"{code} (limit {limit})")
        self.code = code
        self.limit = limit


class Unchecked(DarkroomError):  # noqa: N818
    """The picture check could not look at a picture; `reason` is for the log."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Withheld(DarkroomError):  # noqa: N818
    """A guild's picture check refuses what a job has made."""


class WorkflowGone(DarkroomError):  # noqa: N818 - the tree reads as what happened, not as *Error
    """A job was ordered from a pack that has been taken away since; `name` is the pack's."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class SpoolFailed(DarkroomError):  # noqa: N818
    """A file could not be written to the spool, or is gone from it; `reason` is the operating system's."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class LimitReached(DarkroomError):  # noqa: N818 - the tree reads as what happened, not as *Error
    """A job would be one too many for its member.

    `code` is queued (jobs waiting at once) or daily (pictures in 24 hours); `frees_at` is when that changes, in seconds
    since 1970: None where that is not known, infinity where it never does.
    """

    def __init__(self, code: str, limit: int, frees_at: float | None) -> None:
        super().__init__(f"{code} (limit {limit})")
        self.code = code
        self.limit = limit
        self.frees_at = frees_at


class LedgerAway(DarkroomError):  # noqa: N818
    """The database is locked, full, gone or does not answer. Nothing was written."""


class LedgerTooNew(DarkroomError):  # noqa: N818
    """The database was upgraded by a newer Darkroom, to a `revision` that this one does not know."""

    def __init__(self, revision: str) -> None:
        super().__init__(revision)
        self.revision = revision


class LedgerNotCopied(DarkroomError):  # noqa: N818
    """An older `ledger` (a path) could not be copied to the path `copy`, for this `reason`: it was not upgraded."""

    def __init__(self, ledger: str, copy: str, reason: str) -> None:
        super().__init__(f"{copy}: {reason}")
        self.ledger = ledger
        self.copy = copy
        self.reason = reason


class LedgerNotUpgraded(DarkroomError):  # noqa: N818
    """The upgrade of the database to the revision `wanted` failed; its tables are those of `found`, as they were.

    `found` None: it had none. `copy` is the path of what was copied before; None: nothing was.
    """

    def __init__(self, found: str | None, wanted: str, reason: str, copy: str | None) -> None:
        super().__init__(f"{found} to {wanted}: {reason}")
        self.found = found
        self.wanted = wanted
        self.reason = reason
        self.copy = copy


class ComfyError(DarkroomError):
    """Something went wrong between us and a ComfyUI server."""


class Unreachable(ComfyError):  # noqa: N818
    """The server gave no answer in time, or one that ComfyUI never gives. `unsent`: it cannot have heard anything."""

    def __init__(self, url: str, reason: str, *, unsent: bool = False) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason
        self.unsent = unsent


@dataclass(frozen=True, slots=True)
class NodeFault:
    """One node's complaint in a refused graph, as ComfyUI's `node_errors` gives it.

    `outputs` are the output nodes that need this one: none of them runs.
    """

    node_id: str
    class_type: str
    type: str
    message: str
    details: str
    input_name: str | None = None
    received: object = None
    outputs: tuple[str, ...] = ()


class Rejected(ComfyError):  # noqa: N818
    """The server refused the graph before running it. Nothing was queued."""

    def __init__(self, type_: str, message: str, node_faults: tuple[NodeFault, ...] = ()) -> None:
        super().__init__(f"{type_}: {message} ({len(node_faults)} node faults)")
        self.type = type_
        self.message = message
        self.node_faults = node_faults


class NodeFailed(ComfyError):  # noqa: N818
    """A node raised while the graph ran."""

    def __init__(self, node_id: str, class_type: str, exception_type: str, exception_message: str) -> None:
        super().__init__(f"{class_type} {node_id}: {exception_type}: {exception_message}")
        self.node_id = node_id
        self.class_type = class_type
        self.exception_type = exception_type
        self.exception_message = exception_message


class OutOfMemory(NodeFailed):
    """A node ran out of (video) memory."""


class Interrupted(ComfyError):  # noqa: N818
    """The prompt was stopped, by us or by somebody at the server."""


class Lost(ComfyError):  # noqa: N818
    """The server no longer knows the prompt: it restarted, or the prompt was deleted there."""


class Oversized(ComfyError):  # noqa: N818
    """A file on the server has `size` bytes, more than was asked for. It was not fetched."""

    def __init__(self, filename: str, size: int) -> None:
        super().__init__(f"{filename}: {size} bytes")
        self.size = size


class NoOutput(ComfyError):  # noqa: N818
    """The prompt ended well, but left nothing that could be delivered."""
