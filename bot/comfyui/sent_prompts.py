"""Which prompts were sent to servers that give them ids of their own, so that none is lost or sent twice.

A server notes a prompt before it sends it, and the server's own id as soon as it knows it. A crash in between leaves a
note without an id: the prompt may be there, and sending it again could run it twice.
"""

from typing import Final, Protocol

NO_ID: Final = ""
"""In place of the server's id: the prompt was about to be sent, and its answer is not known."""


class SentPrompts(Protocol):
    """Notes by server (its `name`) and our id of the prompt. The notes of jobs outlive the process."""

    async def note(self, server: str, prompt_id: str, theirs: str) -> None:
        """The prompt is about to be sent (`NO_ID`), or this is the server's id of it."""

    async def drop(self, server: str, prompt_id: str) -> None:
        """The prompt certainly did not arrive."""

    async def of(self, server: str, prompt_id: str) -> str | None:
        """The server's id of the prompt, `NO_ID` if that is not known, None if it was never sent there."""


class SentHere:
    """The same for one process, which forgets them when it ends."""

    def __init__(self) -> None:
        self._theirs: dict[tuple[str, str], str] = {}

    async def note(self, server: str, prompt_id: str, theirs: str) -> None:
        """As in `SentPrompts`."""
        self._theirs[server, prompt_id] = theirs

    async def drop(self, server: str, prompt_id: str) -> None:
        """As in `SentPrompts`."""
        self._theirs.pop((server, prompt_id), None)

    async def of(self, server: str, prompt_id: str) -> str | None:
        """As in `SentPrompts`."""
        return self._theirs.get((server, prompt_id))
