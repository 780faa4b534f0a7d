"""Send a prompt once. What the server does not take yet waits here, and is sent again when the server says so.

A submit whose answer is lost keeps its idempotency key: sent again, it is refused if it arrived. Then it is looked for
among the server's jobs. Where the server lists none, nobody can tell what became of it, and it is not sent again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from bot.comfyui.api_v2.answers import error_of, read_id, read_refusal
from bot.comfyui.api_v2.assets import Assets, marked
from bot.comfyui.api_v2.sent_jobs import SentJob, SentJobs, key_expired
from bot.comfyui.http.bodies import Answer
from bot.comfyui.http.requests import Requests
from bot.comfyui.http.suspension import Suspension
from bot.comfyui.protocol.answers import Finished, Place
from bot.comfyui.server import PARTNER_KEY
from bot.errors import Refused, Rejected, Unreachable, Untraceable
from bot.workflows import Graph

JOBS: Final = "/api/v2/jobs"
_CREATED, _UNAUTHORIZED, _PAYMENT_REQUIRED, _FORBIDDEN, _UNPROCESSABLE = 201, 401, 402, 403, 422
_TOO_MANY, _SERVER_ERROR = 429, 500
_RETRY_SECONDS: Final = 5.0
"""If the server does not say when to try again."""
_LOOKS: Final = (0.0, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each look for a job that the server has: its first request may not be done yet."""

KEY_FORGOTTEN: Final = "the answer to its submit was lost a day ago, and the server may have forgotten its key"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Held:
    """A prompt that the server does not take yet. `due` is when to send it again; `place` is where it counts as."""

    graph: Graph
    place: Place
    due: float
    partner_key: str = field(default="", repr=False)
    sending: asyncio.Task[Place | Finished | None] | None = None


