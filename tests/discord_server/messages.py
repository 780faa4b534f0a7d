"""A message and every state it went through, live: a test reads it, waits on it, and looks for its buttons."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from tests.discord_openapi import component_rules
from tests.discord_server.waiting import Watchers
from tests.discord_server.world import Channel, User
from tests.waiting import DEADLINE

EPHEMERAL: Final = 1 << 6
LOADING: Final = 1 << 7
COMPONENTS_V2: Final = 1 << 15


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file of a message. `shown`: an embed or a component shows it, so Discord does not list it."""

    id: int
    filename: str
    content: bytes = field(repr=False)
    url: str
    content_type: str
    size: tuple[int, int] | None
    description: str | None = None
    shown: bool = False
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Button:
    label: str
    custom_id: str | None
    disabled: bool
    component: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class State:
    """A message as it stood from `at` (time.monotonic()) on; `attachments` in the order in which people see them."""

    content: str = ""
    embeds: tuple[Mapping[str, Any], ...] = ()
    components: tuple[Mapping[str, Any], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    flags: int = 0
    mentioned: frozenset[str] = frozenset()
    at: float = field(default_factory=time.monotonic)

    @property
    def loading(self) -> bool:
        """Only "… is thinking" so far."""
        return bool(self.flags & LOADING)

    @property
    def text(self) -> str:
        """Everything there is to read: content, embeds and text displays."""
        return "\n".join([self.content, *_embed_texts(self.embeds), component_rules.text(self.components)]).strip()

    @property
    def buttons(self) -> tuple[Button, ...]:
        return tuple(
            Button(one.get("label") or "", one.get("custom_id"), bool(one.get("disabled")), one)
            for one in component_rules.walk(self.components)
            if one["type"] == component_rules.BUTTON
        )


@dataclass(slots=True, eq=False)
class Message:
    """What a test sees of one message; `viewer` is the only one who sees an ephemeral message."""

    id: int
    channel: Channel
    author: User
    viewer: User | None = None
    deleted: bool = False
    states: list[State] = field(default_factory=list)
    origin: Mapping[str, Any] = field(default_factory=dict, repr=False)
    _watchers: Watchers = field(default_factory=Watchers, repr=False)

    @property
    def state(self) -> State:
        return self.states[-1]

    @property
    def content(self) -> str:
        return self.state.content

    @property
    def text(self) -> str:
        return self.state.text

    @property
    def embeds(self) -> tuple[Mapping[str, Any], ...]:
        return self.state.embeds

    @property
    def components(self) -> tuple[Mapping[str, Any], ...]:
        return self.state.components

    @property
    def attachments(self) -> tuple[Attachment, ...]:
        return self.state.attachments

    @property
    def buttons(self) -> tuple[Button, ...]:
        return self.state.buttons

    @property
    def loading(self) -> bool:
        return self.state.loading

    @property
    def ephemeral(self) -> bool:
        return bool(self.state.flags & EPHEMERAL)

    async def until(self, condition: Callable[["Message"], bool], deadline: float = DEADLINE) -> "Message":
        """Waits until `condition` holds; it is looked at in every state, however short. Raises TimeoutError."""
        await self._watchers.until(lambda: condition(self), deadline, self.describe)
        return self

    def become(self, state: State) -> None:
        self.states.append(state)
        self._watchers.changed()

    def vanish(self) -> None:
        self.deleted = True
        self._watchers.changed()

    def describe(self) -> str:
        labels = [button.label for button in self.buttons]
        names = [attachment.filename for attachment in self.attachments]
        ending = ", deleted" if self.deleted else ""
        return f"message after {len(self.states)} states: {self.text!r}, buttons {labels}, files {names}{ending}"


def _embed_texts(embeds: tuple[Mapping[str, Any], ...]) -> Iterator[str]:
    for embed in embeds:
        parts = [(embed.get("author") or {}).get("name"), embed.get("title"), embed.get("description")]
        parts += [text for one in embed.get("fields") or [] for text in (one["name"], one["value"])]
        parts.append((embed.get("footer") or {}).get("text"))
        yield from (part for part in parts if part)
