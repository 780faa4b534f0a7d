"""Between us and a ComfyUI."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from bot.errors.root import DarkroomError


class ComfyError(DarkroomError):
    """Something went wrong between us and a ComfyUI server."""


class Unreachable(ComfyError):  # noqa: N818
    """The server gave no answer in time, or one that ComfyUI never gives (`answered`). `unsent`: it cannot have heard
    anything.
    """

    def __init__(self, url: str, reason: str, *, unsent: bool = False, answered: bool = False) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason
        self.unsent = unsent
        self.answered = answered


class NotComfyUI(Unreachable):
    """The address is not that of a ComfyUI: `reason` says what is there, `advice` what to do, in sentences for the
    operator.
    """

    def __init__(self, url: str, reason: str, advice: str) -> None:
        super().__init__(url, reason)
        self.advice = advice


class LockedOut(Unreachable):
    """The server answers `status` (401, 403) to everything: it wants to be told who asks."""

    def __init__(self, url: str, status: int) -> None:
        super().__init__(url, f"it answers {status}: it wants a password, or another one", answered=True)
        self.status = status


class Busy(Unreachable):
    """The server wants to be left alone for so many `seconds`."""

    def __init__(self, url: str, route: str, status: int, seconds: float) -> None:
        self.wish = f"come again in {seconds:g} s"
        super().__init__(url, f"{route} answers {status}: {self.wish}", answered=True)
        self.route = route
        self.status = status
        self.seconds = seconds


class Refused(ComfyError):  # noqa: N818
    """A server that is well does not do what this job asks for: `route` answers `status`, or something that cannot be
    read (0). `detail` is the beginning of its answer, or why that cannot be read. `slow`: it took too long over it.
    """

    def __init__(self, route: str, status: int, detail: str, *, slow: bool = False) -> None:
        # Without its first slash: with it, it is taken for a path, and no path is logged.
        super().__init__(f"{route.removeprefix('/')} answers {status or 'nonsense'}: {detail}")
        self.route = route
        self.status = status
        self.detail = detail
        self.slow = slow


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


class FailureKind(StrEnum):
    """Why a node failed, as far as its exception tells."""

    OUT_OF_MEMORY = "out_of_memory"
    TOO_LARGE = "too_large"
    """More than the GPU's libraries can count, whatever its memory."""
    DAMAGED_MODEL = "damaged_model"
    MISSING_MODEL = "missing_model"
    MISMATCHED_MODELS = "mismatched_models"
    MISSING_PACKAGE = "missing_package"
    """A Python package or a library that its code imports."""
    GPU_FAULT = "gpu_fault"
    """No node works on this GPU until ComfyUI starts again."""
    DISK_FULL = "disk_full"
    NO_SERVICE = "no_service"
    """Another computer that it asks was out of reach or did not answer in time."""
    NO_ACCOUNT = "no_account"
    """A paid service that it asks wants a login or credits."""
    OTHER = "other"


class NodeFailed(ComfyError):  # noqa: N818
    """A node raised while the graph ran. `message` is the first line of what the exception says, without the server's
    paths, addresses and control characters (`bot.redaction`); `kind` was read from all of it.
    """

    def __init__(
        self,
        node_id: str,
        class_type: str,
        exception_type: str,
        message: str,
        kind: FailureKind = FailureKind.OTHER,
    ) -> None:
        said = (f"{class_type} {node_id}".strip(), exception_type.rpartition(".")[2], message)
        super().__init__(": ".join(filter(None, said)))
        self.node_id = node_id
        self.class_type = class_type
        self.exception_type = exception_type
        self.message = message
        self.kind = kind


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
