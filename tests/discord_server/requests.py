"""A request as it came over the wire: what the stand-in records, and what a handler works with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aiohttp import BodyPartReader, hdrs, web

from tests.discord_server.refusals import ApiError, Refusal

# Discord's limit of a whole request.
REQUEST_LIMIT: Final = 25 << 20


@dataclass(frozen=True, slots=True)
class File:
    """`title`: the name that the file had, where Discord has replaced characters of it in `name`."""

    name: str
    content: bytes = field(repr=False)
    title: str | None = None


@dataclass(slots=True)
class Request:
    """`path` is without the prefix; `files` are names and sizes; `process` is who sent it (see `environment`).

    `status` is None until it is answered, and stays None if its connection was reset. `failed`: it met a failure that a
    test had planned.
    """

    method: str
    path: str
    json: Any
    files: tuple[tuple[str, int], ...]
    process: str
    at: float
    status: int | None = None
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """A request on its way to its handler; `ids` are the parameters of the template."""

    request: Request
    template: str
    ids: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    files: Mapping[int, File]

    def id(self, name: str) -> int:
        """Discord answers 400 to an id that is no number."""
        if not self.ids[name].isdecimal():
            raise ApiError(Refusal.INVALID_FORM, f"{name}: {self.ids[name]!r} is not a snowflake")
        return int(self.ids[name])


async def read_body(request: web.Request) -> tuple[Any, dict[int, File]]:
    """The JSON (of a multipart request that of `payload_json`) and the files by their index."""
    if not request.content_type.startswith("multipart/"):
        return _parsed(await request.read()), {}
    body: Any = None
    files: dict[int, File] = {}
    reader = await request.multipart()
    while (part := await reader.next()) is not None:
        if not isinstance(part, BodyPartReader):
            raise ApiError(Refusal.INVALID_FORM, "a multipart inside a multipart")
        content = bytes(await part.read(decode=False))
        name = part.name or ""
        if name == "payload_json":
            body = _parsed(content)
        elif name.startswith("files[") and name[6:-1].isdecimal():
            files[int(name[6:-1])] = File(part.filename or "", content)
        else:
            raise ApiError(Refusal.INVALID_FORM, f"a part called {part.headers.get(hdrs.CONTENT_DISPOSITION)!r}")
    return body, files


def _parsed(content: bytes) -> Any:  # noqa: ANN401
    try:
        return json.loads(content) if content else None
    except ValueError:
        raise ApiError(Refusal.INVALID_JSON) from None
