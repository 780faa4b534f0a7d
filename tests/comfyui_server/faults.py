"""Switches for everything that can go wrong with a ComfyUI; each may be thrown while it runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.comfyui_server.hostile import Outburst, Rule

_TRACEBACK = (
    '  File "/srv/ComfyUI/execution.py", line 545, in execute\n    await get_output_data(prompt_id)\n',
    '  File "/srv/ComfyUI/execution.py", line 306, in process_inputs\n    result = f(**inputs)\n',
    '  File "/srv/ComfyUI/nodes.py", line 636, in run\n    return self.model.apply(**inputs)\n',
)


@dataclass(frozen=True, slots=True)
class Failure:
    """How a node ends: as ComfyUI reports it, server paths and all."""

    exception_type: str = "RuntimeError"
    exception_message: str = "Expected all tensors on one device: '/srv/ComfyUI/models/vae.pt'\n"
    traceback: Sequence[str] = _TRACEBACK


OUT_OF_MEMORY = Failure(
    exception_type="torch.OutOfMemoryError",
    exception_message=(
        "Allocation on device 0 would exceed allowed memory. (out of memory)\n"
        "Currently allocated     : 10.52 GiB\nRequested               : 4.00 GiB\n"
        "Device limit            : 11.99 GiB\n\n"
        "This error means you ran out of memory on your GPU.\n\nTIPS: If the workflow worked before you might "
        "have accidentally set the batch_size to a large number."
    ),
)


@dataclass(slots=True)
class Faults:
    """All off: a server in good health."""

    fail: dict[str, Failure] = field(default_factory=dict)
    """class_type -> how every node of that class fails."""
    hang_in: str | None = None
    """A class_type whose nodes never come back, deaf to interrupts, until this is taken away."""
    left: dict[str, Callable[[Any], Any]] = field(default_factory=dict)
    """class_type -> what becomes of all that its nodes leave, in `executed` and in the history."""
    unknown_models: set[str] = field(default_factory=set)
    """Model files that are gone: no longer offered, refused when a prompt names them."""

    partner_nodes: set[str] = field(default_factory=set)
    """Node classes that it says are partner nodes."""

    silent: bool = False
    """Sockets are accepted, and nothing is ever sent."""
    drop_after: int | None = None
    """Each socket is cut off after this many frames."""
    duplicate_events: bool = False

    history_delay: float = 0.01
    """Seconds between execution_success and the entry in `/history`: a real server has that gap too."""
    http_status: dict[str, int] = field(default_factory=dict)
    """Path (without `/api`; what lies below it too) -> the status it answers, instead of doing anything."""
    held: set[str] = field(default_factory=set)
    """Paths (as above) that are done and not answered as long as they stand here."""
    login: str | None = None
    """The user:password that each request and each socket has to bring, as behind a proxy that asks for one."""
    http_delay: float = 0.0
    """Seconds before any request is looked at."""
    rules: list[Rule] = field(default_factory=list)
    """Requests that are answered in another way: the first rule that fits counts."""
    outbursts: list[Outburst] = field(default_factory=list)
    """What jobs' sockets hear besides."""
    lost_replies: int = 0
    """This many prompts are accepted while the connection breaks before the answer."""
    die_after_steps: int | None = None
    """The process dies after this many more sampling steps; `start()` brings up one that knows nothing."""
