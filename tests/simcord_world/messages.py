"""What members see: every look that a message of the channel ever had, in order."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from simcord.backend import Backend
from simcord.components import walk_components

_DEADLINE: Final = 30.0


@dataclass(frozen=True, slots=True)
class Look:
    """One look of a message: its text, its buttons by label (with their custom_id), its files by name."""

    content: str
    buttons: Mapping[str, str]
    files: Mapping[str, bytes]
    pings: int
    """How many members, roles or everyones it notifies."""

    @property
    def lines(self) -> list[str]:
        return self.content.splitlines()


@dataclass(slots=True)
class Shown:
    """One message, as a member watches it."""

    id: int
    looks: list[Look] = field(default_factory=list)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def now(self) -> Look:
        return self.looks[-1]

    def add(self, look: Look) -> None:
        self.looks.append(look)
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, condition: Callable[[Look], bool], seconds: float = _DEADLINE) -> Look:
        """The first look, from the present one on, that fits. Raises AssertionError when none does in time."""
        seen = len(self.looks) - 1
        try:
            async with asyncio.timeout(seconds):
                while True:
                    changed = self._changed
                    for look in self.looks[seen:]:
                        if condition(look):
                            return look
                    seen = len(self.looks)
                    await changed.wait()
        except TimeoutError:
            raise AssertionError(f"not within {seconds} s; the message shows:\n{self.now.content}") from None

    async def until_says(self, words: str, seconds: float = _DEADLINE) -> Look:
        """The first look, from the present one on, whose text holds these words."""
        return await self.until(lambda look: words in look.content, seconds)


class Messages:
    """All messages of a simcord backend, private answers excepted."""

    def __init__(self, backend: Backend) -> None:
        self._backend: Final = backend
        self._shown: Final[dict[int, Shown]] = {}
        backend.subscribers.append(self._hear)

    def all(self) -> list[Shown]:
        """Every message, the oldest first."""
        return list(self._shown.values())

    def shown(self, message_id: int) -> Shown:
        return self._shown[message_id]

    def _hear(self, event: str, payload: Mapping[str, Any]) -> None:
        if event not in {"MESSAGE_CREATE", "MESSAGE_UPDATE"}:
            return
        message = self._backend.get_message(int(payload["channel_id"]), int(payload["id"]))
        if message.is_ephemeral:
            return
        shown = self._shown.setdefault(message.id, Shown(message.id))
        pings = len(message.ping_user_ids) + len(message.ping_role_ids) + message.mention_everyone
        shown.add(Look(message.content, buttons(message.components), self._files(message.attachments), pings))

    def _files(self, attachments: list[dict[str, Any]]) -> dict[str, bytes]:
        return {each["filename"]: self._backend.cdn.get(each["url"]) or b"" for each in attachments}


def buttons(components: list[dict[str, Any]]) -> dict[str, str]:
    """The buttons that can be pressed, by label."""
    return {
        each["label"]: each["custom_id"]
        for each in walk_components(components)
        if "label" in each and "custom_id" in each
    }
