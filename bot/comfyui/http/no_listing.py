"""What a rented service does not offer: lists of its nodes, models and prompts, facts about files, and its memory."""

from collections.abc import Mapping
from typing import Any

from bot.comfyui.protocol.prompt_queue import PromptQueue
from bot.workflows import ObjectInfo


class NoListing:
    """The part of a `Server` whose kind lists no nodes (`lists_nodes`) and frees no memory (`frees_memory`)."""

    async def object_info(self) -> ObjectInfo | None:
        """None: which nodes and models there are shows only when a job runs."""
        return None

    async def ask_object_info(self) -> ObjectInfo | None:
        """None, as `object_info`."""
        return None

    async def lora_metadata(self, name: str) -> Mapping[str, Any] | None:  # noqa: ARG002
        """None: files can't be looked at."""
        return None

    async def queue(self, believed_seconds: float = 0.0) -> PromptQueue | None:  # noqa: ARG002
        """None: a service has ids of its own for its jobs, and as many machines as it likes, so that nobody can tell
        which jobs come before ours.
        """
        return None

    async def idle_mark(self) -> str | None:
        """None, as if something always ran: nobody frees the memory of a service."""
        return None

    async def free_memory(self) -> None:
        """Nothing: the service does as it likes."""

    def forget(self) -> None:
        """Nothing is cached."""
