"""Talk to the checking program over pipes, with one line of JSON for each image and each answer.

The program first says `{"ready": true}` or `{"error": "…"}`. It answers `{"id": 1, "picture": "<base64 of a PNG>"}`
with `{"id": 1, "score": 0.93}` or `{"id": 1, "error": "…"}`, and exits when its input is closed.
"""

import asyncio
import base64
import json
import logging
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Final, cast

from bot.errors import Unchecked
from bot.operating_system.process_groups import OWN_GROUP, kill_group

log = logging.getLogger(__name__)

NUDENET: Final = (sys.executable, "-P", str(Path(__file__).with_name("nudenet_process.py")))
"""The program that uses NudeNet. NudeNet is licensed under the AGPL, so it is never loaded into this process."""
_TRIES: Final = 2
_START_SECONDS: Final = 60.0
_IMAGE_SECONDS: Final = 30.0


class PictureCheck:
    """Checks all images, one after the other, with a single program. The program is started on first use and restarted
    when it has died. `environment` is all it inherits.
    """

    def __init__(
        self,
        command: Sequence[str] = NUDENET,
        environment: Mapping[str, str] | None = None,
        image_seconds: float = _IMAGE_SECONDS,
    ) -> None:
        self._command = command
        self._environment = dict(environment or {})
        self._image_seconds = image_seconds
        self._turn = asyncio.Lock()
        self._process: Process | None = None
        self._number = 0

    async def score(self, image: bytes) -> float:
        """The probability of nudity in a PNG, from 0 to 1. Raises `Unchecked`."""
        async with self._turn:
            for tries_left in reversed(range(_TRIES)):
                try:
                    return await self._ask(image)
                except (OSError, EOFError, TimeoutError, ValueError) as fault:
                    reason = str(fault) or type(fault).__name__
                    log.warning("the image check failed: %s", reason)
                    await self._stop()
                    if not tries_left:
                        raise Unchecked(reason) from fault
        raise AssertionError  # the last try returned or raised

    async def works(self) -> bool:
        """Whether its program runs, or can be started."""
        async with self._turn:
            if self._process is not None:
                return True
            try:
                await self._start()
            except (OSError, EOFError, TimeoutError, ValueError) as fault:
                log.warning("the image check cannot start: %s", str(fault) or type(fault).__name__)
                await self._stop()
                return False
            return True

    async def close(self) -> None:
        """End the program."""
        async with self._turn:
            await self._stop()

    async def _ask(self, image: bytes) -> float:
        process = self._process or await self._start()
        self._number += 1
        line = json.dumps({"id": self._number, "picture": base64.b64encode(image).decode()})
        async with asyncio.timeout(self._image_seconds):
            stdin = cast("asyncio.StreamWriter", process.stdin)
            stdin.write(f"{line}\n".encode())
            await stdin.drain()
            answer = await self._answer(process)
            # Skip answers to earlier requests that were cancelled while they waited.
            while answer.get("id") != self._number:
                answer = await self._answer(process)
        if "score" not in answer:
            raise Unchecked(str(answer.get("error")))
        return float(answer["score"])

    async def _start(self) -> Process:
        log.info("starting the image check")
        # Its own process group: Ctrl-C in a terminal reaches only the bot, which then ends the program itself.
        self._process = process = await asyncio.create_subprocess_exec(
            *self._command,
            stdin=PIPE,
            stdout=PIPE,
            stderr=cast("IO[Any]", sys.stderr),
            env=self._environment,
            **OWN_GROUP,
        )
        async with asyncio.timeout(_START_SECONDS):
            first = await self._answer(process)
        if not first.get("ready"):
            raise OSError(str(first.get("error")))
        return process

    async def _answer(self, process: Process) -> Mapping[str, Any]:
        line = await cast("asyncio.StreamReader", process.stdout).readline()
        if not line:
            raise EOFError("its program has ended")
        answer = json.loads(line)
        return answer if isinstance(answer, dict) else {}

    async def _stop(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            await kill_group(process)
