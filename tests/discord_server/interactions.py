"""One interaction: its token, its answer, and the rules about time: seconds to answer, 15 minutes to live."""

import secrets
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from tests.discord_server.messages import Message
from tests.discord_server.modals import Entry, Modal
from tests.discord_server.refusals import ApiError, Refusal
from tests.discord_server.snowflakes import next_snowflake
from tests.discord_server.waiting import Watchers
from tests.discord_server.world import Channel, User
from tests.waiting import DEADLINE


class Act(IntEnum):
    """What a user did."""

    COMMAND = 2
    COMPONENT = 3
    AUTOCOMPLETE = 4
    MODAL_SUBMIT = 5


class Answered(IntEnum):
    """What the bot answered first."""

    MESSAGE = 4
    DEFERRED_MESSAGE = 5
    DEFERRED_UPDATE = 6
    UPDATE = 7
    CHOICES = 8
    MODAL = 9


# Which answers Discord takes for which interaction; 6, 7 only where there is a message to update.
_ANSWERS: Final[Mapping[Act, frozenset[Answered]]] = {
    Act.COMMAND: frozenset({Answered.MESSAGE, Answered.DEFERRED_MESSAGE, Answered.MODAL}),
    Act.COMPONENT: frozenset(
        {Answered.MESSAGE, Answered.DEFERRED_MESSAGE, Answered.DEFERRED_UPDATE, Answered.UPDATE, Answered.MODAL}
    ),
    Act.AUTOCOMPLETE: frozenset({Answered.CHOICES}),
    Act.MODAL_SUBMIT: frozenset(
        {Answered.MESSAGE, Answered.DEFERRED_MESSAGE, Answered.DEFERRED_UPDATE, Answered.UPDATE}
    ),
}


@dataclass(frozen=True, slots=True)
class Choice:
    name: str
    value: str | int | float


@dataclass(frozen=True, slots=True)
class Reply:
    """How the bot answered: with the message that it made or touched, a modal, or an autocomplete's choices."""

    kind: Answered
    message: Message | None = None
    modal: Modal | None = None
    choices: tuple[Choice, ...] = ()

    @property
    def deferred(self) -> bool:
        return self.kind in {Answered.DEFERRED_MESSAGE, Answered.DEFERRED_UPDATE}

    @property
    def ephemeral(self) -> bool:
        return self.message is not None and self.message.ephemeral


@dataclass(slots=True, eq=False)
class Interaction:
    """`source`: the message whose component was used; `parent`: what was answered with the modal sent off here."""

    kind: Act
    user: User
    channel: Channel
    data: Mapping[str, Any]
    source: Message | None
    parent: "Interaction | None"
    lifetime: float
    submit_modal: Callable[["Interaction", Mapping[str, Entry]], Awaitable["Interaction"]] = field(repr=False)
    describe: Callable[["Interaction"], str] = field(repr=False)
    id: int = field(default_factory=next_snowflake)
    token: str = field(default_factory=lambda: f"made-up-{secrets.token_hex(16)}")
    made: float = field(default_factory=time.monotonic)
    reply: Reply | None = None
    followups: list[Message] = field(default_factory=list)
    watchers: Watchers = field(default_factory=Watchers, repr=False)

    async def acknowledged(self, deadline: float = DEADLINE) -> Reply:
        """Waits for the bot's first answer; raises TimeoutError."""
        await self.watchers.until(lambda: self.reply is not None, deadline, lambda: self.describe(self))
        return self._answered()

    async def followup(self, number: int = 1, deadline: float = DEADLINE) -> Message:
        """Waits for the first (second, …) followup message."""
        await self.watchers.until(lambda: len(self.followups) >= number, deadline, lambda: self.describe(self))
        return self.followups[number - 1]

    async def submit(self, entries: Mapping[str, Entry]) -> "Interaction":
        """Fills in the modal that was the answer, by label or custom_id, and sends it off."""
        return await self.submit_modal(self, entries)

    @property
    def message(self) -> Message:
        """@original: the message of the first answer, or the one that a component's answer updated."""
        reply = self._answered()
        assert reply.message is not None, f"answered with no message (type {reply.kind})"
        return reply.message

    @property
    def modal(self) -> Modal:
        reply = self._answered()
        assert reply.modal is not None, f"answered with no modal (type {reply.kind})"
        return reply.modal

    def expire(self) -> None:
        """As if its 15 minutes were over."""
        self.lifetime = 0.0

    def check_answer(self, kind: int, within: float) -> None:
        """Raises what Discord answers to a first answer that comes late, twice, or in the wrong form."""
        if self.reply is not None:
            raise ApiError(Refusal.ALREADY_ACKNOWLEDGED)
        if time.monotonic() - self.made > within:
            raise ApiError(Refusal.UNKNOWN_INTERACTION)
        if kind not in _ANSWERS[self.kind] or (
            kind in {Answered.DEFERRED_UPDATE, Answered.UPDATE} and self.source is None
        ):
            raise ApiError(Refusal.INVALID_FORM, f"type {kind} does not answer an interaction of type {self.kind}")

    def check_token(self) -> None:
        """Raises what Discord answers to a later use of the token."""
        if time.monotonic() - self.made > self.lifetime:
            raise ApiError(Refusal.INVALID_TOKEN)
        if self.reply is None:
            raise ApiError(Refusal.UNKNOWN_WEBHOOK)

    def answer(self, kind: int, message: Message | None = None, **more: Any) -> None:  # noqa: ANN401
        self.reply = Reply(Answered(kind), message, **more)
        self.watchers.changed()

    def follow_up(self, message: Message) -> None:
        self.followups.append(message)
        self.watchers.changed()

    def _answered(self) -> Reply:
        assert self.reply is not None, f"not answered yet: {self.describe(self)}"
        return self.reply


async def answered(act: Awaitable[Interaction]) -> Interaction:
    """What somebody did, once the bot has answered it."""
    interaction = await act
    await interaction.acknowledged()
    return interaction
