"""ComfyUI's HTTP routes, each also below `/api`."""

import asyncio
import copy
import io
import json
import logging
import time
import uuid
from base64 import b64encode
from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web
from aiohttp.typedefs import Handler
from PIL import Image

from tests.comfyui_server.execution import Executor, Surroundings
from tests.comfyui_server.hostile.requests import read_asked
from tests.comfyui_server.hostile.rules import rule_for
from tests.comfyui_server.job_queue import Job
from tests.comfyui_server.jobs_api import JobsApi, is_canonical_uuid
from tests.comfyui_server.validation import validate
from tests.comfyui_server.versions import MAX_UPLOAD_SIZE

_SECRETS: Final = ("auth_token_comfy_org", "api_key_comfy_org")
# How often a request that is held looks whether it may go on.
_HOLD_POLL: Final = 0.005
_GIB: Final = 1024**3

_log: Final = logging.getLogger(__name__)


class App:
    def __init__(
        self,
        surroundings: Surroundings,
        executor: Executor,
        submitted: list[dict[str, Any]],
        viewed: list[str],
        freed: list[float],
    ) -> None:
        self._around: Final = surroundings
        self._executor: Final = executor
        self._submitted: Final = submitted
        self._viewed: Final = viewed
        self._freed: Final = freed

    def build(self) -> web.Application:
        app = web.Application(client_max_size=MAX_UPLOAD_SIZE, middlewares=[self._faulty])
        routes = [
            web.get("/ws", self._around.sockets.handle),
            web.get("/prompt", self.exec_info),
            web.post("/prompt", self.submit),
            web.get("/queue", self.queue),
            web.post("/queue", self.change_queue),
            web.post("/interrupt", self.interrupt),
            web.get("/history", self.history),
            web.get("/history/{prompt_id}", self.history_of),
            web.post("/history", self.change_history),
            web.post("/free", self.free),
            web.get("/view", self.view),
            web.post("/upload/image", self.upload),
            web.get("/object_info", self.object_info),
            web.get("/object_info/{class_type}", self.object_info_of),
            web.get("/models", self.model_folders),
            web.get("/models/{folder}", self.models),
            web.get("/embeddings", self.embeddings),
            web.get("/system_stats", self.system_stats),
        ]
        if self._around.version.feature_flags is not None:
            routes.append(web.get("/features", self.features))
        for route in routes:
            app.router.add_route(route.method, route.path, route.handler)
            app.router.add_route(route.method, f"/api{route.path}", route.handler)
        if self._around.version.jobs_api:
            app.router.add_routes(JobsApi(self._around.queue, self._executor).routes())
        return app

    @web.middleware
    async def _faulty(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        faults = self._around.faults
        if faults.http_delay:
            await asyncio.sleep(faults.http_delay)
        if faults.login is not None:
            sent = b64encode(faults.login.encode()).decode()
            if request.headers.get("Authorization") != f"Basic {sent}":
                return web.Response(status=401, headers={"WWW-Authenticate": "Basic"})
        path = request.path.removeprefix("/api") if request.path.startswith("/api/") else request.path
        for broken, status in faults.http_status.items():
            if path == broken or path.startswith(f"{broken}/"):
                return web.Response(status=status, text=f"{status}: broken on purpose")
        if faults.rules:
            asked = await read_asked(request, self._body_of, self._around.made)
            if (rule := rule_for(faults.rules, asked)) is not None:
                return await rule.take()(request, handler)
        response = await handler(request)
        while path in faults.held:  # noqa: ASYNC110 - a switch is set by anybody
            await asyncio.sleep(_HOLD_POLL)
        return response

    def _body_of(self, prompt_id: str) -> Mapping[str, Any] | None:
        return next((body for body in reversed(self._submitted) if body.get("prompt_id") == prompt_id), None)

    async def submit(self, request: web.Request) -> web.Response:
        try:
            body = await request.json()
            self._submitted.append(copy.deepcopy(body))
            response = self._accept(body)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # What ComfyUI's own code stumbles over ends as aiohttp's plain-text 500.
            _log.warning("stumbled over a prompt", exc_info=True)
            raise web.HTTPInternalServerError(
                text="500 Internal Server Error\n\nServer got itself in trouble"
            ) from error
        faults = self._around.faults
        if faults.lost_replies and response.status == web.HTTPOk.status_code:
            faults.lost_replies -= 1
            if request.transport is not None:
                request.transport.abort()
        return response

    def _accept(self, body: dict[str, Any]) -> web.Response:
        version = self._around.version
        number = self._around.queue.number(body)
        prompt_id = body.get("prompt_id") if version.chooses_prompt_id else None
        if prompt_id is None and (version.checks_prompt_id or "prompt_id" not in body):
            prompt_id = str(uuid.uuid4())
        if version.checks_prompt_id and not is_canonical_uuid(prompt_id):
            details = (
                "prompt_id must be a UUID string in canonical lowercase hyphenated form; "
                "omit it to let the server generate one"
            )
            return _refused(_error("invalid_prompt_id", "prompt_id must be a valid UUID", details))
        if "prompt" not in body:
            return _refused(_error("no_prompt", "No prompt provided", "No prompt provided"))
        verdict = validate(
            body["prompt"],
            body.get("partial_execution_targets"),
            self._around.catalogue,
            version,
            self._around.storage,
        )
        extra_data = body.get("extra_data", {})
        if "client_id" in body:
            extra_data["client_id"] = body["client_id"]
        if verdict.error is not None:
            return _refused(verdict.error, verdict.node_errors)
        extra_data = {key: value for key, value in extra_data.items() if key not in _SECRETS}
        if version.create_time:
            extra_data["create_time"] = int(time.time() * 1000)
        self._around.queue.put(Job(number, str(prompt_id), body["prompt"], extra_data, verdict.outputs))
        accepted = {"prompt_id": str(prompt_id), "number": number, "node_errors": verdict.node_errors}
        return web.json_response(accepted)

    async def exec_info(self, _: web.Request) -> web.Response:
        return web.json_response({"exec_info": {"queue_remaining": self._around.queue.remaining}})

    async def queue(self, _: web.Request) -> web.Response:
        queue = self._around.queue
        running = [queue.running.row()] if queue.running else []
        return web.json_response({"queue_running": running, "queue_pending": [job.row() for job in queue.pending]})

    async def change_queue(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("clear"):
            self._around.queue.clear()
        for prompt_id in body.get("delete", []):
            self._around.queue.delete(prompt_id)
        return web.Response()

    async def interrupt(self, request: web.Request) -> web.Response:
        try:
            prompt_id = (await request.json()).get("prompt_id")
        except json.JSONDecodeError:
            prompt_id = None
        running = self._around.queue.running
        if (
            not prompt_id
            or not self._around.version.targeted_interrupt
            or (running is not None and running.prompt_id == prompt_id)
        ):
            self._executor.interrupt()
        return web.Response()

    async def history(self, request: web.Request) -> web.Response:
        entries = list(self._around.queue.history.items())
        if "max_items" in request.query:
            count = int(request.query["max_items"])
            offset = int(request.query.get("offset", max(0, len(entries) - count)))
            entries = entries[offset : offset + count]
        return web.json_response(dict(entries))

    async def history_of(self, request: web.Request) -> web.Response:
        prompt_id = request.match_info["prompt_id"]
        entry = self._around.queue.history.get(prompt_id)
        return web.json_response({prompt_id: entry} if entry else {})

    async def change_history(self, request: web.Request) -> web.Response:
        body = await request.json()
        if body.get("clear"):
            self._around.queue.history.clear()
        for prompt_id in body.get("delete", []):
            self._around.queue.history.pop(prompt_id, None)
        return web.Response()

    async def free(self, request: web.Request) -> web.Response:
        if (await request.json()).get("free_memory"):
            self._executor.free_asked = True
            self._freed.append(time.monotonic())
        return web.Response()

    async def view(self, request: web.Request) -> web.StreamResponse:
        query = request.query
        if "filename" not in query:
            raise web.HTTPNotFound
        self._viewed.append(query["filename"])
        path = self._around.storage.path(query["filename"], query.get("subfolder", ""), query.get("type", "output"))
        if not path.is_file():
            raise web.HTTPNotFound
        headers = {"Content-Disposition": f'filename="{path.name}"'}
        if "preview" in query:
            image_format, _, quality = query["preview"].partition(";")
            image_format = image_format if image_format in {"webp", "jpeg"} else "webp"
            picture = await asyncio.to_thread(
                _converted, path.read_bytes(), image_format, int(quality) if quality.isdecimal() else 90
            )
            return web.Response(body=picture, content_type=f"image/{image_format}", headers=headers)
        return web.FileResponse(path, headers=headers)

    async def upload(self, request: web.Request) -> web.Response:
        form = await request.post()
        image = form.get("image")
        if not isinstance(image, web.FileField) or not image.filename:
            raise web.HTTPBadRequest
        subfolder, folder_type = str(form.get("subfolder", "")), str(form.get("type", "input"))
        name = self._around.storage.upload(
            image.file.read(),
            image.filename,
            subfolder,
            folder_type,
            overwrite=form.get("overwrite") in {"true", "1"},
        )
        return web.json_response({"name": name, "subfolder": subfolder, "type": folder_type})

    async def object_info(self, _: web.Request) -> web.Response:
        return web.json_response(self._around.catalogue.object_info())

    async def object_info_of(self, request: web.Request) -> web.Response:
        class_type = request.match_info["class_type"]
        known = self._around.catalogue.object_info()
        return web.json_response({class_type: known[class_type]} if class_type in known else {})

    async def model_folders(self, _: web.Request) -> web.Response:
        return web.json_response(self._around.catalogue.folders())

    async def models(self, request: web.Request) -> web.Response:
        models = self._around.catalogue.models(request.match_info["folder"])
        if models is None:
            raise web.HTTPNotFound
        return web.json_response(models)

    async def embeddings(self, _: web.Request) -> web.Response:
        return web.json_response([])

    async def features(self, _: web.Request) -> web.Response:
        return web.json_response(dict(self._around.version.feature_flags or {}))

    async def system_stats(self, _: web.Request) -> web.Response:
        system = {
            "os": "posix",
            "ram_total": 64 * _GIB,
            "ram_free": 40 * _GIB,
            "comfyui_version": self._around.version.name,
            "python_version": "3.12.11 (main)",
            "pytorch_version": "2.8.0+cu129",
            "embedded_python": False,
            "argv": ["main.py"],
        }
        device = {
            "name": "cuda:0 NVIDIA GeForce RTX 4090 : cudaMallocAsync",
            "type": "cuda",
            "index": 0,
            "vram_total": 24 * _GIB,
            "vram_free": 18 * _GIB,
            "torch_vram_total": 5 * _GIB,
            "torch_vram_free": _GIB,
        }
        return web.json_response({"system": system, "devices": [device]})


def _converted(content: bytes, image_format: str, quality: int) -> bytes:
    buffer = io.BytesIO()
    with Image.open(io.BytesIO(content)) as picture:
        picture.convert("RGB").save(buffer, image_format, quality=quality)
    return buffer.getvalue()


def _error(kind: str, message: str, details: str) -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": {}}


def _refused(error: dict[str, Any], node_errors: dict[str, Any] | None = None) -> web.Response:
    return web.json_response({"error": error, "node_errors": node_errors or {}}, status=400)
