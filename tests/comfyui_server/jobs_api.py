"""`/api/jobs`: what newer servers say about a job from its submit to its end, and how they cancel it."""

import uuid
from typing import Any, Final

from aiohttp import web

from tests.comfyui_server.execution import Executor
from tests.comfyui_server.job_queue import HistoryEntry, Job, JobQueue

_PREVIEWABLE: Final = {"images", "gifs", "video", "audio", "3d"}


class JobsApi:
    def __init__(self, queue: JobQueue, executor: Executor) -> None:
        self._queue: Final = queue
        self._executor: Final = executor

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/api/jobs", self.page),
            web.post("/api/jobs/cancel", self.cancel_several),
            web.get("/api/jobs/{prompt_id}", self.show),
            web.post("/api/jobs/{prompt_id}/cancel", self.cancel),
        ]

    async def page(self, request: web.Request) -> web.Response:
        wanted = {status for status in request.query.get("status", "").split(",") if status}
        offset, limit = int(request.query.get("offset", "0")), request.query.get("limit")
        jobs = [job for job in self._all() if not wanted or job["status"] in wanted]
        jobs.sort(key=lambda job: job["create_time"], reverse=True)
        page = jobs[offset : offset + int(limit) if limit else None]
        pagination = {
            "offset": offset,
            "limit": int(limit) if limit else None,
            "total": len(jobs),
            "has_more": offset + len(page) < len(jobs),
        }
        return web.json_response({"jobs": page, "pagination": pagination})

    async def show(self, request: web.Request) -> web.Response:
        prompt_id = request.match_info["prompt_id"]
        for job in self._all(details=True):
            if job["id"] == prompt_id:
                return web.json_response(job)
        return web.json_response({"error": "Job not found"}, status=404)

    async def cancel(self, request: web.Request) -> web.Response:
        return web.json_response({"cancelled": self._cancel(request.match_info["prompt_id"])})

    async def cancel_several(self, request: web.Request) -> web.Response:
        prompt_ids = (await request.json()).get("job_ids", [])
        invalid = [prompt_id for prompt_id in prompt_ids if not is_canonical_uuid(prompt_id)]
        if invalid:
            error = {"error": "job_ids contains invalid id(s)", "invalid_ids": invalid}
            return web.json_response(error, status=400)
        cancelled = [self._cancel(prompt_id) for prompt_id in prompt_ids]
        return web.json_response({"cancelled": any(cancelled)})

    def _cancel(self, prompt_id: str) -> bool:
        running = self._queue.running
        if running is not None and running.prompt_id == prompt_id:
            self._executor.interrupt()
            return True
        return self._queue.delete(prompt_id)

    def _all(self, *, details: bool = False) -> list[dict[str, Any]]:
        jobs = [_open_job(job, "pending") for job in self._queue.pending]
        if self._queue.running is not None:
            jobs.append(_open_job(self._queue.running, "in_progress"))
        listed = {job["id"] for job in jobs}
        # One that runs a second time is shown as running.
        return jobs + [
            _closed_job(prompt_id, entry, details=details)
            for prompt_id, entry in self._queue.history.items()
            if prompt_id not in listed
        ]


def is_canonical_uuid(value: object) -> bool:
    try:
        return isinstance(value, str) and str(uuid.UUID(value)) == value
    except ValueError:
        return False


def _open_job(job: Job, status: str) -> dict[str, Any]:
    return {
        "id": job.prompt_id,
        "status": status,
        "priority": job.number,
        "create_time": job.extra_data["create_time"],
        "outputs_count": 0,
        "previewable_outputs_count": 0,
    }


def _closed_job(prompt_id: str, entry: HistoryEntry, *, details: bool) -> dict[str, Any]:
    number, _, graph, extra_data, _ = entry["prompt"]
    messages = entry["status"]["messages"]
    last_event, last = messages[-1]
    statuses = {"execution_success": "completed", "execution_interrupted": "cancelled"}
    files = [
        (kind, {**file, "nodeId": node_id, "mediaType": kind})
        for node_id, output in entry["outputs"].items()
        for kind, listed in output.items()
        for file in listed
        if isinstance(file, dict)
    ]
    previewable = [file for kind, file in files if kind in _PREVIEWABLE]
    job: dict[str, Any] = {
        "id": prompt_id,
        "status": statuses.get(last_event, "failed"),
        "priority": number,
        "create_time": extra_data["create_time"],
        "execution_start_time": messages[0][1]["timestamp"],
        "execution_end_time": last["timestamp"],
    }
    if last_event == "execution_error":
        job["execution_error"] = last
    job |= {"outputs_count": len(files), "previewable_outputs_count": len(previewable)}
    if previewable:
        job["preview_output"] = previewable[0]
    if details:
        job |= {
            "outputs": entry["outputs"],
            "execution_status": entry["status"],
            "workflow": {"prompt": graph, "extra_data": extra_data},
        }
    return job
