"""Errors between us and a ComfyUI server."""

from dataclasses import dataclass
from enum import StrEnum

from bot.errors.root import DarkroomError


class ComfyError(DarkroomError):
    """Something went wrong between us and a ComfyUI server."""


class Unreachable(ComfyError):  # noqa: N818
    """The server gave no answer in time, or one that ComfyUI never gives (`answered`). `unsent`: the request
    cannot have arrived.
    """

    def __init__(self, url: str, reason: str, *, unsent: bool = False, answered: bool = False) -> None:
        super().__init__(f"{url}: {reason}")
        self.url = url
        self.reason = reason
        self.unsent = unsent
        self.answered = answered


class NotComfyUI(Unreachable):
    """The address is not that of a ComfyUI. `reason` (what answers there) and `advice` (what to do) are sentences for
    the operator. `locked`: what answers asks for a login, or refuses the one that it got. `untrusted`: its certificate
    is not trusted.
    """

    def __init__(self, url: str, reason: str, advice: str, *, locked: bool = False, untrusted: bool = False) -> None:
        super().__init__(url, reason)
        self.advice = advice
        self.locked = locked
        self.untrusted = untrusted


class LockedOut(Unreachable):
    """The server, or a proxy before it, answers every request with `status` (401 or 403). `knocked`: we sent a login,
    which it refuses. `only`: the one route that it refuses, without which no job can run.
    """

    def __init__(self, url: str, status: int, *, knocked: bool, only: str | None = None) -> None:
        sent = "it refuses the login or the key in the settings"
        unsent = "it asks for a login, in COMFYUI_URLS or COMFYUI_HEADERS"
        told = (sent if knocked else unsent) if only is None else f"it lets the bot in, but not to {only}"
        super().__init__(url, f"{told} ({status})", answered=True)
        self.status = status
        self.only = only


class Suspended(Unreachable):
    """The server takes no job until its operator acts: its account is out of credit, its deployment was stopped, or the
    key may look but not send (`locked`). `reason` says what to do. Nothing was sent, and nothing costs anything.
    """

    def __init__(self, url: str, reason: str, *, locked: bool = False) -> None:
        super().__init__(url, reason, unsent=True, answered=True)
        self.locked = locked


class Busy(Unreachable):
    """The server asks us to send nothing for `seconds`."""

    def __init__(self, url: str, route: str, status: int, seconds: float) -> None:
        self.wish = f"retry in {seconds:g} s"
        super().__init__(url, f"{route} answered {status}: {self.wish}", answered=True)
        self.route = route
        self.status = status
        self.seconds = seconds


class Refused(ComfyError):  # noqa: N818
    """One request of a job failed, while the server answers others. `route` answered with `status`, which is 0 if the
    answer cannot be read or did not come. `detail` is the beginning of the answer, or why it cannot be read. `slow`: it
    timed out.
    """

    def __init__(self, route: str, status: int, detail: str, *, slow: bool = False) -> None:
        # Without its first slash, because with it the log would mask the route as a path.
        what = f"answered {status}" if status else "gave no usable answer"
        super().__init__(f"{route.removeprefix('/')} {what}: {detail}")
        self.route = route
        self.status = status
        self.detail = detail
        self.slow = slow


@dataclass(frozen=True, slots=True)
class NodeFault:
    """The fault of one node in a rejected graph, from ComfyUI's `node_errors`.

    `outputs` are the output nodes that depend on this node, so none of them runs.
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


class PartnersRefused(ComfyError):  # noqa: N818
    """The graph has partner nodes, which cost credits, and its guild may not use them. Nothing was sent."""


class FailureKind(StrEnum):
    """Why a node failed, as far as its exception shows."""

    OUT_OF_MEMORY = "out_of_memory"
    TOO_LARGE = "too_large"
    """Larger than the GPU's libraries can index, whatever the memory."""
    TOO_SLOW = "too_slow"
    """Stopped, because it ran longer than the server allows."""
    DAMAGED_MODEL = "damaged_model"
    MISSING_MODEL = "missing_model"
    MISMATCHED_MODELS = "mismatched_models"
    MISSING_PACKAGE = "missing_package"
    """The node's code imports a Python package or a library that is not installed."""
    GPU_FAULT = "gpu_fault"
    """No node works on this GPU until ComfyUI restarts."""
    DISK_FULL = "disk_full"
    NO_SERVICE = "no_service"
    """A service that the node uses was unreachable or timed out."""
    NO_ACCOUNT = "no_account"
    """A paid service that the node uses wants a login or credits."""
    OTHER = "other"


class NodeFailed(ComfyError):  # noqa: N818
    """A node raised while the graph ran. `message` is the first line of the exception's text, without the server's
    paths, addresses and control characters (`bot.redaction`). `kind` was derived from the whole text. `whole_message`
    and `traceback` are texts of several lines, redacted as well.
    """

    def __init__(
        self,
        node_id: str,
        class_type: str,
        exception_type: str,
        message: str,
        kind: FailureKind = FailureKind.OTHER,
        whole_message: str = "",
        traceback: str = "",
    ) -> None:
        said = (f"{class_type} {node_id}".strip(), exception_type.rpartition(".")[2], message)
        super().__init__(": ".join(filter(None, said)))
        self.node_id = node_id
        self.class_type = class_type
        self.exception_type = exception_type
        self.message = message
        self.kind = kind
        self.whole_message = whole_message
        self.traceback = traceback


class OutOfMemory(NodeFailed):
    """A node ran out of (video) memory."""


class Interrupted(ComfyError):  # noqa: N818
    """The prompt was stopped, by us or by someone else on the server."""


class Lost(ComfyError):  # noqa: N818
    """The server no longer knows the prompt: it restarted, or the prompt was deleted there."""


class Untraceable(ComfyError):  # noqa: N818
    """The prompt may have been sent, or may have run, and this kind of server offers no way to find out. Sending it
    again could run it, and cost it, twice.
    """


class Oversized(ComfyError):  # noqa: N818
    """A file on the server has `size` bytes, more than the caller allows. It was not fetched."""

    def __init__(self, filename: str, size: int) -> None:
        super().__init__(f"{filename}: {size} bytes")
        self.size = size


class NoOutput(ComfyError):  # noqa: N818
    """The prompt succeeded, but left nothing to deliver."""
