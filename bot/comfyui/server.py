"""What a kind of server is: the protocol that jobs and `generate` work from, and what a kind cannot do.

ComfyUI's own API (`connection`) is one kind. `kinds` says which kind an address means. Nothing above this module asks
what kind a server is: it asks for its `abilities`.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, BinaryIO, Final, Protocol, Self

from bot.comfyui.protocol.answers import Finished, Place, Submitted
from bot.comfyui.protocol.events import Event
from bot.comfyui.protocol.prompt_queue import PromptQueue
from bot.errors import Unreachable
from bot.workflows import Graph, ObjectInfo, OutputFile, Unlisted

LARGEST_FILE: Final = 2**30
"""Bytes. More than any image or video that people will look at."""

PARTNER_KEY: Final = "api_key_comfy_org"
"""Where the key for partner nodes stands in a prompt's `extra_data` (ComfyUI, execution.py). It removes the key from
what it shows of its queue and history.
"""

Listener = Callable[[Event], None]


@dataclass(frozen=True, slots=True)
class Abilities:
    """What a kind of server can do. The defaults are ComfyUI's own; a kind names only what it lacks."""

    progress: bool = True
    """It says which node runs and at which step, while it runs. Otherwise nothing listens, and messages say so."""
    previews: bool = True
    """It sends unfinished images."""
    images_over_socket: bool = True
    """Nodes can send finished images over the socket, so that they are never written to the server's disk."""
    stops_running: bool = True
    """A prompt that runs can be stopped. Otherwise its job is dropped, and the server finishes it for nobody."""
    outputs: frozenset[str] = frozenset({"image", "video", "audio", "text", "file"})
    """The kinds of outputs that it hands over, as `kind_of` names them."""
    lists_nodes: bool = True
    """It says which nodes and models it has (`/object_info`). Otherwise it counts as having everything."""
    frees_memory: bool = True
    """It can be asked to unload its models."""
    takes_our_ids: bool = True
    """A prompt can be found by the id that we gave it, whatever became of the answer to its submit."""
    waking_seconds: float | None = None
    """How long it usually takes from a submit until a sleeping server works on it; None: it does not sleep, or nobody
    has seen it wake up yet.
    """
    poll_seconds: float = 0.5
    """How often a prompt without a socket is looked for."""
    poll_patience: float = 0.0
    """For how many seconds looks at a prompt may be refused before it is given up. At a service, gateways fail for a
    while now and then, and what runs meanwhile is paid for.
    """


@dataclass(frozen=True, slots=True)
class Device:
    """A device it computes on, usually a GPU. Memory in bytes."""

    name: str
    vram_total: int
    vram_free: int


@dataclass(frozen=True, slots=True)
class Survey:
    """What one server reported. `version` is empty if unknown; `arguments` is its command line."""

    version: tuple[int, ...]
    arguments: tuple[str, ...]
    devices: tuple[Device, ...]
    waiting: int
    """Prompts running or waiting there, including those of others."""
    prompts: tuple[str, ...] | None = field(default=None, kw_only=True)
    """Their ids, from a kind that lists them by our ids."""
    jobs_api: bool
    preview_metadata: bool
    websocket: bool
    abilities: Abilities = Abilities()
    seconds: float = 0.0
    """How long the first answer took, in seconds."""
    api: str = "ComfyUI"
    """What it is called."""
    sent_status: int = 200
    """What it answered to a large POST without effect, where that was tried; 0: nothing."""


async def offers(server: "Server") -> ObjectInfo | Unlisted:
    """What the server has, or what is known of one that does not list it. Raises `Unreachable`."""
    info = await server.object_info()
    return Unlisted(server.abilities.outputs) if info is None else info


