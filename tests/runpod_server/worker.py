"""What worker-comfyui does with a job: its input files and its graph go to the ComfyUI beside it, its images come back.

Its texts about failures are part of the protocol: nothing else says what failed.
"""

import asyncio
import io
import json
import uuid
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from typing import Any, Final

import aiohttp

_POLL: Final = 0.01
Result = dict[str, Any]


class Worker:
    """`bucket` takes an image and returns its address, where the worker has a bucket."""

    def __init__(self, comfyui: str, session: aiohttp.ClientSession) -> None:
        self._comfyui: Final = comfyui
        self._session: Final = session
        self.bucket: Callable[[str, bytes], str] | None = None

    async def handle(self, told: Mapping[str, Any]) -> Result:
        """As `handler` in handler.py: a dict with images, or with an error."""
        if told.get("workflow") is None:
            return {"error": "Missing 'workflow' parameter"}
        images = told.get("images") or []
        if not all("name" in image and "image" in image for image in images):
            return {"error": "'images' must be a list of objects with 'name' and 'image' keys"}
        for image in images:
            await self._upload(image["name"], b64decode(image["image"]))
        prompt_id = str(uuid.uuid4())
        if (refused := await self._queue(told["workflow"], prompt_id)) is not None:
            return {"error": refused}
        try:
            return await self._result(await self._history(prompt_id))
        except asyncio.CancelledError:
            await self._post("/queue", {"delete": [prompt_id]})
            await self._post("/interrupt", {"prompt_id": prompt_id})
            raise

    async def _upload(self, name: str, content: bytes) -> None:
        form = aiohttp.FormData()
        form.add_field("image", io.BytesIO(content), filename=name, content_type="image/png")
        form.add_field("overwrite", "true")
        async with self._session.post(f"{self._comfyui}/upload/image", data=form) as answer:
            assert answer.status == 200

    async def _queue(self, workflow: object, prompt_id: str) -> str | None:
        body = {"prompt": workflow, "client_id": prompt_id, "prompt_id": prompt_id}
        async with self._session.post(f"{self._comfyui}/prompt", json=body) as answer:
            text = await answer.text()
        return None if answer.status == 200 else refusal(text)

    async def _history(self, prompt_id: str) -> dict[str, Any]:
        while True:
            async with self._session.get(f"{self._comfyui}/history/{prompt_id}") as answer:
                history = await answer.json()
            if prompt_id in history:
                entry: dict[str, Any] = history[prompt_id]
                return entry
            await asyncio.sleep(_POLL)

    async def _result(self, entry: dict[str, Any]) -> Result:
        errors = [
            f"Workflow execution error: Node Type: {data['node_type']}, Node ID: {data['node_id']}, "
            f"Message: {data['exception_message']}"
            for name, data in entry["status"]["messages"]
            if name == "execution_error"
        ]
        images = []
        for output in entry["outputs"].values():
            saved = [image for image in output.get("images", []) if image["type"] != "temp"]
            images += [await self._image(image) for image in saved]
        if not images and errors:
            return {"error": "Job processing failed", "details": errors}
        if not images:
            return {"status": "success_no_images", "images": []}
        return {"images": images, **({"errors": errors} if errors else {})}

    async def _image(self, image: dict[str, str]) -> dict[str, str]:
        async with self._session.get(f"{self._comfyui}/view", params=image) as answer:
            content = await answer.read()
        if self.bucket is not None:
            return {"filename": image["filename"], "type": "s3_url", "data": self.bucket(image["filename"], content)}
        return {"filename": image["filename"], "type": "base64", "data": b64encode(content).decode()}

    async def _post(self, path: str, body: object) -> None:
        async with self._session.post(self._comfyui + path, json=body):
            pass


def refusal(text: str) -> str:
    """As `queue_workflow` in handler.py words what ComfyUI answers with 400."""
    told = json.loads(text)
    message = told["error"]["message"]
    if told["error"]["type"] == "prompt_outputs_failed_validation":
        message = "Workflow validation failed"
    details = [
        f"Node {node_id} ({key}): {value}"
        for node_id, node in dict(told["node_errors"] or {}).items()
        for key, value in node.items()
    ]
    if not details:
        return f"{message}. Raw response: {text}"
    return "\n".join([f"{message}:", *(f"• {detail}" for detail in details)])
