"""Somebody at ComfyUI's own page, beside the bot."""

import uuid
from typing import Any, Final

import aiohttp

from tests.comfyui_server.graphs import txt2img
from tests.waiting import until

ENDLESS: Final = 5000
"""Steps."""


class Owner:
    """Sends what the page sends: prompts with a client_id of its own, and ids that the bot did not choose."""

    def __init__(self, url: str) -> None:
        self._url: Final = url
        self._client_id: Final = uuid.uuid4().hex
        self.prompts: Final[list[str]] = []

    async def queue(self, count: int = 1, *, steps: int = ENDLESS, front: bool = False) -> list[str]:
        """Press Queue so many times."""
        queued = []
        for _ in range(count):
            asked: dict[str, Any] = {"prompt": txt2img(steps=steps), "client_id": self._client_id}
            queued.append((await self._post("/prompt", asked | ({"front": True} if front else {})))["prompt_id"])
        self.prompts.extend(queued)
        return queued

    async def end_running(self) -> None:
        """Press the cross on what runs, and wait until it is gone: it is theirs, or the test is wrong."""
        running, _ = await self.look()
        assert running, "nothing runs"
        assert running[0] in self.prompts, "a prompt of the bot runs"
        await self._post("/interrupt", {"prompt_id": running[0]})
        await until(lambda: self._has_ended(running))

    async def _has_ended(self, running: list[str]) -> bool:
        return (await self.look())[0] != running

    async def clear(self) -> None:
        """Nothing of theirs is left."""
        _, pending = await self.look()
        await self._post("/queue", {"delete": [one for one in pending if one in self.prompts]})
        running, _ = await self.look()
        if running and running[0] in self.prompts:
            await self._post("/interrupt", {"prompt_id": running[0]})

    async def look(self) -> tuple[list[str], list[str]]:
        """What runs, and what waits in its order."""
        async with aiohttp.ClientSession() as session, session.get(f"{self._url}/queue") as answer:
            told = await answer.json()
        pending = sorted(told["queue_pending"], key=lambda entry: entry[0])
        return [entry[1] for entry in told["queue_running"]], [entry[1] for entry in pending]

    async def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        async with aiohttp.ClientSession() as session, session.post(f"{self._url}{path}", json=body) as answer:
            assert answer.ok, await answer.text()
            return dict(await answer.json()) if answer.content_type == "application/json" else {}
