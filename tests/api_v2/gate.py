"""A gate in front of a server with Comfy API v2: it checks every body both ways, and can behave like a cloud."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any, Final, Self

import aiohttp
from aiohttp import web
from multidict import CIMultiDict

from tests.api_v2.contract import event_problems, reference_problems, request_problems, response_problems
from tests.waiting import until

_OURS: Final = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_HOPS: Final = frozenset({"content-length", "transfer-encoding", "connection", "content-encoding", "date", "server"})
_OVER: Final = ("succeeded", "failed", "canceled")
_HELD_SECONDS: Final = 120.0
_LOOK_SECONDS: Final = 0.01
JOBS: Final = "/api/v2/jobs"
TOKEN: Final = "canary-api-key/+"
"""What opens the server behind the gate."""

Answer = tuple[int, Mapping[str, Any], Mapping[str, str]]
"""Status, body and headers."""


def error(status: int, code: str, seconds: int | None = None, **details: object) -> Answer:
    """An error as the API has it."""
    body = {"error": {"code": code, "message": f"told as {code}", "details": details or None}}
    return status, body, {} if seconds is None else {"Retry-After": str(seconds)}


class Gate:
    """`async with Gate(url) as gate`: `gate.url` leads to the server at `url`. `problems` has to stay empty."""

    cancels_like_a_cloud = False
    """A job that is cancelled before it began is `canceled`, also in its events. The proxy calls it expired."""
    broken_submits = 0
    """The connection of this many submits breaks before they are passed on."""

    def __init__(self, behind: str) -> None:
        self._behind: Final = behind
        self.problems: list[str] = []
        self.asked: list[str] = []
        """Method and path of every request."""
        self.keys: list[str] = []
        """The idempotency key of every submit, also of those that were refused."""
        self.created: list[str] = []
        """The keys of those that made a job."""
        self.ids: list[str] = []
        """What the server calls them."""
        self.extra: list[object] = []
        """The `extra_data` of every submit."""
        self.refusals: list[Answer] = []
        """What the next submits get, instead of being passed on."""
        self.always: Answer | None = None
        """What every submit gets."""
        self.lost_answers = 0
        """This many submits are passed on while the connection breaks before the answer."""
        self.late: set[str] = set()
        """`METHOD path` of requests that are not passed on as long as they stand here."""
        self.failing_looks = 0
        """This many looks at a job are answered with 500."""
        self.between = 0
        """This many looks at a job find it neither in the queue nor in the history: the proxy calls it expired."""
        self.cancelled: set[str] = set()
        """What was cancelled before it began."""
        self.lists = True
        """Whether jobs are listed: the public contract has no such route."""
        self.streams = True
        """Whether there are live events."""
        self.signed = False
        """Content is a redirect to signed storage, as in a cloud."""
        self.location: Callable[[str], str] | None = None
        """Where that redirect leads, for a path; None: to the storage."""
        self.expired_addresses = 0
        """This many requests to the storage come too late for their signature."""
        self.execution_ms: int | None = None
        """What every job that is over says that it took, instead of the truth."""
        self.forgets = False
        """It no longer knows any job."""
        self.files_expire = False
        """Uploaded files are gone as soon as they are there."""
        self.held: set[str] = set()
        """Parts of `METHOD path`: such requests are passed on, and not answered as long as they stand here."""
        self.stored: list[Mapping[str, str]] = []
        """The headers of every request to the storage."""
        self.url = ""

    async def __aenter__(self) -> Self:
        self._session = aiohttp.ClientSession(auto_decompress=False)
        self._runners = [
            web.ServerRunner(web.Server(handler), shutdown_timeout=0.1) for handler in (self._answer, self._storage)
        ]
        ports = []
        for runner in self._runners:
            await runner.setup()
            await web.TCPSite(runner, "127.0.0.1", 0).start()
            ports.append(runner.addresses[0][1])
        self.url, self._stored_at = (f"http://127.0.0.1:{port}" for port in ports)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.held.clear()
        self.late.clear()
        await self._session.close()
        for runner in self._runners:
            await runner.cleanup()

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        method, path, called = request.method, request.path, f"{request.method} {request.path}"
        self.asked.append(called)
        content = await request.content.read()
        sent = await _sent(request, content)
        self._check(called, request_problems(method, path, sent))
        if called == f"POST {JOBS}":
            self._check(called, _references(sent))
            key = request.headers.get("Idempotency-Key", "")
            self.keys.append(key)
            self.extra.append(sent.get("extra_data") if isinstance(sent, dict) else None)
            if self.broken_submits:
                self.broken_submits -= 1
                assert request.transport is not None
                request.transport.close()
            elif (refusal := self.refusals.pop(0) if self.refusals else self.always) is not None:
                return self._told(called, *refusal)
        if called == f"GET {JOBS}" and not self.lists:
            return self._told(called, *error(405, "method_not_allowed"))
        if self.failing_looks and method == "GET" and path.removeprefix(f"{JOBS}/") in self.ids:
            self.failing_looks -= 1
            return web.Response(status=500, text="an upstream of an upstream")
        if self.forgets and method == "GET" and path.removeprefix(f"{JOBS}/") in self.ids:
            return self._told(called, *error(404, "job_not_found"))
        if path.endswith("/events") and not self.streams:
            return self._told(called, *error(501, "not_implemented"))
        if path.endswith("/content") and self.signed:
            location = self._stored_at + path if self.location is None else self.location(path)
            return web.Response(status=302, headers={"Location": location})
        await until(lambda: called not in self.late, _HELD_SECONDS)
        return await self._passed_on(request, called, content)

    async def _passed_on(self, request: web.BaseRequest, called: str, content: bytes) -> web.StreamResponse:
        headers = {name: value for name, value in request.headers.items() if name.lower() not in _OURS}
        async with self._session.request(
            request.method,
            self._behind + str(request.rel_url),
            headers=headers,
            data=io.BytesIO(content) if content else None,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(total=None),
        ) as answer:
            kept = {name: value for name, value in answer.headers.items() if name.lower() not in _HOPS}
            if answer.content_type == "text/event-stream":
                return await self._streamed(request, answer, kept)
            body = await answer.read()
        told = json.loads(body) if answer.content_type == "application/json" else None
        if self.execution_ms is not None and isinstance(told, dict) and told.get("status") in _OVER:
            told["metrics"] = {"execution_ms": self.execution_ms}
            body = json.dumps(told).encode()
        if self.between and called.removeprefix(f"GET {JOBS}/") in self.ids:
            self.between -= 1
            assert told is not None
            told |= {"status": "expired", "outputs": [], "error": None}
            body = json.dumps(told).encode()
        self._cancel(called, told)
        if self.cancels_like_a_cloud and isinstance(told, dict) and told.get("id") in self.cancelled:
            told["status"] = "canceled"
            body = json.dumps(told).encode()
        if self.files_expire and called == "POST /api/v2/assets" and told is not None:
            told["expires_at"] = told["created_at"]
            body = json.dumps(told).encode()
        self._check(
            f"{called} -> {answer.status}", response_problems(request.method, request.path, answer.status, told)
        )
        if called == f"POST {JOBS}" and answer.status == 201:
            assert told is not None
            self.ids.append(told["id"])
            self.created.append(request.headers.get("Idempotency-Key", ""))
            if self.lost_answers:
                self.lost_answers -= 1
                assert request.transport is not None
                request.transport.close()
        await until(lambda: not any(part in called for part in self.held), _HELD_SECONDS)
        return web.Response(status=answer.status, headers=kept, body=body)

    async def _streamed(
        self, request: web.BaseRequest, answer: aiohttp.ClientResponse, headers: Mapping[str, str]
    ) -> web.StreamResponse:
        response = web.StreamResponse(headers=headers)
        await response.prepare(request)
        rest = b""
        job_id = request.path.removeprefix(f"{JOBS}/").removesuffix("/events")
        reading = aiter(answer.content.iter_any())
        while (piece := await self._piece(reading, job_id)) is not None:
            *events, rest = (rest + piece).split(b"\n\n")
            for event in events:
                fields = dict(line.split(": ", 1) for line in event.decode().splitlines() if not line.startswith(":"))
                if fields:
                    self._check(fields["event"], event_problems(fields["event"], json.loads(fields["data"])))
            await response.write(piece)
        if self.cancels_like_a_cloud and job_id in self.cancelled:
            await response.write(b'event: status\ndata: {"status": "canceled"}\n\n')
        await response.write_eof()
        return response

    async def _piece(self, reading: AsyncIterator[bytes], job_id: str) -> bytes | None:
        """The next piece of a job's events; None at their end."""
        following = asyncio.ensure_future(anext(reading, None))
        while not following.done() and not (self.cancels_like_a_cloud and job_id in self.cancelled):
            await asyncio.wait({following}, timeout=_LOOK_SECONDS)
        if not following.done():
            following.cancel()
            return None
        return following.result()

    def _cancel(self, called: str, told: Mapping[str, Any] | None) -> None:
        if called.endswith("/cancel") and told is not None and told.get("status") == "expired":
            self.cancelled.add(told["id"])

    async def _storage(self, request: web.BaseRequest) -> web.StreamResponse:
        self.stored.append(dict(request.headers))
        if self.expired_addresses:
            self.expired_addresses -= 1
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
        login = {"Authorization": f"Bearer {TOKEN}"}
        async with self._session.get(self._behind + str(request.rel_url), headers=login) as answer:
            return web.Response(status=answer.status, body=await answer.read(), content_type=answer.content_type)

    def _told(self, called: str, status: int, body: Mapping[str, Any], headers: Mapping[str, str]) -> web.Response:
        method, _, path = called.partition(" ")
        self._check(f"{called} -> {status}", response_problems(method, path, status, body))
        return web.json_response(body, status=status, headers=headers)

    def _check(self, called: str, problems: list[str]) -> None:
        self.problems += [f"{called}: {problem}" for problem in problems]


