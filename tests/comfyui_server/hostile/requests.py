"""What a request to the stand-in is about: its route, the job it belongs to, and how large it is."""

import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from aiohttp import web

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER: Final = struct.Struct(">8s8xI")
"""The signature, the length and the type of the first chunk, and the image's width in pixels."""

FindBody = Callable[[str], Mapping[str, Any] | None]
"""prompt_id -> the body of the POST /prompt that brought it."""


@dataclass(frozen=True, slots=True)
class Asked:
    """`route` like "GET /history/{prompt_id}", the same with and without `/api`. `words` is the graph of the job as
    JSON, "" where the request belongs to none. `size` counts the bytes of the request's body. `filename` is what a GET
    /view wants; `width` is that of an uploaded PNG, in pixels.
    """

    route: str
    prompt_id: str | None = None
    words: str = ""
    size: int = 0
    filename: str = ""
    width: int | None = None


async def read_asked(request: web.Request, find_body: FindBody, made: Mapping[str, str]) -> Asked:
    """Read as much of the request as it takes; its handler can still read all of it.

    `made` says which job made a file, by the file's name.
    """
    resource = request.match_info.route.resource
    path = resource.canonical if resource is not None else request.path
    route = f"{request.method} {path.removeprefix('/api')}"
    size = request.content_length or 0
    match route:
        case "POST /prompt":
            body = _parsed(await request.text())
            prompt_id = body.get("prompt_id")
            return Asked(route, str(prompt_id), json.dumps(body.get("prompt")), size)
        case "POST /upload/image":
            return Asked(route, size=size, width=await _width(request))
        case "GET /view":
            filename = request.query.get("filename", "")
            prompt_id = made.get(filename)
            return Asked(route, prompt_id, _words(prompt_id, find_body), size, filename)
        case _:
            prompt_id = request.match_info.get("prompt_id") or request.match_info.get("job_id")
            return Asked(route, prompt_id, _words(prompt_id, find_body), size)


def _words(prompt_id: str | None, find_body: FindBody) -> str:
    body = find_body(prompt_id) if prompt_id is not None else None
    return json.dumps(body.get("prompt")) if body is not None else ""


def _parsed(text: str) -> Mapping[str, Any]:
    try:
        body = json.loads(text)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


async def _width(request: web.Request) -> int | None:
    image = (await request.post()).get("image")
    if not isinstance(image, web.FileField):
        return None
    head = image.file.read(_PNG_HEADER.size)
    image.file.seek(0)
    if len(head) < _PNG_HEADER.size:
        return None
    signature, width = _PNG_HEADER.unpack(head)
    return int(width) if signature == _PNG else None
