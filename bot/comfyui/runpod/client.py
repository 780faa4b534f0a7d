"""An endpoint of RunPod serverless, as a kind of server.

RunPod gives each job an id of its own, and finds none by ours. If the answer to a submit is lost, nobody can tell
whether the job is there. It is then never sent again: it ends as `Untraceable`, and what it may cost is bounded by the
policy that it was sent with (`job_request`).
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, BinaryIO, Final

import aiohttp

from bot.addresses import ServerAddress
from bot.comfyui.http.no_events import NoEvents
from bot.comfyui.http.no_listing import NoListing
from bot.comfyui.http.requests import Requests
from bot.comfyui.http.transport import Room
from bot.comfyui.protocol.answers import Finished, Place, Submitted
from bot.comfyui.protocol.blame import HEALTH
from bot.comfyui.runpod.answers import Health, read_health, read_place, remarks_of, seconds_of
from bot.comfyui.runpod.diagnosis import explained
from bot.comfyui.runpod.job_images import JobImages
from bot.comfyui.runpod.job_request import InputFiles, job_request
from bot.comfyui.runpod.job_routes import JobRoutes
from bot.comfyui.runpod.queue_waits import QueueWaits
from bot.comfyui.runpod.waking import WakingTimes
from bot.comfyui.sent_prompts import NO_ID, SentHere, SentPrompts
from bot.comfyui.server import LARGEST_FILE, Abilities, Survey
from bot.errors import Refused, Suspended, Unreachable, Untraceable
from bot.redaction import redacted
from bot.workflows import Graph, OutputFile

_ABILITIES: Final = Abilities(
    progress=False,
    previews=False,
    images_over_socket=False,
    outputs=frozenset({"image"}),
    lists_nodes=False,
    frees_memory=False,
    takes_our_ids=False,
    poll_seconds=1.0,
    poll_patience=120.0,
)
_TAKEN_BACK: Final = "taken back "
"""Before RunPod's id in a note: we cancelled the job before it began, so a cancelled one is as good as never sent."""
_LAST_SECONDS: Final = 5.0
"""How long a submit may still take when the process has to stop: its answer has the id."""

log = logging.getLogger(__name__)