class EventStream(Protocol):
    """The events of one user's prompts on one server. They only decorate: without any, a prompt is followed by polling.

    Opened (`async with`, or `open` and `close`), it stays connected and reconnects by itself. A stream that is never
    opened gets no events.
    """

    @property
    def client_id(self) -> str:
        """The id that prompts have to be submitted with."""

    @property
    def connected(self) -> asyncio.Event:
        """Set while it is connected."""

    @property
    def tried(self) -> asyncio.Event:
        """Set once the first attempt to connect has ended, successfully or not."""

    @property
    def breaks(self) -> int:
        """How many connections have ended. While this stays the same, no event was missed."""

    def open(self) -> None:
        """Start to connect; `connected` is set when it is."""

    async def close(self) -> None:
        """End the connection."""

    async def __aenter__(self) -> Self:
        """Open it."""

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close it."""

    def listening(self, prompt_id: str, listener: Listener) -> AbstractContextManager[None]:
        """Pass the prompt's events to `listener`, in order, from before its submit. `listener` returns at once. A kind
        that has one connection for each prompt opens it here, once it knows the server's own id of the prompt.
        """


class Server(Protocol):
    """One server of any kind. Every call has a deadline, and every failure is an error of `bot.errors`.

    `Unreachable` (and below it `LockedOut` and `Busy`) is about the server: its job goes back into the queue.
    `Refused` is about one request: its job fails after a few attempts. `Refused.route` names the step
    (`bot.comfyui.http.requests`).
    """

    url: str
    """Its address without anything secret."""
    name: str
    """What it is called in the ledger."""
    crowded: Callable[[], None]
    """Called when a request got no answer or was turned away, so that sockets can make room."""

    @property
    def abilities(self) -> Abilities:
        """What this kind can do."""

    async def alive(self) -> None:
        """Return if the server is there and lets us in, otherwise raise `Unreachable`. Asked again and again, also
        while a job fails: it must cost nothing and wake nothing.
        """

    async def load(self) -> int:
        """How many prompts are running or waiting on the server, including those of others, as far as it says. Raises
        `Unreachable`.
        """

    async def queue(self, believed_seconds: float = 0.0) -> PromptQueue | None:
        """All prompts running and waiting on the server, also those of others; None from a kind that does not list
        them by our ids. What was seen in the last `believed_seconds` counts. Raises `Unreachable`.
        """

    async def idle_mark(self) -> str | None:
        """None while anything runs or waits there, of ours or of others; otherwise a text that stays the same until
        something has run. Asked only where it `frees_memory`. Raises `Unreachable` or `Refused`.
        """

    async def free_memory(self) -> None:
        """Unload all models. Asked only where it `frees_memory`. Raises `Unreachable` or `Refused`."""

    async def object_info(self) -> ObjectInfo | None:
        """The server's node classes and models, cached; None from a kind that does not list them. Raises
        `Unreachable`.
        """

    async def ask_object_info(self) -> ObjectInfo | None:
        """Ask for them now. The cached answer stays valid until the new one is here. Raises `Unreachable`."""

    async def lora_metadata(self, name: str) -> Mapping[str, Any] | None:
        """What the file of a LoRA says about itself; None if it says nothing, or a kind does not tell. Raises
        `Unreachable`.
        """

    def forget(self) -> None:
        """Drop the cached `object_info`, for a server that may have restarted."""

    async def upload(self, image: bytes | BinaryIO, filename: str) -> str:
        """Give the server an input file. Returns the name that stands for it in the graph. A kind without an input
        folder keeps what it needs under that name, and swaps it in when the graph is submitted. Uploading a file again
        must be harmless. `filename` must be ASCII. Raises `Refused` or `Unreachable`.
        """

    async def submit(self, graph: Graph, *, prompt_id: str, client_id: str, partner_key: str = "") -> Submitted:
        """Submit a graph. NOT idempotent: call `locate` before a retry. A kind that gives its jobs ids of its own has
        stored which one is ours before this returns. `partner_key` pays for partner nodes; it goes to the server and
        nowhere else.

        Raises `Rejected` with the server's complaints, or `Refused` or `Unreachable` (the server may have the graph,
        unless `unsent`).
        """

    async def locate(self, prompt_id: str) -> Place | Finished:
        """Where the prompt is now. Only `Place.UNKNOWN` means that the server does not have it: what is `UNKNOWN` will
        be submitted again. Raises `Unreachable` or `Refused`; and `Untraceable` where the prompt may have been sent and
        this kind offers no way to tell.
        """

    async def outcome(self, prompt_id: str) -> Finished | None:
        """How the prompt ended; None if it has not ended or the server does not know it. Raises `Unreachable` or
        `Refused`.
        """

    async def cancel(self, prompt_id: str) -> None:
        """Stop exactly this prompt, queued or (`stops_running`) running. Does nothing if it is over, and never touches
        another prompt. Raises `Unreachable`.
        """

    async def delete(self, prompt_id: str) -> None:
        """Take a prompt back that has not begun. If it is running already, it keeps running. Raises `Unreachable`."""

    async def fetch(self, file: OutputFile, most: int = LARGEST_FILE) -> bytes:
        """The bytes of one file, unchanged.

        Raises `Lost` if it is gone, `Oversized` if it has more than `most` bytes, `Refused` or `Unreachable`.
        """

    async def fetch_into(self, file: OutputFile, most: int, take: Callable[[bytes], Awaitable[None]]) -> None:
        """Pass the bytes of one file to `take` as they arrive. Raises the same errors as `fetch`."""

    def events(self, client_id: str, broke: Callable[[], None] = lambda: None) -> EventStream:
        """Follow prompts that are submitted with this `client_id`. `broke` is called when a connection ends that was
        not closed here.
        """

    async def survey(self) -> Survey:
        """Ask a server for what the doctor shows. Raises `Unreachable`."""

    async def explained(self, fault: Unreachable) -> Unreachable:
        """A `NotComfyUI`, with words for the operator, if something else answers at this address or something is in
        the way; otherwise `fault` itself.
        """