async def _sent(request: web.BaseRequest, content: bytes) -> object:
    """The JSON or the form in a request, as its schema sees it."""
    if not content:
        return None
    if request.content_type == "application/json":
        return json.loads(content)
    assert request.content_type == "multipart/form-data", request.content_type
    reader = aiohttp.MultipartReader(CIMultiDict(request.headers), _Stream(content))
    fields: dict[str, object] = {}
    async for part in reader:
        assert isinstance(part, aiohttp.BodyPartReader)
        assert part.name is not None
        text = (await part.read()).decode("latin-1")
        fields[part.name] = int(text) if part.name == "expires_in" else text
    return fields


class _Stream(aiohttp.StreamReader):
    """A body that is here already."""

    def __init__(self, content: bytes) -> None:
        self._held = io.BytesIO(content)

    async def read(self, n: int = -1) -> bytes:
        return self._held.read(n)

    async def readline(self, **_: object) -> bytes:
        return self._held.readline()

    def at_eof(self) -> bool:
        return self._held.tell() == len(self._held.getbuffer())

    def unread_data(self, data: bytes) -> None:
        self._held.seek(-len(data), io.SEEK_CUR)


def _references(sent: object) -> list[str]:
    workflow: Mapping[str, Any] = sent.get("workflow", {}) if isinstance(sent, dict) else {}
    found = [value for node in workflow.values() for value in node["inputs"].values() if isinstance(value, dict)]
    return [problem for value in found for problem in reference_problems(value)]