class Submissions:
    """Sends prompts to one server. `find` looks for a job of which only the key is known."""

    def __init__(
        self,
        requests: Requests,
        assets: Assets,
        sent: SentJobs,
        find: Callable[[SentJob, str], Awaitable[str | None]],
    ) -> None:
        self.usual_waking: float | None = None
        """Seconds that the deployment last took to get ready."""
        self._requests = requests
        self._assets = assets
        self._sent = sent
        self._find = find
        self._held: dict[str, _Held] = {}
        self._asleep_since: float | None = None
        self._suspension = Suspension(requests.url)
        self._clock = asyncio.get_running_loop().time

    def check(self) -> None:
        """Raise `Suspended` for a while after the server said that its operator has to act."""
        self._suspension.check()

    async def send(self, graph: Graph, prompt_id: str, partner_key: str = "") -> None:
        """Send the prompt, or hold it if the server does not take it yet. Raises like `Server.submit`."""
        self.check()
        await self._post(graph, prompt_id, partner_key)

    async def place_of(self, prompt_id: str) -> Place | Finished | None:
        """Where a held prompt counts as, once it was sent again if that was due. None: it is not held. Raises
        `Unreachable`, `Refused` or `Untraceable`.
        """
        held = self._held.get(prompt_id)
        if held is None or held.sending is not None or self._clock() < held.due:
            return None if held is None else held.place
        if self._assets.expired(held.graph):
            # Nothing was sent. The next claim uploads its files again before it submits it.
            self._held.pop(prompt_id, None)
            return None
        held.sending = asyncio.create_task(self._send_held(held, prompt_id), name=f"send {prompt_id}")
        # Not cancelled with its caller: `let_go` has to learn whether it arrived.
        return await asyncio.shield(held.sending)

    async def _send_held(self, held: _Held, prompt_id: str) -> Place | Finished | None:
        try:
            await self._post(held.graph, prompt_id, held.partner_key)
        except Rejected as fault:
            self._held.pop(prompt_id, None)
            return Finished((), fault)
        except Unreachable as fault:
            if not fault.unsent:
                self._held.pop(prompt_id, None)
            raise
        except (Refused, Untraceable):
            self._held.pop(prompt_id, None)
            raise
        finally:
            held.sending = None
        again = self._held.get(prompt_id)
        return None if again is None else again.place

    async def let_go(self, prompt_id: str) -> None:
        """Hold the prompt no longer. If it is on its way to the server, wait until it is known what became of it."""
        held = self._held.get(prompt_id)
        if held is not None and held.sending is not None:
            await asyncio.wait({held.sending})
        self._held.pop(prompt_id, None)

    async def _post(self, graph: Graph, prompt_id: str, partner_key: str) -> None:
        job = await self._sent.of(prompt_id) or SentJob()
        if key_expired(job):
            raise Untraceable(KEY_FORGOTTEN)
        # What becomes of a repeated request says nothing of the first one.
        repeated = job.since is not None
        job = await self._sent.sending(prompt_id, job)
        key = job.key(prompt_id)
        body: dict[str, object] = {"workflow": marked(self._assets.placed(graph), key)}
        if partner_key:
            body["extra_data"] = {PARTNER_KEY: partner_key}
        try:
            answer = await self._requests.ask(
                "POST",
                JOBS,
                step="/prompt",
                json_body=body,
                headers={"Idempotency-Key": key},
                fine=None,
            )
        except Unreachable as fault:
            if fault.unsent and not repeated:
                await self._sent.unsent(prompt_id, job)
            raise
        if answer.status == _CREATED:
            if (theirs := read_id(await answer.json_object())) is None:
                raise answer.unreadable()
            await self._accepted(prompt_id, job, theirs)
            return
        if not 400 <= answer.status < _SERVER_ERROR:  # noqa: PLR2004 - the statuses that say that nothing was done
            # Nobody knows what was done. The key stays taken.
            raise answer.complaint(self._requests.address)
        told = await _told(answer)
        code, message = error_of(told)
        if code == "idempotency_key_reuse":
            await self._accepted(prompt_id, job, await self._certainly(prompt_id, job))
            return
        if not repeated:
            await self._sent.unsent(prompt_id, job)
        match answer.status:
            case status if status == _TOO_MANY:
                self._hold(graph, prompt_id, partner_key, code, answer.retry_after or _RETRY_SECONDS)
            case status if status == _PAYMENT_REQUIRED:
                raise self._suspension.begin(f"its account is out of credit. Add credit there ({message})")
            case status if status in {_UNAUTHORIZED, _FORBIDDEN}:
                refused = f"it takes no job with the key that it gets ({status}). Correct COMFY_API_KEY ({message})"
                raise self._suspension.begin(refused, locked=True)
            case status if status == _UNPROCESSABLE and code == "deployment_stopped":
                raise self._suspension.begin(f"its deployment was stopped. Start it there ({message})")
            case status if status == _UNPROCESSABLE and code:
                self._held.pop(prompt_id, None)
                raise read_refusal(told, graph)
            case _:
                raise answer.complaint(self._requests.address)

    async def _accepted(self, prompt_id: str, job: SentJob, theirs: str) -> None:
        await self._sent.arrived(prompt_id, job, theirs)
        self._held.pop(prompt_id, None)
        self._suspension.end()
        if self._asleep_since is not None:
            self.usual_waking, self._asleep_since = self._clock() - self._asleep_since, None

    async def _certainly(self, prompt_id: str, job: SentJob) -> str:
        """The id of a job that the server has. Raises `Untraceable` if it does not say which one it is."""
        for pause in _LOOKS:
            await asyncio.sleep(pause)
            if (theirs := await self._find(job, prompt_id)) is not None:
                return theirs
        raise Untraceable("the answer to its submit was lost, and the server does not say which of its jobs it is")

    def _hold(self, graph: Graph, prompt_id: str, partner_key: str, code: str, seconds: float) -> None:
        asleep = code == "deployment_not_ready"
        if asleep and self._asleep_since is None:
            self._asleep_since = self._clock()
        if prompt_id not in self._held:
            log.info("%s does not take a job yet: %s", self._requests.url, code or _TOO_MANY)
        place = Place.WAKING if asleep else Place.PENDING
        self._held[prompt_id] = _Held(graph, place, self._clock() + max(1.0, seconds), partner_key)


async def _told(answer: Answer) -> Mapping[str, Any]:
    try:
        return await answer.json_object()
    except Refused:
        return {}
