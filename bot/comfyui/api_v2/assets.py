"""Input files become assets, which stand in the graph in place of file names. Output files are assets as well.

Their content comes from the server itself, or by one redirect from signed storage: the only redirect that is followed,
without the server's login.
"""

import asyncio
import ipaddress
import math
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO, Final
from urllib.parse import quote, urljoin, urlsplit

import aiohttp

from bot.addresses import is_host, masked
from bot.comfyui.api_v2.answers import read_id
from bot.comfyui.http.requests import ANSWER_SECONDS, TRANSFER_SECONDS, UNCOMPRESSED, Requests
from bot.comfyui.http.transport import reason_of
from bot.errors import Lost, Refused, Unreachable
from bot.workflows import Graph, OutputFile

_ROUTE: Final = "/api/v2/assets"
_CREATED: Final = (200, 201)
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_EXPIRED: Final = frozenset({400, 401, 403, 410})
"""How storages answer an address whose signature is too old. The server signs another one."""
_KEPT_SECONDS: Final = 24 * 3600
"""How long the server is to keep an input file. A job that waits longer uploads it again before its submit."""
_USABLE: Final = 0.9
"""Share of that time after which it is uploaded again: the job that needs it may have to wait there as well."""
_MOST_KNOWN: Final = 1000
"""Uploaded files that are remembered. A file is uploaded right before the submit that needs it."""
_MARK: Final = "darkroom"


@dataclass(frozen=True, slots=True)
class _Asset:
    """An uploaded file. `usable_until` is by the event loop's clock."""

    id: str
    usable_until: float


class Assets:
    """The files of one server."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self._clock = asyncio.get_running_loop().time
        self._known: OrderedDict[str, _Asset] = OrderedDict()
        """The asset of each name that stands for an uploaded file."""

    async def upload(self, content: bytes | BinaryIO, filename: str) -> str:
        """Upload an input file. Returns the name that stands for it. Raises `Refused` or `Unreachable`."""

        def form() -> aiohttp.FormData:
            form = aiohttp.FormData()
            form.add_field("content_type", "application/octet-stream")
            form.add_field("file_path", filename)
            form.add_field("expires_in", str(_KEPT_SECONDS))
            form.add_field("file", content, filename=filename, content_type="application/octet-stream")
            return form

        answer = await self._requests.ask(
            "POST", _ROUTE, step="/upload/image", form=form, seconds=TRANSFER_SECONDS, fine=_CREATED
        )
        told = await answer.json_object()
        if (asset_id := read_id(told)) is None:
            raise answer.unreadable()
        self._known[filename] = _Asset(asset_id, self._clock() + _USABLE * _seconds_kept(told))
        self._known.move_to_end(filename)
        if len(self._known) > _MOST_KNOWN:
            self._known.popitem(last=False)
        return filename

    def placed(self, graph: Graph) -> dict[str, object]:
        """The graph to submit: each name of an uploaded file became a reference to its asset."""
        return {
            node_id: {**node, "inputs": {name: self._reference(value) for name, value in node["inputs"].items()}}
            for node_id, node in graph.items()
        }

    def expired(self, graph: Graph) -> bool:
        """Whether a file of the graph has to be uploaded again before its submit."""
        values = (value for node in graph.values() for value in node["inputs"].values())
        assets = (self._known.get(value) for value in values if isinstance(value, str))
        return any(asset is not None and self._clock() >= asset.usable_until for asset in assets)

    def _reference(self, value: object) -> object:
        asset = self._known.get(value) if isinstance(value, str) else None
        return value if asset is None else {"__type": "core/ASSET", "info": {"id": asset.id}}

    async def fetch_into(self, file: OutputFile, most: int, take: Callable[[bytes], Awaitable[None]]) -> None:
        """Pass the bytes of one output to `take` as they arrive. Raises like `Server.fetch`."""
        if not file.subfolder:
            raise Lost(file.filename)
        requests = self._requests
        try:
            for again in (True, False):
                if (url := await self._from_server(file, most, take)) is None:
                    return
                async with requests.transport.stored_elsewhere(url, TRANSFER_SECONDS, UNCOMPRESSED) as response:
                    if response.status not in _EXPIRED:
                        await requests.take_file(response, file.filename, most, take)
                        return
                    if not again:
                        raise Refused("/view", response.status, "from the storage that the server leads to")
        except (aiohttp.ClientError, TimeoutError) as fault:
            raise Unreachable(requests.url, reason_of(fault)) from fault

    async def _from_server(self, file: OutputFile, most: int, take: Callable[[bytes], Awaitable[None]]) -> str | None:
        """Pass the bytes to `take` if the server has them itself; otherwise the address in its storage, which is signed
        for a short time.
        """
        path = f"{_ROUTE}/{quote(file.subfolder, safe='')}/content"
        async with self._requests.transport.answered(
            "GET", path, TRANSFER_SECONDS, ANSWER_SECONDS, transfer=True, headers=UNCOMPRESSED
        ) as response:
            if response.status not in _REDIRECTS:
                await self._requests.take_file(response, file.filename, most, take)
                return None
            told = response.headers.get("Location", "")
        return await _storage(self._requests, told)


def marked(graph: dict[str, object], key: str) -> dict[str, object]:
    """The graph with its idempotency key in the notes of its first node: the server shows the graph of each job, so
    that a job whose id was never heard can be told from others.
    """
    first, node = next(iter(graph.items()), (None, None))
    if first is None or not isinstance(node, dict):
        return graph
    notes = node.get("_meta")
    return {**graph, first: {**node, "_meta": {**(notes if isinstance(notes, dict) else {}), _MARK: key}}}


def has_mark(workflow: object, key: str) -> bool:
    """Whether the workflow of a job is the one that was sent with this key."""
    nodes: Iterable[object] = workflow.values() if isinstance(workflow, dict) else ()
    notes = (node.get("_meta") for node in nodes if isinstance(node, dict))
    return any(isinstance(note, dict) and note.get(_MARK) == key for note in notes)


def _seconds_kept(told: Mapping[str, Any]) -> float:
    """How long the server keeps an asset, by its own clock. A server may keep it for ever."""
    if told.get("expires_at") is None:
        return math.inf
    try:
        made, ends = (datetime.fromisoformat(str(told.get(name))) for name in ("created_at", "expires_at"))
        return (ends - made).total_seconds()
    except (TypeError, ValueError):
        return _KEPT_SECONDS


async def _storage(requests: Requests, location: str) -> str:
    """The address of a redirect if files may come from there. A cloud must not make the bot read what only this
    network can reach.
    """
    own = urlsplit(requests.address.http)
    refused = Refused("/view", 0, f"it redirects to {masked(location) or 'nowhere'}")
    try:
        url = urljoin(requests.address.http, location)
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise refused from None
    host = parts.hostname
    allowed = parts.scheme in {"https", own.scheme} and parts.username is None and host is not None and is_host(host)
    if not location or not allowed:
        raise refused
    inside = await is_inside(host or "", port)
    if inside and not await is_inside(own.hostname or "", own.port):
        raise refused
    return url


async def is_inside(host: str, port: int | None) -> bool:
    """Whether the host is not on the internet. A name that nobody knows will not be reached anyway."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port)
    except (OSError, UnicodeError):
        return False
    return any(not ipaddress.ip_address(str(address[0]).partition("%")[0]).is_global for *_, address in found)