class RunPod(NoListing):
    """A `Server`. `address` brings the key. The `session` (`open_session`) is shared; its owner closes it. `sent` keeps
    RunPod's ids of our prompts.
    """

    def __init__(
        self,
        address: ServerAddress,
        session: aiohttp.ClientSession,
        name: str | None = None,
        room: Room | None = None,
        sent: SentPrompts | None = None,
    ) -> None:
        self.url = str(address)
        self.name = name or self.url
        self.crowded: Callable[[], None] = lambda: None
        self._requests = Requests(address, session, room or Room(), self._turned_away)
        self._routes = JobRoutes(self._requests)
        self._images = JobImages(self._routes)
        self._sent = sent or SentHere()
        self._inputs = InputFiles()
        self._waking = WakingTimes()
        self._waits = QueueWaits()

    def _turned_away(self) -> None:
        self.crowded()

    @property
    def abilities(self) -> Abilities:
        """What RunPod can do, with how long it usually takes to wake up, once that was seen."""
        return replace(_ABILITIES, waking_seconds=self._waking.usual)

    async def alive(self) -> None:
        """Return if the endpoint exists and the key is good. Wakes no worker. Raises `Unreachable`."""
        self._routes.suspension.check()
        await self._health()

    async def load(self) -> int:
        """How many jobs wait or run on the endpoint, including those of others. Raises `Unreachable`."""
        return (await self._health()).jobs

    async def upload(self, image: bytes | BinaryIO, filename: str) -> str:
        """Keep an input file until a graph that names it is submitted. Raises `Refused` if it is too large for that."""
        await asyncio.to_thread(self._inputs.keep, filename, image)
        return filename

    async def submit(
        self,
        graph: Graph,
        *,
        prompt_id: str,
        client_id: str,  # noqa: ARG002 - no events
        partner_key: str = "",
    ) -> Submitted:
        """POST /run, once. Raises `Untraceable` if RunPod may have the job and its id is not known; otherwise `Refused`
        or `Unreachable`, and RunPod does not have it.
        """
        body = await asyncio.to_thread(job_request, graph, self._inputs.named_in(graph), partner_key)
        # Not cancelled with its caller: only the answer has the id that the next process needs.
        sending = asyncio.create_task(self._send(prompt_id, body), name=f"send {prompt_id}")
        try:
            await asyncio.shield(sending)
        except asyncio.CancelledError:
            await asyncio.wait({sending}, timeout=_LAST_SECONDS)
            if not sending.cancel():
                sending.exception()
            raise
        return Submitted(prompt_id, ())

    async def _send(self, prompt_id: str, body: bytes) -> None:
        await self._sent.note(self.name, prompt_id, NO_ID)
        try:
            theirs = await self._routes.run(body)
        except Untraceable:
            raise
        except (Refused, Unreachable):
            await self._sent.drop(self.name, prompt_id)
            raise
        await self._sent.note(self.name, prompt_id, theirs)

    async def locate(self, prompt_id: str) -> Place | Finished:
        """Where the prompt is now; `UNKNOWN` also if it expired before a worker took it. Raises `Untraceable` for one
        whose id is not known, and for one that RunPod has forgotten: it may have run. Otherwise `Unreachable` or
        `Refused`.
        """
        noted = await self._sent.of(self.name, prompt_id)
        if noted is None:
            return Place.UNKNOWN
        if noted == NO_ID:
            raise Untraceable(f"{self.url}: the answer to the submit of {prompt_id} was lost")
        theirs = noted.removeprefix(_TAKEN_BACK)
        now = asyncio.get_running_loop().time()
        try:
            told = await self._routes.status(theirs)
        except Untraceable:
            if not self._waits.has_expired(theirs, now):
                raise
            told = {"status": "TIMED_OUT"}
        place = read_place(told, theirs)
        if place is Place.PENDING:
            self._waits.waits(theirs, now)
        if place is Place.UNKNOWN:
            await self._sent.drop(self.name, prompt_id)
        if place is None:
            raise Refused("/history", 0, f"unknown state {redacted(str(told.get('status')))}")
        if noted != theirs and told.get("status") == "CANCELLED":
            return Place.UNKNOWN
        if isinstance(place, Finished):
            place = replace(place, waking_seconds=self._waking.ended(prompt_id, seconds_of(told, "delayTime")))
            self._ended(prompt_id, theirs, told)
        if place is Place.PENDING and not await self._is_awake():
            self._waking.seen(prompt_id)
            return Place.WAKING
        return place

    def _ended(self, prompt_id: str, theirs: str, told: dict[str, Any]) -> None:
        self._images.keep(theirs, told)
        for remark in remarks_of(told):
            log.warning("job %s: the worker says: %s", prompt_id, redacted(remark))

    async def _is_awake(self) -> bool:
        """Whether a worker is at work, or nobody can tell: this only decides what members read."""
        try:
            return (await self._health()).awake
        except Unreachable:
            return True

    async def outcome(self, prompt_id: str) -> Finished | None:
        """How the prompt ended; None if it has not. Raises like `locate`."""
        place = await self.locate(prompt_id)
        return place if isinstance(place, Finished) else None

    async def cancel(self, prompt_id: str) -> None:
        """Stop exactly this prompt, queued or running. Does nothing to one that is over. Raises `Unreachable`."""
        if noted := await self._sent.of(self.name, prompt_id):
            await self._routes.cancel(noted.removeprefix(_TAKEN_BACK))

    async def delete(self, prompt_id: str) -> None:
        """Take a prompt back that has not begun. Raises `Unreachable` or `Untraceable`."""
        noted = await self._sent.of(self.name, prompt_id)
        theirs = (noted or NO_ID).removeprefix(_TAKEN_BACK)
        if theirs != NO_ID and (await self._routes.status(theirs)).get("status") == "IN_QUEUE":
            # Noted first: after a crash the cancelled job must not count as stopped by somebody.
            await self._sent.note(self.name, prompt_id, _TAKEN_BACK + theirs)
            await self._routes.cancel(theirs)

    async def fetch(self, file: OutputFile, most: int = LARGEST_FILE) -> bytes:
        """The bytes of one file, unchanged. Raises as `fetch_into`."""
        whole = bytearray()

        async def take(piece: bytes) -> None:
            whole.extend(piece)

        await self.fetch_into(file, most, take)
        return bytes(whole)

    async def fetch_into(self, file: OutputFile, most: int, take: Callable[[bytes], Awaitable[None]]) -> None:
        """Pass the bytes of one file to `take`. Raises `Lost` if it is gone, `Oversized` if it has more than `most`
        bytes, `Refused` or `Unreachable`.
        """
        await self._images.fetch_into(file, most, take)

    def events(self, client_id: str, broke: Callable[[], None] = lambda: None) -> NoEvents:  # noqa: ARG002 - none break
        """RunPod sends none."""
        return NoEvents(client_id)

    async def survey(self) -> Survey:
        """What the doctor shows of it. Raises `Unreachable`."""
        clock = asyncio.get_running_loop().time
        began_at = clock()
        waiting = await self.load()
        return Survey(
            version=(),
            arguments=(),
            devices=(),
            waiting=waiting,
            jobs_api=False,
            preview_metadata=False,
            websocket=False,
            abilities=self.abilities,
            seconds=clock() - began_at,
        )

    async def explained(self, fault: Unreachable) -> Unreachable:
        """A `NotComfyUI` that says what is in the way; otherwise `fault` itself."""
        return fault if isinstance(fault, Suspended) else await explained(self._requests, fault)

    async def _health(self) -> Health:
        async with self._requests.blaming_the_server():
            answer = await self._requests.ask("GET", "/health", step=HEALTH)
            told = await answer.json_object()
        try:
            return read_health(told)
        except (TypeError, ValueError, OverflowError) as fault:
            raise Unreachable(self.url, "unexpected answer from /health", answered=True) from fault
