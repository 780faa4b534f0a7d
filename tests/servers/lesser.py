"""A kind of server that can do as little as a kind can: ComfyUI's own API with most of it taken away.

It shows that the contract's tests, and the program, take no ability for granted.
"""

from collections.abc import Callable
from typing import Final

from bot.comfyui import Abilities, ComfyUI, Finished, Place
from bot.comfyui.http.no_events import NoEvents
from bot.workflows import ObjectInfo

LITTLE: Final = Abilities(
    progress=False,
    previews=False,
    images_over_socket=False,
    stops_running=False,
    outputs=frozenset({"image"}),
    lists_nodes=False,
    frees_memory=False,
    waking_seconds=20.0,
    poll_seconds=0.05,
)


class LesserComfyUI(ComfyUI):
    """It sleeps until it was asked for a prompt a few times."""

    abilities = LITTLE
    _asked = 0

    def events(self, client_id: str, _: Callable[[], None] = lambda: None) -> NoEvents:  # type: ignore[override]
        return NoEvents(client_id)

    async def object_info(self) -> ObjectInfo | None:  # type: ignore[override]
        return None

    async def ask_object_info(self) -> ObjectInfo | None:  # type: ignore[override]
        return None

    async def locate(self, prompt_id: str) -> Place | Finished:
        place = await super().locate(prompt_id)
        if isinstance(place, Finished) or place is Place.UNKNOWN:
            return place
        self._asked += 1
        return Place.WAKING if self._asked <= 2 else place

    async def cancel(self, prompt_id: str) -> None:
        await self.delete(prompt_id)
