"""The HTTP side: each request is recorded, delayed, failed, limited and checked before its handler sees it."""

import asyncio
import json
import re
import socket
import struct
import time
import traceback
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any, Final

from aiohttp import web

from tests.discord_openapi import Operation, check, operation
from tests.discord_server import application_routes, channel_routes, interaction_routes
from tests.discord_server.core import Answer, Core
from tests.discord_server.faults import Allowance, Failure, too_many
from tests.discord_server.refusals import ApiError, Refusal
from tests.discord_server.requests import REQUEST_LIMIT, Call, File, Request, read_body

_HANDLERS: Final = application_routes.HANDLERS | channel_routes.HANDLERS | interaction_routes.HANDLERS
# A token in the path stands for the bot's own.
_TOKEN_IN_PATH: Final = re.compile(r"/(webhooks|interactions)/[^/]+/[^/]+")
_BOT_FAULTS: Final = frozenset({Refusal.INVALID_FORM, Refusal.INVALID_JSON, Refusal.EMPTY_MESSAGE})
_LISTENING_SECONDS: Final = 0.05
"""How often a request that is never answered looks whether its client is still there."""
_VIA: Final[dict[str, str]] = {"Via": "1.1 google"}


class Api:
    def __init__(self, core: Core) -> None:
        self._core = core

    def application(self) -> web.Application:
        application = web.Application(client_max_size=4 * REQUEST_LIMIT)
        application.router.add_route("*", r"/{process}/api/v{version:\d+}/{path:.*}", self._handle)
        application.router.add_get("/{process}/gateway", self._core.gateway.handle)
        application.router.add_get("/attachments/{id}/{name}", self._download)
        return application

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        arrived = time.monotonic()
        path = "/" + request.match_info["path"]
        fault: ApiError | None = None
        body: Any = None
        files: dict[int, File] = {}
        try:
            body, files = await read_body(request)
            body = self._core.reads(body)
        except ApiError as error:
            fault = error
        sizes = tuple((file.name, len(file.content)) for _, file in sorted(files.items()))
        record = Request(request.method, path, body, sizes, request.match_info["process"], arrived)
        self._core.requests.append(record)
        self._core.watchers.changed()
        if delay := self._core.faults.delay():
            await asyncio.sleep(delay)
        failure = self._core.faults.next_failure(record)
        record.failed = failure is not None
        if failure is not None and failure.silent:
            while request.transport is not None:  # noqa: ASYNC110 - nobody tells
                await asyncio.sleep(_LISTENING_SECONDS)
            return web.Response()
        if failure is not None and not failure.applied:
            return self._answered(record, _failed(request, failure))
        if fault is not None:
            return self._answered(record, self._refusal(record, fault, {}))
        response = self._response(request, record, files)
        await self._core.faults.hold_up(record)
        return self._answered(record, response if failure is None else _failed(request, failure))

    def _answered(self, record: Request, response: web.Response | None) -> web.StreamResponse:
        record.status = None if response is None else response.status
        if response is not None and self._core.faults.clock_ahead:
            response.headers["Date"] = formatdate(time.time() + self._core.faults.clock_ahead, usegmt=True)
        self._core.watchers.changed()
        # Nobody reads it: the connection is gone.
        return web.Response() if response is None else response

    def _response(self, request: web.Request, record: Request, files: dict[int, File]) -> web.Response:
        allowed = Allowance()
        try:
            found = self._found(request, record)
            ids = _ids(found.template, record.path)
            allowed = self._core.faults.allowance(record.method, found.template, ids)
            if not allowed.passes:
                body = {"message": "You are being rate limited.", "retry_after": allowed.retry_after}
                return _json(Answer(429, body | {"global": allowed.for_all}), _VIA | allowed.headers)
            self._check(record, request.content_length or 0)
            call = Call(record, found.template, ids, request.query, record.json, files)
            return _json(_HANDLERS[record.method, found.template](self._core, call), _VIA | allowed.headers)
        except ApiError as error:
            return self._refusal(record, error, allowed.headers)
        except Exception:
            self._violation(record, f"the stand-in itself failed\n{traceback.format_exc()}")
            raise

    def _refusal(self, record: Request, error: ApiError, headers: Mapping[str, str]) -> web.Response:
        if error.refusal in _BOT_FAULTS:
            self._violation(record, *error.details or (error.refusal.value[2],))
        return _json(_refused(error), {**_VIA, **headers})

    def _found(self, request: web.Request, record: Request) -> Operation:
        found = operation(record.method, record.path)
        if found is None or (record.method, found.template) not in _HANDLERS:
            self._violation(record, "no such route" if found is None else "a route that the stand-in does not have")
            raise ApiError(Refusal.NO_SUCH_ROUTE)
        authorized = request.headers.get("Authorization") == f"Bot {self._core.token}"
        if not authorized and not _TOKEN_IN_PATH.match(record.path):
            raise ApiError(Refusal.UNAUTHORIZED)
        return found

    def _check(self, record: Request, length: int) -> None:
        if length > REQUEST_LIMIT:
            raise ApiError(Refusal.TOO_LARGE)
        verdict = check(record.method, record.path, record.json)
        self._violation(record, *verdict.reported)
        if verdict.refused:
            raise ApiError(Refusal.INVALID_FORM, *verdict.refused)

    def _violation(self, record: Request, *problems: str) -> None:
        where = f"{record.process}: {record.method} {record.path}"
        self._core.violations.extend(f"{where}: {problem}" for problem in problems)

    async def _download(self, request: web.Request) -> web.StreamResponse:
        record = Request("GET", request.path, None, (), "", time.monotonic())
        if (failure := self._core.faults.next_failure(record)) is not None:
            return _failed(request, failure) or web.Response()
        await self._core.faults.files_served.wait()
        number = request.match_info["id"]
        attachment = self._core.mailbox.attachment(int(number)) if number.isdecimal() else None
        if attachment is None:
            return web.Response(status=404, text="This content is no longer available.")
        return web.Response(body=attachment.content, content_type=attachment.content_type)


