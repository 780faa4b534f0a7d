"""What a running job tells its client: messages, node progress and previews, in the real server's order."""

import asyncio
import io
import time
from typing import Any, Final

from PIL import Image, ImageOps

from tests.comfyui_server.job_queue import Job
from tests.comfyui_server.node import Frame
from tests.comfyui_server.sockets import Sockets
from tests.comfyui_server.versions import Version

_JPEG_QUALITY: Final = 95


class Progress:
    def __init__(self, job: Job, sockets: Sockets, version: Version, preview_size: int) -> None:
        self._job: Final = job
        self._sockets: Final = sockets
        self._version: Final = version
        self._preview_size: Final = preview_size
        self._nodes: Final[dict[str, dict[str, Any]]] = {}
        self.messages: Final[list[list[Any]]] = []
        """What goes into the history: `[event, data]` pairs."""
        # Only servers that know the option look at it.
        method = job.extra_data.get("preview_method") if version.jobs_api else None
        self.previews: Final = method != "none"

    def message(self, event: str, *, broadcast: bool = False, **body: object) -> None:
        """A milestone: into the history, and to the submitter if there is one."""
        stamped = {"prompt_id": self._job.prompt_id, **body, "timestamp": int(time.time() * 1000)}
        self.messages.append([event, stamped])
        if broadcast or self._job.client_id is not None:
            self._sockets.post(event, stamped, self._job.client_id)

    def executing(self, node_id: str | None) -> None:
        if self._job.client_id is None:
            return
        body = {"node": node_id, "prompt_id": self._job.prompt_id}
        if node_id is not None:
            body = {"node": node_id, "display_node": node_id, "prompt_id": self._job.prompt_id}
            self._sockets.executing = (self._job.client_id, node_id)
        self._sockets.post("executing", body, self._job.client_id)

    def executed(self, node_id: str, output: dict[str, Any] | None) -> None:
        if self._job.client_id is None:
            return
        body = {
            "node": node_id,
            "display_node": node_id,
            "output": output,
            "prompt_id": self._job.prompt_id,
        }
        self._sockets.post("executed", body, self._job.client_id)

    def started(self, node_id: str) -> None:
        self._state(node_id, 0.0, 1.0, "running")

    def finished(self, node_id: str) -> None:
        maximum = self._nodes[node_id]["max"] if node_id in self._nodes else 1
        self._state(node_id, maximum, maximum, "finished")

    async def tick(self, node_id: str, value: int, maximum: int, frame: Frame | None) -> None:
        """A preview with metadata comes before its `progress`, one without after it."""
        client_id = self._job.client_id
        self._state(node_id, value, maximum, "running")
        with_metadata = self._sockets.wants_metadata(client_id)
        picture = None
        if frame is not None and self._sockets.listening(client_id):
            picture = await asyncio.to_thread(_encode, frame, self._preview_size)
        if frame is not None and picture is not None and with_metadata:
            metadata = {**self._names(node_id), "image_type": f"image/{frame.image_format.lower()}"}
            self._sockets.post_picture_with_metadata(picture, metadata, client_id)
        body = {"value": value, "max": maximum, "prompt_id": self._job.prompt_id, "node": node_id}
        self._sockets.post("progress", body, client_id)
        if frame is not None and picture is not None and not with_metadata:
            self._sockets.post_picture(picture, frame.image_format, client_id)

    def _state(self, node_id: str, value: float, maximum: float, state: str) -> None:
        if not self._version.progress_state:
            return
        self._nodes[node_id] = {
            "value": value,
            "max": maximum,
            "state": state,
            **self._names(node_id),
        }
        body = {"prompt_id": self._job.prompt_id, "nodes": self._nodes}
        self._sockets.post("progress_state", body, self._job.client_id)

    def _names(self, node_id: str) -> dict[str, Any]:
        return {
            "node_id": node_id,
            "prompt_id": self._job.prompt_id,
            "display_node_id": node_id,
            "parent_node_id": None,
            "real_node_id": node_id,
        }


def _encode(frame: Frame, preview_size: int) -> bytes:
    picture = frame.draw()
    if not frame.as_it_is:
        picture = ImageOps.contain(picture, (preview_size, preview_size), Image.Resampling.BILINEAR)
    buffer = io.BytesIO()
    picture.save(buffer, frame.image_format, quality=_JPEG_QUALITY, compress_level=1)
    return buffer.getvalue()
