"""The requests about one job: `/run`, `/status` and `/cancel`, and what each answer says about it."""

import asyncio
import contextlib
import re
from dataclasses import replace
from typing import Any, Final

from bot.comfyui.http.bodies import Answer
from bot.comfyui.http.requests import ANSWER_SECONDS, HTTP_OK, TRANSFER_SECONDS, Requests
from bot.comfyui.http.suspension import Suspension
from bot.comfyui.protocol.blame import HEALTH
from bot.comfyui.runpod.diagnosis import KEY_ADVICE
from bot.comfyui.runpod.job_request import EXECUTION_SECONDS
from bot.errors import Busy, ComfyError, Refused, Unreachable, Untraceable

_LOCKED: Final = frozenset({401, 403})
_PAYMENT_REQUIRED, _NOT_FOUND, _TIMED_OUT, _TOO_MANY = 402, 404, 408, 429
_NOT_TAKEN: Final = frozenset(range(400, 500)) - {_TIMED_OUT}
"""Answers to `/run` after which RunPod certainly has no job. After a 5xx, a gateway may have passed it on."""
_FAILING: Final = 500
_WAIT_SECONDS: Final = 5.0
"""After an answer that says nothing of the job, such as that of a gateway, if it does not say how long to wait."""
_LOOK_AGAIN: Final = (0.5, 1.5, None)
"""Pauses between looks for a job that RunPod does not know: it may have accepted it a moment ago."""
_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,200}")
"""It becomes part of a path."""


class JobRoutes:
    """Asks an endpoint about jobs, by RunPod's ids of them."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self.address = requests.address
        self.suspension = Suspension(requests.url)

    async def run(self, body: bytes) -> str:
        """Send a job once. Returns its id. Raises `Untraceable` if RunPod may have it; after `Refused` or `Unreachable`
        (`Suspended`, if its operator has to act) it has not.
        """
        self.suspension.check()
        try:
            answer = await self._requests.ask(
                "POST", "/run", step="/prompt", json_body=body, seconds=TRANSFER_SECONDS, fine=None
            )
        except Unreachable as fault:
            if fault.unsent:
                raise
            raise self._untraceable(fault.reason) from fault
        except Refused as fault:
            raise self._untraceable(str(fault)) from fault
        if answer.status in _LOCKED:
            # A key may be allowed to look at an endpoint, and not to send it jobs.
            raise self.suspension.begin(f"RunPod refuses the key ({answer.status}). {KEY_ADVICE}", locked=True)
        if answer.status == _PAYMENT_REQUIRED:
            raise self.suspension.begin("RunPod's account is out of credit (402). Add some in its console, Billing.")
        if answer.status in _NOT_TAKEN:
            raise self._complaint(answer)
        try:
            told = await answer.json_object() if answer.status == HTTP_OK else {}
        except Refused as fault:
            raise self._untraceable(str(fault)) from fault
        if not isinstance(theirs := told.get("id"), str) or not _ID.fullmatch(theirs):
            raise self._untraceable(f"it answered {answer.status}, without an id")
        self.suspension.end()
        return theirs

    async def status(self, theirs: str) -> dict[str, Any]:
        """What RunPod says about a job. With the images of a finished one, it may take megabytes.

        Raises `Untraceable` if RunPod has forgotten it, `Refused` or `Unreachable`.
        """
        if not _ID.fullmatch(theirs):
            raise Untraceable(f"{self.address}: no id of a job")
        for pause in _LOOK_AGAIN:
            answer = await self._requests.ask(
                "GET",
                f"/status/{theirs}",
                step="/history",
                seconds=TRANSFER_SECONDS,
                first_seconds=ANSWER_SECONDS,
                fine=None,
            )
            if answer.status == HTTP_OK:
                return await answer.json_object()
            if answer.status != _NOT_FOUND:
                raise self._complaint(answer)
            if pause is not None:
                await asyncio.sleep(pause)
        raise Untraceable(f"{self.address} no longer knows the job {theirs}")

    async def cancel(self, theirs: str) -> None:
        """Stop a job that waits or runs. Whether it worked, `status` tells. Raises `Unreachable`."""
        if _ID.fullmatch(theirs):
            with contextlib.suppress(Refused):
                await self._requests.ask("POST", f"/cancel/{theirs}", step="/history", json_body={}, fine=None)

    def _complaint(self, answer: Answer) -> ComfyError:
        """The error for an answer that is not about the job: the key, a limit, or a gateway."""
        if answer.status in _LOCKED:
            return replace(answer, route=HEALTH).complaint(self.address)
        if answer.status == _TOO_MANY or answer.status >= _FAILING:
            return Busy(self.address, answer.route, answer.status, answer.retry_after or _WAIT_SECONDS)
        return answer.complaint(self.address)

    def _untraceable(self, why: str) -> Untraceable:
        return Untraceable(
            f"{self.address}: no answer to the submit: {why}. It may run there once, for {EXECUTION_SECONDS} s at most"
        )
