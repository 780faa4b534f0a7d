"""Comfy API v2, as a kind of server."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, BinaryIO, Final
from urllib.parse import quote

import aiohttp

from bot.addresses import ServerAddress
from bot.comfyui.api_v2.answers import error_of, read_id, read_place
from bot.comfyui.api_v2.assets import Assets, has_mark
from bot.comfyui.api_v2.diagnosis import PROBE, judge
from bot.comfyui.api_v2.sent_jobs import SentJob, SentJobs, key_expired
from bot.comfyui.api_v2.stream import EventStreams, JobEvents
from bot.comfyui.api_v2.submission import JOBS, KEY_FORGOTTEN, Submissions
from bot.comfyui.connection.diagnosis import explained
from bot.comfyui.http.no_listing import NoListing
from bot.comfyui.http.requests import HTTP_OK, Requests
from bot.comfyui.http.transport import Room
from bot.comfyui.protocol.answers import Finished, Place, Submitted
from bot.comfyui.protocol.blame import HEALTH
from bot.comfyui.sent_prompts import SentPrompts
from bot.comfyui.server import LARGEST_FILE, Abilities, Survey
from bot.errors import Busy, Interrupted, LockedOut, Refused, Suspended, Unreachable, Untraceable
from bot.workflows import Graph, OutputFile

_ABILITIES: Final = Abilities(
    images_over_socket=False,
    lists_nodes=False,
    frees_memory=False,
    takes_our_ids=False,
    poll_seconds=1.0,
    poll_patience=120.0,
)
_NOT_FOUND, _UNAUTHORIZED, _FORBIDDEN, _TOO_MANY = 404, 401, 403, 429
_LISTED: Final = 50
"""Jobs in which one is looked for whose id is not known. It was sent a moment ago."""
_SKEW_SECONDS: Final = 600.0
"""How far the server's clock may differ from ours."""
_GONE_AFTER: Final = (0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds before each further look at a job that seems to be gone, unknown or expired: the proxy asks ComfyUI for its
history and then for its queue, and finds a job that ends in between in neither.
"""
_RETRY_SECONDS: Final = 5.0
_JOB_FORGOTTEN: Final = "the server took the job and no longer knows it, so it may have run and may be paid for"
"""A proxy that lost its jobs runs on the operator's own GPU. A service forgets jobs some time after their end."""


class ApiV2(NoListing):
    """A `Server` that has Comfy API v2. What opens it is sent with each request, and is not in `url` and `name`. The
    `session` (`open_session`) is shared; its owner closes it. `name` identifies the server to the other machines;
    `sent` keeps which of its jobs are ours.
    """

    def __init__(
        self, address: ServerAddress, session: aiohttp.ClientSession, name: str | None, room: Room, sent: SentPrompts
    ) -> None:
        self.url = str(address)
        self.name = name or self.url
        self.crowded: Callable[[], None] = lambda: None
        self._requests = Requests(address, session, room, self._turned_away)
        self._streams = EventStreams(self._requests, self._id_of)
        self._sent = SentJobs(sent, self.name, self._streams.ring)
        self._assets = Assets(self._requests)
        self._submissions = Submissions(self._requests, self._assets, self._sent, self._find)

    def _turned_away(self) -> None:
        self.crowded()

    @property
    def abilities(self) -> Abilities:
        """What this kind can do. Whether a deployment sleeps shows when it does."""
        return replace(_ABILITIES, waking_seconds=self._submissions.usual_waking)

    async def alive(self) -> None:
        """Return if the server is there, lets us in and takes jobs, otherwise raise `Unreachable`."""
        self._submissions.check()
        await self._answers()

    async def _answers(self) -> None:
        """The same without the jobs: those that it has are still told about. Asks for a job that nobody has: the only
        question that every server with this API answers and that costs nothing.
        """
        async with self._requests.blaming_the_server():
            answer = await self._requests.ask("GET", PROBE, step=HEALTH, fine=(HTTP_OK, _NOT_FOUND))
            if not (told := await answer.json_object()) or not (error_of(told)[0] or "status" in told):
                raise answer.unreadable()

    async def load(self) -> int:
        """How many jobs are running or waiting; 0 from a server that lists none. Raises `Unreachable`."""
        return len(await self._listed("queued,running") or ())

    async def upload(self, image: bytes | BinaryIO, filename: str) -> str:
        """Upload an input file. Returns the name that stands for it. Raises `Refused` or `Unreachable`."""
        return await self._assets.upload(image, filename)

    async def submit(
        self,
        graph: Graph,
        *,
        prompt_id: str,
        client_id: str,  # noqa: ARG002 - no sockets
        partner_key: str = "",
    ) -> Submitted:
        """POST the job. If the server does not take it yet, it is held here and sent again by `locate`.

        Raises `Rejected`, `Suspended`, `Refused`, `Unreachable`; or `Untraceable` if the server has it from an earlier
        request and does not say under which id.
        """
        await self._submissions.send(graph, prompt_id, partner_key)
        return Submitted(prompt_id, ())

    async def locate(self, prompt_id: str) -> Place | Finished:
        """Where the prompt is now. Raises `Unreachable`, `Refused` or `Untraceable`."""
        if (held := await self._submissions.place_of(prompt_id)) is not None:
            return held
        job = await self._sent.of(prompt_id)
        if job is None or (job := await self._known(prompt_id, job)).theirs is None:
            return Place.UNKNOWN
        place = await self._settled(job.theirs, _GONE_AFTER[:1] if job.taken_back else _GONE_AFTER)
        # It may have been taken back since.
        taken_back = await self._sent.is_taken_back(prompt_id, job.theirs)
        if place is None:
            if not taken_back and await self._listed() is None:
                raise Untraceable(_JOB_FORGOTTEN)
            place = Place.UNKNOWN
        if place is Place.UNKNOWN or (taken_back and _is_cancelled(place)):
            await self._sent.lost(prompt_id, job.theirs)
            return Place.UNKNOWN
        return place

    async def outcome(self, prompt_id: str) -> Finished | None:
        """How the prompt ended; None if it has not ended or the server does not know it. Raises `Unreachable` or
        `Refused`.
        """
        theirs = await self._id_of(prompt_id)
        place = None if theirs is None else await self._place(theirs)
        if theirs is None or (_is_cancelled(place) and await self._sent.is_taken_back(prompt_id, theirs)):
            return None
        return place if isinstance(place, Finished) else None

    async def cancel(self, prompt_id: str) -> None:
        """Stop exactly this prompt, queued or running. Nothing can be done about one whose id nobody knows. Raises
        `Unreachable`.
        """
        await self._submissions.let_go(prompt_id)
        if (job := await self._sent.of(prompt_id)) is None:
            return
        with contextlib.suppress(Refused, Untraceable):
            if (theirs := (await self._known(prompt_id, job)).theirs) is not None:
                await self._requests.ask("POST", f"{_path(theirs)}/cancel", step="/history", fine=None)

    async def delete(self, prompt_id: str) -> None:
        """Take a prompt back that has not begun. Raises `Unreachable`."""
        await self._submissions.let_go(prompt_id)
        if await self.locate(prompt_id) is Place.PENDING and (theirs := await self._id_of(prompt_id)) is not None:
            # Noted first: after a crash the cancelled job must not count as stopped by somebody.
            await self._sent.taking_back(prompt_id, theirs)
            await self.cancel(prompt_id)

    async def fetch(self, file: OutputFile, most: int = LARGEST_FILE) -> bytes:
        """The bytes of one file, unchanged. Raises `Lost`, `Oversized`, `Refused` or `Unreachable`."""
        whole = bytearray()

        async def take(piece: bytes) -> None:
            whole.extend(piece)

        await self.fetch_into(file, most, take)
        return bytes(whole)

    async def fetch_into(self, file: OutputFile, most: int, take: Callable[[bytes], Awaitable[None]]) -> None:
        """Pass the bytes of one file to `take` as they arrive. Raises the same errors as `fetch`."""
        await self._assets.fetch_into(file, most, take)

    def events(self, client_id: str, broke: Callable[[], None] = lambda: None) -> JobEvents:  # noqa: ARG002 - no socket
        """The events of prompts. Each has a connection of its own."""
        return JobEvents(self._streams, client_id)

    async def survey(self) -> Survey:
        """What the doctor shows of it. Raises `Unreachable`."""
        clock = asyncio.get_running_loop().time
        began_at = clock()
        await self.alive()
        seconds = clock() - began_at
        return Survey(
            version=(),
            arguments=(),
            devices=(),
            waiting=await self.load(),
            jobs_api=True,
            preview_metadata=True,
            websocket=True,
            abilities=self.abilities,
            seconds=seconds,
            api="Comfy API v2",
        )

    async def explained(self, fault: Unreachable) -> Unreachable:
        """A `NotComfyUI` if something else answers at this address; otherwise `fault` itself."""
        return fault if isinstance(fault, Suspended) else await explained(self._requests, fault, PROBE, judge)

    async def _id_of(self, prompt_id: str) -> str | None:
        job = await self._sent.of(prompt_id)
        return None if job is None else job.theirs

    async def _known(self, prompt_id: str, job: SentJob) -> SentJob:
        """The note, with the server's id if the job is there. Raises `Untraceable` if nobody can tell: the server may
        have forgotten the key that keeps the prompt from running twice.
        """
        if job.theirs is not None or job.since is None:
            return job
        if (theirs := await self._find(job, prompt_id)) is not None:
            await self._sent.arrived(prompt_id, job, theirs)
            return SentJob(job.attempt, theirs)
        if key_expired(job):
            raise Untraceable(KEY_FORGOTTEN)
        return job

    async def _settled(self, theirs: str, pauses: tuple[float, ...]) -> Place | Finished | None:
        """The same as `_place`, once a job that seems to be gone has stayed gone."""
        place = await self._place(theirs)
        for pause in pauses:
            if place is not None and place is not Place.UNKNOWN:
                break
            await asyncio.sleep(pause)
            place = await self._place(theirs)
        return place

    async def _place(self, theirs: str) -> Place | Finished | None:
        """Where a job is by its own id; None if the server says that it has no such job."""
        try:
            answer = await self._requests.ask("GET", _path(theirs), step="/history", fine=None)
        except (Busy, LockedOut):
            raise
        except Unreachable as fault:
            if fault.unsent:
                raise
            await self._answers()
            raise Refused("/history", 0, fault.reason, slow=True) from fault
        told = await answer.json_object() if answer.status in {HTTP_OK, _NOT_FOUND} else {}
        if answer.status == HTTP_OK:
            try:
                return read_place(told)
            except ValueError as fault:
                raise answer.unreadable() from fault
        if answer.status == _NOT_FOUND and error_of(told)[0]:
            return None
        if answer.status == _TOO_MANY:
            # The whole account sends too many requests, not this job.
            raise Busy(self.url, HEALTH, answer.status, answer.retry_after or _RETRY_SECONDS)
        # The whole server may be failing or refusing us: this raises then.
        await self._answers()
        raise answer.complaint(self._requests.address)

    async def _listed(self, status: str | None = None) -> list[Mapping[str, Any]] | None:
        """The newest jobs; None from a server that lists none. The proxy does, the public contract does not say so."""
        query = f"?limit={_LISTED}" + ("" if status is None else f"&status={status}")
        async with self._requests.blaming_the_server():
            answer = await self._requests.ask("GET", JOBS + query, step=HEALTH, fine=None)
            if answer.status in {_UNAUTHORIZED, _FORBIDDEN, _TOO_MANY}:
                raise answer.complaint(self._requests.address)
            jobs = (await answer.json_object()).get("jobs") if answer.status == HTTP_OK else None
        if not isinstance(jobs, list):
            await self._answers()
            return None
        return [job for job in jobs if isinstance(job, dict)]

    async def _find(self, job: SentJob, prompt_id: str) -> str | None:
        """The id of the job that was sent with this note's key, by the graph that the server shows of it."""
        key = job.key(prompt_id)
        for listed in await self._listed() or ():
            theirs = read_id(listed)
            if theirs is None or _made_at(listed) < (job.since or 0.0) - _SKEW_SECONDS:
                continue
            with contextlib.suppress(Refused):
                answer = await self._requests.ask("GET", f"{_path(theirs)}/workflow", step="/history")
                if has_mark((await answer.json_object()).get("workflow"), key):
                    return theirs
        return None


def _path(theirs: str) -> str:
    return f"{JOBS}/{quote(theirs, safe='')}"


def _is_cancelled(place: Place | Finished | None) -> bool:
    return isinstance(place, Finished) and isinstance(place.error, Interrupted)


def _made_at(job: Mapping[str, Any]) -> float:
    """Seconds since 1970; a job without a time counts as new."""
    try:
        made = datetime.fromisoformat(str(job.get("created_at")))
    except ValueError:
        return float("inf")
    return (made if made.tzinfo is not None else made.replace(tzinfo=UTC)).timestamp()
