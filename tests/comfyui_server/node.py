"""The contract between the executor and what a node class does."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from PIL import Image

from tests.comfyui_server.faults import Failure
from tests.comfyui_server.storage import Storage
from tests.comfyui_server.validation import Graph
from tests.comfyui_server.versions import Version


class Interrupted(Exception):  # noqa: N818 -- it is the user's wish, no error
    """Somebody interrupted the running job."""


class NodeFailed(Exception):  # noqa: N818 -- the failure is the node's, and it is what is reported
    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.exception_message)
        self.failure = failure


@dataclass(frozen=True, slots=True)
class Frame:
    """An image for the socket; made only when somebody listens."""

    draw: Callable[[], Image.Image]
    image_format: Literal["JPEG", "PNG"] = "JPEG"
    as_it_is: bool = False
    """Otherwise it fills the square of a preview, also when the image is smaller."""


class Tick(Protocol):
    async def __call__(self, value: int, maximum: int, frame: Frame | None = None) -> None:
        """Report progress. Raises Interrupted when that was asked for since the last tick."""


@dataclass(frozen=True, slots=True)
class Call:
    """One run of one node: widget values and linked values by input name."""

    inputs: Mapping[str, Any]
    graph: Graph
    """As SaveImage embeds it: with the fingerprints that the server wrote into it."""
    extra_pnginfo: Mapping[str, Any]
    storage: Storage
    version: Version
    preview_size: int
    tick: Tick


@dataclass(frozen=True, slots=True)
class Result:
    outputs: tuple[Any, ...] = field(default=())
    ui: dict[str, Any] | None = None


Run = Callable[[Call], Awaitable[Result]]