def _ids(template: str, path: str) -> dict[str, str]:
    pairs = zip(template.split("/"), path.split("/"), strict=True)
    return {known[1:-1]: given for known, given in pairs if known.startswith("{")}


def _refused(error: ApiError) -> Answer:
    status, code, message = error.refusal.value
    body: dict[str, Any] = {"message": message, "code": code}
    if error.details:
        errors = [{"code": "MADE_UP", "message": detail} for detail in error.details]
        body["errors"] = {"body": {"_errors": errors}}
    return Answer(status, body)


def _json(answer: Answer, headers: Mapping[str, str]) -> web.Response:
    if answer.status == web.HTTPNoContent.status_code:
        return web.Response(status=answer.status, headers=headers)
    # discord.py wants this content type to the letter: a charset behind it and it takes the body for text.
    body = json.dumps(answer.body).encode()
    return web.Response(body=body, status=answer.status, headers=headers, content_type="application/json")


def _failed(request: web.Request, failure: Failure) -> web.Response | None:
    """None: the connection was reset, as a peer that died resets it, or closed, as one does that is tired of it."""
    if failure.status is None:
        transport = request.transport
        if transport is not None and not failure.reset:
            transport.close()
        elif transport is not None:
            peer = transport.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        return None
    via = dict(_VIA) if failure.via else {}
    if failure.body is not None:
        return web.Response(
            text=failure.body, status=failure.status, headers={**via, "Content-Type": "application/json"}
        )
    if failure.page or failure.status == web.HTTPBadGateway.status_code:
        page = f"<html>{failure.status}</html>"
        return web.Response(status=failure.status, text=page, content_type="text/html", headers=via)
    if failure.status == web.HTTPTooManyRequests.status_code:
        body: dict[str, Any] = {"message": "You are being rate limited.", "global": False}
        body |= {"retry_after": failure.retry_after}
        body |= {"code": failure.code} if failure.code else {}
        headers = via | too_many(failure.retry_after, "user")
        return _json(Answer(failure.status, body), headers)
    body = {"message": f"{failure.status}: made up", "code": failure.code}
    return _json(Answer(failure.status, body), via)
