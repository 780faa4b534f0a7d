"""What the page needs of the bot. The page itself knows nothing of Discord and of jobs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from bot.spool import Box, Content


@dataclass(frozen=True, slots=True)
class Sheet:
    """What the page shows for a link: the prompt to start with and how many characters it may have, and when the link
    expires, in seconds since 1970. `language` is the code of what the member reads; None: what their browser prefers.
    """

    prompt: str
    longest_prompt: int
    expires_at: float
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """The request was accepted. `message` is the address of its message at Discord."""

    message: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why something was refused: an HTTP status, and words for the member in Discord's Markdown. If it is `final`, the
    link will never work again.
    """

    status: int
    text: str
    final: bool = False


class Desk(Protocol):
    """Answers for the links. `token` is the part of a link that was signed."""

    async def open(self, token: str) -> Sheet | Refusal:
        """What the link is for."""

    async def image(self, token: str, box: Box) -> Content | Refusal:
        """The link's image as a PNG."""

    async def send(self, token: str, prompt: str, mask: Content) -> Sent | Refusal:
        """Request the change. `mask` should be a PNG of the image's size, bright and opaque where it changes. Raises
        `SpoolFailed`.
        """

    def box(self) -> Box:
        """Room for an image while it is being sent."""
